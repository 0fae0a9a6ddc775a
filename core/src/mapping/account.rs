//! Which account a line is booked to: the first that applies of a stated ladder, and of the right class.

use super::paper::{Paper, Side};
use super::rules::Ruled;
use super::trace::MadeBy;
use crate::check::account_usable::{AccountAsked, account_usable, candidates};
use crate::check::{Finding, Place, Rule, show};
use crate::document::{Account, AccountClass, Line};
use crate::mapping::name::filled;
use crate::provider::Chart;
use crate::settings::{AccountChoice, Accounts, PurchaseRole, Trade};

/// What sales are booked to.
static EARNED: [AccountClass; 1] = [AccountClass::Revenue];
/// What purchases are booked to.
static SPENT: [AccountClass; 2] = [AccountClass::Expense, AccountClass::Asset];

/// A code with the place that it comes from and the setting that mends it.
struct Chosen<'a> {
    code: &'a str,
    field: String,
    value: &'a str,
    mended: String,
    role: Option<PurchaseRole>,
    rung: Rung,
}

/// What chose a code.
#[derive(Clone, Copy)]
enum Rung {
    Rule,
    Setting,
    Document,
}

/// The account of line `position`, counted from zero: what a rule made, else by the ladder that [`Accounts`] states.
pub(super) fn account<'a>(
    paper: &Paper<'_>,
    line: &Line,
    position: usize,
    accounts: &Accounts,
    ruled: Option<Ruled>,
    chart: &'a Chart,
) -> Result<(&'a Account, MadeBy), Box<Finding>> {
    let side = paper.side();
    let (ruled, setting) = ruled.map_or_else(Default::default, |ruled| {
        (ruled.value.spelled(), ruled.setting)
    });
    let by_rule = (!ruled.is_empty()).then(|| Chosen {
        code: &ruled,
        field: format!("lines[{position}].account_code"),
        value: &ruled,
        mended: setting,
        role: None,
        rung: Rung::Rule,
    });
    let chosen = by_rule
        .or_else(|| by_choice(paper, line, position, accounts))
        .or_else(|| by_charge(side, line, position, accounts))
        .or_else(|| by_document(paper, line, position, accounts))
        .or_else(|| by_contract_or_division(paper, line, position, accounts))
        .or_else(|| by_role(side, position, accounts));
    let Some(chosen) = chosen else {
        return Err(Box::new(missing(side, line, position, accounts, chart)));
    };
    let place = Place {
        field: &chosen.field,
        value: chosen.value,
        mended: &chosen.mended,
    };
    let asked = AccountAsked {
        code: chosen.code,
        classes: classes(side, chosen.role, accounts),
        place,
    };
    let account = account_usable(chart, asked)?;
    let by = match chosen.rung {
        Rung::Rule => MadeBy::rule(chosen.mended),
        Rung::Document => MadeBy::host(chosen.field),
        Rung::Setting if chosen.value.is_empty() => MadeBy::setting(chosen.mended),
        Rung::Setting => MadeBy::setting_for(chosen.mended, chosen.field),
    };
    Ok((account, by))
}

/// The classes of account that a line of a side may be booked to; empty when any may.
pub(super) fn classes(
    side: Side,
    role: Option<PurchaseRole>,
    accounts: &Accounts,
) -> &'static [AccountClass] {
    if accounts.any_class {
        return &[];
    }
    match (side, role) {
        (Side::Sales, _) => &EARNED,
        (Side::Purchases, None) => &SPENT,
        (Side::Purchases, Some(PurchaseRole::CostOfGoodsSold)) => &SPENT[..1],
        (Side::Purchases, Some(PurchaseRole::Inventory)) => &SPENT[1..],
    }
}

/// The setting that holds the account of a role.
pub(super) fn role_setting(role: PurchaseRole) -> &'static str {
    match role {
        PurchaseRole::CostOfGoodsSold => "accounts.cost_of_goods_sold",
        PurchaseRole::Inventory => "accounts.inventory",
    }
}

fn by_choice<'a>(
    paper: &Paper<'_>,
    line: &Line,
    position: usize,
    accounts: &'a Accounts,
) -> Option<Chosen<'a>> {
    let (index, choice) = accounts
        .choices
        .iter()
        .enumerate()
        .find(|(_, choice)| fits(choice, paper, line))?;
    Some(Chosen {
        code: &choice.account,
        field: format!("lines[{position}]"),
        value: "",
        mended: format!("accounts.choices[{index}].account"),
        role: None,
        rung: Rung::Setting,
    })
}

fn fits(choice: &AccountChoice, paper: &Paper<'_>, line: &Line) -> bool {
    let is = |wanted: &Option<String>, own: Option<&str>| {
        wanted
            .as_deref()
            .is_none_or(|wanted| filled(own) == Some(wanted.trim()))
    };
    let trade = match paper.side() {
        Side::Sales => Trade::Sales,
        Side::Purchases => Trade::Purchases,
    };
    choice.trade == trade
        && is(&choice.charge_code, line.charge_code.as_deref())
        && is(&choice.service_contract, line.service_contract.as_deref())
        && is(&choice.division, paper.division)
}

