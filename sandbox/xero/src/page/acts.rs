//! What the forms of the page do, and the sentence that is shown afterwards.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::faults::{Fault, FaultRule};
use crate::people::{People, Refused};
use crate::sandbox::Sandbox;

use super::order_acts;

/// Carries a form out.
///
/// # Errors
/// The sentence that tells the person why not.
pub(super) fn perform(
    sandbox: &Sandbox,
    tenant: Uuid,
    act: &str,
    form: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<String, String> {
    let field = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.trim())
    };
    let people = People::new(sandbox, now);
    let told = |error: Refused| error.to_string();
    let label = field("label");
    match act {
        "pay" => {
            let amount: Decimal = field("amount")
                .replace(',', "")
                .parse()
                .map_err(|_| format!("'{}' is no amount", field("amount")))?;
            people
                .pay(tenant, field("invoice"), Some(amount), None)
                .map_err(told)?;
            Ok(format!("Paid {amount:.2} on {label}"))
        }
        "delete-payment" => {
            let payment = Uuid::parse_str(field("payment")).unwrap_or_default();
            people.delete_payment(tenant, payment).map_err(told)?;
            Ok(format!("Took the payment on {label} back"))
        }
        "void" => {
            people.void(tenant, field("invoice")).map_err(told)?;
            Ok(format!("Voided {label}"))
        }
        "approve" => {
            people.approve(tenant, field("invoice")).map_err(told)?;
            Ok(format!("Approved {label}"))
        }
        "archive-contact" => {
            people
                .archive_contact(tenant, field("contact"))
                .map_err(told)?;
            Ok(format!("Archived {label}"))
        }
        "restore-contact" => {
            people
                .restore_contact(tenant, field("contact"))
                .map_err(told)?;
            Ok(format!("Restored {label}"))
        }
        "lock-dates" => {
            people
                .set_lock_dates(tenant, day(field("period"))?, day(field("year"))?)
                .map_err(told)?;
            Ok("Set the lock dates".to_owned())
        }
        "disconnect" => Ok(format!("Disconnected {} app(s)", people.disconnect(tenant))),
        "fault" => fault(sandbox, field("fault")),
        _ => order_acts::perform(&people, tenant, act, &field)
            .unwrap_or_else(|| Err("There is no such button".to_owned())),
    }
}

/// A day, or none for an empty field.
fn day(text: &str) -> Result<Option<NaiveDate>, String> {
    match text {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| format!("'{text}' is no date")),
    }
}

/// The faults that the page offers, each for the next write of invoices.
pub(super) const FAULTS: [(&str, &str, Fault); 5] = [
    (
        "lost",
        "Reply lost after the work is done",
        Fault::LostAfterCommit,
    ),
    (
        "error",
        "Error 500 after the work is done",
        Fault::ErrorAfterCommit { status: 500 },
    ),
    (
        "refused",
        "Error 500, nothing done",
        Fault::ErrorBeforeCommit { status: 500 },
    ),
    ("maintenance", "Offline for maintenance", Fault::Maintenance),
    ("twice", "A proxy repeats the request", Fault::Twice),
];

fn fault(sandbox: &Sandbox, wanted: &str) -> Result<String, String> {
    let (_, told, fault) = FAULTS
        .iter()
        .find(|(name, _, _)| *name == wanted)
        .ok_or("There is no such fault")?;
    sandbox.faults().push(FaultRule {
        method: None,
        path: "/api.xro/2.0/Invoices".to_owned(),
        body: Some("{".to_owned()),
        skip: 0,
        times: 1,
        fault: *fault,
    });
    Ok(format!(
        "The next write of invoices: {}",
        told.to_lowercase()
    ))
}
