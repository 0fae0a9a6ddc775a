//! Promises of the command that tries promises about pushes: each fault of one is found, and told with how it is mended.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/bent.rs"]
mod bent;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bent::{broken, product, trial};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};
use sha2::Sha256;
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::host::{HostErrorKind, Push};
use tieout_host_contract::conform::{Arrival, Hearing, Outcome, Report, conform};
use tokio::sync::{mpsc, oneshot};

const SECRET: &str = "whsec_aG9zdC1jb250cmFjdC1kZW1vLXNlY3JldC0zMmJ5dGU=";

/// What is pushed, before it is signed.
struct Sent {
    id: &'static str,
    media: &'static str,
    event: Value,
    /// Seconds since it was signed.
    age_s: i64,
    /// The key, what stands before the body, and how the signature is written.
    key: Vec<u8>,
    prefix: fn(&str, i64) -> String,
    written: fn(&[u8]) -> String,
}

impl Sent {
    fn right() -> Self {
        Self {
            id: "evt-1",
            media: "application/cloudevents+json",
            age_s: 0,
            event: json!({
                "specversion": "1.0", "id": "evt-1", "source": "urn:p", "type": "com.example.invoice.updated",
                "time": "2026-11-22T10:00:00Z", "data": {"id": "3", "revision": 1},
            }),
            key: STANDARD
                .decode(SECRET.strip_prefix("whsec_").unwrap())
                .unwrap(),
            prefix: |id, at| format!("{id}.{at}."),
            written: |mac| format!("v1,{}", STANDARD.encode(mac)),
        }
    }

    fn push(&self, clock: &dyn Clock) -> Push {
        let at = clock.now();
        let signed_at = at.timestamp() - self.age_s;
        let body = Bytes::from(self.event.to_string());
        let mac = Hmac::<Sha256>::new_from_slice(&self.key).unwrap();
        let mac = mac
            .chain_update((self.prefix)(self.id, signed_at))
            .chain_update(&body);
        let signature = (self.written)(&mac.finalize().into_bytes());
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", self.media.to_owned()),
            ("webhook-id", self.id.to_owned()),
            ("webhook-timestamp", signed_at.to_string()),
            ("webhook-signature", signature),
        ] {
            headers.insert(name, HeaderValue::from_str(&value).unwrap());
        }
        Push {
            method: Method::POST,
            path: String::new(),
            query: None,
            headers,
            body,
            at,
        }
    }
}

/// What is wrong with the so-many-th attempt; `false` when it is not made.
type Bend = fn(u32, &mut Sent) -> bool;

