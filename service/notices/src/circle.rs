//! Everybody who is told, with what is gathered for each, as one step works on them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::document::ConnectionId;
use tieout_core::engine::BindingKey;
use tieout_core::store::{Store, StoreError};

use crate::hooks::{KeptEvent, NewEvent};
use crate::keys::{self, Record};
use crate::people::{self, About, Endpoint, Group, Standing};
use crate::tally::Tally;

/// Events that wait for one endpoint at most; what comes beyond is passed over and can be replayed.
pub(crate) const WAITING_MAX: u64 = 50_000;

/// How far everything is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Cursor {
    /// The last page of the journal that was read.
    pub(crate) page: u64,
    /// That what was open before the first start is being noted, and how far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) noting: Option<Noting>,
    /// The number of the next event.
    pub(crate) next_event: u64,
    /// The number of the oldest event that is kept.
    pub(crate) first_event: u64,
    /// The number of the next mail.
    pub(crate) next_mail: u64,
}

/// How far what was open before the first start is noted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Noting {
    /// The last binding that was looked at.
    pub(crate) after: Option<BindingKey>,
}

/// A group with what is gathered for it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) group: Group,
    pub(crate) tally: Tally,
    before: Tally,
}

/// An endpoint with how it stands.
#[derive(Clone, Debug)]
pub(crate) struct Listening {
    pub(crate) endpoint: Endpoint,
    pub(crate) standing: Standing,
    before: Standing,
}

/// Everybody who is told.
pub(crate) struct Circle {
    /// `None` before the first start.
    pub(crate) cursor: Option<Cursor>,
    /// Groups that mail is made for.
    pub(crate) groups: Vec<Told>,
    pub(crate) endpoints: Vec<Listening>,
    /// Every group, for endpoints that follow some.
    known: Vec<Group>,
    cursor_before: Option<Cursor>,
    /// Records that go with the next commit.
    pub(crate) records: Vec<Record>,
}

impl Circle {
    /// Everybody, as the store has them. Without mail, groups are told nothing and gather nothing.
    pub(crate) async fn load(store: &dyn Store, mail: Mail) -> Result<Self, StoreError> {
        let cursor: Option<Cursor> = keys::read(store, &keys::cursor()).await?;
        let mut groups = Vec::new();
        let known = people::groups(store).await?;
        let gathering = match mail {
            Mail::Leaves => known.clone(),
            Mail::Stays => Vec::new(),
        };
        for group in gathering {
            let kept: Option<Tally> = keys::read(store, &keys::tally(&group.id)).await?;
            let fresh = || Tally {
                of: group.added_at,
                daily_at: Some(group.added_at),
                ..Tally::default()
            };
            let tally = kept
                .filter(|tally| tally.of == group.added_at)
                .unwrap_or_else(fresh);
            let before = tally.clone();
            groups.push(Told {
                group,
                tally,
                before,
            });
        }
        let endpoints = people::endpoints(store).await?;
        let endpoints = endpoints.into_iter().map(|(endpoint, standing)| Listening {
            endpoint,
            before: standing.clone(),
            standing,
        });
        Ok(Self {
            cursor_before: cursor.clone(),
            cursor,
            groups,
            endpoints: endpoints.collect(),
            known,
            records: Vec::new(),
        })
    }

    /// Whether nobody is told anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.endpoints.is_empty()
    }

    /// When the first of them was added.
    pub(crate) fn begins_at(&self) -> Option<DateTime<Utc>> {
        let groups = self.known.iter().map(|group| group.added_at);
        let endpoints = self.endpoints.iter().map(|it| it.endpoint.added_at);
        groups.chain(endpoints).min()
    }

    /// Whether documents must be read to know who is told of them.
    pub(crate) fn needs_divisions(&self) -> bool {
        let groups = self.known.iter().map(|group| &group.only);
        let endpoints = self.endpoints.iter().map(|it| &it.endpoint.only);
        groups.chain(endpoints).any(people::Filter::needs_division)
    }

    /// Queues an event for every endpoint that wants it. It is kept also for those that are switched off.
    pub(crate) fn tell(
        &mut self,
        event: NewEvent,
        about: About<'_>,
        source: &str,
        now: DateTime<Utc>,
    ) {
        let groups = &self.known;
        let wants = |endpoint: &Endpoint| {
            let of_groups = endpoint.groups.is_empty()
                || groups
                    .iter()
                    .any(|it| endpoint.groups.contains(&it.id) && it.only.takes(about));
            event.at >= endpoint.added_at
                && endpoint.wants(&event.kind)
                && endpoint.only.takes(about)
                && of_groups
        };
        let takers: Vec<usize> = self
            .endpoints
            .iter()
            .enumerate()
            .filter(|(_, it)| wants(&it.endpoint))
            .map(|(index, _)| index)
            .collect();
        let cursor = self.cursor.get_or_insert_default();
        if takers.is_empty() {
            return;
        }
        let number = cursor.next_event;
        cursor.next_event += 1;
        let ids = takers
            .iter()
            .map(|index| self.endpoints[*index].endpoint.id.clone())
            .collect();
        let kept: KeptEvent = event.numbered(number, source, ids, now);
        self.records.push(keys::record(keys::event(number), &kept));
        for index in takers {
            let listening = &mut self.endpoints[index];
            if listening.is_off() {
                continue;
            }
            if listening.standing.waiting >= WAITING_MAX {
                listening.standing.passed_over += 1;
                continue;
            }
            listening.standing.waiting += 1;
            let due = keys::due(&listening.endpoint.id, now, number);
            self.records
                .push(keys::record(due, &crate::hooks::Due::new(now)));
        }
    }

    /// Everything that changed since it was loaded or last taken, to be committed. It counts as stored from here on: after
    /// a commit that failed, everything is loaded again.
    pub(crate) fn changed(&mut self) -> Vec<Record> {
        let mut records = std::mem::take(&mut self.records);
        for told in &mut self.groups {
            if told.tally != told.before {
                records.push(keys::record(keys::tally(&told.group.id), &told.tally));
                told.before = told.tally.clone();
            }
        }
        for it in &mut self.endpoints {
            if it.standing != it.before {
                records.push(keys::record(keys::standing(&it.endpoint.id), &it.standing));
                it.before = it.standing.clone();
            }
        }
        if self.cursor != self.cursor_before {
            if let Some(cursor) = &self.cursor {
                records.push(keys::record(keys::cursor(), cursor));
            }
            self.cursor_before.clone_from(&self.cursor);
        }
        records
    }
}

impl Listening {
    /// Whether nothing is sent to it.
    pub(crate) fn is_off(&self) -> bool {
        self.endpoint.disabled || self.standing.stopped(&self.endpoint).is_some()
    }
}

impl Told {
    /// Whether it is told what concerns a connection as a whole.
    pub(crate) fn is_of(&self, connection: &ConnectionId) -> bool {
        self.group.only.takes_connection(connection)
    }
}

/// Whether there is a mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mail {
    Leaves,
    Stays,
}
