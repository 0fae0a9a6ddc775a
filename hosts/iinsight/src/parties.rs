//! The companies and people who are billed: read by the day of their changes, and kept as notes, so that memory holds none.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::clock::Clock;
use tieout_core::host::{HostError, Note};
use tokio::sync::Mutex;

use crate::api::{Api, Directory};
use crate::notes::Notes;
use crate::wire::Row;

/// How far each directory was read.
const READ: &str = "read";
/// Minutes after which the directories are looked at again.
const FRESH_MINUTES: i64 = 30;
/// Minutes after which they are looked at again for somebody who is in none of them: one look serves all who are new.
const UNKNOWN_MINUTES: i64 = 1;
/// Days before the last look from which changes are asked for: the filter knows days alone, in an unknown zone.
const OVERLAP_DAYS: i64 = 2;
/// Days after which the directories are read as a whole again.
const WHOLE_DAYS: i64 = 7;

/// A company or a person, as far as it is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Party {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) abn: String,
    pub(crate) street: String,
    pub(crate) sublocality: String,
    pub(crate) suburb: String,
    pub(crate) state: String,
    pub(crate) postcode: String,
    pub(crate) country: String,
    pub(crate) biller_id: String,
}

/// How far one directory was read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Reading {
    /// When the reading that is complete began; the next one asks from there.
    complete: Option<DateTime<Utc>>,
    /// When everything was read last.
    whole: Option<DateTime<Utc>>,
    /// When the reading under way began.
    began: Option<DateTime<Utc>>,
    /// Its next page.
    page: u64,
}

/// The directories of one account.
pub(crate) struct Parties {
    notes: Arc<Notes>,
    clock: Arc<dyn Clock>,
    read: Mutex<Option<DateTime<Utc>>>,
}

impl Parties {
    pub(crate) fn new(notes: Arc<Notes>, clock: Arc<dyn Clock>) -> Self {
        Self {
            notes,
            clock,
            read: Mutex::new(None),
        }
    }

    /// A company by its identifier. `None` when there is none of it, of late.
    pub(crate) async fn company(&self, api: &Api, id: &str) -> Result<Option<Party>, HostError> {
        self.party(api, &[Directory::Companies], id).await
    }

    /// A person by the identifier: of a company, or of a case.
    pub(crate) async fn contact(&self, api: &Api, id: &str) -> Result<Option<Party>, HostError> {
        let lists = [Directory::CompanyContacts, Directory::CaseContacts];
        self.party(api, &lists, id).await
    }

    async fn party(
        &self,
        api: &Api,
        lists: &[Directory],
        id: &str,
    ) -> Result<Option<Party>, HostError> {
        for minutes in [FRESH_MINUTES, UNKNOWN_MINUTES] {
            self.refresh(api, TimeDelta::minutes(minutes)).await?;
            if let Some(party) = self.noted(lists, id).await? {
                return Ok(Some(party));
            }
        }
        Ok(None)
    }

    async fn noted(&self, lists: &[Directory], id: &str) -> Result<Option<Party>, HostError> {
        for list in lists {
            let party = self.notes.read(list.as_str(), id).await?;
            if party.is_some() {
                return Ok(party);
            }
        }
        Ok(None)
    }

    /// Reads what changed in each directory, where that was done longer ago. What was read before a failure is kept.
    async fn refresh(&self, api: &Api, longer: TimeDelta) -> Result<(), HostError> {
        let mut read = self.read.lock().await;
        let now = self.clock.now();
        if read.is_some_and(|at| now - at < longer) {
            return Ok(());
        }
        for list in Directory::ALL {
            self.read_list(api, list, now).await?;
        }
        *read = Some(now);
        Ok(())
    }

    async fn read_list(
        &self,
        api: &Api,
        list: Directory,
        now: DateTime<Utc>,
    ) -> Result<(), HostError> {
        let note = self.notes.bytes(READ, list.as_str()).await?;
        let mut reading: Reading = note
            .and_then(|note| serde_json::from_slice(&note).ok())
            .unwrap_or_default();
        let began = *reading.began.get_or_insert(now);
        reading.page = reading.page.max(1);
        // A page that moves while it is read may hide somebody: everything is read again from time to time.
        let is_whole = reading
            .whole
            .is_none_or(|at| began - at >= TimeDelta::days(WHOLE_DAYS));
        let known = reading.complete.filter(|_| !is_whole);
        let since = known.map_or_else(first_day, |at| {
            (at - TimeDelta::days(OVERLAP_DAYS)).date_naive()
        });
        let mut before = Vec::new();
        loop {
            let page = api.directory(list, since, reading.page).await?;
            if page.rows.is_empty() || page.rows == before {
                break;
            }
            let notes: Vec<Note> = page
                .rows
                .iter()
                .filter_map(|row| note_of(list, row))
                .collect();
            self.notes.write_all(notes).await?;
            reading.page += 1;
            self.keep(list, &reading).await?;
            before = page.rows;
        }
        reading = Reading {
            complete: Some(began),
            whole: if is_whole { Some(began) } else { reading.whole },
            began: None,
            page: 1,
        };
        self.keep(list, &reading).await
    }

    async fn keep(&self, list: Directory, reading: &Reading) -> Result<(), HostError> {
        self.notes.write(READ, list.as_str(), reading).await
    }
}

/// The day from which everything is told.
fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(1900, 1, 1).expect("a day of the calendar")
}

fn note_of(list: Directory, row: &serde_json::Value) -> Option<Note> {
    let row = Row::of(row);
    let (id, name) = match list {
        Directory::Companies => ("company_id", row.text("company_name")),
        Directory::CompanyContacts | Directory::CaseContacts => {
            let name = format!("{} {}", row.text("first_name"), row.text("last_name"));
            ("contact_id", name.trim().to_owned())
        }
    };
    let party = Party {
        name,
        email: row.text("email"),
        abn: row.text("abn"),
        street: row.text("street"),
        sublocality: row.text("sublocality"),
        suburb: row.text("suburb"),
        state: row.text("state"),
        postcode: row.text("postcode"),
        country: row.text("country"),
        biller_id: row.text("biller_id"),
    };
    Some(Note {
        chapter: list.as_str(),
        name: row.some(id)?,
        content: Some(serde_json::to_vec(&party).expect("texts are JSON")),
    })
}
