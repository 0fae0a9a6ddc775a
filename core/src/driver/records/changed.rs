//! How the records that changed in a host are matched by themselves, as far as they were not looked at yet.

use serde::Serialize;

use super::contact::Party;
use super::desk::RecordDesk;
use super::error::RecordError;
use super::keep::set;
use crate::driver::cursor::read;
use crate::host::RecordKind;

/// Records matched in one step; the next step goes on behind them.
const RECORDS_MAX: usize = 100;

/// What a step of matching came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// The parties that changed, and whom they are.
    pub parties: Vec<Party>,
    /// Whether more of them wait.
    pub more: bool,
}

impl RecordDesk<'_> {
    /// Matches the parties of a kind that changed since this was last asked. A step that fails is repeated whole.
    pub async fn sweep(&self, kind: RecordKind) -> Result<Swept, RecordError> {
        let key = self.swept_key(kind);
        let after: Option<String> = read(self.store(), &key).await?;
        let records = self.records()?;
        let page = records.changed(kind, after.as_deref(), RECORDS_MAX).await?;
        let mut parties = Vec::with_capacity(page.records.len());
        for record in &page.records {
            parties.push(self.party(record).await?);
        }
        if let Some(position) = page.position {
            self.keep(vec![set(key, &position)]).await?;
        }
        Ok(Swept {
            parties,
            more: page.more,
        })
    }
}
