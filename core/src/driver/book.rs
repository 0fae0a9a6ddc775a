//! What is remembered of an organisation: its chart and the contacts that documents needed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex as AsyncMutex;

use super::ask_anew::AskAnew;
use super::cursor::{read, record};
use super::tape::{keep_rest, marks_of_answer, of_contacts};
use super::{DriverError, Limits};
use crate::document::ConnectionId;
use crate::engine::ContentHash;
use crate::exchange;
use crate::provider::{
    AccountingProvider, Chart, ContactAnswer, ContactWanted, ErrorKind, ProviderError,
    TrackingOption,
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

/// The chart of a connection as it is remembered, whatever its age.
pub async fn remembered_chart(
    store: &dyn Store,
    connection: &ConnectionId,
) -> Result<Option<Chart>, DriverError> {
    read(store, &Book::new(connection.clone()).chart_key()).await
}

/// What is remembered of a contact on a connection, whatever its age.
pub async fn remembered_contact(
    store: &dyn Store,
    connection: &ConnectionId,
    wanted: &ContactWanted,
) -> Result<Option<RememberedContact>, DriverError> {
    let book = Book::new(connection.clone());
    read(store, &book.contact_key(&wanted.key())).await
}

/// What became of a tracking option that documents need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OptionAnswer {
    /// It is in the chart.
    There,
    /// The provider does not make it, and says why.
    Refused(String),
}

/// Of a category and a name: the provider's words, and when.
type RefusedOptions = HashMap<(String, String), (String, DateTime<Utc>)>;

/// The memory of one connection.
pub(super) struct Book {
    connection: ConnectionId,
    chart: AsyncMutex<Option<Arc<Chart>>>,
    contacts: Mutex<HashMap<String, RememberedContact>>,
    /// Tracking options that the provider refused to make, with its words and when.
    refused_options: Mutex<RefusedOptions>,
}

