//! What a person sees and does beside a record of a product: its contact, its documents, its drafts.

mod act;
mod draft;
mod look;
mod sheet;

use schemars::JsonSchema;
use serde::Deserialize;
use tieout_core::document::{ConnectionId, HostId, PartyId};
use tieout_core::driver::{RecordDesk, RecordError};
use tieout_core::host::{HostRecord, RecordKind, RecordRef};

use super::desk::Desk;
use super::endpoint::Endpoint;
use super::problem::{Problem, Sort};

/// A record as an address names it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct RecordPath {
    /// The host in the configuration.
    host: HostId,
    /// What the record is.
    kind: RecordKind,
    /// Its identifier in the host.
    id: PartyId,
}

/// Beside which connection.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Beside {
    /// The connection, where documents of the host may go to several.
    connection: Option<ConnectionId>,
}

impl RecordPath {
    fn key(&self) -> RecordRef {
        RecordRef {
            kind: self.kind,
            id: self.id.clone(),
        }
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let parts = [
        look::endpoints(),
        sheet::endpoints(),
        act::endpoints(),
        draft::endpoints(),
    ];
    parts.into_iter().flatten().collect()
}

/// The desk at a host, in somebody's name.
fn open<'d>(
    desk: &'d Desk,
    host: &HostId,
    connection: Option<&ConnectionId>,
    by: &'d str,
) -> Result<RecordDesk<'d>, Problem> {
    desk.host(host)?;
    RecordDesk::open(desk.world(), host, connection, by).map_err(|error| match error {
        RecordError::Failed(error) => error.into(),
        RecordError::Denied { why, advice } => {
            let advice = advice.replace("--connection NAME", "connection=NAME");
            Problem::new(Sort::NotUsable, why).advise(advice)
        }
    })
}

/// A record, which must be there.
async fn record(desk: &RecordDesk<'_>, path: &RecordPath) -> Result<HostRecord, Problem> {
    let found = desk.record(&path.key()).await;
    found.map_err(|error| match error {
        RecordError::Failed(error) => error.into(),
        RecordError::Denied { why, .. } => Problem::not_found(why),
    })
}
