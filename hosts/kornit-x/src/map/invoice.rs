//! The invoice of an order, or of the orders that share one: when it is due, and what it charges.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;
use tieout_core::document::{
    AmountsAre, BillTo, Currency, DocumentId, GroupSource, Invoice, InvoiceKind, InvoiceStatus,
    Line, PartyId, References, Totals,
};

use super::item::{PriceFields, items, line, price, rounded, sum};
use super::{contact, currency, number};
use crate::book::{Group, Order};
use crate::config::{FaultyOrders, InvoicePer, KornitXConfig, Trigger};
use crate::wire::{Problem, Standing, date};

/// The invoice of some orders, of which the first gives the number.
///
/// Fails with the order and the field that cannot be read.
pub(super) fn invoice(
    id: DocumentId,
    orders: &[Order],
    group: Option<&Group>,
    config: &KornitXConfig,
) -> Result<Invoice, (String, Problem)> {
    let first = orders.first().expect("an invoice is of one order at least");
    let of = |order: &Order| {
        let name = order.name();
        move |problem| (name, problem)
    };
    let currency = currency(first, config).map_err(of(first))?;
    let is_shared = orders.len() > 1;
    if let Some((order, fault)) = orders.iter().find_map(|it| Some((it, it.faults.first()?))) {
        return Err((order.name(), fault.clone()));
    }
    let (lines, sources) = charged(orders, currency, config)?;
    let (status, notes) = standing(orders, config);
    let name = contact(first, config).map_err(of(first))?;
    let company = first.word("company_ref_id");
    Ok(Invoice {
        id,
        // Orders are only ever added before the invoice is final, so the sum grows with every change.
        revision: orders.iter().map(|order| order.revision).sum(),
        kind: InvoiceKind::Sales,
        number: number(first, group, config),
        issue_date: issue_date(orders, config)?,
        due_date: None,
        payment_terms_days: None,
        currency,
        amounts_are: AmountsAre::TaxExclusive,
        bill_to: BillTo {
            company_id: company.as_ref().and_then(|id| PartyId::new(id).ok()),
            name,
            ..BillTo::default()
        },
        references: References {
            purchase_order_number: first.word("external_ref"),
            ..References::default()
        },
        grouped: is_shared,
        group_sources: if is_shared { sources } else { Vec::new() },
        batch_id: None,
        tracking: Vec::new(),
        totals: totals(&lines).map_err(of(first))?,
        lines,
        status,
        notes,
        business_division: company,
        url: None,
        attachments: Vec::new(),
        payments: None,
        updated_at: orders
            .iter()
            .map(|order| order.changed_at)
            .max()
            .unwrap_or(first.changed_at),
    })
}

/// The lines of the orders that are charged, and what each order comes to. Of orders that are all cancelled, those.
fn charged(
    orders: &[Order],
    currency: Currency,
    config: &KornitXConfig,
) -> Result<(Vec<Line>, Vec<GroupSource>), (String, Problem)> {
    let is_charged = |order: &Order| order.status.standing() != Standing::Cancelled;
    let is_all_cancelled = !orders.iter().any(is_charged);
    let is_shared = orders.len() > 1;
    let (mut lines, mut sources) = (Vec::new(), Vec::new());
    for order in orders
        .iter()
        .filter(|it| is_all_cancelled || is_charged(it))
    {
        let of = |problem| (order.name(), problem);
        let own = super::currency(order, config).map_err(of)?;
        if own != currency {
            let message =
                format!("is {own}, and the order that shares its invoice is in {currency}");
            return Err(of(Problem::new("currency_code", message)));
        }
        let of_order = lines_of(order, currency, is_shared, config).map_err(of)?;
        sources.push(source(order, &of_order).map_err(of)?);
        lines.extend(of_order);
    }
    Ok((lines, sources))
}

/// Where the invoice stands, and what it waits for.
fn standing(orders: &[Order], config: &KornitXConfig) -> (InvoiceStatus, Option<String>) {
    let is_cancelled = |order: &Order| order.status.standing() == Standing::Cancelled;
    if orders.iter().all(is_cancelled) {
        return (InvoiceStatus::Voided, None);
    }
    let is_shared = config.invoice_per == InvoicePer::ExternalRef && orders.len() > 1;
    for order in orders.iter().filter(|order| !is_cancelled(order)) {
        let why = if order.reached < config.invoice_at.step() {
            order.status.name()
        } else if is_marked(order, "has_error") && config.faulty_orders == FaultyOrders::Wait {
            "marked as faulty"
        } else if is_marked(order, "is_free_of_charge") {
            "free of charge"
        } else {
            continue;
        };
        let waits = match is_shared {
            true => format!("waits for {}, which is {why}", order.name()),
            false => format!("the order is {why}"),
        };
        return (InvoiceStatus::Draft, Some(waits));
    }
    (InvoiceStatus::Final, None)
}

