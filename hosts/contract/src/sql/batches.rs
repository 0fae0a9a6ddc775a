//! Whether all of a batch is there: as many documents, and together as much, as the product announces.

use std::str::FromStr;

use bytes::Bytes;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use tieout_core::document::{DocumentId, DocumentKind};
use tieout_core::host::{HostError, HostErrorKind, Record};
use tokio_postgres::types::Type;

use super::position::Held;
use super::session::Lease;
use super::shape::Shape;
use super::statement;
use super::views::View;

/// Batches of one page: as many as the engine lists for one.
pub(super) const IN_PAGE_MAX: usize = 20;
/// Bytes of a batch's name that are shown.
const NAME_BYTES_MAX: usize = 40;

/// Those of some batches that are not whole, with what is wrong; none where the product announces no batches.
pub(super) async fn not_whole(
    lease: &Lease<'_>,
    operation: &'static str,
    shape: &Shape,
    batches: &[&str],
) -> Result<Vec<Held>, HostError> {
    let is_announced = shape.has(View::Batch) && shape.type_of(View::Invoice, "batch_no").is_some();
    if batches.is_empty() || !is_announced {
        return Ok(Vec::new());
    }
    let statement = statement::batches(shape);
    let rows = lease
        .rows(operation, &statement, &[(&batches, Type::TEXT_ARRAY)])
        .await?;
    let mut held = Vec::new();
    for row in rows {
        let cell = |at| row.try_get::<_, Option<&str>>(at);
        let unclear = |error: tokio_postgres::Error| {
            HostError::new(HostErrorKind::BadData, operation, error.to_string())
        };
        let name = cell(0).map_err(unclear)?.unwrap_or_default();
        let announced = cell(1).map_err(unclear)?.zip(cell(2).map_err(unclear)?);
        let there = cell(3).map_err(unclear)?.zip(cell(4).map_err(unclear)?);
        if let Some(said) = difference(announced, there) {
            held.push(Held {
                batch: name.to_owned(),
                said,
            });
        }
    }
    Ok(held)
}

/// What a person is told of a batch that waits.
pub(super) fn waits(held: &Held) -> Record {
    let place = place(&held.batch);
    Record::Unreadable {
        id: Some(place.clone()),
        place,
        field: "batch_no".to_owned(),
        message: held.said.clone(),
    }
}

/// That nobody waits for a batch any more.
pub(super) fn is_whole(batch: &str) -> Result<Record, HostError> {
    let id = DocumentId::from_str(&place(batch)).map_err(|error| {
        HostError::new(
            HostErrorKind::BadData,
            "read changes",
            format!("batch `{batch}`: {error}"),
        )
    })?;
    // What was told under this name is taken back; no document has it.
    Ok(Record::Removed {
        kind: DocumentKind::Invoice,
        id,
        revision: None,
    })
}

/// What a batch is called among the records that wait; short, as identifiers are.
fn place(batch: &str) -> String {
    if batch.len() <= NAME_BYTES_MAX {
        return format!("{}: {batch}", View::Batch.name());
    }
    let print = format!("{:x}", Bytes::copy_from_slice(&Sha256::digest(batch)));
    format!("{}: {}", View::Batch.name(), &print[..NAME_BYTES_MAX])
}

fn difference(announced: Option<(&str, &str)>, there: Option<(&str, &str)>) -> Option<String> {
    let Some((documents, gross)) = announced else {
        return Some(format!(
            "{} has no row for it, with `documents` and `gross`, so its documents wait",
            View::Batch.name()
        ));
    };
    let (found, sum) = there.unwrap_or(("0", "0"));
    let same = |one: &str, other: &str| match (Decimal::from_str(one), Decimal::from_str(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    if same(documents, found) && same(gross, sum) {
        return None;
    }
    Some(format!(
        "{} announces {documents} documents of {gross} in all, and {found} of {sum} are there, so they wait",
        View::Batch.name()
    ))
}
