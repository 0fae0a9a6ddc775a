//! What the journal does not say: how accesses stand, and which certificate is the newest. Compared with what was told.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::check::Rule;
use tieout_core::check::kinds::Trouble;
use tieout_core::document::{ConnectionId, HostId};
use tieout_core::store::{ChangeSet, Store, StoreError};

use crate::circle::Circle;
use crate::hooks::{CertificateData, ConnectionData, Data, EventType, NewEvent};
use crate::journal::source;
use crate::keys;
use crate::letters::{Writing, expiring};
use crate::mail::MailSort;
use crate::people::About;
use crate::tally::{Row, note};

/// How long before an access lapses people are told, each once.
const WARNED_BEFORE: [TimeDelta; 2] = [TimeDelta::days(14), TimeDelta::days(3)];
/// Connections that are remembered at most.
const CONNECTIONS_MAX: usize = 1_000;

/// Knows what is asked here about accesses and certificates: the program that runs.
#[async_trait]
pub trait Facts: Send + Sync {
    /// How the access of each connection stands, as far as it is known without asking anybody.
    async fn connections(&self) -> Vec<ConnectionFact>;

    /// The newest certificate, if there is one.
    async fn certificate(&self) -> Option<CertificateData>;

    /// The hosts of the configuration.
    fn hosts(&self) -> Vec<HostId>;
}

/// How the access of one connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionFact {
    /// The connection.
    pub connection: ConnectionId,
    /// How it stands.
    pub access: Access,
}

/// How an access stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// It works.
    Works {
        /// When it lapses if nobody uses it.
        lapses_at: Option<DateTime<Utc>>,
    },
    /// Somebody must allow it anew.
    NeedsConsent {
        /// Which trouble.
        trouble: Trouble,
        /// What is wrong, as a fragment.
        message: String,
        /// What to do, as a sentence.
        remedy: String,
    },
    /// It is not known now.
    Unknown,
}

/// What was last told of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ToldConnection {
    /// That somebody must allow it anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) needs_consent: Option<NeedsConsent>,
    /// How many of the warnings before it lapses were given.
    pub(crate) warned: usize,
}

/// That somebody must allow an access anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NeedsConsent {
    pub(crate) rule: String,
    pub(crate) message: String,
    pub(crate) remedy: String,
    pub(crate) since: DateTime<Utc>,
}

/// What was told of each connection.
pub(crate) async fn told_connections(
    store: &dyn Store,
) -> Result<Vec<(ConnectionId, ToldConnection)>, StoreError> {
    let prefix = format!("{}/", keys::told_connections());
    let mut found = Vec::new();
    for (key, value) in store.records(&prefix, CONNECTIONS_MAX).await? {
        let kept: (ConnectionId, ToldConnection) = keys::parse(&key, &value)?;
        found.push(kept);
    }
    Ok(found)
}

/// Tells what is new of accesses and certificates, and remembers that it did.
pub(crate) async fn look(
    writing: &Writing<'_>,
    facts: &dyn Facts,
    circle: &mut Circle,
) -> Result<(), StoreError> {
    let mut lapsing = Vec::new();
    let known = facts.connections().await;
    for (connection, _) in told_connections(writing.store).await? {
        // Nobody is to be told of what is not in the configuration any more.
        if !known.iter().any(|fact| fact.connection == connection) {
            let key = keys::told(connection.as_str());
            circle.records.push((key, None));
        }
    }
    for fact in known {
        let key = keys::told(fact.connection.as_str());
        let before: Option<(ConnectionId, ToldConnection)> =
            keys::read(writing.store, &key).await?;
        let is_new = before.is_none();
        let before = before.map(|(_, told)| told).unwrap_or_default();
        let Some(now) = compared(writing, circle, &fact, &before, &mut lapsing) else {
            continue;
        };
        if is_new || now != before {
            circle
                .records
                .push(keys::record(key, &(&fact.connection, now)));
        }
    }
    warn(writing, circle, &lapsing).await?;
    certificate(writing, facts, circle).await?;
    stopped_endpoints(writing, circle);
    let records = circle.changed();
    if records.is_empty() {
        return Ok(());
    }
    writing
        .store
        .commit(ChangeSet {
            records,
            ..ChangeSet::default()
        })
        .await
}

/// What is to be remembered of a connection after what is new was told; `None` while nothing is known.
fn compared(
    writing: &Writing<'_>,
    circle: &mut Circle,
    fact: &ConnectionFact,
    before: &ToldConnection,
    lapsing: &mut Vec<(ConnectionId, DateTime<Utc>)>,
) -> Option<ToldConnection> {
    match &fact.access {
        Access::Unknown => None,
        Access::NeedsConsent { .. } if before.needs_consent.is_some() => Some(before.clone()),
        Access::NeedsConsent {
            trouble,
            message,
            remedy,
        } => {
            let needs = NeedsConsent {
                rule: trouble.kind().name.to_owned(),
                message: note(message),
                remedy: note(remedy),
                since: writing.now,
            };
            broke(writing, circle, &fact.connection, &needs);
            Some(ToldConnection {
                needs_consent: Some(needs),
                warned: 0,
            })
        }
        Access::Works { lapses_at } => {
            if let Some(needs) = &before.needs_consent {
                for told in &mut circle.groups {
                    told.tally.needs.access_back(&fact.connection, &needs.rule);
                }
            }
            let left = lapses_at.map(|at| at - writing.now);
            let is_within =
                |left: TimeDelta| WARNED_BEFORE.iter().filter(|it| left <= **it).count();
            let warned = left.map_or(0, is_within);
            if let Some(at) = lapses_at.filter(|_| warned > before.warned) {
                lapsing.push((fact.connection.clone(), at));
                lapses(writing, circle, &fact.connection, at);
            }
            Some(ToldConnection {
                needs_consent: None,
                warned,
            })
        }
    }
}

