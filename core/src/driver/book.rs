//! What is remembered of an organisation: its chart and the contacts that documents needed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex as AsyncMutex;

use super::cursor::{read, record};
use super::{DriverError, Limits};
use crate::document::ConnectionId;
use crate::engine::ContentHash;
use crate::provider::{
    AccountingProvider, Chart, ContactAnswer, ContactWanted, ErrorKind, ProviderError,
};
use crate::store::{ChangeSet, RecordKey, Store};

/// Contacts kept in memory; beyond it the memory starts anew, the store keeps all.
const CONTACTS_IN_MEMORY_MAX: usize = 50_000;
/// Contacts asked for in one call to the provider.
const CONTACTS_ASKED_MAX: usize = 500;

/// The remembered answer about one contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RememberedContact {
    /// What was wanted, for people.
    pub name: String,
    /// What the provider answered.
    pub answer: ContactAnswer,
    /// When.
    pub at: DateTime<Utc>,
}

/// The memory of one connection.
pub(super) struct Book {
    connection: ConnectionId,
    chart: AsyncMutex<Option<Arc<Chart>>>,
    contacts: Mutex<HashMap<String, RememberedContact>>,
}

impl Book {
    pub(super) fn new(connection: ConnectionId) -> Self {
        Self {
            connection,
            chart: AsyncMutex::new(None),
            contacts: Mutex::new(HashMap::new()),
        }
    }

    /// The chart, from memory, the store or the provider, no older than the limit.
    pub(super) async fn chart(
        &self,
        store: &dyn Store,
        provider: &dyn AccountingProvider,
        limits: &Limits,
        now: DateTime<Utc>,
    ) -> Result<Arc<Chart>, DriverError> {
        let mut chart = self.chart.lock().await;
        if chart.is_none() {
            *chart = read(store, &self.chart_key()).await?.map(Arc::new);
        }
        if let Some(chart) = chart
            .as_ref()
            .filter(|chart| fresh(chart.as_of, limits.chart_age_max, now))
        {
            return Ok(Arc::clone(chart));
        }
        let read = Arc::new(provider.chart().await?);
        let records = vec![record(self.chart_key(), read.as_ref())];
        store
            .commit(ChangeSet {
                records,
                ..ChangeSet::default()
            })
            .await?;
        *chart = Some(Arc::clone(&read));
        Ok(read)
    }

    /// The chart if it is in memory and fresh, without waiting for anybody.
    pub(super) fn chart_at_hand(&self, limits: &Limits, now: DateTime<Utc>) -> Option<Arc<Chart>> {
        let chart = self.chart.try_lock().ok()?;
        chart
            .as_ref()
            .filter(|chart| fresh(chart.as_of, limits.chart_age_max, now))
            .map(Arc::clone)
    }

    /// Forgets the chart, so that the next plan reads it from the provider.
    pub(super) async fn forget_chart(&self, store: &dyn Store) -> Result<(), DriverError> {
        let mut chart = self.chart.lock().await;
        *chart = None;
        let records = vec![(self.chart_key(), None)];
        store
            .commit(ChangeSet {
                records,
                ..ChangeSet::default()
            })
            .await?;
        Ok(())
    }

    /// The answer about a contact, if it is known well enough.
    pub(super) async fn contact(
        &self,
        store: &dyn Store,
        wanted: &ContactWanted,
        limits: &Limits,
        now: DateTime<Utc>,
    ) -> Result<Option<ContactAnswer>, DriverError> {
        let key = wanted.key();
        let known = self.contacts().get(&key).cloned();
        let known = match known {
            Some(known) => Some(known),
            None => read::<RememberedContact>(store, &self.contact_key(&key)).await?,
        };
        let Some(known) = known else { return Ok(None) };
        let lasting = matches!(known.answer, ContactAnswer::Found { .. });
        if !lasting && !fresh(known.at, limits.contact_miss_age_max, now) {
            return Ok(None);
        }
        self.keep(key, known.clone());
        Ok(Some(known.answer))
    }

    /// The answer about a contact if it is in memory, without waiting for anybody.
    pub(super) fn contact_at_hand(&self, wanted: &ContactWanted) -> Option<ContactAnswer> {
        let contacts = self.contacts();
        let known = contacts.get(&wanted.key())?;
        matches!(known.answer, ContactAnswer::Found { .. }).then(|| known.answer.clone())
    }

    /// Asks the provider about contacts and remembers its answers.
    pub(super) async fn resolve(
        &self,
        store: &dyn Store,
        provider: &dyn AccountingProvider,
        wanted: &[ContactWanted],
        now: DateTime<Utc>,
    ) -> Result<(), DriverError> {
        for some in wanted.chunks(CONTACTS_ASKED_MAX) {
            let answers = provider.resolve_contacts(some).await?;
            if answers.len() != some.len() {
                let message = format!("{} answers about {} contacts", answers.len(), some.len());
                return Err(
                    ProviderError::new(ErrorKind::BadReply, "resolve contacts", message).into(),
                );
            }
            let mut changes = ChangeSet::default();
            let mut learned = Vec::new();
            for (wanted, answer) in some.iter().zip(answers) {
                let known = RememberedContact {
                    name: wanted.name.clone(),
                    answer,
                    at: now,
                };
                changes
                    .records
                    .push(record(self.contact_key(&wanted.key()), &known));
                learned.push((wanted.key(), known));
            }
            store.commit(changes).await?;
            for (key, known) in learned {
                self.keep(key, known);
            }
        }
        Ok(())
    }

    /// Forgets a contact, so that the next plan asks the provider.
    pub(super) async fn forget_contact(
        &self,
        store: &dyn Store,
        wanted: &ContactWanted,
    ) -> Result<(), DriverError> {
        self.contacts().remove(&wanted.key());
        let records = vec![(self.contact_key(&wanted.key()), None)];
        store
            .commit(ChangeSet {
                records,
                ..ChangeSet::default()
            })
            .await?;
        Ok(())
    }

    fn keep(&self, key: String, known: RememberedContact) {
        let mut contacts = self.contacts();
        if contacts.len() >= CONTACTS_IN_MEMORY_MAX {
            contacts.clear();
        }
        contacts.insert(key, known);
    }

    fn contacts(&self) -> std::sync::MutexGuard<'_, HashMap<String, RememberedContact>> {
        self.contacts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn chart_key(&self) -> RecordKey {
        RecordKey::new(&["chart", self.connection.as_str()])
    }

    fn contact_key(&self, key: &str) -> RecordKey {
        // Names are longer than record names may be.
        RecordKey::new(&[
            "contact",
            self.connection.as_str(),
            ContentHash::of_bytes(key.as_bytes()).as_str(),
        ])
    }
}

/// Clocks differ a little: what was read in the near future is fresh too.
fn fresh(at: DateTime<Utc>, age_max: std::time::Duration, now: DateTime<Utc>) -> bool {
    (now - at).abs().to_std().is_ok_and(|age| age <= age_max)
}
