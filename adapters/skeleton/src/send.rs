//! How documents are made, changed and removed: each order by itself, and none twice.

use std::sync::Arc;

use tieout_core::provider::{ProviderError, Rejection, Request, Snapshot};

use crate::books::Books;
use crate::unwritten::unwritten;

const OPERATION: &str = "send documents";

/// One outcome for each order, in order. An error is about all of them, and says whether any can have been done.
pub(crate) async fn send(
    _books: &Arc<Books>,
    _request: &Request,
) -> Result<Vec<Result<Snapshot, Rejection>>, ProviderError> {
    Err(unwritten(OPERATION, "src/send.rs", "send"))
}
