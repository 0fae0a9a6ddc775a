//! How the product is told what became of its documents: one outcome for each write-back, in its place.

use tieout_core::host::{Delivery, HostError, WriteBackRefusal};
use tieout_host_web::Client;

use crate::unwritten::unwritten;

const OPERATION: &str = "deliver";

/// Hands over each write-back. An error means that all of them come again, so a repeat must change nothing.
pub(crate) async fn deliver(
    _client: &Client,
    _delivery: &Delivery,
) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
    Err(unwritten(OPERATION, "src/deliver.rs"))
}