fn by_charge<'a>(
    side: Side,
    line: &'a Line,
    position: usize,
    accounts: &'a Accounts,
) -> Option<Chosen<'a>> {
    let charge = filled(line.charge_code.as_deref()).filter(|_| side == Side::Sales)?;
    Some(Chosen {
        code: accounts.by_charge_code.get(charge)?,
        field: format!("lines[{position}].charge_code"),
        value: charge,
        mended: entry("by_charge_code", charge),
        role: None,
        rung: Rung::Setting,
    })
}

fn by_document<'a>(
    paper: &'a Paper<'_>,
    line: &'a Line,
    position: usize,
    accounts: &'a Accounts,
) -> Option<Chosen<'a>> {
    if !accounts.trust_document {
        return None;
    }
    let own = paper.own_account(position, accounts.purchase_role)?;
    let mended = match paper.side() {
        Side::Sales => filled(line.charge_code.as_deref()).map_or_else(
            || "accounts.sales".to_owned(),
            |charge| entry("by_charge_code", charge),
        ),
        Side::Purchases => role_setting(own.role.unwrap_or(accounts.purchase_role)).to_owned(),
    };
    Some(Chosen {
        code: own.code,
        field: format!("lines[{position}].{}", own.field),
        value: own.code,
        mended,
        role: own.role,
        rung: Rung::Document,
    })
}

fn by_contract_or_division<'a>(
    paper: &'a Paper<'_>,
    line: &'a Line,
    position: usize,
    accounts: &'a Accounts,
) -> Option<Chosen<'a>> {
    if paper.side() != Side::Sales {
        return None;
    }
    let contract = filled(line.service_contract.as_deref()).and_then(|contract| {
        Some(Chosen {
            code: accounts.by_service_contract.get(contract)?,
            field: format!("lines[{position}].service_contract"),
            value: contract,
            mended: entry("by_service_contract", contract),
            role: None,
            rung: Rung::Setting,
        })
    });
    contract.or_else(|| {
        let division = paper.division?;
        Some(Chosen {
            code: accounts.by_division.get(division)?,
            field: "business_division".to_owned(),
            value: division,
            mended: entry("by_division", division),
            role: None,
            rung: Rung::Setting,
        })
    })
}

fn by_role(side: Side, position: usize, accounts: &Accounts) -> Option<Chosen<'_>> {
    let (setting, code, role) = match (side, accounts.purchase_role) {
        (Side::Sales, _) => ("accounts.sales", &accounts.sales, None),
        (Side::Purchases, role @ PurchaseRole::CostOfGoodsSold) => {
            (role_setting(role), &accounts.cost_of_goods_sold, Some(role))
        }
        (Side::Purchases, role @ PurchaseRole::Inventory) => {
            (role_setting(role), &accounts.inventory, Some(role))
        }
    };
    Some(Chosen {
        code: filled(code.as_deref())?,
        field: format!("lines[{position}]"),
        value: "",
        mended: setting.to_owned(),
        role,
        rung: Rung::Setting,
    })
}

fn entry(table: &str, key: &str) -> String {
    format!("accounts.{table}.\"{}\"", show::shortened(key))
}

