//! How money that is not for an invoice yet becomes an overpayment or a prepayment (Xero's page on bank transactions).

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::books::Organisation;
use crate::books::bank_transaction::BankTransaction;
use crate::books::chart::Standing;
use crate::books::credit::{Credit, Source};
use crate::books::invoice::{Kind, Line, LineAmounts, Status};
use crate::wire::bank_transaction::BankTransactionIn;
use crate::wire::invoice::LineIn;
use crate::wire::payment::AccountRef;

use super::documents::{currency, line_amounts};
use super::lines::{Discounts, Setting, Stage, add_new, work_out_all};
use super::totals::{self, SentTotals};
use super::{Act, Refusal, contacts, credit_notes, locks};

/// What a type of bank transaction makes; nothing for plain receipts, payments and transfers.
#[must_use]
pub fn makes(kind: &str) -> Option<(Source, Kind)> {
    match kind {
        "RECEIVE-OVERPAYMENT" => Some((Source::Overpayment, Kind::Receivable)),
        "SPEND-OVERPAYMENT" => Some((Source::Overpayment, Kind::Payable)),
        "RECEIVE-PREPAYMENT" => Some((Source::Prepayment, Kind::Receivable)),
        "SPEND-PREPAYMENT" => Some((Source::Prepayment, Kind::Payable)),
        _ => None,
    }
}

/// Books the money and makes the credit; returns the position of the bank transaction. A repeat books it again: nothing about
/// it is unique.
///
/// # Errors
/// Xero's messages; nothing is changed then.
pub fn create(
    organisation: &mut Organisation,
    act: &Act<'_>,
    sent: &BankTransactionIn,
) -> Result<usize, Refusal> {
    let Some((source, kind)) = sent.kind.as_deref().and_then(makes) else {
        return Err(Refusal::of(
            "Bank transaction not of valid type for creation",
        ));
    };
    if sent.id.is_some() {
        return Err(Refusal::of(
            "Overpayments and prepayments cannot be updated through bank transactions.",
        ));
    }
    let Some(contact) = &sent.contact else {
        return Err(Refusal::of(
            "A Contact must be specified for this type of transaction",
        ));
    };
    let mut messages = Vec::new();
    let account = match bank(organisation, sent.bank_account.as_ref()) {
        Ok(account) => account,
        Err(message) => {
            messages.push(message);
            Uuid::nil()
        }
    };
    let mut credit = Credit {
        source,
        ..credit_notes::blank(organisation, act, kind, Status::Authorised)
    };
    take_header(organisation, act, sent, &mut credit, &mut messages);
    take_lines(organisation, act, sent, &mut credit, &mut messages);
    if !messages.is_empty() {
        return Err(messages.into());
    }
    credit.contact = contacts::for_invoice(organisation, act, contact)?;
    if (source, kind) == (Source::Prepayment, Kind::Receivable) {
        // A receipt ahead of an invoice is numbered as one, and its Reference repeats the number.
        credit.number = organisation.invoices.next_number();
        credit.reference.clone_from(&credit.number);
    }
    credit.id = organisation.ids.next_id();
    let credit = organisation.credits.insert(credit);
    let id = organisation.ids.next_id();
    Ok(organisation.bank_transactions.insert(BankTransaction {
        id,
        credit,
        account,
        is_reconciled: sent.is_reconciled.unwrap_or_default(),
        url: sent.url.clone().unwrap_or_default(),
        updated_ms: act.now.timestamp_millis(),
    }))
}

/// Voids an overpayment or prepayment of which nothing is used; only people can.
///
/// # Errors
/// Xero's message when some of it is used or its day is closed.
pub fn void(organisation: &mut Organisation, act: &Act<'_>, at: usize) -> Result<(), Refusal> {
    let credit = organisation.credits.ledger.row(at);
    if let Some(message) = locks::closed(&organisation.profile, act.switches, credit.date) {
        return Err(Refusal::of(message));
    }
    if credit.is_used() || credit.status != Status::Authorised {
        return Err(Refusal::of(
            "This document cannot be edited as it has a payment or credit note allocated to it.",
        ));
    }
    organisation.credits.ledger.row_mut(at).status = Status::Voided;
    organisation.credits.ledger.touch(at, act.now);
    Ok(())
}

/// The active bank account that is named by id or code.
fn bank(organisation: &Organisation, sent: Option<&AccountRef>) -> Result<Uuid, String> {
    let chart = &organisation.chart;
    let found = match sent {
        Some(AccountRef { id: Some(id), .. }) => chart.account_by_id(*id),
        Some(AccountRef {
            code: Some(code), ..
        }) => chart.account(code),
        Some(_) | None => return Err("The account code or ID must be specified".to_owned()),
    };
    let account = found
        .filter(|account| account.standing == Standing::Active)
        .ok_or_else(|| "Account could not be found".to_owned())?;
    if account.bank.is_none() {
        return Err("Account type is invalid for making a payment to/from.".to_owned());
    }
    Ok(account.id)
}

