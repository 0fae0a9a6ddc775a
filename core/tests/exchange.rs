//! What of calls is kept: nothing secret, everything that matters, once, and no longer than it should.

#![allow(clippy::unwrap_used, reason = "a test ends where its stage breaks")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use serde_json::json;
use tieout_core::clock::Clock;
use tieout_core::document::{ConnectionId, DocumentId, DocumentKey, DocumentKind, HostId};
use tieout_core::engine::{BindingKey, FlightId};
use tieout_core::exchange::{
    About, Bodies, Concerned, Cut, HeaderNames, Purpose, Recorded, Subject, about, bodies,
    fingerprint, prune, taped,
};
use tieout_core::store::{ChangeSet, MemoryStore, Store};
use tieout_core::transport::{Transport, TransportError};

struct At(Mutex<DateTime<Utc>>);

impl Clock for At {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

impl At {
    fn pass(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

/// Answers every request alike, or not at all.
struct Fixed {
    media_type: &'static str,
    body: Option<Bytes>,
}

#[async_trait]
impl Transport for Fixed {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let Some(body) = &self.body else {
            return Err(TransportError::ReplyLost(
                "reading https://api.example.com/?name=Jane failed".into(),
            ));
        };
        let reply = Response::builder()
            .header("content-type", self.media_type)
            .header("set-cookie", "session=SECRET")
            .header("x-daylimit-remaining", "17");
        Ok(reply.body(body.clone()).unwrap())
    }
}

const NAMES: HeaderNames = HeaderNames {
    request: &["idempotency-key", "authorization"],
    reply: &["x-daylimit-remaining", "set-cookie"],
};

struct Scene {
    store: MemoryStore,
    clock: Arc<At>,
}

impl Scene {
    fn set() -> Self {
        let start = "2026-11-02T00:00:00Z".parse().unwrap();
        Self {
            store: MemoryStore::default(),
            clock: Arc::new(At(Mutex::new(start))),
        }
    }

    fn about(&self, flight: &str, members: Vec<BindingKey>) -> About {
        let flight = FlightId(flight.to_owned());
        About {
            purpose: Purpose::Send,
            connection: ConnectionId::new("books").unwrap(),
            members,
            concerned: Concerned::All(vec![Subject::Flight(flight.clone())]),
            flight: Some(flight),
            marks: Vec::new(),
        }
    }

    /// Says something and keeps it, as the driver does.
    async fn say(&self, about: About, layer: &Recorded<Fixed>, request: Request<Bytes>) {
        let (_, tape) = taped(about, layer.send(request)).await;
        let (records, calls) = tape.records(&[], &[]);
        let changes = ChangeSet {
            records,
            ..ChangeSet::default()
        };
        self.store.commit(changes).await.unwrap();
        tape.taken(calls);
        assert!(
            tape.records(&[], &[]).0.is_empty(),
            "what was taken is not taken again"
        );
    }

    fn layer(&self, media_type: &'static str, body: Option<&'static [u8]>) -> Recorded<Fixed> {
        let inner = Fixed {
            media_type,
            body: body.map(Bytes::from_static),
        };
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        Recorded::new(inner, clock, NAMES, Bodies::Kept)
    }

