//! Whether lines may be booked to an account: it exists, is active, and is not kept by the provider itself.

use super::{Finding, Place, Rule, near, show};
use crate::document::Account;
use crate::provider::Chart;

/// The kind of account that documents never book to, compared without case.
const KIND_REFUSED: &str = "bank";

/// The account of a code, or why lines may not use it.
pub(crate) fn account_usable<'a>(
    chart: &'a Chart,
    code: &str,
    place: Place<'_>,
) -> Result<&'a Account, Box<Finding>> {
    let code = code.trim();
    let Some(account) = chart.account(code) else {
        let candidates = candidates(chart, code);
        let message = format!(
            "`{}` has no account with the code `{}`",
            chart.organisation.name,
            show::shortened(code)
        );
        return Err(finding(place, message, candidates));
    };
    let Some(problem) = problem(account) else {
        return Ok(account);
    };
    Err(finding(
        place,
        format!("the account `{code}` ({}) {problem}", account.name),
        Vec::new(),
    ))
}

/// Whether lines may use an account, whatever else is asked of it.
pub(crate) fn is_usable(account: &Account) -> bool {
    problem(account).is_none()
}

fn problem(account: &Account) -> Option<&'static str> {
    if !account.active {
        Some("is archived")
    } else if account.system {
        Some("is kept by the accounting system itself")
    } else if account.kind.eq_ignore_ascii_case(KIND_REFUSED) {
        Some("is a bank account")
    } else {
        None
    }
}

fn finding(place: Place<'_>, message: String, candidates: Vec<String>) -> Box<Finding> {
    let remedy = format!(
        "Put an active account under `{}`, or restore this one in the chart of accounts of the accounting system.",
        place.mended
    );
    let finding = Finding::new(Rule::AccountUnusable, message, remedy);
    Box::new(
        finding
            .at(place.field, show::shortened(place.value))
            .with_detail(candidates),
    )
}

/// The usable accounts that a text may mean: their code with a slip in it, or a part of their name.
pub(crate) fn candidates(chart: &Chart, code: &str) -> Vec<String> {
    let usable = chart.accounts.iter().filter(|account| is_usable(account));
    near::near(
        code,
        usable.filter_map(|account| Some((account.code.as_deref()?, account.name.as_str()))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::chart;

    const PLACE: Place<'_> = Place {
        field: "lines[0]",
        value: "",
        mended: "accounts.sales",
    };

    fn message(code: &str) -> String {
        account_usable(&chart(), code, PLACE).unwrap_err().message
    }

    #[test]
    fn an_active_account_of_any_class_is_usable() {
        for code in ["200", "400", "800"] {
            assert!(account_usable(&chart(), code, PLACE).is_ok(), "{code}");
        }
    }

    #[test]
    fn archived_system_and_bank_accounts_are_refused_with_their_names() {
        assert_eq!(message("299"), "the account `299` (Old Sales) is archived");
        assert_eq!(
            message("610"),
            "the account `610` (Accounts Receivable) is kept by the accounting system itself"
        );
        assert_eq!(
            message("090"),
            "the account `090` (Cheque Account) is a bank account"
        );
    }

    #[test]
    fn an_unknown_account_comes_with_what_may_have_been_meant() {
        let finding = account_usable(&chart(), "Travel", PLACE).unwrap_err();
        assert_eq!(finding.detail, ["`210` (Travel Recovered)"]);
        assert_eq!(
            finding.message,
            "`Demo Company` has no account with the code `Travel`"
        );
        assert!(finding.remedy.contains("`accounts.sales`"));
    }
}
