//! What becomes of a purchase order that was sent: a new one, a changed one, or Xero's messages and no change at all.

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::books::Organisation;
use crate::books::invoice::{Kind, Line, LineAmounts, Status};
use crate::books::purchase_order::{Delivery, OrderStatus, PurchaseOrder};
use crate::wire::invoice::LineIn;
use crate::wire::purchase_order::PurchaseOrderIn;

use super::contacts::{self, Mode};
use super::documents::{Written, currency, line_amounts, too_long};
use super::lines::{Discounts, Setting, Stage, add_new, as_they_are, work_out_all};
use super::totals::{self, SentTotals};
use super::{Act, Refusal, order_status};

const WRONG_STATUS: &str = "Purchase Order not of valid status for modification";
const SENT_TOO_EARLY: &str =
    "Only AUTHORISED and BILLED purchase orders may have SentToContact updated.";

/// Writes a purchase order. PUT makes a new one always; POST changes the one with the same id and makes a new one when no id
/// is sent.
///
/// # Errors
/// Xero's messages; no order is changed then.
pub fn write(
    organisation: &mut Organisation,
    act: &Act<'_>,
    mode: Mode,
    sent: &PurchaseOrderIn,
) -> Result<Written, Refusal> {
    // Orders keep four decimals of a price whatever the call says.
    let act = &Act {
        unit_decimals: 4,
        ..*act
    };
    let existing = match mode {
        Mode::Create => None,
        Mode::Upsert => meant(organisation, act, sent)?,
    };
    let at = match existing {
        Some(at) => {
            update(organisation, act, at, sent)?;
            at
        }
        None => create(organisation, act, sent)?,
    };
    let approved = match organisation.purchase_orders.ledger.row(at).status {
        OrderStatus::Authorised | OrderStatus::Billed => true,
        OrderStatus::Draft | OrderStatus::Submitted | OrderStatus::Deleted => false,
    };
    let warnings = if sent.sent_to_contact == Some(true) && !approved {
        vec![SENT_TOO_EARLY]
    } else {
        Vec::new()
    };
    Ok(Written { at, warnings })
}

/// The order with this number that a call by number means: a live one before a deleted one.
#[must_use]
pub fn by_number(organisation: &Organisation, number: &str) -> Option<usize> {
    let orders = &organisation.purchase_orders;
    orders
        .numbered(number)
        .iter()
        .copied()
        .min_by_key(|at| orders.ledger.row(*at).status == OrderStatus::Deleted)
}

fn meant(
    organisation: &Organisation,
    act: &Act<'_>,
    sent: &PurchaseOrderIn,
) -> Result<Option<usize>, Refusal> {
    if let Some(id) = sent.id {
        return organisation
            .purchase_orders
            .ledger
            .find(id)
            .map(Some)
            .ok_or_else(|| {
                Refusal::of(
                    "An existing Purchase Order with the specified PurchaseOrderID could not be found",
                )
            });
    }
    Ok(sent
        .purchase_order_number
        .as_deref()
        .filter(|number| !number.is_empty() && act.switches.purchase_order_post_by_number)
        .and_then(|number| by_number(organisation, number)))
}

fn create(
    organisation: &mut Organisation,
    act: &Act<'_>,
    sent: &PurchaseOrderIn,
) -> Result<usize, Refusal> {
    let status = sent_status(sent)?.unwrap_or(OrderStatus::Draft);
    if !order_status::may_begin(act, status) {
        return Err(Refusal::of(
            "Purchase Order not of valid status for creation",
        ));
    }
    let contact = contacts::existing(organisation, sent.contact.as_ref())?;
    let mut order = blank(organisation, act, contact, status);
    let mut messages = Vec::new();
    take_header(organisation, act, None, sent, &mut order, &mut messages);
    if sent.line_items.as_ref().is_none_or(Vec::is_empty) {
        messages.push("One or more line items must be specified".to_owned());
    } else {
        take_lines(organisation, act, sent, None, &mut order, &mut messages);
    }
    if !messages.is_empty() {
        return Err(messages.into());
    }
    if order.number.is_empty() {
        order.number = organisation.purchase_orders.next_number();
    }
    order.id = organisation.ids.next_id();
    Ok(organisation.purchase_orders.insert(order))
}

