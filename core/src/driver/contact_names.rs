//! How a person is told of a provider's contact: by the name that documents were sent to, beside the identifier.

use std::collections::{BTreeMap, HashMap};

use super::DriverError;
use super::book::RememberedContact;
use crate::document::{ConnectionId, ProviderContactId};
use crate::provider::ContactAnswer;
use crate::store::{RecordKey, Store};
use crate::tieout::{Comparison, Part, Verdict};

/// Contacts of one connection that names are known of, at most; the others keep their identifiers.
const NAMES_MAX: usize = 50_000;

/// The names of contacts, connection by connection, read when the first one is needed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ContactNames(BTreeMap<ConnectionId, HashMap<ProviderContactId, String>>);

impl ContactNames {
    /// Puts names beside the identifiers of contacts that differ. What nobody ever looked for stays as it is.
    pub(super) async fn put_into(
        &mut self,
        comparison: &mut Comparison,
        store: &dyn Store,
        connection: &ConnectionId,
    ) -> Result<(), DriverError> {
        let Verdict::Differs { differences, .. } = &mut comparison.verdict else {
            return Ok(());
        };
        for difference in differences.iter_mut().filter(|it| it.what == Part::Contact) {
            let names = self.of(store, connection).await?;
            for side in [&mut difference.host, &mut difference.provider] {
                let id = ProviderContactId::new(side.as_str()).ok();
                if let Some(name) = id.and_then(|id| names.get(&id)) {
                    *side = format!("{name} ({side})");
                }
            }
        }
        Ok(())
    }

    async fn of(
        &mut self,
        store: &dyn Store,
        connection: &ConnectionId,
    ) -> Result<&HashMap<ProviderContactId, String>, DriverError> {
        if !self.0.contains_key(connection) {
            let names = read(store, connection).await?;
            self.0.insert(connection.clone(), names);
        }
        Ok(self.0.entry(connection.clone()).or_default())
    }
}

async fn read(
    store: &dyn Store,
    connection: &ConnectionId,
) -> Result<HashMap<ProviderContactId, String>, DriverError> {
    let all = RecordKey::new(&["contact", connection.as_str(), ""]);
    let records = store.records(all.as_str(), NAMES_MAX).await?;
    let remembered = records.into_iter().filter_map(|(_, bytes)| {
        // A name is a help: what cannot be read is told by whoever needs the answer.
        let contact: RememberedContact = serde_json::from_slice(&bytes).ok()?;
        match contact.answer {
            ContactAnswer::Found { id, .. } => Some((id, contact.name)),
            ContactAnswer::Archived { .. }
            | ContactAnswer::Ambiguous { .. }
            | ContactAnswer::Missing { .. }
            | ContactAnswer::Refused { .. } => None,
        }
    });
    Ok(remembered.collect())
}