/// The report about a product that pushes, and sends again what was not taken.
async fn tried(bend: Bend) -> Report {
    let clock = Arc::new(TokioClock::starting_at(
        "2026-11-22T10:00:00Z".parse().unwrap(),
    ));
    let (sender, arrivals) = mpsc::channel(4);
    let pushing = Arc::clone(&clock);
    tokio::spawn(async move {
        for attempt in 0..3 {
            let mut sent = Sent::right();
            if !bend(attempt, &mut sent) {
                return;
            }
            let (answer, answered) = oneshot::channel();
            let push = sent.push(&*pushing);
            sender.send(Arrival { push, answer }).await.unwrap();
            if answered.await.unwrap().is_success() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    });
    let mut trial = trial(&format!(r#","webhook_secret":"{SECRET}""#), None);
    trial.hearing = Some(Hearing {
        address: "http://127.0.0.1:8481/".to_owned(),
        arrivals,
        patience: Duration::from_secs(60),
    });
    conform(trial, Arc::new(product()), clock).await.unwrap()
}

const OURS: [&str; 5] = [
    "pushes_are_signed",
    "pushes_are_events_of_the_contract",
    "pushes_say_what_they_are",
    "a_push_that_was_not_taken_comes_again",
    "what_a_push_names_can_be_read_already",
];

fn outcome<'a>(report: &'a Report, name: &str) -> &'a Outcome {
    &report
        .promises
        .iter()
        .find(|it| it.name == name)
        .unwrap()
        .outcome
}

fn seen(report: &Report, name: &str) -> String {
    match outcome(report, name) {
        Outcome::Broken { seen, .. } => seen.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_product_that_pushes_as_it_should_keeps_every_promise() {
    let report = tried(|_, _| true).await;
    assert!(report.conforms, "{report:#?}");
    for name in OURS {
        assert_eq!(*outcome(&report, name), Outcome::Kept, "{name}");
    }
    // A deletion that is told as such, and a whole document.
    let report = tried(|_, sent| {
        sent.event["type"] = json!("invoice.deleted");
        sent.event["data"]["id"] = json!("2");
        true
    });
    assert_eq!(broken(&report.await), [""; 0]);
}

/// What is wrong, by the promise that it breaks and words of what is seen.
const FAULTS: &[(&str, &str, Bend)] = &[
    (
        "pushes_are_signed",
        "nothing arrived at http://127.0.0.1:8481/ within 60 s",
        |_, _| false,
    ),
    (
        "pushes_are_signed",
        "take the base64 after `whsec_` decoded as the key",
        |_, sent| {
            sent.key = SECRET.as_bytes().to_vec();
            true
        },
    ),
    ("pushes_are_signed", "not in hexadecimal", |_, sent| {
        sent.written = |mac| {
            let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("v1,{hex}")
        };
        true
    }),
    (
        "pushes_are_signed",
        "write `v1,` before the signature",
        |_, sent| {
            sent.written = |mac| STANDARD.encode(mac);
            true
        },
    ),
    (
        "pushes_are_signed",
        "sign `webhook-id.webhook-timestamp.BODY`",
        |_, sent| {
            sent.prefix = |_, _| String::new();
            true
        },
    ),
    (
        "pushes_are_signed",
        "no `v1` signature fits a secret",
        |_, sent| {
            sent.key = b"another key altogether, of bytes".to_vec();
            true
        },
    ),
    ("pushes_are_signed", "more than 300 s apart", |_, sent| {
        // Signed once, long ago, and sent again as it was.
        sent.age_s = 3_600;
        true
    }),
    (
        "pushes_are_events_of_the_contract",
        "`data.id` of `com.example.invoice.updated` is missing",
        |_, sent| {
            sent.event["data"] = json!({"number": "INV-3"});
            true
        },
    ),
    (
        "pushes_are_events_of_the_contract",
        "nothing that arrived is about a record",
        |_, sent| {
            sent.event["type"] = json!("invoice_changed");
            true
        },
    ),
    (
        "pushes_say_what_they_are",
        "`content-type` is `application/json`",
        |_, sent| {
            sent.media = "application/json";
            true
        },
    ),
    (
        "pushes_say_what_they_are",
        "the event has no `source`",
        |_, sent| {
            sent.event.as_object_mut().unwrap().remove("source");
            true
        },
    ),
    (
        "pushes_say_what_they_are",
        "which is no time of RFC 3339",
        |_, sent| {
            sent.event["time"] = json!("today");
            true
        },
    ),
    (
        "a_push_that_was_not_taken_comes_again",
        "`webhook-id` evt-1 did not come again within 60 s",
        |attempt, _| attempt == 0,
    ),
    (
        "a_push_that_was_not_taken_comes_again",
        "did not come again",
        |attempt, sent| {
            sent.id = ["evt-1", "evt-2", "evt-3"][usize::try_from(attempt).unwrap()];
            true
        },
    ),
    (
        "a_push_that_was_not_taken_comes_again",
        "came with another content",
        |attempt, sent| {
            sent.event["data"]["attempt"] = json!(attempt);
            true
        },
    ),
    (
        "a_push_that_was_not_taken_comes_again",
        "when it comes again, no `v1` signature fits",
        |attempt, sent| {
            if attempt > 0 {
                sent.key = b"another key altogether, of bytes".to_vec();
            }
            true
        },
    ),
    (
        "what_a_push_names_can_be_read_already",
        "tells of revision 9 of `3`, and 1 is what is read",
        |_, sent| {
            sent.event["data"]["revision"] = json!(9);
            true
        },
    ),
    (
        "what_a_push_names_can_be_read_already",
        "`99`, which was answered 404",
        |_, sent| {
            sent.event["data"]["id"] = json!("99");
            true
        },
    ),
    (
        "what_a_push_names_can_be_read_already",
        "says that `3` is deleted, and it is there",
        |_, sent| {
            sent.event["type"] = json!("invoice.deleted");
            true
        },
    ),
    (
        "what_a_push_names_can_be_read_already",
        "the document of a push cannot be read: `",
        |_, sent| {
            sent.event["data"]["lines"] = json!("many");
            true
        },
    ),
];

#[tokio::test(start_paused = true)]
async fn each_fault_of_a_push_breaks_the_promise_that_names_it() {
    for promise in OURS {
        assert!(
            FAULTS.iter().any(|(name, ..)| *name == promise),
            "{promise}"
        );
    }
    for (name, words, bend) in FAULTS {
        let report = tried(*bend).await;
        let seen = seen(&report, name);
        assert!(seen.contains(words), "{name}: {seen}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_push_broke_is_shown_with_the_push() {
    let report = tried(|_, sent| {
        sent.key = SECRET.as_bytes().to_vec();
        true
    })
    .await;
    let Outcome::Broken {
        mend, exchanges, ..
    } = outcome(&report, "pushes_are_signed")
    else {
        panic!("{report:?}");
    };
    assert!(mend.contains("HMAC-SHA256"));
    assert_eq!(exchanges[0].request, "POST http://127.0.0.1:8481/");
    assert_eq!(exchanges[0].status, 401);
    assert!(
        exchanges[0]
            .request_headers
            .contains(&"webhook-id: evt-1".to_owned())
    );
    assert!(exchanges[0].request_body.contains("invoice.updated"));
    // What it is signed with stands nowhere, and what was not signed is not looked into.
    assert!(
        !serde_json::to_string(&report)
            .unwrap()
            .contains("aG9zdC1jb250")
    );
    assert!(matches!(
        outcome(&report, "pushes_are_events_of_the_contract"),
        Outcome::LeftOut { .. }
    ));
}

#[tokio::test]
async fn without_a_secret_nobody_listens() {
    let (_sender, arrivals) = mpsc::channel(1);
    let mut trial = trial("", None);
    trial.hearing = Some(Hearing {
        address: "http://127.0.0.1:8481/".to_owned(),
        arrivals,
        patience: Duration::from_secs(1),
    });
    let clock = TokioClock::starting_at("2026-11-22T10:00:00Z".parse().unwrap());
    let error = conform(trial, Arc::new(product()), Arc::new(clock)).await;
    assert_eq!(error.unwrap_err().kind, HostErrorKind::Misconfigured);
}
