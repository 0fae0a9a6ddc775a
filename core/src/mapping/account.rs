//! Which account a line is booked to: by its charge code, by its own word if that is trusted, or the usual one.

use crate::check::account_usable::{account_usable, candidates};
use crate::check::{Finding, Place, Rule, show};
use crate::document::{Account, Line};
use crate::mapping::name::filled;
use crate::provider::Chart;
use crate::settings::Accounts;

/// The account of line `position`, counted from zero.
pub(super) fn account<'a>(
    line: &Line,
    position: usize,
    accounts: &Accounts,
    chart: &'a Chart,
) -> Result<&'a Account, Box<Finding>> {
    let charge = filled(line.charge_code.as_deref());
    if let Some(charge) = charge
        && let Some(code) = accounts.by_charge_code.get(charge)
    {
        let field = format!("lines[{position}].charge_code");
        let mended = format!("accounts.by_charge_code.\"{}\"", show::shortened(charge));
        return account_usable(
            chart,
            code,
            Place {
                field: &field,
                value: charge,
                mended: &mended,
            },
        );
    }
    if accounts.trust_document
        && let Some(code) = filled(line.account_code.as_deref())
    {
        let field = format!("lines[{position}].account_code");
        let mended = charge.map_or_else(|| "accounts.sales".to_owned(), by_charge_code);
        return account_usable(
            chart,
            code,
            Place {
                field: &field,
                value: code,
                mended: &mended,
            },
        );
    }
    match filled(accounts.sales.as_deref()) {
        Some(code) => {
            let field = format!("lines[{position}]");
            account_usable(
                chart,
                code,
                Place {
                    field: &field,
                    value: "",
                    mended: "accounts.sales",
                },
            )
        }
        None => Err(Box::new(missing(charge, position, chart))),
    }
}

fn by_charge_code(charge: &str) -> String {
    format!("accounts.by_charge_code.\"{}\"", show::shortened(charge))
}

fn missing(charge: Option<&str>, position: usize, chart: &Chart) -> Finding {
    match charge {
        Some(charge) => {
            let charge = show::shortened(charge);
            Finding::new(
                Rule::AccountMissing,
                format!("no account is configured for the charge code `{charge}`"),
                format!(
                    "Add `\"{charge}\" = \"<account>\"` under `accounts.by_charge_code`, or set `accounts.sales` for every charge without one."
                ),
            )
            .with_detail(candidates(chart, &charge))
            .at(format!("lines[{position}].charge_code"), charge)
        }
        None => Finding::new(
            Rule::AccountMissing,
            "no account is configured for lines without a charge code",
            "Set `accounts.sales`.",
        )
        .at(format!("lines[{position}].charge_code"), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{chart, line_of};

    fn line(charge_code: Option<&str>, account_code: Option<&str>) -> Line {
        let mut line = line_of("1", "1", "1", "0");
        line.charge_code = charge_code.map(str::to_owned);
        line.account_code = account_code.map(str::to_owned);
        line
    }

    fn accounts(sales: Option<&str>, trust_document: bool) -> Accounts {
        Accounts {
            sales: sales.map(str::to_owned),
            trust_document,
            by_charge_code: [("TRAVEL".to_owned(), "210".to_owned())].into(),
            ..Accounts::default()
        }
    }

    fn code(line: &Line, accounts: &Accounts) -> String {
        account(line, 0, accounts, &chart())
            .unwrap()
            .code
            .clone()
            .unwrap()
    }

    #[test]
    fn charge_code_comes_before_the_documents_word_and_that_before_the_usual_account() {
        let trusting = accounts(Some("200"), true);
        assert_eq!(code(&line(Some("TRAVEL"), Some("400")), &trusting), "210");
        assert_eq!(code(&line(Some("OTHER"), Some("400")), &trusting), "400");
        assert_eq!(code(&line(None, None), &trusting), "200");
        assert_eq!(
            code(&line(None, Some("400")), &accounts(Some("200"), false)),
            "200"
        );
    }

    #[test]
    fn nothing_configured_names_the_setting_to_add() {
        let found = account(
            &line(Some("IA"), Some("200")),
            2,
            &accounts(None, false),
            &chart(),
        )
        .unwrap_err();
        assert_eq!(
            found.to_string(),
            "account_missing: lines[2].charge_code = `IA`: no account is configured for the charge code `IA`"
        );
        assert!(
            found
                .remedy
                .starts_with("Add `\"IA\" = \"<account>\"` under `accounts.by_charge_code`")
        );
        let found = account(
            &line(Some("Adverti"), None),
            0,
            &accounts(None, false),
            &chart(),
        )
        .unwrap_err();
        assert_eq!(found.detail, ["`400` (Advertising)"]);
        let found = account(&line(None, None), 0, &accounts(None, false), &chart()).unwrap_err();
        assert_eq!(found.remedy, "Set `accounts.sales`.");
    }

    #[test]
    fn an_account_that_is_not_in_the_chart_is_a_finding_of_the_code_that_led_there() {
        let mut accounts = accounts(None, false);
        accounts
            .by_charge_code
            .insert("IA".to_owned(), "201".to_owned());
        let found = account(&line(Some("IA"), None), 0, &accounts, &chart()).unwrap_err();
        assert_eq!(
            (found.field.as_str(), found.value.as_str()),
            ("lines[0].charge_code", "IA")
        );
        assert_eq!(
            found.message,
            "`Demo Company` has no account with the code `201`"
        );
        assert!(found.remedy.contains("`accounts.by_charge_code.\"IA\"`"));
    }
}
