//! What a row of the product says, in the words of the normal form.

use serde_json::{Value, json};
use tieout_core::document::{Document, DocumentKind, Invoice};
use tieout_core::host::Record;

use crate::changes::Row;

/// The record of a row. One that cannot be read is told with its place, and stops no other.
pub(crate) fn record(row: &Row) -> Record {
    let told = row.invoice.as_ref().or(row.deleted.as_ref());
    let id = told.and_then(|told| told.get("id")?.as_str());
    let unreadable = |field: String, message: String| Record::Unreadable {
        place: format!("change {}", row.seq),
        field,
        message,
        id: id.map(str::to_owned),
    };
    if let Some(invoice) = &row.invoice {
        return match serde_path_to_error::deserialize::<_, Invoice>(normal(invoice)) {
            Ok(invoice) => Record::Document(Box::new(Document::Invoice(invoice))),
            Err(error) => unreadable(error.path().to_string(), error.inner().to_string()),
        };
    }
    match id.map(str::parse) {
        Some(Ok(id)) => Record::Removed {
            kind: DocumentKind::Invoice,
            id,
            revision: told.and_then(|told| told.get("version")?.as_u64()),
        },
        Some(Err(_)) | None => unreadable("id".to_owned(), "is missing".to_owned()),
    }
}

/// The same invoice as the normal form spells it: `tieout schema invoice` lists the fields. Amounts stay texts, to the cent.
fn normal(invoice: &Value) -> Value {
    let items = invoice["items"].as_array().map_or(&[][..], Vec::as_slice);
    let lines: Vec<Value> = items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            json!({
                "id": (at + 1).to_string(), "description": item["text"], "quantity": item["qty"],
                "unit_price": item["price"], "net_amount": item["net"], "tax_rate": item["tax_rate"],
                "tax_amount": item["tax"],
            })
        })
        .collect();
    let status = match invoice["state"].as_str() {
        Some("open") => json!("draft"),
        Some("issued") => json!("final"),
        Some("cancelled") => json!("voided"),
        // A word of a later version is kept: a finding names it to people.
        Some(_) | None => invoice["state"].clone(),
    };
    json!({
        "id": invoice["id"], "revision": invoice["version"], "kind": "sales", "number": invoice["no"], "status": status,
        "issue_date": invoice["date"], "due_date": invoice["due"], "currency": invoice["currency"],
        "amounts_are": "tax_exclusive", "bill_to": {"name": invoice["customer"]}, "lines": lines,
        "totals": {"net": invoice["net"], "tax": invoice["tax"], "gross": invoice["total"]},
        "updated_at": invoice["changed"],
    })
}
