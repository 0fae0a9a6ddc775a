//! How a payment is created: without any idempotency, so that two calls are two payments.
//!
//! The public page of the call shows only the beginning of its address; its fields are those of the list, less those that
//! the product gives itself. That is an assumption.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, SecondsFormat};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::account::{Iinsight, Kept, Status};
use super::json::Json;
use super::lists::text;

pub(super) async fn create(
    State(account): State<Iinsight>,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Response {
    let given = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let Ok(date) = NaiveDate::parse_from_str(&given("transaction_date"), "%d-%m-%Y") else {
        return refused("transaction_date must be dd-mm-yyyy");
    };
    let Some(amount) = Decimal::from_str_exact(&given("amount"))
        .ok()
        .filter(|it| *it > Decimal::ZERO)
    else {
        return refused("amount must be above zero");
    };
    let mut books = account.books();
    let invoices = books
        .invoices
        .iter()
        .filter(|kept| kept.status == Status::Active);
    let invoice = invoices
        .map(|kept| &kept.row)
        .find(|row| text(row, "invoice_id") == given("invoice_id"));
    let Some(invoice) = invoice.cloned() else {
        return refused("there is no such invoice");
    };
    let invoice_number = text(&invoice, "invoice_number").to_owned();
    let of_invoice = books
        .payments
        .iter()
        .filter(|kept| text(&kept.row, "invoice_number") == invoice_number);
    let number = format!("{invoice_number}-P{}", of_invoice.count() + 1);
    let ids = books
        .payments
        .iter()
        .filter_map(|kept| text(&kept.row, "payment_id").parse::<u64>().ok());
    let id = (ids.max().unwrap_or(1_000) + 1).to_string();
    let now = books.now();
    let row = json!({
        "payment_id": id,
        "payment_number": number,
        "transaction_date": format!("{date}T12:00:00Z"),
        "amount": amount.to_string(),
        "paid_by": text(&invoice, "to"),
        "reference_number": given("reference_number"),
        "card_type": "", "bank": "", "branch": "",
        "invoice_id": text(&invoice, "invoice_id"),
        "invoice_number": invoice_number,
        "bill_to_id": text(&invoice, "contact_id"),
        "type": given("type"),
        "notes": given("notes"),
        "last_update": now.format("%d-%m-%Y %H:%M:%S").to_string(),
        "last_update_utc": now.to_rfc3339_opts(SecondsFormat::Secs, true),
    });
    books.payments.push(Kept {
        row,
        status: Status::Active,
        changed: now,
    });
    let reply: Value = json!({ "payment_id": id, "payment_number": number });
    Json(reply).into_response()
}

fn refused(why: &str) -> Response {
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        Json(json!({ "error": why })),
    )
        .into_response()
}
