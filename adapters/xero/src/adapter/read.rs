//! How invoices are found by number and read by identifier, whole, removed ones too.

use std::collections::HashSet;

use tieout_core::document::ProviderDocumentId;
use tieout_core::provider::{ErrorKind, ProviderError, Snapshot};

use crate::capability::CAPABILITY;
use crate::client::{Call, Client, chunks};
use crate::limit::Purpose;
use crate::map;
use crate::map::SnapshotError;
use crate::wire::invoice::Invoice;

/// Sales invoices only: bills share the list, and their numbers.
pub(super) const ONLY_SALES: &str = r#"Type=="ACCREC""#;
/// Every status, since whether a list without this shows deleted invoices is not documented.
pub(super) const EVERY_STATUS: &str = "DRAFT,SUBMITTED,AUTHORISED,PAID,VOIDED,DELETED";

const LOOK_UP: &str = "look invoices up";
const READ: &str = "read invoices";

/// Every sales invoice under one of the numbers; case does not count.
pub(super) async fn look_up(
    client: &Client,
    numbers: &[String],
) -> Result<Vec<Snapshot>, ProviderError> {
    let mut plain: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for number in numbers {
        // The list is separated by commas and trimmed, so such numbers are asked for alone.
        if number.contains(',') || number.trim() != number {
            found.append(&mut snapshots(client, LOOK_UP, &awkward(number)).await?);
        } else if !number.is_empty() {
            plain.push(number);
        }
    }
    for run in chunks(&plain, CAPABILITY.look_up_max) {
        let call = invoices(LOOK_UP, Purpose::Documents)
            .with("InvoiceNumbers", run.join(","))
            .with("where", ONLY_SALES)
            .with("Statuses", EVERY_STATUS);
        found.append(&mut snapshots(client, LOOK_UP, &call).await?);
    }
    let wanted: HashSet<String> = numbers.iter().map(|number| folded(number)).collect();
    let mut ids = HashSet::new();
    found.retain(|snapshot| {
        wanted.contains(&folded(&snapshot.number)) && ids.insert(snapshot.id.clone())
    });
    Ok(found)
}

/// The invoices of the identifiers, each once, in the order of the identifiers. Removed ones are asked
/// for a second time by their status when the first answer does not hold them.
pub(super) async fn read(
    client: &Client,
    ids: &[ProviderDocumentId],
) -> Result<Vec<Snapshot>, ProviderError> {
    let mut found = Vec::new();
    let mut absent: Vec<&str> = ids.iter().map(ProviderDocumentId::as_str).collect();
    for statuses in [None, Some("VOIDED,DELETED")] {
        for run in chunks(&absent, CAPABILITY.look_up_max) {
            let call = invoices(READ, Purpose::Payments).with("IDs", run.join(","));
            let call = match statuses {
                Some(statuses) => call.with("Statuses", statuses),
                None => call,
            };
            found.append(&mut snapshots(client, READ, &call).await?);
        }
        absent.retain(|id| {
            !found
                .iter()
                .any(|snapshot| snapshot.id.as_str().eq_ignore_ascii_case(id))
        });
    }
    let place = |snapshot: &Snapshot| {
        ids.iter()
            .position(|id| id.as_str().eq_ignore_ascii_case(snapshot.id.as_str()))
            .unwrap_or(usize::MAX)
    };
    found.sort_by_key(place);
    found.dedup_by(|one, other| one.id == other.id);
    Ok(found)
}

/// A snapshot of each sales invoice that a call brings.
async fn snapshots(
    client: &Client,
    operation: &'static str,
    call: &Call,
) -> Result<Vec<Snapshot>, ProviderError> {
    let invoices = client.every::<Invoice>(call).await?;
    invoices
        .iter()
        .filter_map(|invoice| map::snapshot(invoice).transpose())
        .collect::<Result<_, _>>()
        .map_err(|error: SnapshotError| {
            ProviderError::new(ErrorKind::BadReply, operation, error.to_string()).caused_by(error)
        })
}

fn invoices(operation: &'static str, purpose: Purpose) -> Call {
    Call::read(operation, purpose, "Invoices", "GET /Invoices").with("unitdp", "4")
}

/// How quotes are escaped inside a condition is not documented, so such a number is searched for instead.
fn awkward(number: &str) -> Call {
    let call = invoices(LOOK_UP, Purpose::Documents).with("Statuses", EVERY_STATUS);
    if number.contains(['"', '\\']) {
        return call.with("where", ONLY_SALES).with("searchTerm", number);
    }
    call.with(
        "where",
        format!(r#"{ONLY_SALES} AND InvoiceNumber=="{number}""#),
    )
}

fn folded(number: &str) -> String {
    number.trim().to_lowercase()
}