fn take_header(
    organisation: &Organisation,
    act: &Act<'_>,
    sent: &BankTransactionIn,
    credit: &mut Credit,
    messages: &mut Vec<String>,
) {
    credit.date = sent.date.as_ref().map_or(credit.date, |sent| sent.day);
    messages.extend(locks::closed(
        &organisation.profile,
        act.switches,
        credit.date,
    ));
    // Currency can be set on overpayments only (Xero's OpenAPI file), and they have no tax.
    let (code, rate, default) = match credit.source {
        Source::Overpayment => {
            credit.reference = sent.reference.clone().unwrap_or_default();
            (
                sent.currency_code.as_deref(),
                sent.currency_rate,
                LineAmounts::NoTax,
            )
        }
        Source::Prepayment | Source::CreditNote => (None, None, LineAmounts::Inclusive),
    };
    match currency(organisation, code, rate, ("", Decimal::ONE)) {
        Ok((code, rate)) => {
            credit.currency = code;
            credit.currency_rate = rate;
        }
        Err(message) => messages.push(message),
    }
    match line_amounts(sent.line_amount_types.as_deref(), default) {
        Ok(_) if credit.source == Source::Overpayment => credit.line_amounts = default,
        Ok(line_amounts) => credit.line_amounts = line_amounts,
        Err(message) => messages.push(message),
    }
}

fn take_lines(
    organisation: &mut Organisation,
    act: &Act<'_>,
    sent: &BankTransactionIn,
    credit: &mut Credit,
    messages: &mut Vec<String>,
) {
    let sent_lines = sent.line_items.as_deref().unwrap_or_default();
    if sent_lines.is_empty() {
        messages.push("One or more line items must be specified".to_owned());
        return;
    }
    let over = credit.source == Source::Overpayment;
    let setting = Setting {
        side: credit.kind,
        stage: if over { Stage::Draft } else { Stage::Complete },
        discounts: Discounts::Refused,
        line_amounts: credit.line_amounts,
        tax_basis_changes: false,
    };
    let lines = if over {
        overpaid(organisation, act, setting, sent_lines)
    } else {
        work_out_all(organisation, act, setting, sent_lines, &[])
    };
    match lines {
        Ok(lines) => credit.lines = lines,
        Err(of_lines) => return add_new(messages, of_lines),
    }
    let computed = totals::of_lines(&credit.lines, credit.line_amounts);
    match totals::agree(computed, &SentTotals::default(), Status::Authorised) {
        Ok(totals) if totals.total.is_zero() => {
            messages.push("The total must be greater than 0.".to_owned());
        }
        Ok(totals) => {
            credit.sub_total = totals.sub_total;
            credit.total_tax = totals.total_tax;
            credit.total = totals.total;
        }
        Err(message) => messages.push(message),
    }
}

/// Lines of an overpayment stand on the control account, whatever was sent.
fn overpaid(
    organisation: &mut Organisation,
    act: &Act<'_>,
    setting: Setting,
    sent: &[LineIn],
) -> Result<Vec<Line>, Vec<String>> {
    let system = match setting.side {
        Kind::Receivable => "DEBTORS",
        Kind::Payable => "CREDITORS",
    };
    let control = organisation
        .chart
        .accounts()
        .iter()
        .find(|account| account.system == system)
        .map(|account| (account.code, account.id));
    let wrong = sent.iter().find_map(|line| {
        let code = line
            .account_code
            .as_deref()
            .filter(|code| !code.is_empty())?;
        (control.map(|(control, _)| control) != Some(code)).then_some(code)
    });
    if let Some(code) = wrong.filter(|_| !act.switches.overpayment_line_account_ignored) {
        return Err(vec![format!(
            "Account code '{code}' is not a valid code for this document"
        )]);
    }
    let bare: Vec<LineIn> = sent
        .iter()
        .cloned()
        .map(|line| LineIn {
            account_code: None,
            account_id: None,
            tax_type: None,
            ..line
        })
        .collect();
    if bare
        .iter()
        .any(|line| line.description.as_deref().is_none_or(str::is_empty))
    {
        return Err(vec![
            "The description field is mandatory for each line item.".to_owned(),
        ]);
    }
    let mut lines = work_out_all(organisation, act, setting, &bare, &[])?;
    for line in &mut lines {
        line.account_code = control.map_or("", |(code, _)| code);
        line.account_id = control.map(|(_, id)| id);
    }
    Ok(lines)
}
