//! What the forms on purchase orders, credits and mergers do, and the sentence that is shown afterwards.

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::books::purchase_order::OrderStatus;
use crate::people::People;
use crate::rules::received;

/// Carries a form out; nothing when no form here has this name.
///
/// # Errors
/// The sentence that tells the person why not.
pub(super) fn perform<'a>(
    people: &People<'_>,
    tenant: Uuid,
    act: &str,
    field: &impl Fn(&str) -> &'a str,
) -> Option<Result<String, String>> {
    let label = field("label");
    let credit = field("credit");
    let done = match act {
        "move-order" => move_order(people, tenant, field),
        "approve-credit" => people
            .approve_credit_note(tenant, credit)
            .map(|()| format!("Approved {label}"))
            .map_err(|refused| refused.to_string()),
        "void-credit" => people
            .void_credit(tenant, credit)
            .map(|()| format!("Removed {label}"))
            .map_err(|refused| refused.to_string()),
        "refund" => people
            .refund(tenant, credit, None)
            .map(|_| format!("Refunded what was left of {label}"))
            .map_err(|refused| refused.to_string()),
        "allocate" => people
            .allocate(tenant, credit, field("invoice"), None)
            .map(|_| format!("Put {label} against the invoice"))
            .map_err(|refused| refused.to_string()),
        "remove-allocation" => people
            .remove_allocation(
                tenant,
                Uuid::parse_str(field("allocation")).unwrap_or_default(),
            )
            .map(|()| format!("Took the credit off {label}"))
            .map_err(|refused| refused.to_string()),
        "receive" => receive(people, tenant, field),
        "merge-contact" => people
            .merge_contact(tenant, field("from"), field("into"))
            .map(|()| "Merged the contacts".to_owned())
            .map_err(|refused| refused.to_string()),
        _ => return None,
    };
    Some(done)
}

fn move_order<'a>(
    people: &People<'_>,
    tenant: Uuid,
    field: &impl Fn(&str) -> &'a str,
) -> Result<String, String> {
    let to = OrderStatus::parse(field("to")).ok_or("There is no such status")?;
    people
        .move_purchase_order(tenant, field("order"), to)
        .map_err(|refused| refused.to_string())?;
    let label = field("label");
    Ok(match to {
        OrderStatus::Draft | OrderStatus::Submitted => format!("Sent {label} back"),
        OrderStatus::Authorised => format!("Approved {label}"),
        OrderStatus::Billed => format!("Marked {label} as billed"),
        OrderStatus::Deleted => format!("Deleted {label}"),
    })
}

fn receive<'a>(
    people: &People<'_>,
    tenant: Uuid,
    field: &impl Fn(&str) -> &'a str,
) -> Result<String, String> {
    let (source, kind) = received::makes(field("kind")).ok_or("There is no such kind of money")?;
    let amount: Decimal = field("amount")
        .replace(',', "")
        .parse()
        .map_err(|_| format!("'{}' is no amount", field("amount")))?;
    people
        .receive(tenant, source, kind, field("contact"), amount)
        .map_err(|refused| refused.to_string())?;
    Ok(format!("Booked {amount:.2}"))
}
