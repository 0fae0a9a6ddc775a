//! What hosts told that nobody could read and that lies in no folder: shown until it is told in a form that can be read.

use serde::Serialize;
use tieout_core::document::HostId;
use tieout_core::driver::{Unread, unread};

use crate::exit::Failure;
use crate::office::Office;
use crate::output::{self, counted, say};

/// Those that are shown.
const SHOWN_MAX: usize = 20;

/// A record with its host.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct UnreadHere {
    /// The host.
    pub(crate) host: HostId,
    /// The record.
    #[serde(flatten)]
    pub(crate) record: Unread,
}

/// Those of every host of the configuration.
pub(super) async fn look(office: &Office) -> Result<Vec<UnreadHere>, Failure> {
    let mut all = Vec::new();
    for host in office.loaded.config.hosts.keys() {
        let found = unread(office.store.as_ref(), host).await?;
        let here = found.into_iter().map(|record| UnreadHere {
            host: host.clone(),
            record,
        });
        all.extend(here);
    }
    Ok(all)
}

/// Those of a name, as far as it is told.
pub(super) async fn about(office: &Office, wanted: &str) -> Result<Vec<UnreadHere>, Failure> {
    let mut found = look(office).await?;
    let number = format!("({wanted})");
    found.retain(|it| it.record.name == wanted || it.record.place.ends_with(&number));
    Ok(found)
}

/// Tells them with what to do.
pub(super) fn print(all: &[UnreadHere]) {
    if all.is_empty() {
        return;
    }
    let records = counted(all.len(), "record", "records");
    say!("\n{records} that hosts told cannot be read:");
    for it in all.iter().take(SHOWN_MAX) {
        say!(
            "  {} {} since {}",
            output::bad(),
            it.words(),
            it.record.since.format("%Y-%m-%d %H:%M:%S UTC")
        );
    }
    if all.len() > SHOWN_MAX {
        say!("  and {} more", all.len() - SHOWN_MAX);
    }
    say!("  {REMEDY}");
}

/// What to do.
pub(super) const REMEDY: &str =
    "Correct each in its product and hand it over again, in a higher revision.";

impl UnreadHere {
    /// Where it is and what is wrong with it.
    pub(super) fn words(&self) -> String {
        let Unread {
            place,
            field,
            message,
            ..
        } = &self.record;
        let field = match field.is_empty() {
            true => String::new(),
            false => format!("{}: ", output::short(field)),
        };
        format!(
            "{}: {}: {field}{}",
            self.host,
            output::short(place),
            output::short(message)
        )
    }
}
