//! Whether lines may be booked to an account: it exists, is active, and is not kept by the provider itself.

use super::{Finding, Place, Rule, near, show};
use crate::document::{Account, AccountClass};
use crate::provider::Chart;

/// The kind of account that documents never book to, compared without case.
const KIND_REFUSED: &str = "bank";

/// What an account is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccountAsked<'a> {
    /// The code.
    pub(crate) code: &'a str,
    /// The classes that serve; empty when any does.
    pub(crate) classes: &'a [AccountClass],
    /// Where the code stands.
    pub(crate) place: Place<'a>,
}

/// The account of a code, or why lines may not use it.
pub(crate) fn account_usable<'a>(
    chart: &'a Chart,
    asked: AccountAsked<'_>,
) -> Result<&'a Account, Box<Finding>> {
    let (code, place) = (asked.code.trim(), asked.place);
    let Some(account) = chart.account(code) else {
        let candidates = meant(chart, code, asked.classes);
        let message = format!(
            "`{}` has no account with the code `{}`",
            chart.organisation.name,
            show::shortened(code)
        );
        return Err(finding(place, message, candidates));
    };
    if let Some(problem) = problem(account) {
        let message = format!("the account `{code}` ({}) {problem}", account.name);
        return Err(finding(place, message, Vec::new()));
    }
    if of_class(account, asked.classes) {
        Ok(account)
    } else {
        Err(wrong_class(chart, account, asked))
    }
}

fn of_class(account: &Account, classes: &[AccountClass]) -> bool {
    classes.is_empty() || classes.contains(&account.class)
}

fn wrong_class(chart: &Chart, account: &Account, asked: AccountAsked<'_>) -> Box<Finding> {
    let wanted: Vec<&str> = asked.classes.iter().map(AccountClass::as_str).collect();
    let wanted = wanted.join(" or ");
    let mut candidates = candidates(chart, &account.name, asked.classes);
    if candidates.is_empty() {
        candidates = near::some(usable(chart, asked.classes));
    }
    let place = asked.place;
    let finding = Finding::new(
        Rule::AccountUnusable,
        format!(
            "the account `{}` ({}) is of class {}, its role asks for {wanted}",
            asked.code.trim(),
            account.name,
            account.class
        ),
        format!(
            "Put an active account of class {wanted} under `{}`, or allow every class by `accounts.any_class`.",
            place.mended
        ),
    );
    Box::new(
        finding
            .at(place.field, show::shortened(place.value))
            .mended_in(place.mended)
            .with_detail(candidates),
    )
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
            .mended_in(place.mended)
            .with_detail(candidates),
    )
}

/// The usable accounts that a text may mean: their code with a slip in it, or a part of their name.
pub(crate) fn candidates(chart: &Chart, code: &str, classes: &[AccountClass]) -> Vec<String> {
    near::near(code, usable(chart, classes))
}

/// The same for a code that nothing is near to: then the first accounts that serve.
fn meant(chart: &Chart, code: &str, classes: &[AccountClass]) -> Vec<String> {
    let near = candidates(chart, code, classes);
    if near.is_empty() && !code.is_empty() {
        near::some(usable(chart, classes))
    } else {
        near
    }
}

fn usable<'a>(
    chart: &'a Chart,
    classes: &'a [AccountClass],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    chart
        .accounts
        .iter()
        .filter(|account| is_usable(account) && of_class(account, classes))
        .filter_map(|account| Some((account.code.as_deref()?, account.name.as_str())))
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

    fn asked(code: &str) -> AccountAsked<'_> {
        AccountAsked {
            code,
            classes: &[],
            place: PLACE,
        }
    }

    fn message(code: &str) -> String {
        account_usable(&chart(), asked(code)).unwrap_err().message
    }

    #[test]
    fn an_account_of_another_class_is_refused_with_those_of_the_right_one() {
        let asked = AccountAsked {
            classes: &[AccountClass::Expense, AccountClass::Asset],
            ..asked("200")
        };
        let found = account_usable(&chart(), asked).unwrap_err();
        assert_eq!(
            found.message,
            "the account `200` (Sales) is of class revenue, its role asks for expense or asset"
        );
        assert_eq!(
            found.detail,
            [
                "`310` (Cost of Goods Sold)",
                "`400` (Advertising)",
                "`630` (Inventory)"
            ]
        );
    }

    #[test]
    fn an_active_account_of_any_class_is_usable() {
        for code in ["200", "400", "800"] {
            assert!(account_usable(&chart(), asked(code)).is_ok(), "{code}");
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
        let finding = account_usable(&chart(), asked("Travel")).unwrap_err();
        assert_eq!(finding.detail, ["`210` (Travel Recovered)"]);
        assert_eq!(
            finding.message,
            "`Demo Company` has no account with the code `Travel`"
        );
        assert!(finding.remedy.contains("`accounts.sales`"));
    }
}
