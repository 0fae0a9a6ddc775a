//! What the control calls tell of the books: everything a test wants to compare, in plain words.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::books::Organisation;
use crate::books::invoice::{Invoice, Line};
use crate::books::payment::{Payment, Target};
use crate::sandbox::Sandbox;
use crate::sync::lock;
use crate::wire::number::Num;

pub(super) fn overview(sandbox: &Sandbox, now: DateTime<Utc>) -> Value {
    let connections: Vec<Value> = lock(&sandbox.identity)
        .connections()
        .iter()
        .map(|known| json!({"id": known.id, "client_id": known.client_id, "tenant": known.tenant}))
        .collect();
    let organisations: Vec<Value> = sandbox
        .organisation_names()
        .into_iter()
        .map(|(id, name)| {
            let counts = sandbox.read(id, |books| {
                json!({"invoices": books.invoices.ledger.rows().len(), "purchase_orders": books.purchase_orders.ledger.rows().len(),
                    "credits": books.credits.ledger.rows().len(), "payments": books.payments.rows().len(),
                    "contacts": books.contacts.ledger.rows().len()})
            });
            json!({"tenant": id, "name": name, "rows": counts, "counters": sandbox.counters().of(id)})
        })
        .collect();
    json!({
        "now": now,
        "offset_seconds": sandbox.offset().num_seconds(),
        "organisations": organisations,
        "connections": connections,
        "faults": sandbox.faults().pending(),
        "webhooks": sandbox.webhooks().list(),
        "switches": sandbox.switches(),
        "limits": sandbox.limits(),
    })
}

pub(super) fn books(sandbox: &Sandbox, tenant: Uuid) -> Option<Value> {
    let counters = sandbox.counters().of(tenant);
    sandbox.read(tenant, |books| {
        let invoices: Vec<Value> = books
            .invoices
            .ledger
            .rows()
            .iter()
            .map(|row| invoice(books, row))
            .collect();
        json!({
            "tenant": tenant,
            "name": books.profile.name,
            "base_currency": books.profile.base_currency,
            "period_lock": books.profile.period_lock,
            "year_lock": books.profile.year_lock,
            "currencies": books.chart.currencies.iter().map(|known| &known.code).collect::<Vec<_>>(),
            "invoices": invoices,
            "purchase_orders": orders(books),
            "credits": credits(books),
            "allocations": allocations(books),
            "payments": payments(books),
            "contacts": contacts(books),
            "counters": counters,
        })
    })
}

fn invoice(books: &Organisation, row: &Invoice) -> Value {
    let contact = books.contacts.ledger.row(row.contact);
    json!({
        "id": row.id, "type": row.kind.name(), "number": row.number, "reference": row.reference,
        "contact": contact.name, "contact_id": contact.id, "date": row.date, "due_date": row.due_date,
        "status": row.status.name(), "currency": row.currency, "url": row.url,
        "sub_total": Num(row.sub_total), "total_tax": Num(row.total_tax), "total": Num(row.total),
        "paid": Num(row.amount_paid), "credited": Num(row.amount_credited), "due": Num(row.amount_due()), "created_by": row.created_by,
        "updated": DateTime::from_timestamp_millis(row.updated_ms),
        "lines": row.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

fn line(row: &Line) -> Value {
    json!({
        "id": row.id, "description": row.description, "quantity": row.quantity.map(Num),
        "unit_amount": row.unit_amount.map(Num), "account": row.account_code, "tax_type": row.tax_type,
        "tax": Num(row.tax_amount), "amount": Num(row.line_amount),
    })
}

fn orders(books: &Organisation) -> Vec<Value> {
    let rows = books.purchase_orders.ledger.rows().iter();
    rows.map(|row| {
        let contact = books.contacts.ledger.row(row.contact);
        json!({
            "id": row.id, "number": row.number, "reference": row.reference, "contact": contact.name,
            "contact_id": contact.id, "date": row.date, "delivery_date": row.delivery.date,
            "status": row.status.name(), "currency": row.currency, "total_tax": Num(row.total_tax),
            "total": Num(row.total), "created_by": row.created_by,
            "updated": DateTime::from_timestamp_millis(row.updated_ms),
            "lines": row.lines.iter().map(line).collect::<Vec<_>>(),
        })
    })
    .collect()
}

fn credits(books: &Organisation) -> Vec<Value> {
    let rows = books.credits.ledger.rows().iter();
    rows.map(|row| {
        let contact = books.contacts.ledger.row(row.contact);
        json!({
            "id": row.id, "type": row.type_name(), "number": row.number, "reference": row.reference,
            "contact": contact.name, "contact_id": contact.id, "date": row.date, "status": row.status.name(),
            "currency": row.currency, "total": Num(row.total), "applied": Num(row.applied),
            "refunded": Num(row.refunded), "remaining": Num(row.remaining()), "created_by": row.created_by,
            "updated": DateTime::from_timestamp_millis(row.updated_ms),
            "lines": row.lines.iter().map(line).collect::<Vec<_>>(),
        })
    })
    .collect()
}

fn allocations(books: &Organisation) -> Vec<Value> {
    let rows = books.allocations.rows().iter();
    rows.map(|row| {
        let invoice = books.invoices.ledger.row(row.invoice);
        json!({
            "id": row.id, "credit_id": books.credits.ledger.row(row.credit).id, "invoice_id": invoice.id,
            "invoice": invoice.number, "amount": Num(row.amount), "date": row.date, "live": row.is_live,
        })
    })
    .collect()
}

fn payments(books: &Organisation) -> Vec<Value> {
    books
        .payments
        .rows()
        .iter()
        .map(|row| {
            let (number, id) = settled(books, row);
            json!({
                "id": row.id, "invoice": number, "invoice_id": id, "type": row.kind_name(),
                "date": row.date, "amount": Num(row.amount), "reference": row.reference,
                "status": row.status.name(), "reconciled": row.is_reconciled,
                "updated": DateTime::from_timestamp_millis(row.updated_ms),
            })
        })
        .collect()
}

/// Number and id of the document that a payment settles.
fn settled<'a>(books: &'a Organisation, payment: &Payment) -> (&'a str, Uuid) {
    match payment.target {
        Target::Invoice(at) => {
            let invoice = books.invoices.ledger.row(at);
            (&invoice.number, invoice.id)
        }
        Target::Credit(at, _) => {
            let credit = books.credits.ledger.row(at);
            (&credit.number, credit.id)
        }
    }
}

fn contacts(books: &Organisation) -> Vec<Value> {
    books
        .contacts
        .ledger
        .rows()
        .iter()
        .map(|row| {
            json!({
                "id": row.id, "name": row.name, "number": row.number, "status": row.status.name(),
                "email": row.email, "merged_to": row.merged_to,
            })
        })
        .collect()
}
