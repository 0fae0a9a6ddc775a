//! How changes are read: a page after a position, the oldest change first.

use serde::Deserialize;
use serde_json::Value;
use tieout_core::host::{HostError, HostErrorKind, HostPage};
use tieout_host_web::{Client, excerpt};

use crate::map::record;

const OPERATION: &str = "read changes";

/// A page as the product has it. A page that comes back cut short is no JSON, and so an error, never the end.
#[derive(Deserialize)]
struct Page {
    rows: Vec<Row>,
    more: bool,
}

/// A change, by its place among all changes: what the invoice is now, or that it is gone.
#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) seq: u64,
    #[serde(default)]
    pub(crate) invoice: Option<Value>,
    #[serde(default)]
    pub(crate) deleted: Option<Value>,
}

/// The next records after a position, which is the place of the last change that was told.
pub(crate) async fn changes(
    client: &Client,
    after: Option<&str>,
    limit: usize,
) -> Result<HostPage, HostError> {
    let mut url = client.address(&["changes"]);
    url.query_pairs_mut()
        .append_pair("after", after.unwrap_or("0"))
        .append_pair("limit", &limit.to_string());
    let reply = client.get(OPERATION, &url).await?;
    let bad = |why: String| HostError::new(HostErrorKind::BadData, OPERATION, why);
    if !reply.is_done() {
        let said = excerpt(&reply.body);
        return Err(bad(format!(
            "the list was answered {}: {said}",
            reply.status
        )));
    }
    let page: Page = serde_json::from_slice(&reply.body).map_err(|error| bad(error.to_string()))?;
    let reached = page.rows.last().map(|row| row.seq.to_string());
    Ok(HostPage {
        records: page.rows.iter().map(record).collect(),
        position: reached.or_else(|| after.map(str::to_owned)),
        more: page.more,
    })
}
