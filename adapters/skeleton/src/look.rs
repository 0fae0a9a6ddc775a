//! How documents are found: by number, by identifier, and before they were ever sent.

use std::sync::Arc;

use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::provider::{Candidate, ProviderError, Snapshot, Sought};

use crate::books::Books;
use crate::unwritten::unwritten;

const OPERATION: &str = "look documents up";

/// Every live or removed document that carries one of the numbers.
pub(crate) async fn look_up(
    _books: &Arc<Books>,
    _kind: DocumentKind,
    _numbers: &[String],
) -> Result<Vec<Snapshot>, ProviderError> {
    Err(unwritten(OPERATION, "src/look.rs", "look_up"))
}

/// The live documents that may be those that are looked for.
pub(crate) async fn find(
    _books: &Arc<Books>,
    _kind: DocumentKind,
    _sought: &[Sought],
) -> Result<Vec<Vec<Candidate>>, ProviderError> {
    Err(unwritten(OPERATION, "src/look.rs", "find"))
}

/// The documents of the identifiers, whole. Unknown ones are absent.
pub(crate) async fn read(
    _books: &Arc<Books>,
    _kind: DocumentKind,
    _ids: &[ProviderDocumentId],
) -> Result<Vec<Snapshot>, ProviderError> {
    Err(unwritten(OPERATION, "src/look.rs", "read"))
}
