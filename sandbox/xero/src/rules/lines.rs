//! What becomes of a line that was sent: its account, tax type, tracking and arithmetic, or Xero's messages.

use rust_decimal::Decimal;

use crate::books::Organisation;
use crate::books::chart::{Account, Chart, Class, Standing};
use crate::books::invoice::{Kind, Line, LineAmounts, Status};
use crate::wire::invoice::LineIn;

use super::Act;
use super::rounding::{line_amount, line_tax, round};
use super::tracking::take_tracking;

/// What a line needs to know of its document.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Sales or purchases.
    pub side: Kind,
    /// How much a line must say.
    pub stage: Stage,
    /// Which discounts a line may have.
    pub discounts: Discounts,
    /// How amounts relate to tax.
    pub line_amounts: LineAmounts,
    /// Whether that changes with this write, which makes Xero compute all tax anew.
    pub tax_basis_changes: bool,
}

/// How much a line must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A draft may leave description and account out.
    Draft,
    /// A submitted or approved document may not.
    Complete,
}

/// Which discounts a line may have (Xero's page on line items).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discounts {
    /// Sales invoices: percent or money.
    RateOrAmount,
    /// Purchase orders: percent only.
    Rate,
    /// Bills and credit notes.
    Refused,
}

impl Stage {
    /// The stage of an invoice or credit note in this status.
    #[must_use]
    pub const fn of(status: Status) -> Self {
        match status {
            Status::Draft => Self::Draft,
            Status::Submitted
            | Status::Authorised
            | Status::Paid
            | Status::Voided
            | Status::Deleted => Self::Complete,
        }
    }
}

impl Discounts {
    /// What invoices and bills allow.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Receivable => Self::RateOrAmount,
            Kind::Payable => Self::Refused,
        }
    }
}

/// Works out all lines of a document. A sent line with the id of a current one updates it, others are new, and current lines
/// that were not sent are gone.
///
/// # Errors
/// Xero's messages, each once however many lines have it.
pub fn work_out_all(
    organisation: &mut Organisation,
    act: &Act<'_>,
    setting: Setting,
    sent: &[LineIn],
    current: &[Line],
) -> Result<Vec<Line>, Vec<String>> {
    let mut lines = Vec::with_capacity(sent.len());
    let mut messages = Vec::new();
    for line in sent {
        let existing = line
            .id
            .and_then(|id| current.iter().find(|known| known.id == id));
        match work_out(organisation, act, setting, line, existing) {
            Ok(line) => lines.push(line),
            Err(of_line) => add_new(&mut messages, of_line),
        }
    }
    if messages.is_empty() {
        Ok(lines)
    } else {
        Err(messages)
    }
}

/// The current lines as a sender would repeat them who changes nothing: approval checks them again.
#[must_use]
pub fn as_they_are(lines: &[Line]) -> Vec<LineIn> {
    lines
        .iter()
        .map(|line| LineIn {
            id: Some(line.id),
            ..LineIn::default()
        })
        .collect()
}

/// Adds messages that are not there yet: Xero says a thing once, however many lines have it.
pub(super) fn add_new(messages: &mut Vec<String>, more: Vec<String>) {
    for message in more {
        if !messages.contains(&message) {
            messages.push(message);
        }
    }
}

/// Works a sent line out, over the existing line that it updates if it names one.
///
/// # Errors
/// Xero's messages for this line.
pub fn work_out(
    organisation: &mut Organisation,
    act: &Act<'_>,
    setting: Setting,
    sent: &LineIn,
    existing: Option<&Line>,
) -> Result<Line, Vec<String>> {
    let mut messages = Vec::new();
    let mut line = existing.cloned().unwrap_or_else(|| blank(organisation));
    take_texts(&mut line, sent);
    let text_only = is_text_only(sent, &line);
    take_arithmetic(&mut line, act, setting, sent, &mut messages);
    take_account(
        &mut line,
        &organisation.chart,
        sent,
        setting,
        text_only,
        &mut messages,
    );
    take_tax(
        &mut line,
        &organisation.chart,
        act,
        setting,
        sent,
        &mut messages,
    );
    take_tracking(&mut line, &organisation.chart, sent, &mut messages);
    if setting.stage == Stage::Complete && line.description.trim().is_empty() {
        messages.push("The description field is mandatory for each line item.".to_owned());
    }
    if line.description.chars().count() > 4_000 {
        messages.push("The description field cannot be longer than 4000 characters.".to_owned());
    }
    if messages.is_empty() {
        Ok(line)
    } else {
        Err(messages)
    }
}

