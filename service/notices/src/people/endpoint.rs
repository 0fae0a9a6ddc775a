//! What a webhook endpoint is, and how it stands.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::filter::Filter;
use super::name::{EndpointId, GroupId};
use crate::error::DeskError;
use crate::hooks::EventType;

/// Longest address of an endpoint, in bytes.
const URL_BYTES_MAX: usize = 2_000;
/// Groups that an endpoint follows at most.
const GROUPS_MAX: usize = 20;

/// Another system that is told what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Endpoint {
    /// Its name in commands.
    pub id: EndpointId,
    /// Where events are posted to.
    pub url: Url,
    /// Which events; all where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventType>,
    /// About which documents.
    #[serde(default, skip_serializing_if = "Filter::is_everything")]
    pub only: Filter,
    /// Besides, only what one of these groups is told about; where it is empty, groups do not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupId>,
    /// Whether a person switched it off. Events are kept meanwhile, and can be sent later by a replay.
    #[serde(default)]
    pub disabled: bool,
    /// When a person switched it on again: what had stopped it before counts no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled_at: Option<DateTime<Utc>>,
    /// Who added it.
    pub added_by: String,
    /// When. What happened before is not told.
    pub added_at: DateTime<Utc>,
    /// Who changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<DateTime<Utc>>,
}

/// What an operator gives to add or change an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointDraft {
    /// Its name in commands.
    pub id: EndpointId,
    /// Where events are posted to.
    pub url: Url,
    /// Which events; all where it is empty.
    #[serde(default)]
    pub events: Vec<EventType>,
    /// About which documents; everything where it is empty.
    #[serde(default)]
    pub only: Filter,
    /// Besides, only what one of these groups is told about.
    #[serde(default)]
    pub groups: Vec<GroupId>,
    /// Whether it is switched off.
    #[serde(default)]
    pub disabled: bool,
}

/// How an endpoint stands, as deliveries left it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Standing {
    /// When its endpoint was added: one of the same name that is added later begins anew.
    pub of: Option<DateTime<Utc>>,
    /// Events that were taken.
    pub delivered: u64,
    /// Events that wait.
    pub waiting: u64,
    /// Events that were given up after the last try.
    pub given_up: u64,
    /// Events that found the queue full; a replay brings them.
    pub passed_over: u64,
    /// Failures in a row.
    pub failures: u32,
    /// Since when it fails.
    pub failing_since: Option<DateTime<Utc>>,
    /// When it last took one.
    pub took_at: Option<DateTime<Utc>>,
    /// Not before this time.
    pub rests_until: Option<DateTime<Utc>>,
    /// That nothing is sent any more until a person switches it on again.
    pub stopped: Option<Stopped>,
    /// Attempts so far; the log is a ring.
    pub attempts: u64,
}

/// That deliveries to an endpoint were stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stopped {
    /// When.
    pub at: DateTime<Utc>,
    /// Why, as a fragment.
    pub why: String,
    /// Whether people were told.
    #[serde(default)]
    pub told: bool,
}

impl Standing {
    /// How an endpoint stands, by what was kept under its name.
    pub(crate) fn kept(kept: Option<Self>, endpoint: &Endpoint) -> Self {
        let of = Some(endpoint.added_at);
        kept.filter(|standing| standing.of == of)
            .unwrap_or_else(|| Self {
                of,
                ..Self::default()
            })
    }

    /// Forgets the failures from before a person switched the endpoint on again.
    pub(crate) fn begin_anew(&mut self, endpoint: &Endpoint) {
        let since = self.failing_since.zip(endpoint.enabled_at);
        if since.is_some_and(|(failing, enabled)| failing < enabled) {
            self.failing_since = None;
            self.failures = 0;
            self.rests_until = None;
        }
    }

    /// Why nothing is sent to an endpoint; `None` while it is.
    #[must_use]
    pub fn stopped<'a>(&'a self, endpoint: &Endpoint) -> Option<&'a Stopped> {
        let enabled_at = endpoint.enabled_at;
        let stopped = self.stopped.as_ref();
        stopped.filter(|stopped| enabled_at.is_none_or(|enabled| enabled < stopped.at))
    }
}

impl From<&Endpoint> for EndpointDraft {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            id: endpoint.id.clone(),
            url: endpoint.url.clone(),
            events: endpoint.events.clone(),
            only: endpoint.only.clone(),
            groups: endpoint.groups.clone(),
            disabled: endpoint.disabled,
        }
    }
}

impl Endpoint {
    /// Whether it is told events of a type.
    pub(crate) fn wants(&self, event: &EventType) -> bool {
        self.events.is_empty() || self.events.contains(event)
    }
}

impl EndpointDraft {
    /// The same, as it may be kept.
    pub(crate) fn checked(mut self, machine: ThisMachine) -> Result<Self, DeskError> {
        if let Some(problem) = crate::hooks::address_problem(&self.url, machine) {
            return Err(DeskError::bad("url", problem));
        }
        if self.url.as_str().len() > URL_BYTES_MAX {
            let message = format!("must have at most {URL_BYTES_MAX} bytes");
            return Err(DeskError::bad("url", message));
        }
        self.events.sort();
        self.events.dedup();
        if let Some(EventType::Other(name)) = self.events.iter().find(|it| it.is_unknown()) {
            let known: Vec<&str> = EventType::KNOWN.iter().map(EventType::as_str).collect();
            let name: String = name
                .chars()
                .filter(|it| !it.is_control())
                .take(60)
                .collect();
            let message = format!("there is no event `{name}`; known: {}", known.join(", "));
            return Err(DeskError::bad("events", message));
        }
        if self.groups.len() > GROUPS_MAX {
            return Err(DeskError::bad("groups", format!("at most {GROUPS_MAX}")));
        }
        Ok(Self {
            only: self.only.checked()?,
            ..self
        })
    }
}

/// Whether endpoints on this machine are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThisMachine {
    /// They are, also without TLS: for trials, and for systems beside this one.
    Allowed,
    /// They are not.
    Refused,
}
