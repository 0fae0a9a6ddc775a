//! What the host sends by itself: what is on its way, what goes wrong with it, and what an answer promises.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method};
use tieout_core::document::DocumentKey;
use tieout_core::driver::{NotPushed, World};
use tieout_core::host::{Heard, Look, Push, PushRefusal, Record};
use tieout_core::store::{Find, RecordKey, Store};

use crate::coverage::Case;
use crate::faults::Chance;
use crate::ground::Ground;
use crate::model::Wrong;
use crate::node::{Process, wait};
use crate::paper::host_id;
use crate::random::Random;

/// The header that says who sent a push, and what stands in it when it was the host.
const SIGNATURE: (&str, &str) = ("x-signature", "desk");
/// Attempts before the host gives a push up.
const TRIES_MAX: u32 = 5;

/// Everything that the host ever pushed, and what of it is on its way.
#[derive(Debug)]
pub(crate) struct Outbox {
    random: Random,
    contents: Vec<Content>,
    waiting: Vec<Waiting>,
    /// The newest revision of each document that a push brought to the node.
    brought: BTreeMap<DocumentKey, u64>,
}

/// What one push says.
#[derive(Clone, Debug)]
struct Content {
    records: Vec<Record>,
    /// Only that there is something to read.
    is_hint: bool,
}

/// A push on its way.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    at: usize,
    /// It does not arrive before this.
    not_before: Option<DateTime<Utc>>,
    tries: u32,
}

impl Outbox {
    /// That of a host that pushes: half of them do.
    pub(crate) fn draw(seed: u64) -> Option<Self> {
        let mut random = Random::of(seed, "push");
        random.one_in(2).then(|| Self {
            random,
            contents: Vec::new(),
            waiting: Vec::new(),
            brought: BTreeMap::new(),
        })
    }

    /// Something was told: a push of its own, or part of the one before that is still here.
    fn take(&mut self, record: Record) {
        if self.random.one_in(4)
            && let Some(last) = self.waiting.last().filter(|last| last.tries == 0)
            && let Some(content) = self.contents.get_mut(last.at)
        {
            content.records.push(record);
            return;
        }
        self.waiting.push(Waiting {
            at: self.contents.len(),
            not_before: None,
            tries: 0,
        });
        self.contents.push(Content {
            records: vec![record],
            is_hint: self.random.one_in(6),
        });
    }

    /// What may arrive by now, which is then in nobody's hands.
    fn due(&mut self, now: DateTime<Utc>) -> Vec<Waiting> {
        let is_due = |waiting: &Waiting| waiting.not_before.is_none_or(|at| at <= now);
        let (due, later) = self.waiting.iter().copied().partition(is_due);
        self.waiting = later;
        due
    }

    fn records(&self, at: usize) -> Vec<Record> {
        let content = self.contents.get(at).filter(|content| !content.is_hint);
        content.map_or_else(Vec::new, |content| content.records.clone())
    }
}

/// The host tells something: whoever asks reads it, and a host that pushes sends it too.
pub(crate) fn tell(ground: &Ground, record: Record) {
    if let Some(outbox) = ground.outbox().as_mut() {
        outbox.take(record.clone());
    }
    ground.host.put(record);
}

/// What the host's port makes of a push.
pub(crate) fn heard(ground: &Ground, push: &Push) -> Result<Heard, PushRefusal> {
    let signature = push.headers.get(SIGNATURE.0);
    if signature.is_none_or(|it| it.as_bytes() != SIGNATURE.1.as_bytes()) {
        return Err(PushRefusal::NotSigned("by somebody else".to_owned()));
    }
    let outbox = ground.outbox();
    let place = std::str::from_utf8(&push.body).ok();
    let at = place.and_then(|it| it.parse::<usize>().ok());
    let content = at.and_then(|at| outbox.as_ref()?.contents.get(at));
    match content {
        None => Err(PushRefusal::BadData("no push of ours".to_owned())),
        Some(content) if content.is_hint => Ok(Heard {
            records: Vec::new(),
            look: Look::Soon,
        }),
        Some(content) => Ok(Heard {
            records: content.records.clone(),
            look: Look::NotNeeded,
        }),
    }
}

