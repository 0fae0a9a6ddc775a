//! How a write that is sent twice is done once: its reply is kept under the key that its sender made for it.
//!
//! That a request begins is durable before anything is done, and its reply before it is sent. After a crash between the two
//! a repeat does it again where that changes nothing more, and is refused where it could.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex as Latch, PoisonError};

use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::clock::Clock;
use tieout_core::engine::ContentHash;
use tieout_core::store::{ChangeSet, RecordKey, Store, StoreError};
use tokio::sync::Mutex;

use super::answer::REPLAYED;
use super::endpoint::{Endpoint, Finished, Raw};
use super::problem::{Problem, Sort};

/// The header with the key of a request.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How long a reply is kept.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);
/// Replies that are kept at once, of all callers.
const KEPT_MAX: usize = 20_000;
/// Those of them that one caller may have, or all panels together: a quarter, so that none shuts the others out.
const KEPT_OF_ONE_MAX: usize = KEPT_MAX / 4;
/// Old replies that leave with each new one.
const LEAVING_MAX: usize = 100;
/// Bytes of a key.
const KEY_BYTES_MAX: usize = 255;
/// Headers of a reply that are kept.
const HEADERS: [HeaderName; 3] = [CONTENT_TYPE, ETAG, LOCATION];

const REPLY: &str = "api-reply";
const KEPT: &str = "api-kept";

/// Replies that are kept.
pub(super) struct Replies {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// By when each leaves; read from the store when it is first needed.
    kept: Mutex<Option<BTreeSet<Leaving>>>,
    at_work: Latch<HashSet<String>>,
}

/// When a reply leaves: the moment, whose it is, and its name.
type Leaving = (DateTime<Utc>, String, String);

/// A request that carries a key.
pub(super) struct Asked {
    /// The mark of those who share a part of what is kept.
    whose: String,
    /// The mark of caller and key.
    name: String,
    /// The mark of everything else.
    content: String,
    is_once: bool,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    content: String,
    until: DateTime<Utc>,
    reply: Option<KeptReply>,
}

#[derive(Serialize, Deserialize)]
struct KeptReply {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Asked {
    pub(super) fn of(key: &HeaderValue, endpoint: &Endpoint, raw: &Raw) -> Result<Self, Problem> {
        let text = key.to_str().unwrap_or_default();
        if text.is_empty() || text.len() > KEY_BYTES_MAX {
            return Err(Problem::new(
                Sort::NotReadable,
                format!("`Idempotency-Key` has 1 to {KEY_BYTES_MAX} printable characters"),
            ));
        }
        let mark = |bytes: &[u8]| ContentHash::of_bytes(bytes).as_str().to_owned();
        let of = (endpoint.name, raw.parts.uri.to_string());
        Ok(Self {
            whose: mark(raw.by.shares_with.as_bytes()),
            name: ContentHash::of(&(&raw.by.id, text)).as_str().to_owned(),
            content: ContentHash::of(&(of, mark(&raw.body))).as_str().to_owned(),
            is_once: endpoint.is_once,
        })
    }
}

/// Lets go of a request that ended, however it did.
struct AtWork<'a>(&'a Replies, &'a str);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.at_work().remove(self.1);
    }
}

