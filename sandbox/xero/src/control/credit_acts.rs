//! Which acts on purchase orders and credits can be asked for by name, and what each needs.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::books::purchase_order::OrderStatus;
use crate::people::People;
use crate::rules::received;
use crate::wire::credit::CreditNoteIn;
use crate::wire::loose;
use crate::wire::purchase_order::PurchaseOrderIn;

use super::{Failed, read};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditOrder {
    order: String,
    fields: Box<PurchaseOrderIn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveOrder {
    order: String,
    status: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfCredit {
    credit: String,
    #[serde(default, deserialize_with = "loose::decimal")]
    amount: Option<Decimal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allocate {
    credit: String,
    invoice: String,
    #[serde(default, deserialize_with = "loose::decimal")]
    amount: Option<Decimal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfAllocation {
    allocation: Uuid,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Overpay {
    invoice: String,
    #[serde(deserialize_with = "loose::decimal")]
    amount: Option<Decimal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Receive {
    /// `RECEIVE-OVERPAYMENT` and so on, as bank transactions spell it.
    kind: String,
    contact: String,
    #[serde(deserialize_with = "loose::decimal")]
    amount: Option<Decimal>,
}

/// Carries the act out, or says that there is none of this name here.
pub(super) fn perform(
    people: &People<'_>,
    tenant: Uuid,
    act: &str,
    body: &[u8],
) -> Result<Value, Failed> {
    match act {
        "write-purchase-order" => {
            let order = people.write_purchase_order(tenant, &read::<PurchaseOrderIn>(body)?)?;
            return Ok(json!({ "order": order }));
        }
        "write-credit-note" => {
            let credit = people.write_credit_note(tenant, &read::<CreditNoteIn>(body)?)?;
            return Ok(json!({ "credit": credit }));
        }
        "allocate" => {
            let asked: Allocate = read(body)?;
            let made = people.allocate(tenant, &asked.credit, &asked.invoice, asked.amount)?;
            return Ok(json!({ "allocation": made }));
        }
        "refund" => {
            let asked: OfCredit = read(body)?;
            let payment = people.refund(tenant, &asked.credit, asked.amount)?;
            return Ok(json!({ "payment": payment }));
        }
        "overpay" => {
            let asked: Overpay = read(body)?;
            let amount = asked.amount.unwrap_or_default();
            let credit = people.overpay(tenant, &asked.invoice, amount)?;
            return Ok(json!({ "credit": credit }));
        }
        "receive" => {
            let asked: Receive = read(body)?;
            let (source, kind) = received::makes(&asked.kind).ok_or_else(|| {
                Failed::Unreadable(format!("no credit is made by {}", asked.kind))
            })?;
            let amount = asked.amount.unwrap_or_default();
            let credit = people.receive(tenant, source, kind, &asked.contact, amount)?;
            return Ok(json!({ "credit": credit }));
        }
        "edit-purchase-order" => {
            let asked: EditOrder = read(body)?;
            people.edit_purchase_order(tenant, &asked.order, *asked.fields)?;
        }
        "move-purchase-order" => {
            let asked: MoveOrder = read(body)?;
            let to = OrderStatus::parse(&asked.status)
                .ok_or_else(|| Failed::Unreadable(format!("no status {}", asked.status)))?;
            people.move_purchase_order(tenant, &asked.order, to)?;
        }
        "approve-credit-note" => {
            people.approve_credit_note(tenant, &read::<OfCredit>(body)?.credit)?;
        }
        "void-credit" => people.void_credit(tenant, &read::<OfCredit>(body)?.credit)?,
        "remove-allocation" => {
            people.remove_allocation(tenant, read::<OfAllocation>(body)?.allocation)?;
        }
        _ => return Err(Failed::NoSuchCall),
    }
    Ok(json!({ "done": act }))
}