/// What is due comes to a node that listens.
pub(crate) async fn come(ground: &Ground, process: &Process, world: &World) {
    let now = ground.time.now();
    let mut due = ground
        .outbox()
        .as_mut()
        .map_or_else(Vec::new, |it| it.due(now));
    if due.len() > 1 && ground.strikes(Chance::PushReordered) {
        due.reverse();
    }
    for push in due {
        Coming {
            ground,
            process,
            world,
            push,
        }
        .comes()
        .await;
    }
}

/// Whatever was on its way, or lost there, arrives when all has been read long since.
pub(crate) async fn arrive_late(ground: &Ground, process: &Process, world: &World) {
    let contents = ground
        .outbox()
        .as_ref()
        .map_or(0, |outbox| outbox.contents.len());
    for at in 0..contents {
        let push = Waiting {
            at,
            not_before: None,
            tries: 0,
        };
        let coming = Coming {
            ground,
            process,
            world,
            push,
        };
        // A node that died or failed is judged by whoever runs it.
        coming.arrives().await;
    }
}

/// A push that comes to a node.
#[derive(Clone, Copy)]
struct Coming<'a> {
    ground: &'a Ground,
    process: &'a Process,
    world: &'a World,
    push: Waiting,
}

impl Coming<'_> {
    async fn comes(&self) {
        let ground = self.ground;
        if ground.strikes(Chance::PushLost) {
            ground.met(Case::PushLost);
            return self.tell("is lost");
        }
        if self.push.tries == 0 && ground.strikes(Chance::PushLate) {
            let minutes = ground.faults().between(30, 3 * 24 * 60);
            self.tell("is held up on its way");
            return self.again(TimeDelta::minutes(
                i64::try_from(minutes).unwrap_or_default(),
            ));
        }
        if ground.strikes(Chance::PushForged) {
            self.forged().await;
        }
        self.note();
        let answered = if ground.strikes(Chance::PushTwice) {
            ground.met(Case::PushTwice);
            self.tell("comes twice at once");
            let (one, other) = tokio::join!(self.arrives(), self.arrives());
            one && other
        } else {
            self.arrives().await
        };
        if answered && ground.strikes(Chance::PushCrash) {
            ground.met(Case::CrashAfterPush);
            ground.tell(
                "node",
                "dies: a push is stored, and its answer does not leave",
            );
            self.process.body.kill();
            return self.repeat();
        }
        if !answered {
            return self.repeat();
        }
        ground.met(match self.records().is_empty() {
            true => Case::PushHint,
            false => Case::PushStored,
        });
        if ground.strikes(Chance::PushUnanswered) {
            self.tell("is taken, and the answer lost");
            self.repeat();
        }
    }

    /// It reaches the node. Gives whether it was taken.
    async fn arrives(&self) -> bool {
        let records = self.records();
        let push = self.request(SIGNATURE.1);
        let done = tokio::select! {
            biased;
            () = self.process.body.death() => None,
            done = self.take(&push) => Some(done),
        };
        match &done {
            None => self.tell("is not answered: the node is dead"),
            Some(Err(error)) => self.tell(&format!("is turned away: {error}")),
            Some(Ok(())) => {
                self.tell("is taken");
                self.hold_to_answer(&records);
            }
        }
        matches!(done, Some(Ok(())))
    }

    async fn take(&self, push: &Push) -> Result<(), NotPushed> {
        let site = self.world.hosts.get(&host_id());
        let site = site.expect("a node has the only host");
        self.world.take_push(site, push).await.map(|_| ())
    }

    /// What is answered is stored: no older than the push had it.
    fn hold_to_answer(&self, records: &[Record]) {
        let Some(store) = self.process.store.peek() else {
            return;
        };
        let missing = records
            .iter()
            .filter_map(told)
            .find(|(key, revision)| known(store.as_ref(), key) < Some(*revision));
        if let Some((key, revision)) = missing {
            let there = known(store.as_ref(), &key);
            self.ground.wrong(Wrong {
                invariant: "a push is stored before it is answered",
                document: key.to_string(),
                what: format!("revision {revision} was taken, the store knows {there:?}"),
            });
        }
    }

    /// Somebody else sends the same.
    async fn forged(&self) {
        let push = self.request("somebody");
        let done = tokio::select! {
            biased;
            () = self.process.body.death() => return,
            done = self.take(&push) => done,
        };
        match done {
            Err(NotPushed::Refused(PushRefusal::NotSigned(_))) => {
                self.ground.met(Case::PushForged);
            }
            other => self.ground.wrong(Wrong {
                invariant: "what the host did not sign is turned away",
                document: String::new(),
                what: format!("{other:?}"),
            }),
        }
    }

    /// The host sends it again later, as long as it has patience.
    fn repeat(&self) {
        if self.push.tries < TRIES_MAX {
            self.again(TimeDelta::seconds(30 << self.push.tries));
        }
    }

    fn again(&self, after: TimeDelta) {
        let waiting = Waiting {
            not_before: Some(self.ground.time.now() + after),
            tries: self.push.tries + 1,
            ..self.push
        };
        if let Some(outbox) = self.ground.outbox().as_mut() {
            outbox.waiting.push(waiting);
        }
    }

    fn records(&self) -> Vec<Record> {
        let outbox = self.ground.outbox();
        outbox
            .as_ref()
            .map_or_else(Vec::new, |outbox| outbox.records(self.push.at))
    }

    fn request(&self, signature: &'static str) -> Push {
        let mut headers = HeaderMap::new();
        headers.insert(SIGNATURE.0, HeaderValue::from_static(signature));
        Push {
            method: Method::POST,
            path: String::new(),
            query: None,
            headers,
            body: Bytes::from(self.push.at.to_string()),
            at: self.world.clock.now(),
        }
    }

    /// Which interesting cases an arrival is.
    fn note(&self) {
        let (ground, records) = (self.ground, self.records());
        let Some(store) = self.process.store.peek() else {
            return;
        };
        for (key, revision) in records.iter().filter_map(told) {
            let there = known(store.as_ref(), &key);
            if there < Some(revision) {
                ground.met(Case::PushedFirst);
            }
            let current = ground.model().paper(&key).map(|it| it.paper.revision);
            if there > Some(revision) && current > Some(revision) {
                ground.met(Case::PushLate);
            }
            if let Some(outbox) = ground.outbox().as_mut() {
                let before = outbox.brought.entry(key).or_default();
                if *before > revision {
                    ground.met(Case::PushReordered);
                } else if *before == revision && self.push.tries > 0 {
                    ground.met(Case::PushRepeated);
                }
                *before = revision.max(*before);
            }
        }
        let removed = |record: &Record| match record {
            Record::Removed { .. } => told(record).map(|(key, _)| key),
            Record::Document(_) | Record::Unreadable { .. } => None,
        };
        let unseen = |key: &DocumentKey| known(store.as_ref(), key).is_none();
        if records.iter().filter_map(removed).any(|key| unseen(&key)) {
            ground.met(Case::RemovalPushedFirst);
        }
    }

    fn tell(&self, what: &str) {
        self.ground.tell("push", format!("{} {what}", self.push.at));
    }
}