fn update(
    organisation: &mut Organisation,
    act: &Act<'_>,
    at: usize,
    sent: &PurchaseOrderIn,
) -> Result<(), Refusal> {
    let current = organisation.purchase_orders.ledger.row(at).clone();
    let status = sent_status(sent)?.unwrap_or(current.status);
    if !order_status::may_follow(act, current.status, status) {
        return Err(Refusal::of(WRONG_STATUS));
    }
    let mut next = current.clone();
    next.status = status;
    // A deletion ignores all other fields, as the one of an invoice does.
    if status != OrderStatus::Deleted {
        let mut messages = Vec::new();
        if sent.contact.is_some() {
            next.contact = contacts::existing(organisation, sent.contact.as_ref())?;
        }
        take_header(organisation, act, Some(at), sent, &mut next, &mut messages);
        take_lines(
            organisation,
            act,
            sent,
            Some(&current),
            &mut next,
            &mut messages,
        );
        if !messages.is_empty() {
            return Err(messages.into());
        }
    }
    organisation.purchase_orders.replace(at, next);
    organisation.purchase_orders.ledger.touch(at, act.now);
    Ok(())
}

fn sent_status(sent: &PurchaseOrderIn) -> Result<Option<OrderStatus>, Refusal> {
    match sent.status.as_deref().filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => OrderStatus::parse(text)
            .map(Some)
            .ok_or_else(|| Refusal::of(WRONG_STATUS)),
    }
}

fn blank(
    organisation: &Organisation,
    act: &Act<'_>,
    contact: usize,
    status: OrderStatus,
) -> PurchaseOrder {
    PurchaseOrder {
        id: Uuid::nil(),
        number: String::new(),
        reference: String::new(),
        contact,
        date: organisation.profile.zone.day(act.now),
        delivery: Delivery::default(),
        status,
        line_amounts: LineAmounts::Exclusive,
        lines: Vec::new(),
        sub_total: Decimal::ZERO,
        total_tax: Decimal::ZERO,
        total: Decimal::ZERO,
        currency: String::new(),
        currency_rate: Decimal::ONE,
        branding_theme: None,
        sent_to_contact: false,
        created_by: act.app.to_owned(),
        updated_ms: act.now.timestamp_millis(),
    }
}

fn take_header(
    organisation: &Organisation,
    act: &Act<'_>,
    own: Option<usize>,
    sent: &PurchaseOrderIn,
    next: &mut PurchaseOrder,
    messages: &mut Vec<String>,
) {
    let number = sent.purchase_order_number.as_deref();
    if let Some(number) = number.filter(|number| !number.is_empty()) {
        messages.extend(number_message(organisation, act, number, own));
        number.clone_into(&mut next.number);
    }
    messages.extend(too_long(
        "DeliveryInstructions",
        sent.delivery_instructions.as_deref(),
        500,
    ));
    messages.extend(too_long("Reference", sent.reference.as_deref(), 255));
    let take = |kept: &mut String, sent: &Option<String>| {
        if let Some(sent) = sent {
            sent.clone_into(kept);
        }
    };
    take(&mut next.reference, &sent.reference);
    take(&mut next.delivery.address, &sent.delivery_address);
    take(&mut next.delivery.attention_to, &sent.attention_to);
    take(&mut next.delivery.telephone, &sent.telephone);
    take(&mut next.delivery.instructions, &sent.delivery_instructions);
    next.date = sent.date.as_ref().map_or(next.date, |sent| sent.day);
    next.delivery.date = sent
        .delivery_date
        .as_ref()
        .map(|sent| sent.day)
        .or(next.delivery.date);
    next.delivery.expected_arrival = sent
        .expected_arrival_date
        .as_ref()
        .map(|sent| sent.day)
        .or(next.delivery.expected_arrival);
    next.branding_theme = sent.branding_theme.or(next.branding_theme);
    if matches!(next.status, OrderStatus::Authorised | OrderStatus::Billed) {
        next.sent_to_contact = sent.sent_to_contact.unwrap_or(next.sent_to_contact);
    }
    match line_amounts(sent.line_amount_types.as_deref(), next.line_amounts) {
        Ok(line_amounts) => next.line_amounts = line_amounts,
        Err(message) => messages.push(message),
    }
    let kept = (next.currency.as_str(), next.currency_rate);
    match currency(
        organisation,
        sent.currency_code.as_deref(),
        sent.currency_rate,
        kept,
    ) {
        Ok((code, rate)) => {
            next.currency = code;
            next.currency_rate = rate;
        }
        Err(message) => messages.push(message),
    }
}

