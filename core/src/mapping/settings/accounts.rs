//! Whether every account that the settings name can be booked to, and whether one is missing.

use crate::check::account_usable::{AccountAsked, account_usable, is_usable};
use crate::check::{Finding, Place, Rule, show};
use crate::document::AccountClass;
use crate::mapping::account::{classes, role_setting};
use crate::mapping::name::filled;
use crate::mapping::paper::Side;
use crate::provider::Chart;
use crate::settings::{AccountChoice, Accounts, Method, PurchaseRole, Settings, Trade};

/// Accounts that are offered for choice in one finding.
const OFFERED_MAX: usize = 20;

/// What is wrong with the accounts that are named, and with those that are not.
pub(super) fn accounts(settings: &Settings, chart: &Chart) -> Vec<Finding> {
    let accounts = &settings.accounts;
    let mut findings: Vec<Finding> = configured(accounts)
        .into_iter()
        .filter_map(|named| {
            let place = Place {
                field: &named.setting,
                value: named.code,
                mended: &named.setting,
            };
            let asked = AccountAsked {
                code: named.code,
                classes: classes(named.side, named.role, accounts),
                place,
            };
            account_usable(chart, asked).err().map(|finding| *finding)
        })
        .collect();
    let chosen = |trade| accounts.choices.iter().any(|choice| choice.trade == trade);
    let by_table = [
        &accounts.by_charge_code,
        &accounts.by_service_contract,
        &accounts.by_division,
    ];
    let sales = accounts.sales.is_some() || by_table.iter().any(|table| !table.is_empty());
    if !sales && !chosen(Trade::Sales) && !accounts.trust_document {
        findings.push(
            Finding::new(
                Rule::AccountMissing,
                "no account is configured, so every document would be held",
                "Set `accounts.sales`, add accounts under `accounts.by_charge_code`, or set `accounts.trust_document`.",
            )
            .at("accounts.sales", "")
            .with_detail(of_class(chart, &AccountClass::Revenue)),
        );
    }
    if !chosen(Trade::Purchases) && !accounts.trust_document {
        findings.extend(no_purchase_account(settings, chart));
    }
    findings.extend(empty_choices(accounts));
    findings
}

/// The finding, if purchases travel and nothing says what they are booked to.
fn no_purchase_account(settings: &Settings, chart: &Chart) -> Option<Finding> {
    let travel = settings.bills || settings.method == Method::Tracked;
    let role = settings.accounts.purchase_role;
    let (code, class) = match role {
        PurchaseRole::CostOfGoodsSold => {
            (&settings.accounts.cost_of_goods_sold, AccountClass::Expense)
        }
        PurchaseRole::Inventory => (&settings.accounts.inventory, AccountClass::Asset),
    };
    (travel && code.is_none()).then(|| {
        let setting = role_setting(role);
        Finding::new(
            Rule::AccountMissing,
            "no account is configured for what is bought, so every purchase would be held",
            format!("Set `{setting}`, or choose the other account under `accounts.purchase_role`."),
        )
        .at(setting, "")
        .with_detail(of_class(chart, &class))
    })
}

/// A choice without any condition takes every line, and those behind it never serve.
fn empty_choices(accounts: &Accounts) -> Option<Finding> {
    let bare = |choice: &AccountChoice| {
        [
            &choice.charge_code,
            &choice.service_contract,
            &choice.division,
        ]
        .iter()
        .all(|condition| filled(condition.as_deref()).is_none())
    };
    let index = accounts.choices.iter().position(bare)?;
    let setting = format!("accounts.choices[{index}]");
    Some(
        Finding::new(
            Rule::AccountUnusable,
            "the choice has no condition, so it would take every line",
            "Give it a `charge_code`, a `service_contract` or a `division`, or name the account under its role.",
        )
        .at(setting, show::shortened(&accounts.choices[index].account)),
    )
}

/// An account that is named, with what its role asks for.
struct Named<'a> {
    setting: String,
    code: &'a str,
    side: Side,
    role: Option<PurchaseRole>,
}

/// Every account that is named.
fn configured(accounts: &Accounts) -> Vec<Named<'_>> {
    let cost = PurchaseRole::CostOfGoodsSold;
    let roles = [
        ("accounts.sales", &accounts.sales, Side::Sales, None),
        (
            role_setting(cost),
            &accounts.cost_of_goods_sold,
            Side::Purchases,
            Some(cost),
        ),
        (
            role_setting(PurchaseRole::Inventory),
            &accounts.inventory,
            Side::Purchases,
            Some(PurchaseRole::Inventory),
        ),
    ];
    let roles = roles.into_iter().filter_map(|(setting, code, side, role)| {
        Some(Named {
            setting: setting.to_owned(),
            code: code.as_deref()?,
            side,
            role,
        })
    });
    let tables = [
        ("by_charge_code", &accounts.by_charge_code),
        ("by_service_contract", &accounts.by_service_contract),
        ("by_division", &accounts.by_division),
    ];
    let tables = tables.into_iter().flat_map(|(table, entries)| {
        entries.iter().map(move |(key, code)| Named {
            setting: format!("accounts.{table}.\"{key}\""),
            code,
            side: Side::Sales,
            role: None,
        })
    });
    let choices = accounts
        .choices
        .iter()
        .enumerate()
        .map(|(index, choice)| Named {
            setting: format!("accounts.choices[{index}].account"),
            code: &choice.account,
            side: match choice.trade {
                Trade::Sales => Side::Sales,
                Trade::Purchases => Side::Purchases,
            },
            role: None,
        });
    roles.chain(tables).chain(choices).collect()
}

fn of_class(chart: &Chart, class: &AccountClass) -> Vec<String> {
    chart
        .accounts
        .iter()
        .filter(|account| account.class == *class && is_usable(account))
        .filter_map(|account| Some(format!("`{}` ({})", account.code.as_deref()?, account.name)))
        .take(OFFERED_MAX)
        .collect()
}