/// The document that a record is about, and the revision that it tells.
fn told(record: &Record) -> Option<(DocumentKey, u64)> {
    match record {
        Record::Document(document) => {
            let key = DocumentKey {
                host: host_id(),
                kind: document.kind(),
                id: document.id().clone(),
            };
            Some((key, document.revision()))
        }
        Record::Removed { kind, id, revision } => {
            let key = DocumentKey {
                host: host_id(),
                kind: *kind,
                id: id.clone(),
            };
            Some((key, (*revision)?))
        }
        Record::Unreadable { .. } => None,
    }
}

/// The newest revision of a document that a store knows, deletions included.
fn known(store: &dyn Store, key: &DocumentKey) -> Option<u64> {
    let keys = wait(store.find(&Find::Document(key.clone()))).unwrap_or_default();
    let bindings = wait(store.bindings(&keys)).unwrap_or_default();
    let bound = bindings.iter().flatten().map(|binding| binding.revision);
    let name = RecordKey::new(&[
        "removed",
        key.host.as_str(),
        key.kind.as_str(),
        key.id.as_str(),
    ]);
    let removal = wait(store.record(&name)).ok().flatten();
    let removal = removal.and_then(|it| {
        let content: serde_json::Value = serde_json::from_slice(&it).ok()?;
        content.get("revision")?.as_u64()
    });
    bound.chain(removal).max()
}