    async fn everything(&self) -> Vec<(String, Vec<u8>)> {
        let records = self.store.records("exchange/", 10_000).await.unwrap();
        let told = records.into_iter();
        told.map(|(key, value)| (key.as_str().to_owned(), value))
            .collect()
    }
}

fn key(id: &str) -> BindingKey {
    BindingKey {
        document: DocumentKey {
            host: HostId::new("cm").unwrap(),
            kind: DocumentKind::Invoice,
            id: DocumentId::new(id).unwrap(),
        },
        connection: ConnectionId::new("books").unwrap(),
    }
}

fn request(media_type: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    Request::builder()
        .method("PUT")
        .uri("https://api.example.com/Documents?page=1")
        .header("authorization", "Bearer SECRET")
        .header("cookie", "SECRET")
        .header("idempotency-key", "k1")
        .header("content-type", media_type)
        .body(body.into())
        .unwrap()
}

#[tokio::test]
async fn a_call_is_kept_with_what_matters_and_without_its_secrets() {
    let scene = Scene::set();
    let layer = scene.layer("application/json", Some(b"{\"ok\":true}"));
    let about_it = scene.about("f1", vec![key("1"), key("2")]);
    scene
        .say(about_it, &layer, request("application/json", "{\"a\":1}"))
        .await;
    // What is said outside of any scope is nobody's.
    layer
        .send(request("application/json", "{\"b\":2}"))
        .await
        .unwrap();

    let subject = Subject::Flight(FlightId("f1".to_owned()));
    let kept = about(&scene.store, &subject).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(
        kept[0].members,
        [fingerprint(&key("1")), fingerprint(&key("2"))]
    );
    let call = &kept[0].calls[0];
    assert_eq!(
        (call.method.as_str(), call.path.as_str()),
        ("PUT", "/Documents?page=1")
    );
    assert_eq!(
        call.headers,
        [("idempotency-key".to_owned(), "k1".to_owned())]
    );
    assert_eq!(
        json!(call.answer),
        json!({ "status": {
            "status": 200, "headers": [["x-daylimit-remaining", "17"]], "bytes": 11
        } })
    );
    let said = bodies(&scene.store, &kept[0]).await.unwrap().unwrap();
    assert_eq!(
        said,
        [(Some(b"{\"a\":1}".to_vec()), Some(b"{\"ok\":true}".to_vec()))]
    );
    let told = serde_json::to_string(&kept).unwrap();
    assert!(!told.contains("SECRET"), "{told}");
}

#[tokio::test]
async fn a_form_and_a_file_are_never_kept_and_a_lost_reply_names_no_address() {
    let scene = Scene::set();
    let form = "application/x-www-form-urlencoded";
    let lost = scene.layer("application/json", None);
    scene
        .say(
            scene.about("f1", vec![]),
            &lost,
            request(form, "client_secret=SECRET"),
        )
        .await;
    let file = scene.layer("application/pdf", Some(b"%PDF SECRET"));
    scene
        .say(
            scene.about("f2", vec![]),
            &file,
            request("application/pdf", "%PDF"),
        )
        .await;
    let of = |flight: &str| Subject::Flight(FlightId(flight.to_owned()));
    let first = about(&scene.store, &of("f1")).await.unwrap().remove(0);
    let answer = json!(first.calls[0].answer);
    let why = answer["lost"]["why"].as_str().unwrap();
    assert!(
        why.contains("the reply was lost") && !why.contains("Jane"),
        "{why}"
    );
    let second = about(&scene.store, &of("f2")).await.unwrap().remove(0);
    for kept in [first, second] {
        assert!(kept.calls[0].not_kept.is_some(), "{kept:?}");
        assert_eq!(bodies(&scene.store, &kept).await.unwrap(), None);
    }
}

/// A body that is hard to compress, so that it takes several pieces.
fn noise(chars: usize) -> String {
    let mut seed = 7_u64;
    let noise = (0..chars).map(|_| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + u8::try_from((seed >> 33) % 26).unwrap())
    });
    format!("{{\"a\":\"{}\"}}", noise.collect::<String>())
}

#[tokio::test]
async fn a_large_batch_is_kept_once_in_pieces_that_every_store_takes() {
    let scene = Scene::set();
    let body = noise(4_000_000);
    let layer = scene.layer("application/json", Some(b"{}"));
    let members: Vec<BindingKey> = (0..50).map(|id| key(&id.to_string())).collect();
    let about_it = scene.about("f1", members);
    scene
        .say(about_it, &layer, request("application/json", body.clone()))
        .await;
    let everything = scene.everything().await;
    assert!(everything.iter().all(|(_, value)| value.len() <= 1 << 20));
    let count = |prefix: &str| {
        everything
            .iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .count()
    };
    assert_eq!((count("exchange/head/"), count("exchange/of/")), (1, 1));
    assert!(count("exchange/body/") > 1);
    let subject = Subject::Flight(FlightId("f1".to_owned()));
    let kept = about(&scene.store, &subject).await.unwrap().remove(0);
    let said = bodies(&scene.store, &kept).await.unwrap().unwrap();
    assert_eq!(said[0].0.as_deref(), Some(body.as_bytes()));
}