fn blank(organisation: &mut Organisation) -> Line {
    Line {
        id: organisation.ids.next_id(),
        description: String::new(),
        quantity: None,
        unit_amount: None,
        account_code: "",
        account_id: None,
        tax_type: "",
        tax_amount: Decimal::ZERO,
        line_amount: Decimal::ZERO,
        discount_rate: None,
        discount_amount: None,
        item_code: String::new(),
        tracking: Vec::new(),
    }
}

fn take_texts(line: &mut Line, sent: &LineIn) {
    if let Some(description) = &sent.description {
        description.clone_into(&mut line.description);
    }
    if let Some(item_code) = &sent.item_code {
        item_code.clone_into(&mut line.item_code);
    }
}

/// A line that carries words and nothing else is legal and has no amounts.
fn is_text_only(sent: &LineIn, line: &Line) -> bool {
    sent.quantity.is_none()
        && sent.unit_amount.is_none()
        && sent.line_amount.is_none()
        && line.unit_amount.is_none()
}

fn take_arithmetic(
    line: &mut Line,
    act: &Act<'_>,
    setting: Setting,
    sent: &LineIn,
    messages: &mut Vec<String>,
) {
    let midpoint = act.switches.midpoint;
    if keeps_amounts(sent) && line.unit_amount.is_some() {
        return;
    }
    take_discount(line, setting, sent, messages);
    let quantity = sent
        .quantity
        .or(line.quantity)
        .map(|quantity| round(quantity, 4, midpoint));
    let unit_amount = sent
        .unit_amount
        .map(|price| round(price, act.unit_decimals, midpoint))
        .or(line.unit_amount);
    let (quantity, unit_amount) = match (quantity, unit_amount, sent.line_amount) {
        // A line amount alone is legal: Xero derives the rest.
        (None, None, Some(amount)) => (Decimal::ONE, amount),
        (Some(quantity), None, Some(amount)) if !quantity.is_zero() => (
            quantity,
            round(amount / quantity, act.unit_decimals, midpoint),
        ),
        (quantity, Some(price), _) => (quantity.unwrap_or(Decimal::ONE), price),
        (Some(quantity), None, _) => (quantity, Decimal::ZERO),
        (None, None, None) => return,
    };
    let derived = sent.unit_amount.is_none() && line.unit_amount.is_none();
    line.quantity = Some(quantity);
    line.unit_amount = Some(unit_amount);
    let expected = line_amount(
        quantity,
        unit_amount,
        line.discount_rate,
        line.discount_amount,
        midpoint,
    );
    match sent.line_amount {
        Some(amount)
            if derived && line.discount_rate.is_none() && line.discount_amount.is_none() =>
        {
            line.line_amount = round(amount, 2, midpoint);
        }
        Some(amount) if amount != expected => messages.push(format!(
            "The line total {amount:.2} does not match the expected line total {expected:.2}"
        )),
        Some(_) | None => line.line_amount = expected,
    }
    if line.line_amount.abs() > Decimal::new(999_999_999_999, 2) {
        messages.push("The line total must be less than 9,999,999,999.99.".to_owned());
    }
}

/// Whether nothing was sent that would make Xero compute the line anew.
const fn keeps_amounts(sent: &LineIn) -> bool {
    sent.quantity.is_none()
        && sent.unit_amount.is_none()
        && sent.line_amount.is_none()
        && sent.discount_rate.is_none()
        && sent.discount_amount.is_none()
}

fn take_discount(line: &mut Line, setting: Setting, sent: &LineIn, messages: &mut Vec<String>) {
    let given = sent.discount_rate.or(sent.discount_amount);
    let Some(given) = given.filter(|given| !given.is_zero()) else {
        if sent.discount_rate.is_some() {
            line.discount_rate = None;
        }
        if sent.discount_amount.is_some() {
            line.discount_amount = None;
        }
        return;
    };
    let allowed = match (setting.discounts, sent.discount_rate) {
        (Discounts::RateOrAmount, _) | (Discounts::Rate, Some(_)) => true,
        (Discounts::Rate, None) | (Discounts::Refused, _) => false,
    };
    if !allowed {
        messages.push("Discounts can only be applied to ACCREC invoices.".to_owned());
        return;
    }
    let too_much = match sent.discount_rate {
        Some(rate) => rate > Decimal::ONE_HUNDRED,
        None => {
            let quantity = sent.quantity.or(line.quantity).unwrap_or(Decimal::ONE);
            let price = sent.unit_amount.or(line.unit_amount).unwrap_or_default();
            given.abs() > (quantity * price).abs()
        }
    };
    if too_much || given.is_sign_negative() {
        messages.push(format!(
            "The discount rate '{given}' is invalid. Discount must not be greater than the line total."
        ));
        return;
    }
    line.discount_rate = sent.discount_rate;
    line.discount_amount = match sent.discount_rate {
        Some(_) => None,
        None => sent.discount_amount,
    };
}

