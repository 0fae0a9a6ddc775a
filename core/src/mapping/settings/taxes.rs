//! Whether every tax type that the settings name exists, has its rate and stands with an account in use.

use crate::check::account_usable::is_usable;
use crate::check::tax_type_usable::{TaxAsked, tax_type_usable};
use crate::check::{Finding, Place, Rule, show};
use crate::document::{Account, decimal};
use crate::mapping::paper::Side;
use crate::mapping::tax::Taxes;
use crate::provider::Chart;
use crate::settings::{Accounts, Settings, Trade};

/// What is wrong with the tax types that are named for either side of the business.
pub(super) fn taxes(settings: &Settings, chart: &Chart) -> Vec<Finding> {
    let mut findings = Vec::new();
    for side in [Side::Sales, Side::Purchases] {
        let taxes = Taxes::of(side, settings);
        let booked = booked(side, &settings.accounts, chart);
        findings.extend(codes(taxes, &booked, chart));
        findings.extend(rates(taxes, chart));
    }
    findings
}

/// Every rate that is mapped must be a rate, and its tax type must be of that rate.
fn rates(taxes: Taxes<'_>, chart: &Chart) -> Vec<Finding> {
    taxes
        .rates
        .iter()
        .filter_map(|(spelled, code)| {
            let setting = format!("{}.\"{}\"", taxes.rates_setting, show::shortened(spelled));
            let rate = match decimal::read(spelled) {
                Ok(rate) => rate,
                Err(message) => {
                    let remedy = "Write the rate as a fraction, such as \"0.10\" for ten per cent.";
                    let finding = Finding::new(Rule::TaxTypeUnusable, message, remedy);
                    return Some(finding.at(&setting, show::shortened(spelled)));
                }
            };
            let place = Place {
                field: &setting,
                value: code,
                mended: &setting,
            };
            let asked = TaxAsked {
                code: code.trim(),
                rate: Some(rate),
                account: None,
                classes: taxes.side.classes(),
                place,
            };
            tax_type_usable(chart, asked).err().map(|finding| *finding)
        })
        .collect()
}

fn codes(taxes: Taxes<'_>, booked: &[&Account], chart: &Chart) -> Vec<Finding> {
    taxes
        .codes
        .iter()
        .filter_map(|(own, code)| {
            let setting = format!("{}.\"{own}\"", taxes.codes_setting);
            let place = Place {
                field: &setting,
                value: code,
                mended: &setting,
            };
            let asked = TaxAsked {
                code: code.trim(),
                rate: None,
                account: None,
                classes: taxes.side.classes(),
                place,
            };
            match tax_type_usable(chart, asked) {
                Err(finding) => Some(*finding),
                // A type that stands with one of the accounts may be meant for just that one.
                Ok(rate)
                    if booked
                        .iter()
                        .any(|account| rate.applies_to.contains(&account.class)) =>
                {
                    None
                }
                Ok(_) => {
                    let account = booked.first().copied();
                    tax_type_usable(chart, TaxAsked { account, ..asked })
                        .err()
                        .map(|finding| *finding)
                }
            }
        })
        .collect()
}

/// The usable accounts to which lines of a side may be booked.
fn booked<'a>(side: Side, accounts: &Accounts, chart: &'a Chart) -> Vec<&'a Account> {
    let chosen = |trade| {
        accounts
            .choices
            .iter()
            .filter(move |choice| choice.trade == trade)
            .map(|choice| &choice.account)
    };
    let codes: Vec<&String> = match side {
        Side::Sales => accounts
            .sales
            .iter()
            .chain(accounts.by_charge_code.values())
            .chain(accounts.by_service_contract.values())
            .chain(accounts.by_division.values())
            .chain(chosen(Trade::Sales))
            .collect(),
        Side::Purchases => accounts
            .cost_of_goods_sold
            .iter()
            .chain(&accounts.inventory)
            .chain(chosen(Trade::Purchases))
            .collect(),
    };
    codes
        .into_iter()
        .filter_map(|code| chart.account(code.trim()))
        .filter(|account| is_usable(account))
        .collect()
}