#[tokio::test]
async fn bodies_go_after_their_time_step_by_step_and_heads_stay() {
    let scene = Scene::set();
    let layer = scene.layer("application/json", Some(b"{}"));
    for index in 0..40 {
        let about_it = scene.about(&format!("f{index}"), vec![key("1")]);
        scene
            .say(about_it, &layer, request("application/json", "{}"))
            .await;
        scene.clock.pass(TimeDelta::hours(1));
    }
    let nobodys = About {
        purpose: Purpose::Poll,
        concerned: Concerned::WhoeverChanges,
        ..scene.about("none", Vec::new())
    };
    scene
        .say(nobodys, &layer, request("application/json", "{}"))
        .await;
    let count = async |prefix: &str| scene.store.records(prefix, 1_000).await.unwrap().len();
    assert_eq!(
        (count("exchange/body/").await, count("exchange/look/").await),
        (40, 1)
    );

    let now = scene.clock.now();
    let keep = TimeDelta::hours(3);
    let first = prune(&scene.store, keep, now).await.unwrap();
    assert!(first.more && first.removed == 32, "{first:?}");
    let second = prune(&scene.store, keep, now).await.unwrap();
    assert!(!second.more, "{second:?}");
    // Those of the last three hours: said one, two and three hours ago.
    assert_eq!(count("exchange/body/").await, 3);
    assert_eq!(count("exchange/head/").await, 40);
    assert_eq!(prune(&scene.store, keep, now).await.unwrap().removed, 0);
    assert_eq!(count("exchange/look/").await, 1, "a look of today stays");
    scene.clock.pass(TimeDelta::days(40));
    prune(&scene.store, TimeDelta::days(365), scene.clock.now())
        .await
        .unwrap();
    assert_eq!(count("exchange/look/").await, 0);
    let subject = Subject::Flight(FlightId("f0".to_owned()));
    let kept = about(&scene.store, &subject).await.unwrap();
    assert_eq!(kept[0].calls[0].method, "PUT");
    assert_eq!(bodies(&scene.store, &kept[0]).await.unwrap(), None);
}

#[tokio::test]
async fn what_concerns_only_those_that_it_changes_leads_to_them_alone() {
    let scene = Scene::set();
    let layer = scene.layer("application/json", Some(b"{\"page\":1}"));
    let poll = About {
        purpose: Purpose::Poll,
        concerned: Concerned::WhoeverChanges,
        flight: None,
        ..scene.about("none", Vec::new())
    };
    let (_, tape) = taped(poll, layer.send(request("application/json", ""))).await;
    let (records, calls) = tape.records(&[key("1")], &[]);
    let changes = ChangeSet {
        records,
        ..ChangeSet::default()
    };
    scene.store.commit(changes).await.unwrap();
    tape.taken(calls);
    let told = about(&scene.store, &Subject::Document(key("1")))
        .await
        .unwrap();
    let said = bodies(&scene.store, &told[0]).await.unwrap().unwrap();
    assert_eq!(said, [(None, Some(b"{\"page\":1}".to_vec()))]);
    let other = about(&scene.store, &Subject::Document(key("2")))
        .await
        .unwrap();
    assert!(other.is_empty());
}

fn read() -> Request<Bytes> {
    let request = Request::builder().method("GET");
    let request = request.uri("https://api.example.com/Contacts");
    request.body(Bytes::new()).unwrap()
}

const PEOPLE: &[u8] =
    b"{\"Page\":1,\"Contacts\":[{\"Id\":\"c1\",\"Name\":\"Jane Doe\"},{\"Id\":\"c2\",\"Name\":\"Ann Other\"},{\"Id\":\"c3\",\"Name\":\"Bob Third\"}]}";