fn take_account(
    line: &mut Line,
    chart: &Chart,
    sent: &LineIn,
    setting: Setting,
    text_only: bool,
    messages: &mut Vec<String>,
) {
    let code = sent
        .account_code
        .as_deref()
        .map(str::trim)
        .filter(|code| !code.is_empty());
    let found = match (code, sent.account_id) {
        (Some(code), _) => chart
            .account(code)
            .ok_or_else(|| format!("Account code '{code}' is not a valid code for this document")),
        (None, Some(id)) => chart
            .account_by_id(id)
            .ok_or_else(|| "Account must be valid.".to_owned()),
        (None, None) => {
            let may_be_missing = setting.stage == Stage::Draft || text_only;
            if line.account_id.is_none() && !may_be_missing {
                messages.push("Account code must be specified".to_owned());
            }
            return;
        }
    };
    match found.and_then(|account| usable(account, setting.side)) {
        Ok(account) => {
            line.account_code = account.code;
            if line.account_id != Some(account.id) {
                line.tax_type = "";
            }
            line.account_id = Some(account.id);
        }
        Err(message) => messages.push(message),
    }
}

/// Accounts for lines are active and neither banks nor those that Xero posts to by itself.
fn usable(account: &Account, kind: Kind) -> Result<&Account, String> {
    let code = account.code;
    match account.standing {
        Standing::Active => {}
        Standing::Archived | Standing::Deleted => {
            return Err(format!(
                "Account code '{code}' has been archived or has been deleted. Each line item must reference a valid account."
            ));
        }
    }
    let own_posting = matches!(
        account.system,
        "DEBTORS"
            | "CREDITORS"
            | "UNPAIDEXPCLM"
            | "BANKCURRENCYGAIN"
            | "REALISEDCURRENCYGAIN"
            | "UNREALISEDCURRENCYGAIN"
            | "TRACKINGTRANSFERS"
            | "RETAINEDEARNINGS"
    );
    let bank = account.bank.is_some();
    let stock_sold = account.kind == "INVENTORY" && matches!(kind, Kind::Receivable);
    if own_posting || bank || stock_sold {
        return Err(format!(
            "Account code '{code}' is not a valid code for this document"
        ));
    }
    Ok(account)
}

fn take_tax(
    line: &mut Line,
    chart: &Chart,
    act: &Act<'_>,
    setting: Setting,
    sent: &LineIn,
    messages: &mut Vec<String>,
) {
    if matches!(setting.line_amounts, LineAmounts::NoTax) {
        line.tax_type = no_tax_type(chart);
        line.tax_amount = Decimal::ZERO;
        return;
    }
    let account = line.account_id.and_then(|id| chart.account_by_id(id));
    let chosen = sent.tax_type.as_deref().filter(|chosen| !chosen.is_empty());
    let tax_type = match (chosen, line.tax_type, account) {
        (Some(chosen), _, _) => chosen,
        (None, "", Some(account)) => account.tax_type,
        (None, kept, _) => kept,
    };
    if tax_type.is_empty() {
        line.tax_amount = sent.tax_amount.unwrap_or_default();
        return;
    }
    let Some(rate) = chart
        .tax_rate(tax_type)
        .filter(|rate| rate.standing == Standing::Active)
    else {
        messages.push(format!(
            "The TaxType code {tax_type} does not exist or cannot be used for this type of transaction."
        ));
        return;
    };
    if let Some(account) = account
        && !rate.applies_to.contains(&account.class)
        && !direct_cost_credit(account.class, rate.report_type)
    {
        messages.push(format!(
            "The TaxType code '{tax_type}' cannot be used with account code '{}'.",
            account.code
        ));
        return;
    }
    let kept = !setting.tax_basis_changes
        && keeps_amounts(sent)
        && line.tax_type == rate.tax_type
        && sent.id.is_some();
    line.tax_type = rate.tax_type;
    line.tax_amount = match sent.tax_amount {
        None if kept => line.tax_amount,
        Some(insisted) => round(insisted, 2, act.switches.midpoint),
        None => line_tax(
            line.line_amount,
            rate.rate_percent,
            setting.line_amounts,
            act.switches.midpoint,
        ),
    };
}

/// Rates without a direction, such as `NONE`, fit every class.
fn direct_cost_credit(class: Class, report_type: &str) -> bool {
    matches!(class, Class::Expense | Class::Revenue) && report_type == "NONE"
}

fn no_tax_type(chart: &Chart) -> &'static str {
    ["NONE", "BASEXCLUDED"]
        .into_iter()
        .find(|known| chart.tax_rate(known).is_some())
        .unwrap_or("NONE")
}
