//! How changes are read: a page after a position, the oldest change first, and each at least once.

use std::sync::Arc;

use tieout_core::provider::{ChangePage, ChangesAfter, ProviderError};

use crate::books::Books;
use crate::unwritten::unwritten;

const OPERATION: &str = "read changes";

/// The next page after a position of our own making.
pub(crate) async fn changes(
    _books: &Arc<Books>,
    _after: &ChangesAfter,
) -> Result<ChangePage, ProviderError> {
    Err(unwritten(OPERATION, "src/changes.rs", "changes"))
}