#[tokio::test]
async fn of_a_list_of_everybody_only_those_are_kept_whom_it_was_read_for() {
    let scene = Scene::set();
    let layer = scene.layer("application/json", Some(PEOPLE));
    let party = Subject::Party {
        connection: ConnectionId::new("books").unwrap(),
        key: "m:Jane Doe".to_owned(),
    };
    let wanted = |mark: &str| About {
        purpose: Purpose::Contacts,
        concerned: Concerned::All(vec![party.clone()]),
        marks: vec![mark.to_owned()],
        ..scene.about("none", Vec::new())
    };
    let (_, tape) = taped(wanted("jane doe"), layer.send(read())).await;
    // What was found under another name is known once the answer is there.
    let (records, _) = tape.records(&[], &["c3".to_owned()]);
    let changes = ChangeSet {
        records,
        ..ChangeSet::default()
    };
    scene.store.commit(changes).await.unwrap();
    scene.clock.pass(TimeDelta::hours(1));
    scene.say(wanted("Nobody"), &layer, read()).await;

    let kept = about(&scene.store, &party).await.unwrap();
    let said = bodies(&scene.store, &kept[0]).await.unwrap().unwrap();
    let reply: serde_json::Value = serde_json::from_slice(said[0].1.as_ref().unwrap()).unwrap();
    assert_eq!(
        reply,
        json!({"Page": 1, "Contacts": [{"Id": "c1", "Name": "Jane Doe"}, {"Id": "c3", "Name": "Bob Third"}]})
    );
    assert_eq!(kept[0].calls[0].cut, Some(Cut { kept: 2, of: 3 }));
    assert_eq!(kept[1].calls[0].cut, Some(Cut { kept: 0, of: 3 }));
    assert_eq!(bodies(&scene.store, &kept[1]).await.unwrap(), None);
}

#[tokio::test]
async fn of_a_page_of_changes_only_what_changed_of_ours_is_kept() {
    let scene = Scene::set();
    let page = b"{\"Docs\":[{\"Id\":\"d1\",\"To\":{\"Name\":\"Jane\"}},{\"Id\":\"d2\",\"To\":{\"Name\":\"Ann\"}}]}";
    let layer = scene.layer("application/json", Some(page));
    let poll = About {
        purpose: Purpose::Poll,
        concerned: Concerned::WhoeverChanges,
        flight: None,
        ..scene.about("none", Vec::new())
    };
    let (_, tape) = taped(poll, layer.send(read())).await;
    let (records, _) = tape.records(&[key("1")], &["d2".to_owned()]);
    let changes = ChangeSet {
        records,
        ..ChangeSet::default()
    };
    scene.store.commit(changes).await.unwrap();
    let told = about(&scene.store, &Subject::Document(key("1"))).await;
    let said = bodies(&scene.store, &told.unwrap()[0])
        .await
        .unwrap()
        .unwrap();
    let reply = String::from_utf8(said[0].1.clone().unwrap()).unwrap();
    assert!(reply.contains("Ann") && !reply.contains("Jane"), "{reply}");
}

#[tokio::test]
async fn all_pieces_of_a_body_go_together_and_what_is_left_of_one_is_kept_no_longer() {
    let scene = Scene::set();
    let layer = scene.layer("application/json", Some(b"{}"));
    for index in 0..31 {
        let small = scene.about(&format!("f{index}"), vec![key("1")]);
        scene
            .say(small, &layer, request("application/json", "{}"))
            .await;
        scene.clock.pass(TimeDelta::minutes(1));
    }
    let large = request("application/json", noise(3_000_000));
    scene
        .say(scene.about("large", vec![key("1")]), &layer, large)
        .await;
    let subject = Subject::Flight(FlightId("large".to_owned()));
    let kept = about(&scene.store, &subject).await.unwrap().remove(0);
    assert!(kept.pieces > 1);
    // As an earlier version left it: its first piece is gone; or, as nobody should, its last one.
    for gone in [0, kept.pieces - 1] {
        let name = format!("exchange/body/{}/{gone:03}", kept.id);
        let held = scene.store.record(&name.clone().into()).await.unwrap();
        let set = async |value| {
            let records = vec![(name.clone().into(), value)];
            let changes = ChangeSet {
                records,
                ..ChangeSet::default()
            };
            scene.store.commit(changes).await.unwrap();
        };
        set(None).await;
        assert_eq!(bodies(&scene.store, &kept).await.unwrap(), None);
        set(held).await;
    }
    assert!(bodies(&scene.store, &kept).await.unwrap().is_some());

    scene.clock.pass(TimeDelta::days(2));
    let keep = TimeDelta::days(1);
    let pruned = prune(&scene.store, keep, scene.clock.now()).await.unwrap();
    assert_eq!(pruned.removed, 31 + kept.pieces);
    assert_eq!(pruned.day.as_deref(), Some("20261102"));
    let left = scene.store.records("exchange/body/", 10).await.unwrap();
    assert!(left.is_empty());
    assert_eq!(bodies(&scene.store, &kept).await.unwrap(), None);
}