/// A mark of an order, however it is spelled.
fn is_marked(order: &Order, field: &str) -> bool {
    match order.form.as_ref().and_then(|form| form.get(field)) {
        Some(Value::Bool(is_set)) => *is_set,
        Some(Value::Number(number)) => number.to_string() != "0",
        Some(Value::String(text)) => matches!(text.as_str(), "1" | "true"),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => false,
    }
}

/// The day of the last dispatch; while nothing left, that of the sale.
fn issue_date(orders: &[Order], config: &KornitXConfig) -> Result<NaiveDate, (String, Problem)> {
    let mut last = None;
    for order in orders {
        let is_sent = order.status.standing() == Standing::Dispatched;
        let day = match config.invoice_at {
            Trigger::Dispatched if is_sent => dispatched_on(order),
            Trigger::Received
            | Trigger::SentToSupplier
            | Trigger::InProduction
            | Trigger::Dispatched => ordered_on(order),
        };
        last = last.max(Some(day.map_err(|problem| (order.name(), problem))?));
    }
    Ok(last.expect("an invoice is of one order at least"))
}

fn dispatched_on(order: &Order) -> Result<NaiveDate, Problem> {
    let told = day(order, "completion_datetime")?.or(order.shipped_on);
    Ok(told
        .or(order.dispatched_on)
        .unwrap_or_else(|| order.first_at.date_naive()))
}

/// The day on which an order was made.
pub(super) fn ordered_on(order: &Order) -> Result<NaiveDate, Problem> {
    for field in ["sale_datetime", "creation_datetime"] {
        if let Some(day) = day(order, field)? {
            return Ok(day);
        }
    }
    Ok(order.first_at.date_naive())
}

/// The day in a field of an order.
pub(super) fn day(order: &Order, field: &'static str) -> Result<Option<NaiveDate>, Problem> {
    let value = order.form.as_ref().and_then(|form| form.get(field));
    date(value).map_err(|message| Problem::new(field, message))
}

fn lines_of(
    order: &Order,
    currency: Currency,
    is_shared: bool,
    config: &KornitXConfig,
) -> Result<Vec<Line>, Problem> {
    let id = |own: &str| match is_shared {
        true => format!("{}-{own}", order.id),
        false => own.to_owned(),
    };
    let mut lines = Vec::new();
    for item in items(order)? {
        let price = item.sale()?;
        let description = item.description.clone();
        let mut line = line(&id(&item.id), description, item.quantity, &price, currency)?;
        line.charge_code = item.sku;
        line.case_number = is_shared.then(|| order.id.clone());
        lines.push(line);
    }
    lines.extend(shipping(order, &id("shipping"), currency, config)?);
    Ok(lines)
}

/// The line of shipping; none where it costs nothing.
fn shipping(
    order: &Order,
    id: &str,
    currency: Currency,
    config: &KornitXConfig,
) -> Result<Option<Line>, Problem> {
    let mut fields = order.form.clone().unwrap_or_default();
    if let (Some(told), Value::Object(fields)) = (order.shipping_price, &mut fields) {
        let was = crate::wire::number(fields.get("shipping_price"))
            .ok()
            .flatten();
        if was != Some(told) {
            fields.insert("shipping_price".to_owned(), Value::String(told.to_string()));
            // It belongs to the price before.
            fields.remove("shipping_price_inc_tax");
        }
    }
    let amount = crate::wire::number(fields.get("shipping_price"))
        .map_err(|message| Problem::new("shipping_price", message))?;
    if amount.is_none_or(|amount| amount.is_zero()) {
        return Ok(None);
    }
    let named = PriceFields {
        unit: "shipping_price",
        unit_with_tax: "shipping_price_inc_tax",
        rate: "shipping_tax_rate",
    };
    let price = price(&fields, "", &named)?;
    let ways = ["shipping_method", "shipping_carrier"].map(|field| order.word(field));
    let ways: Vec<String> = ways.into_iter().flatten().collect();
    let description = match ways.is_empty() {
        true => "Shipping".to_owned(),
        false => format!("Shipping: {}", ways.join(", ")),
    };
    let mut line = line(id, description, Decimal::ONE, &price, currency)?;
    line.charge_code = Some(config.shipping_code.clone());
    line.unit_price = rounded(price.unit, currency);
    Ok(Some(line))
}

fn totals(lines: &[Line]) -> Result<Totals, Problem> {
    let net = sum(lines.iter().map(|line| line.net_amount))?;
    let tax = sum(lines.iter().map(|line| line.tax_amount))?;
    let gross = sum([net, tax])?;
    Ok(Totals { net, tax, gross })
}

/// What an order adds to a shared invoice.
fn source(order: &Order, lines: &[Line]) -> Result<GroupSource, Problem> {
    let totals = totals(lines)?;
    Ok(GroupSource {
        case_number: order.id.clone(),
        client_name: None,
        claim_number: None,
        net: Some(totals.net),
        tax: Some(totals.tax),
        document: None,
    })
}