/// Xero's message when another order has this number.
fn number_message(
    organisation: &Organisation,
    act: &Act<'_>,
    number: &str,
    own: Option<usize>,
) -> Option<String> {
    let orders = &organisation.purchase_orders;
    let blocks = |at: &usize| {
        let gone = orders.ledger.row(*at).status == OrderStatus::Deleted;
        Some(*at) != own && !(gone && act.switches.purchase_order_number_free_after_delete)
    };
    orders
        .numbered(number)
        .iter()
        .any(blocks)
        .then(|| "Order number must be unique".to_owned())
}

fn take_lines(
    organisation: &mut Organisation,
    act: &Act<'_>,
    sent: &PurchaseOrderIn,
    current: Option<&PurchaseOrder>,
    next: &mut PurchaseOrder,
    messages: &mut Vec<String>,
) {
    let current_lines: &[Line] = current.map_or(&[], |current| &current.lines);
    let basis_changes = current.is_some_and(|current| current.line_amounts != next.line_amounts);
    let approving = current.is_some_and(|current| current.status != next.status);
    let sent_lines = sent.line_items.as_deref().unwrap_or_default();
    if sent_lines.is_empty() && !approving && !basis_changes {
        return;
    }
    let to_work_out = lines_to_work_out(act, sent_lines, current_lines, messages);
    let stage = match next.status {
        OrderStatus::Draft => Stage::Draft,
        OrderStatus::Submitted
        | OrderStatus::Authorised
        | OrderStatus::Billed
        | OrderStatus::Deleted => {
            if act.switches.purchase_order_approval_needs_account {
                Stage::Complete
            } else {
                Stage::Draft
            }
        }
    };
    let setting = Setting {
        side: Kind::Payable,
        stage,
        discounts: Discounts::Rate,
        line_amounts: next.line_amounts,
        tax_basis_changes: basis_changes,
    };
    match work_out_all(organisation, act, setting, &to_work_out, current_lines) {
        Ok(lines) => next.lines = lines,
        Err(of_lines) => return add_new(messages, of_lines),
    }
    let computed = totals::of_lines(&next.lines, next.line_amounts);
    match totals::agree(computed, &SentTotals::default(), Status::Draft) {
        Ok(totals) => {
            next.sub_total = totals.sub_total;
            next.total_tax = totals.total_tax;
            next.total = totals.total;
        }
        Err(message) => messages.push(message),
    }
}

/// The sent lines without the fields that orders do not take, or the current ones when none were sent.
fn lines_to_work_out(
    act: &Act<'_>,
    sent: &[LineIn],
    current: &[Line],
    messages: &mut Vec<String>,
) -> Vec<LineIn> {
    if sent.is_empty() {
        return as_they_are(current);
    }
    let known = |line: &LineIn| {
        line.id
            .is_some_and(|id| current.iter().any(|kept| kept.id == id))
    };
    let priceless =
        |line: &LineIn| line.quantity.is_some() && line.unit_amount.is_none() && !known(line);
    if sent.iter().any(priceless) {
        messages.push("UnitAmount must be specified for a line item with a Quantity.".to_owned());
    }
    let mut lines: Vec<LineIn> = Vec::with_capacity(sent.len());
    if act.switches.purchase_order_lines_without_id_are_added {
        let repeated = |kept: &Line| sent.iter().any(|line| line.id == Some(kept.id));
        lines.extend(
            as_they_are(current)
                .into_iter()
                .zip(current)
                .filter(|(_, kept)| !repeated(kept))
                .map(|(line, _)| line),
        );
    }
    lines.extend(sent.iter().cloned().map(|line| {
        if act.switches.purchase_order_takes_sent_amounts {
            line
        } else {
            LineIn {
                tax_amount: None,
                line_amount: None,
                ..line
            }
        }
    }));
    lines
}