fn missing(
    side: Side,
    line: &Line,
    position: usize,
    accounts: &Accounts,
    chart: &Chart,
) -> Finding {
    let charge = filled(line.charge_code.as_deref()).map(show::shortened);
    match (side, charge) {
        (Side::Sales, Some(charge)) => Finding::new(
            Rule::AccountMissing,
            format!("no account is configured for the charge code `{charge}`"),
            format!(
                "Add `\"{charge}\" = \"<account>\"` under `accounts.by_charge_code`, or set `accounts.sales` for every charge without one."
            ),
        )
        .with_detail(candidates(chart, &charge, classes(side, None, accounts)))
        .mended_in(entry("by_charge_code", &charge))
        .at(format!("lines[{position}].charge_code"), charge),
        (Side::Sales, None) => Finding::new(
            Rule::AccountMissing,
            "no account is configured for lines without a charge code",
            "Set `accounts.sales`.",
        )
        .mended_in("accounts.sales")
        .at(format!("lines[{position}].charge_code"), ""),
        (Side::Purchases, _) => {
            let setting = role_setting(accounts.purchase_role);
            Finding::new(
                Rule::AccountMissing,
                "no account is configured for what is bought",
                format!("Set `{setting}`, or choose the other account under `accounts.purchase_role`."),
            )
            .mended_in(setting)
            .at(format!("lines[{position}]"), "")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{account_of, chart, invoice_of, line_of, totals_of};

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

    fn booked(line: &Line, position: usize, accounts: &Accounts) -> Result<Account, Box<Finding>> {
        let mut lines = vec![line_of("1", "1", "1", "0"); position];
        lines.push(line.clone());
        let mut invoice = invoice_of(lines, totals_of("1", "0", "1"));
        invoice.business_division = Some("North".to_owned());
        account(
            &Paper::invoice(&invoice),
            line,
            position,
            accounts,
            None,
            &chart(),
        )
        .map(|(account, _)| account.clone())
    }

    fn code(line: &Line, accounts: &Accounts) -> String {
        booked(line, 0, accounts).unwrap().code.clone().unwrap()
    }

    #[test]
    fn charge_code_comes_before_the_documents_word_and_that_before_the_usual_account() {
        let trusting = accounts(Some("200"), true);
        assert_eq!(code(&line(Some("TRAVEL"), Some("220")), &trusting), "210");
        assert_eq!(code(&line(Some("OTHER"), Some("220")), &trusting), "220");
        assert_eq!(code(&line(None, None), &trusting), "200");
        assert_eq!(
            code(&line(None, Some("220")), &accounts(Some("200"), false)),
            "200"
        );
    }

    #[test]
    fn nothing_configured_names_the_setting_to_add() {
        let found = booked(&line(Some("IA"), Some("200")), 2, &accounts(None, false)).unwrap_err();
        assert_eq!(
            found.to_string(),
            "account_missing: lines[2].charge_code = `IA`: no account is configured for the charge code `IA`"
        );
        assert!(
            found
                .remedy
                .starts_with("Add `\"IA\" = \"<account>\"` under `accounts.by_charge_code`")
        );
        let found = booked(&line(Some("Travel"), None), 0, &accounts(None, false)).unwrap_err();
        assert_eq!(found.detail, ["`210` (Travel Recovered)"]);
        let found = booked(&line(None, None), 0, &accounts(None, false)).unwrap_err();
        assert_eq!(found.remedy, "Set `accounts.sales`.");
    }

    #[test]
    fn an_account_that_is_not_in_the_chart_is_a_finding_of_the_code_that_led_there() {
        let mut accounts = accounts(None, false);
        accounts
            .by_charge_code
            .insert("IA".to_owned(), "201".to_owned());
        let found = booked(&line(Some("IA"), None), 0, &accounts).unwrap_err();
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

    fn everything() -> Accounts {
        let one = |key: &str, code: &str| [(key.to_owned(), code.to_owned())].into();
        let choice = |charge: Option<&str>, division: Option<&str>, account: &str| AccountChoice {
            trade: Trade::Sales,
            charge_code: charge.map(str::to_owned),
            service_contract: None,
            division: division.map(str::to_owned),
            account: account.to_owned(),
        };
        Accounts {
            by_service_contract: one("NDIS", "202"),
            by_division: one("North", "203"),
            choices: vec![
                AccountChoice {
                    trade: Trade::Purchases,
                    ..choice(None, Some("North"), "310")
                },
                choice(Some("TRAVEL"), Some("South"), "204"),
                choice(Some("TRAVEL"), Some(" North "), "205"),
                choice(Some("IA"), None, "206"),
            ],
            ..accounts(Some("200"), true)
        }
    }

    /// The code that the ladder leads to, whether or not the chart has it.
    fn rung(line: &Line, accounts: &Accounts) -> String {
        let mut invoice = invoice_of(vec![line.clone()], totals_of("1", "0", "1"));
        invoice.business_division = Some("North".to_owned());
        let paper = Paper::invoice(&invoice);
        let mut chart = chart();
        chart.accounts = (200..=220)
            .map(|code| account_of(&code.to_string(), "Sales", AccountClass::Revenue, "SALES"))
            .collect();
        let found = account(&paper, &invoice.lines[0], 0, accounts, None, &chart);
        found.unwrap().0.code.clone().unwrap()
    }

    #[test]
    fn every_rung_of_the_ladder_comes_before_the_next() {
        let mut accounts = everything();
        let mut line = line(Some("TRAVEL"), Some("207"));
        line.service_contract = Some("NDIS".to_owned());
        assert_eq!(rung(&line, &accounts), "205");
        accounts.choices.clear();
        assert_eq!(rung(&line, &accounts), "210");
        accounts.by_charge_code.clear();
        assert_eq!(rung(&line, &accounts), "207");
        accounts.trust_document = false;
        assert_eq!(rung(&line, &accounts), "202");
        line.service_contract = Some("Other".to_owned());
        assert_eq!(rung(&line, &accounts), "203");
        accounts.by_division.clear();
        assert_eq!(rung(&line, &accounts), "200");
    }

    #[test]
    fn a_choice_fits_only_with_every_condition_and_on_its_side() {
        let accounts = everything();
        assert_eq!(rung(&line(Some("IA"), None), &accounts), "206");
        assert_eq!(rung(&line(Some("OTHER"), Some("207")), &accounts), "207");
        let mut missing = accounts;
        missing.choices[3].account = "310".to_owned();
        let found = booked(&line(Some("IA"), None), 0, &missing).unwrap_err();
        assert_eq!(
            found.message,
            "the account `310` (Cost of Goods Sold) is of class expense, its role asks for revenue"
        );
        assert!(found.remedy.contains("`accounts.choices[3].account`"));
        assert_eq!(found.detail.len(), 3);
    }
}