impl Replies {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            kept: Mutex::new(None),
            at_work: Latch::default(),
        }
    }

    /// Does the work, unless it was done under the same key: then gives the reply of that time.
    pub(super) async fn once(
        &self,
        asked: &Asked,
        work: impl Future<Output = Result<Finished, Problem>>,
    ) -> Result<Finished, Problem> {
        if !self.at_work().insert(asked.name.clone()) {
            return Err(Problem::new(
                Sort::UnderWay,
                "a request with this idempotency key is being answered",
            )
            .advise("Send it again in a moment: the reply of the first is then given.")
            .retry_after(1));
        }
        let _at_work = AtWork(self, &asked.name);
        if let Some(reply) = self.known(asked).await? {
            return Ok(reply);
        }
        self.begin(asked).await?;
        let finished = match work.await {
            Ok(finished) => finished,
            Err(problem) => problem.finish(),
        };
        if is_lasting(finished.status) {
            self.keep(asked, &finished).await?;
        } else {
            self.forget(asked).await?;
        }
        Ok(finished)
    }

    /// The reply of an earlier request of this key.
    async fn known(&self, asked: &Asked) -> Result<Option<Finished>, Problem> {
        let Some(kept) = self.read(asked).await? else {
            return Ok(None);
        };
        if kept.content != asked.content {
            return Err(Problem::new(
                Sort::KeyUsedBefore,
                "this idempotency key came with another request before",
            )
            .advise("Make a new key for each request, and repeat a request as it was."));
        }
        match kept.reply {
            Some(reply) => Ok(Some(reply.finished()?)),
            None if asked.is_once => Err(Problem::new(
                Sort::OutcomeUnknown,
                "the process ended while it answered the first request of this key",
            )
            .advise("Look whether it was done; if not, send it under a new key.")),
            None => Ok(None),
        }
    }

    async fn read(&self, asked: &Asked) -> Result<Option<Kept>, Problem> {
        let Some(value) = self.store.record(&reply_key(&asked.name)).await? else {
            return Ok(None);
        };
        let kept: Kept = serde_json::from_slice(&value).map_err(|error| StoreError::Corrupt {
            place: format!("{REPLY}/{}", asked.name),
            message: error.to_string(),
        })?;
        Ok(Some(kept).filter(|kept| kept.until > self.clock.now()))
    }

    /// Stores that a request begins; some that are old leave.
    async fn begin(&self, asked: &Asked) -> Result<(), Problem> {
        let now = self.clock.now();
        let mut index = self.kept.lock().await;
        let index = match &mut *index {
            Some(index) => index,
            empty => empty.insert(self.index().await?),
        };
        let old = index.iter().take_while(|(until, ..)| *until <= now);
        let old: Vec<Leaving> = old.take(LEAVING_MAX).cloned().collect();
        let own = index.iter().filter(|(_, whose, _)| *whose == asked.whose);
        if index.len() - old.len() >= KEPT_MAX || own.count() >= KEPT_OF_ONE_MAX {
            return Err(Problem::new(
                Sort::TooMany,
                "too many idempotency keys were used within a day",
            )
            .advise("Send the key only with requests that must not be done twice.")
            .retry_after(3_600));
        }
        let leaving = (now + KEPT_FOR, asked.whose.clone(), asked.name.clone());
        let kept = Kept {
            content: asked.content.clone(),
            until: leaving.0,
            reply: None,
        };
        let mut records = vec![
            (reply_key(&asked.name), Some(written(&kept))),
            (kept_key(&leaving), Some(Vec::new())),
        ];
        for gone in &old {
            records.push((kept_key(gone), None));
            // One that came again after its day has a new place in the index.
            let is_newer = index.iter().any(|it| it.2 == gone.2 && it.0 > gone.0);
            if gone.2 != asked.name && !is_newer {
                records.push((reply_key(&gone.2), None));
            }
        }
        self.write(records).await?;
        old.iter().for_each(|gone| {
            index.remove(gone);
        });
        index.insert(leaving);
        Ok(())
    }

    async fn keep(&self, asked: &Asked, finished: &Finished) -> Result<(), Problem> {
        let kept = Kept {
            content: asked.content.clone(),
            until: self.clock.now() + KEPT_FOR,
            reply: Some(match finished.is_shown_once() {
                true => KeptReply::of(&not_twice().finish()),
                false => KeptReply::of(finished),
            }),
        };
        let records = vec![(reply_key(&asked.name), Some(written(&kept)))];
        self.write(records).await
    }

    /// What failed on either side may be sent again under its key.
    async fn forget(&self, asked: &Asked) -> Result<(), Problem> {
        self.write(vec![(reply_key(&asked.name), None)]).await
    }

    async fn write(&self, records: Vec<(RecordKey, Option<Vec<u8>>)>) -> Result<(), Problem> {
        let changes = ChangeSet {
            records,
            ..ChangeSet::default()
        };
        Ok(self.store.commit(changes).await?)
    }

    async fn index(&self) -> Result<BTreeSet<Leaving>, Problem> {
        let prefix = format!("{KEPT}/");
        let known = self.store.records(&prefix, KEPT_MAX).await?;
        let read = |key: &RecordKey| {
            let mut parts = key.as_str().split('/').skip(1);
            let until = parts.next()?.parse().ok()?;
            let until = DateTime::from_timestamp(until, 0)?;
            Some((until, parts.next()?.to_owned(), parts.next()?.to_owned()))
        };
        Ok(known.iter().filter_map(|(key, _)| read(key)).collect())
    }

    fn at_work(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a repeat is told where the reply had a secret in it.
fn not_twice() -> Problem {
    Problem::new(
        Sort::NotPossible,
        "this was done, and the secret in its reply is kept nowhere",
    )
    .advise("If that reply was lost, have a new secret made.")
}

/// Whether a repeat would come to the same: what failed on either side may go well next time.
fn is_lasting(status: StatusCode) -> bool {
    !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS
}

fn reply_key(name: &str) -> RecordKey {
    RecordKey::new(&[REPLY, name])
}

fn kept_key((until, whose, name): &Leaving) -> RecordKey {
    // Ten digits until the year 2286, so that names stand in the order of time.
    let until = format!("{:010}", until.timestamp());
    RecordKey::new(&[KEPT, &until, whose, name])
}

fn written(kept: &Kept) -> Vec<u8> {
    serde_json::to_vec(kept).expect("texts, a number and a time are plain JSON")
}

impl KeptReply {
    fn of(finished: &Finished) -> Self {
        let headers = HEADERS.iter().filter_map(|name| {
            let value = finished.headers.get(name)?.to_str().ok()?;
            Some((name.to_string(), value.to_owned()))
        });
        Self {
            status: finished.status.as_u16(),
            headers: headers.collect(),
            body: STANDARD.encode(&finished.body),
        }
    }

    fn finished(self) -> Result<Finished, Problem> {
        let bad = |_| Problem::new(Sort::Broken, "the reply that was kept cannot be read");
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (
                HeaderName::try_from(name.as_str()),
                HeaderValue::from_str(&value),
            ) {
                headers.insert(name, value);
            }
        }
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(Finished {
            status: StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK),
            headers,
            body: STANDARD.decode(self.body).map_err(bad)?.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    use tieout_core::store::MemoryStore;

    use super::*;

    /// A clock that is set by hand, in seconds.
    #[derive(Debug)]
    struct Set(AtomicI64);

    impl Clock for Set {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp(self.0.load(Ordering::Relaxed), 0).unwrap()
        }
    }

    fn asked(key: &str, content: &str, is_once: bool) -> Asked {
        Asked {
            whose: "caller".to_owned(),
            name: key.to_owned(),
            content: content.to_owned(),
            is_once,
        }
    }

    fn reply(status: StatusCode, body: &'static str) -> Finished {
        Finished {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    async fn done(replies: &Replies, asked: &Asked, times: &AtomicUsize) -> Finished {
        let work = async {
            times.fetch_add(1, Ordering::Relaxed);
            Ok(reply(StatusCode::OK, "done"))
        };
        match replies.once(asked, work).await {
            Ok(finished) => finished,
            Err(problem) => problem.finish(),
        }
    }

    fn set() -> (Arc<dyn Store>, Arc<Set>) {
        let clock = Arc::new(Set(AtomicI64::new(1_800_000_000)));
        (Arc::new(MemoryStore::new()), clock)
    }

    #[tokio::test]
    async fn what_a_dead_process_had_begun_is_done_again_only_where_that_changes_nothing_more() {
        let (store, clock) = set();
        let died = Replies::new(Arc::clone(&store), clock.clone());
        for (key, is_once) in [("again", false), ("once", true)] {
            died.begin(&asked(key, "x", is_once)).await.unwrap();
        }
        let replies = Replies::new(store, clock);
        let times = AtomicUsize::new(0);
        let again = done(&replies, &asked("again", "x", false), &times).await;
        assert_eq!(
            (again.status, times.load(Ordering::Relaxed)),
            (StatusCode::OK, 1)
        );
        let once = done(&replies, &asked("once", "x", true), &times).await;
        assert_eq!(
            (once.status, times.load(Ordering::Relaxed)),
            (StatusCode::CONFLICT, 1)
        );
    }

    #[tokio::test]
    async fn a_key_is_free_after_a_day_and_its_reply_leaves_the_store() {
        let (store, clock) = set();
        let replies = Replies::new(Arc::clone(&store), clock.clone());
        let times = AtomicUsize::new(0);
        for expected in [1, 1] {
            done(&replies, &asked("key", "x", true), &times).await;
            assert_eq!(times.load(Ordering::Relaxed), expected);
        }
        let other = done(&replies, &asked("key", "y", true), &times).await;
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
        clock.0.fetch_add(86_401, Ordering::Relaxed);
        // In a process that began meanwhile.
        let replies = Replies::new(Arc::clone(&store), clock.clone());
        done(&replies, &asked("other", "x", true), &times).await;
        let kept = store.records("api-", 10).await.unwrap();
        assert_eq!(
            kept.len(),
            2,
            "the reply of the other key, and when it leaves: {kept:?}"
        );
        done(&replies, &asked("key", "y", true), &times).await;
        assert_eq!(times.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn what_failed_on_either_side_may_be_sent_again() {
        let (store, clock) = set();
        let replies = Replies::new(store, clock);
        let asked = asked("key", "x", true);
        let failing = async { Err(Problem::new(Sort::OtherSideFailed, "no answer came")) };
        let failed = replies.once(&asked, failing).await.unwrap();
        assert_eq!(failed.status, StatusCode::BAD_GATEWAY);
        let times = AtomicUsize::new(0);
        assert_eq!(done(&replies, &asked, &times).await.status, StatusCode::OK);
        assert_eq!(times.load(Ordering::Relaxed), 1);
    }
}