/// Tells that somebody must allow an access anew.
fn broke(
    writing: &Writing<'_>,
    circle: &mut Circle,
    connection: &ConnectionId,
    needs: &NeedsConsent,
) {
    for told in &mut circle.groups {
        let wants = told.group.wants.needs_somebody || told.group.wants.grant_expiring;
        if wants && told.is_of(connection) {
            told.tally.needs.add(row(connection, needs), writing.now);
        }
    }
    let data = ConnectionData {
        connection: connection.clone(),
        message: needs.message.clone(),
        remedy: needs.remedy.clone(),
        expires_at: None,
    };
    tell(writing, circle, EventType::ConnectionNeedsConsent, data);
}

/// Tells other systems that an access lapses soon.
fn lapses(
    writing: &Writing<'_>,
    circle: &mut Circle,
    connection: &ConnectionId,
    at: DateTime<Utc>,
) {
    let data = ConnectionData {
        connection: connection.clone(),
        message: "the access lapses soon unless it is used".to_owned(),
        remedy: format!("If it lapsed: tieout connect {connection} --again"),
        expires_at: Some(at),
    };
    tell(writing, circle, EventType::ConnectionExpiring, data);
}

fn tell(writing: &Writing<'_>, circle: &mut Circle, kind: EventType, data: ConnectionData) {
    let connection = data.connection.clone();
    let event = NewEvent {
        kind,
        subject: Some(connection.to_string()),
        at: writing.now,
        seed: connection.to_string(),
        data: Data::Connection(data),
    };
    let about = About::connection(&connection);
    circle.tell(event, about, &source(writing.base), writing.now);
}

fn row(connection: &ConnectionId, needs: &NeedsConsent) -> Row {
    Row {
        key: None,
        connection: Some(connection.clone()),
        number: String::new(),
        at: needs.since,
        rule: Some(Rule::from(needs.rule.as_str())),
        field: String::new(),
        note: needs.message.clone(),
        remedy: needs.remedy.clone(),
    }
}

/// One mail about everything that lapses soon.
async fn warn(
    writing: &Writing<'_>,
    circle: &mut Circle,
    lapsing: &[(ConnectionId, DateTime<Utc>)],
) -> Result<(), StoreError> {
    for index in 0..circle.groups.len() {
        let told = &circle.groups[index];
        if !told.group.wants.grant_expiring {
            continue;
        }
        let of_group: Vec<_> = lapsing
            .iter()
            .filter(|(connection, _)| told.is_of(connection))
            .cloned()
            .collect();
        if !of_group.is_empty() {
            let letter = expiring(&told.group, &of_group, writing.base, writing.now);
            writing
                .queue(circle, index, MailSort::GrantExpiring, &letter)
                .await?;
        }
    }
    Ok(())
}

/// Tells of a certificate that was not told; the first one that is seen is only remembered.
async fn certificate(
    writing: &Writing<'_>,
    facts: &dyn Facts,
    circle: &mut Circle,
) -> Result<(), StoreError> {
    let Some(newest) = facts.certificate().await else {
        return Ok(());
    };
    let key = keys::told_certificate();
    let told: Option<u64> = keys::read(writing.store, &key).await?;
    if told == Some(newest.number) {
        return Ok(());
    }
    if told.is_some() {
        let event = NewEvent {
            kind: EventType::Certificate,
            subject: None,
            at: newest.made_at,
            seed: newest.number.to_string(),
            data: Data::Certificate(newest.clone()),
        };
        circle.tell(event, About::default(), &source(writing.base), writing.now);
    }
    circle.records.push(keys::record(key, &newest.number));
    Ok(())
}

/// Tells people of webhooks that were switched off for failing, once.
fn stopped_endpoints(writing: &Writing<'_>, circle: &mut Circle) {
    for it in &mut circle.endpoints {
        let id = it.endpoint.id.clone();
        let Some(stopped) = it.standing.stopped.as_mut().filter(|it| !it.told) else {
            continue;
        };
        stopped.told = true;
        let row = Row {
            key: None,
            connection: None,
            number: String::new(),
            at: stopped.at,
            rule: Some(Rule::from("webhook_stopped")),
            field: id.to_string(),
            note: note(&format!(
                "the webhook `{id}` is switched off: {}",
                stopped.why
            )),
            remedy: format!("Mend it there, then: tieout webhook change {id} --enable"),
        };
        for told in &mut circle.groups {
            if told.group.wants.needs_somebody {
                told.tally.needs.add(row.clone(), writing.now);
            }
        }
    }
}
