//! Which acts of a person can be asked for by name, and what each needs.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::people::People;
use crate::sandbox::Sandbox;
use crate::wire::invoice::InvoiceIn;
use crate::wire::loose;

use super::{Failed, credit_acts, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    invoice: String,
    #[serde(default, deserialize_with = "loose::decimal")]
    amount: Option<Decimal>,
    #[serde(default)]
    date: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfPayment {
    payment: Uuid,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfInvoice {
    invoice: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    invoice: String,
    fields: Box<InvoiceIn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfContact {
    contact: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Merge {
    from: String,
    into: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    contact: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Locks {
    #[serde(default)]
    period: Option<NaiveDate>,
    #[serde(default)]
    year: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfCode {
    code: String,
    #[serde(default, deserialize_with = "loose::decimal")]
    rate: Option<Decimal>,
}

pub(super) fn perform(
    sandbox: &Sandbox,
    tenant: Uuid,
    act: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Value, Failed> {
    let people = People::new(sandbox, now);
    match act {
        "pay" => {
            let asked: Pay = read(body)?;
            let payment = people.pay(tenant, &asked.invoice, asked.amount, asked.date)?;
            return Ok(json!({ "payment": payment }));
        }
        "write-invoice" => {
            let invoice = people.write_invoice(tenant, &read::<InvoiceIn>(body)?)?;
            return Ok(json!({ "invoice": invoice }));
        }
        "disconnect" => return Ok(json!({ "disconnected": people.disconnect(tenant) })),
        "delete-payment" => people.delete_payment(tenant, read::<OfPayment>(body)?.payment)?,
        "reconcile" => people.reconcile(tenant, read::<OfPayment>(body)?.payment)?,
        "void" => people.void(tenant, &read::<OfInvoice>(body)?.invoice)?,
        "approve" => people.approve(tenant, &read::<OfInvoice>(body)?.invoice)?,
        "edit" => {
            let asked: Edit = read(body)?;
            people.edit(tenant, &asked.invoice, *asked.fields)?;
        }
        "archive-contact" => people.archive_contact(tenant, &read::<OfContact>(body)?.contact)?,
        "restore-contact" => people.restore_contact(tenant, &read::<OfContact>(body)?.contact)?,
        "merge-contact" => {
            let asked: Merge = read(body)?;
            people.merge_contact(tenant, &asked.from, &asked.into)?;
        }
        "rename-contact" => {
            let asked: Rename = read(body)?;
            people.rename_contact(tenant, &asked.contact, &asked.name)?;
        }
        "lock-dates" => {
            let asked: Locks = read(body)?;
            people.set_lock_dates(tenant, asked.period, asked.year)?;
        }
        "add-currency" => {
            let asked: OfCode = read(body)?;
            people.add_currency(tenant, &asked.code, asked.rate.unwrap_or(Decimal::ONE))?;
        }
        "remove-currency" => people.remove_currency(tenant, &read::<OfCode>(body)?.code)?,
        "archive-account" => people.archive_account(tenant, &read::<OfCode>(body)?.code)?,
        _ => return credit_acts::perform(&people, tenant, act, body),
    }
    Ok(json!({ "done": act }))
}
