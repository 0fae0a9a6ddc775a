//! How changes are read: a page after a position, the oldest change first.

use tieout_core::host::{HostError, HostPage};
use tieout_host_web::Client;

use crate::unwritten::unwritten;

const OPERATION: &str = "read changes";

/// The next records after a position of our own making; `None` is the beginning. At most `limit` of them.
pub(crate) async fn changes(
    _client: &Client,
    _after: Option<&str>,
    _limit: usize,
) -> Result<HostPage, HostError> {
    Err(unwritten(OPERATION, "src/changes.rs"))
}