impl Book {
    pub(super) fn new(connection: ConnectionId) -> Self {
        Self {
            connection,
            chart: AsyncMutex::new(None),
            contacts: Mutex::new(HashMap::new()),
            refused_options: Mutex::new(HashMap::new()),
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
        self.chart_of_age(store, provider, limits.chart_age_max, now)
            .await
    }

    /// The same, no older than an age.
    pub(super) async fn chart_of_age(
        &self,
        store: &dyn Store,
        provider: &dyn AccountingProvider,
        age_max: std::time::Duration,
        now: DateTime<Utc>,
    ) -> Result<Arc<Chart>, DriverError> {
        let mut chart = self.chart.lock().await;
        if chart.is_none() {
            *chart = read(store, &self.chart_key()).await?.map(Arc::new);
        }
        let asked = AskAnew::wanting_chart(store, &self.connection).await?;
        if let Some(chart) = chart
            .as_ref()
            .filter(|chart| asked.is_none() && fresh(chart.as_of, age_max, now))
        {
            return Ok(Arc::clone(chart));
        }
        let read = Arc::new(provider.chart().await?);
        let mut records = vec![record(self.chart_key(), read.as_ref())];
        records.extend(asked.map(|asked| asked.chart_read(&self.connection)));
        store
            .commit(ChangeSet {
                records,
                ..ChangeSet::default()
            })
            .await?;
        *chart = Some(Arc::clone(&read));
        Ok(read)
    }

    /// The chart as it is remembered, however old; nobody is asked.
    pub(super) async fn chart_remembered(
        &self,
        store: &dyn Store,
    ) -> Result<Option<Arc<Chart>>, DriverError> {
        let mut chart = self.chart.lock().await;
        if chart.is_none() {
            *chart = read(store, &self.chart_key()).await?.map(Arc::new);
        }
        Ok(chart.clone())
    }

    /// Sees to it that a tracking option is in the chart. A refusal is remembered for a while.
    pub(super) async fn option(
        &self,
        store: &dyn Store,
        provider: &dyn AccountingProvider,
        category: &str,
        name: &str,
        limits: &Limits,
        now: DateTime<Utc>,
    ) -> Result<OptionAnswer, DriverError> {
        let current = self.chart(store, provider, limits, now).await?;
        if shows(&current, category, name) {
            return Ok(OptionAnswer::There);
        }
        let key = (category.to_owned(), name.to_lowercase());
        let refused = self.refused_options().get(&key).cloned();
        let asked = AskAnew::read(store, &self.connection).await?;
        if let Some((why, at)) = refused
            && fresh(at, limits.contact_miss_age_max, now)
            && asked.is_none_or(|asked| asked.counts(at))
        {
            return Ok(OptionAnswer::Refused(why));
        }
        let Some(clerk) = provider.clerk() else {
            return Ok(OptionAnswer::Refused(
                "this provider makes no tracking options".to_owned(),
            ));
        };
        let why = match clerk.make_tracking_option(category, name).await {
            Ok(Ok(option)) => {
                self.learn_option(store, &current, category, option).await?;
                return Ok(OptionAnswer::There);
            }
            Ok(Err(rejection)) => {
                let advice = rejection.advice.into_iter();
                let words: Vec<String> = rejection.messages.into_iter().chain(advice).collect();
                words.join(" ")
            }
            Err(error) => match error.kind {
                // It will not do it; that is no reason to hold up documents that need no option.
                ErrorKind::Refused | ErrorKind::Forbidden => error.to_string(),
                ErrorKind::NotProcessed
                | ErrorKind::Throttled
                | ErrorKind::Unauthorised
                | ErrorKind::Unsure
                | ErrorKind::BadReply => return Err(error.into()),
            },
        };
        let mut refused = self.refused_options();
        if refused.len() >= CONTACTS_IN_MEMORY_MAX {
            refused.clear();
        }
        refused.insert(key, (why.clone(), now));
        Ok(OptionAnswer::Refused(why))
    }

    async fn learn_option(
        &self,
        store: &dyn Store,
        known: &Arc<Chart>,
        category: &str,
        option: TrackingOption,
    ) -> Result<(), DriverError> {
        let mut chart = self.chart.lock().await;
        let mut next = Chart::clone(chart.as_ref().unwrap_or(known));
        for known in next.tracking.iter_mut().filter(|it| it.id == category) {
            known.options.retain(|it| it.id != option.id);
            known.options.push(option.clone());
        }
        let records = vec![record(self.chart_key(), &next)];
        store
            .commit(ChangeSet {
                records,
                ..ChangeSet::default()
            })
            .await?;
        *chart = Some(Arc::new(next));
        Ok(())
    }

    fn refused_options(&self) -> std::sync::MutexGuard<'_, RefusedOptions> {
        self.refused_options
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
        if !lasting {
            let asked = AskAnew::read(store, &self.connection).await?;
            let is_outdated = asked.is_some_and(|asked| !asked.counts(known.at));
            if is_outdated || !fresh(known.at, limits.contact_miss_age_max, now) {
                return Ok(None);
            }
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
            let about = of_contacts(&self.connection, some);
            let (answers, tape) = exchange::taped(about, provider.resolve_contacts(some)).await;
            let answers = match answers {
                Ok(answers) => answers,
                Err(error) => {
                    keep_rest(store, &tape).await?;
                    return Err(error.into());
                }
            };
            if answers.len() != some.len() {
                let message = format!("{} answers about {} contacts", answers.len(), some.len());
                return Err(
                    ProviderError::new(ErrorKind::BadReply, "resolve contacts", message).into(),
                );
            }
            let marks: Vec<String> = answers.iter().flat_map(marks_of_answer).collect();
            let mut changes = ChangeSet {
                records: tape.records(&[], &marks).0,
                ..ChangeSet::default()
            };
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

    /// Remembers who contacts are that were found by a look alone.
    pub(super) async fn remember_found(
        &self,
        store: &dyn Store,
        found: Vec<(ContactWanted, ContactAnswer)>,
        now: DateTime<Utc>,
    ) -> Result<(), DriverError> {
        let mut changes = ChangeSet::default();
        let mut learned = Vec::new();
        for (wanted, answer) in found {
            let known = RememberedContact {
                name: wanted.name.clone(),
                answer,
                at: now,
            };
            let key = wanted.key();
            changes.records.push(record(self.contact_key(&key), &known));
            learned.push((key, known));
        }
        if learned.is_empty() {
            return Ok(());
        }
        store.commit(changes).await?;
        for (key, known) in learned {
            self.keep(key, known);
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

/// Whether new lines may use an option of this name.
fn shows(chart: &Chart, category: &str, name: &str) -> bool {
    let same = |it: &TrackingOption| it.name.trim().to_lowercase() == name.to_lowercase();
    let categories = chart.tracking.iter().filter(|it| it.id == category);
    categories
        .flat_map(|it| &it.options)
        .any(|it| it.active && same(it))
}

/// Clocks differ a little: what was read in the near future is fresh too.
fn fresh(at: DateTime<Utc>, age_max: std::time::Duration, now: DateTime<Utc>) -> bool {
    (now - at).abs().to_std().is_ok_and(|age| age <= age_max)
}
