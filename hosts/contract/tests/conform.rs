//! Promises of the command that tries promises: a product that keeps the contract passes, and each fault is found.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/bent.rs"]
mod bent;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bent::{After, Before, Bent, broken, echoed, edited, is_payment, product, trial};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, Uri};
use serde_json::{Value, json};
use tieout_core::clock::{Clock, SystemClock, TokioClock};
use tieout_core::host::HostErrorKind;
use tieout_core::transport::{Transport, TransportError};
use tieout_host_contract::conform::{Outcome, Report, Weight, conform, conform_folder, promises};
use tieout_host_contract::fixtures::IINSIGHT;

async fn tried(before: Before, after: After) -> Report {
    let bent = Bent {
        product: product(),
        before,
        after,
        asked: Mutex::default(),
    };
    let clock = TokioClock::starting_at("2026-11-22T10:00:00Z".parse().unwrap());
    let trial = trial("", Some("1"));
    conform(trial, Arc::new(bent), Arc::new(clock))
        .await
        .unwrap()
}

fn with_query(request: &mut Request<Bytes>, drop: &str) {
    let uri = request.uri().to_string();
    let (path, query) = uri.split_once('?').unwrap_or((&uri, ""));
    let kept: Vec<&str> = query
        .split('&')
        .filter(|it| !it.starts_with(drop))
        .collect();
    let uri: Uri = format!("{path}?{}", kept.join("&")).parse().unwrap();
    *request.uri_mut() = uri;
}

fn is_list(request: &Request<Bytes>) -> bool {
    request.uri().path() == "/v1/invoices"
}

const OWN: HeaderValue = HeaderValue::from_static("Bearer k-1");

#[tokio::test]
async fn a_product_that_keeps_the_contract_keeps_every_promise() {
    let report = tried(|_| {}, |_, _, _| {}).await;
    assert_eq!(broken(&report), [""; 0], "{report:#?}");
    assert!(report.conforms);
    // Pushes have tests of their own.
    assert_eq!(
        (report.kept, report.left_out),
        (promises().len() - PUSHES, PUSHES)
    );
}

/// The promises about pushes, which are the last ones.
const PUSHES: usize = 5;

/// What is between the product and whoever tries it, by the promise that this breaks.
const FAULTS: &[(&str, Before, After)] = &[
    (
        "every_list_is_served",
        |_| {},
        |_, reply, _| {
            edited(reply, |body| body["data"] = json!({}));
        },
    ),
    (
        "what_the_product_says_of_itself_is_true",
        |_| {},
        |request, reply, _| {
            if request.uri().path() == "/capabilities" {
                edited(reply, |body| body["write_backs"] = json!(["payments"]));
            }
        },
    ),
    (
        "nobody_is_let_in_without_a_key",
        |request| {
            request.headers_mut().entry("authorization").or_insert(OWN);
        },
        |_, _, _| {},
    ),
    (
        "a_wrong_key_is_refused",
        |request| {
            if request.headers().contains_key("authorization") {
                request.headers_mut().insert("authorization", OWN);
            }
        },
        |_, _, _| {},
    ),
    (
        "every_record_can_be_read",
        |_| {},
        |request, reply, _| {
            if is_list(request) {
                edited(reply, |body| {
                    if body["data"][0]["totals"].is_object() {
                        body["data"][0]["totals"]["gross"] = json!(1165.32);
                    }
                });
            }
        },
    ),
    (
        "amounts_agree_to_the_cent",
        |_| {},
        |request, reply, _| {
            if request.uri().path().starts_with("/v1/invoices") {
                let text = String::from_utf8(reply.body().to_vec()).unwrap();
                *reply.body_mut() = Bytes::from(text.replace("105.94", "105.95"));
            }
        },
    ),
    (
        "a_record_changes_with_its_revision_only",
        |_| {},
        |request, reply, asked| {
            if is_list(request) {
                edited(reply, |body| {
                    if body["data"][0].is_object() {
                        body["data"][0]["notes"] = json!(asked.to_string());
                    }
                });
            }
        },
    ),
    (
        "a_record_alone_is_that_of_its_list",
        |_| {},
        |request, reply, _| {
            if request.uri().path() == "/v1/invoices/1" {
                edited(reply, |body| body["number"] = json!("elsewhere"));
            }
        },
    ),
    (
        "what_is_not_there_is_told_by_problem_json",
        |_| {},
        |request, reply, _| {
            if request.uri().path().ends_with("-nobody") {
                reply
                    .headers_mut()
                    .insert("content-type", HeaderValue::from_static("text/html"));
            }
        },
    ),
    (
        "deleted_records_stay_in_their_list",
        |_| {},
        |_, reply, _| {
            let text = String::from_utf8(reply.body().to_vec()).unwrap();
            *reply.body_mut() = Bytes::from(text.replace("2026-11-06T00:00:00Z", "yesterday"));
        },
    ),
    (
        "both_clocks_agree",
        |_| {},
        |_, reply, _| {
            let late = HeaderValue::from_static("Sun, 22 Nov 2026 11:00:00 GMT");
            reply.headers_mut().insert("date", late);
        },
    ),
    (
        "what_is_not_known_is_ignored",
        |_| {},
        |request, reply, _| {
            if request
                .uri()
                .query()
                .is_some_and(|query| query.contains("tieout_conform"))
            {
                *reply.status_mut() = http::StatusCode::BAD_REQUEST;
            }
        },
    ),
    (
        "a_page_has_no_more_than_was_asked_for",
        |request| with_query(request, "limit="),
        |_, _, _| {},
    ),
    (
        "small_pages_miss_nothing",
        |_| {},
        |request, reply, _| {
            if is_list(request) && request.uri().query() == Some("cursor=after-1&limit=1") {
                edited(reply, |body| body["data"] = json!([]));
            }
        },
    ),
    (
        "reading_goes_on_from_any_cursor",
        |_| {},
        |request, reply, _| {
            // A cursor that works twice: then it leads to the end.
            static ASKED: AtomicU32 = AtomicU32::new(1);
            let is_it = request.uri().query() == Some("cursor=after-3&limit=1");
            if is_it && ASKED.fetch_add(1, Ordering::Relaxed) == 3 {
                edited(reply, |body| {
                    body["data"] = json!([]);
                    body["has_more"] = json!(false);
                });
            }
        },
    ),
    (
        "the_oldest_change_comes_first",
        |_| {},
        |request, reply, _| {
            if is_list(request) {
                edited(reply, |body| body["data"].as_array_mut().unwrap().reverse());
            }
        },
    ),
    (
        "the_end_has_a_cursor_that_tells_nothing_twice",
        |_| {},
        |request, reply, _| {
            if is_list(request) {
                edited(reply, |body| {
                    if body["has_more"] == json!(false) {
                        body["next_cursor"] = Value::Null;
                    }
                });
            }
        },
    ),
    (
        "changes_since_a_time_are_found",
        |request| with_query(request, "updated_since="),
        |_, _, _| {},
    ),
    (
        "a_cursor_of_another_make_is_refused",
        |request| with_query(request, "cursor=tieout"),
        |_, _, _| {},
    ),
    (
        "nobody_writes_without_the_key",
        |request| {
            if request.method() == Method::PUT {
                request.headers_mut().insert("authorization", OWN);
            }
        },
        |_, _, _| {},
    ),
    (
        "a_payment_may_come_twice",
        |_| {},
        |request, reply, asked| {
            // Each time another payment is made.
            if request.uri().path().ends_with("-twice") {
                edited(reply, |body| body["host_payment_id"] = json!(asked));
            }
        },
    ),
    (
        "a_payment_is_replaced_by_a_higher_revision",
        |_| {},
        |request, reply, _| {
            // What came last counts, whatever its revision.
            if is_payment(request, &Method::PUT) {
                echoed(request, reply);
            }
        },
    ),
    (
        "a_payment_may_be_deleted_twice",
        |_| {},
        |request, reply, _| {
            if request.method() == Method::DELETE && request.uri().path().ends_with("-never") {
                *reply.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            }
        },
    ),
    (
        "a_deleted_payment_stays_deleted",
        |_| {},
        |request, reply, _| {
            // Of a payment that is gone nothing is known any more.
            if request.uri().path().ends_with("-late") {
                echoed(request, reply);
            }
        },
    ),
    (
        "a_payment_of_the_books_is_not_told_as_an_own_one",
        |_| {},
        |request, reply, _| {
            static TOLD: AtomicU32 = AtomicU32::new(0);
            if request.uri().path().ends_with("-echo") {
                TOLD.store(1, Ordering::Relaxed);
            }
            if request.uri().path() == "/v1/invoices/1" && TOLD.load(Ordering::Relaxed) == 1 {
                edited(reply, |body| {
                    body["payments"] = json!([{"id": "r-1", "amount": "1.00"}]);
                });
            }
        },
    ),
    (
        "settlements_come_in_any_order",
        |_| {},
        |request, reply, _| {
            if request.uri().path().ends_with("/settlement") {
                *reply.body_mut() = request.body().clone();
            }
        },
    ),
    (
        "a_posting_may_come_twice",
        |_| {},
        |request, reply, _| {
            // Fields that are not told are kept from before.
            if request.uri().path().ends_with("/posting") {
                edited(reply, |body| {
                    body["message"] = json!("tried by tieout conform");
                });
            }
        },
    ),
    (
        "several_write_backs_come_at_once",
        |_| {},
        |request, reply, _| {
            if is_payment(request, &Method::PUT) && request.uri().path().ends_with("-c") {
                *reply.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            }
        },
    ),
    (
        "fields_that_are_not_known_are_ignored",
        |_| {},
        |request, reply, _| {
            let text = String::from_utf8(request.body().to_vec()).unwrap();
            if text.contains("weather") {
                *reply.status_mut() = http::StatusCode::UNPROCESSABLE_ENTITY;
            }
        },
    ),
    (
        "a_refusal_is_told_by_problem_json",
        |_| {},
        |request, reply, _| {
            let text = String::from_utf8(request.body().to_vec()).unwrap();
            if text.contains("a lot") {
                *reply.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            }
        },
    ),
];

#[tokio::test]
async fn each_fault_of_a_product_breaks_the_promise_that_names_it() {
    let named: Vec<&str> = FAULTS.iter().map(|(name, _, _)| *name).collect();
    let known: Vec<&str> = promises().iter().map(|promise| promise.name).collect();
    let (known, _) = known.split_at(known.len() - PUSHES);
    assert_eq!(named, known, "each promise can be broken");
    let mut unnoticed = Vec::new();
    for (name, before, after) in FAULTS {
        let report = tried(*before, *after).await;
        if !broken(&report).contains(name) {
            unnoticed.push(format!("{name}: {:?}", broken(&report)));
        }
        let weighs = |name: &str| {
            let mut promises = promises().iter();
            promises.any(|it| it.name == name && it.weight == Weight::Must)
        };
        let must = broken(&report).into_iter().any(weighs);
        assert_eq!(report.conforms, !must, "{name}");
    }
    assert_eq!(unnoticed, [""; 0]);
}

#[tokio::test]
async fn a_product_that_keeps_its_replies_by_their_keys_conforms() {
    static REPLIES: Mutex<BTreeMap<String, Bytes>> = Mutex::new(BTreeMap::new());
    let report = tried(
        |_| {},
        |request, reply, _| {
            let key = request.headers().get("idempotency-key");
            let Some(key) = key.filter(|_| reply.status().is_success()) else {
                return;
            };
            let mut replies = REPLIES.lock().unwrap();
            let kept = replies.entry(key.to_str().unwrap().to_owned());
            let kept = kept.or_insert_with(|| reply.body().clone());
            *reply.body_mut() = kept.clone();
        },
    )
    .await;
    assert_eq!(broken(&report), [""; 0], "{report:#?}");
}

#[tokio::test]
async fn what_broke_is_shown_with_its_exchange_and_without_the_key() {
    let report = tried(
        |_| {},
        |request, reply, _| {
            if is_payment(request, &Method::PUT) {
                *reply.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            }
        },
    )
    .await;
    let text = serde_json::to_string(&report).unwrap();
    assert!(!text.contains("k-1"), "{text}");
    let verdict = report
        .promises
        .iter()
        .find(|it| it.name == "a_payment_may_come_twice");
    let Outcome::Broken {
        seen, exchanges, ..
    } = &verdict.unwrap().outcome
    else {
        panic!("{verdict:?}");
    };
    assert!(seen.contains("500"), "{seen}");
    assert!(
        exchanges[0]
            .request
            .starts_with("PUT https://api.example.com/v1/invoices/1/payments/")
    );
    assert!(
        exchanges[0]
            .request_headers
            .contains(&"authorization: •••".to_owned())
    );
    assert!(exchanges[0].request_body.contains("\"amount\":\"1.00\""));
}

#[tokio::test]
async fn a_product_that_repeats_the_key_is_not_shown_with_it() {
    let report = tried(
        |_| {},
        |request, reply, _| {
            let key = request.headers().get("authorization");
            let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
            *reply.status_mut() = http::StatusCode::IM_A_TEAPOT;
            *reply.body_mut() = Bytes::from(format!("no tea for {key}"));
        },
    )
    .await;
    let text = serde_json::to_string(&report).unwrap();
    assert!(text.contains("no tea for Bearer •••"), "{text}");
    assert!(!text.contains("k-1"));
}

#[tokio::test]
async fn a_list_that_never_ends_is_told_as_such() {
    static PLACE: AtomicU32 = AtomicU32::new(0);
    let report = tried(
        |request| with_query(request, "cursor="),
        |request, reply, _| {
            if is_list(request) {
                let place = PLACE.fetch_add(1, Ordering::Relaxed);
                edited(reply, |body| {
                    *body = json!({"data": [], "next_cursor": place.to_string(), "has_more": true});
                });
            }
        },
    )
    .await;
    let why =
        "`invoices` cannot be read: 20 pages in a row hold nothing and say that there is more";
    let left_out = report
        .promises
        .iter()
        .find(|it| it.name == "every_record_can_be_read");
    assert_eq!(
        left_out.unwrap().outcome,
        Outcome::LeftOut {
            why: why.to_owned()
        }
    );
}

#[tokio::test(start_paused = true)]
async fn a_product_that_limits_its_callers_is_waited_for() {
    let begun = tokio::time::Instant::now();
    let report = tried(
        |_| {},
        |_, reply, asked| {
            if asked % 7 == 1 {
                *reply.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
                reply
                    .headers_mut()
                    .insert("retry-after", HeaderValue::from_static("2"));
            }
        },
    )
    .await;
    assert_eq!(broken(&report), [""; 0]);
    assert!(begun.elapsed().as_secs() > 10);
}

#[tokio::test]
async fn without_an_invoice_nothing_is_written() {
    let product = product();
    let transport = Arc::new(product.clone());
    let report = conform(trial("", None), transport, Arc::new(SystemClock))
        .await
        .unwrap();
    assert!(report.conforms);
    assert_eq!(report.left_out, 11 + PUSHES);
    for id in ["1", "2", "3", "4", "5"] {
        assert!(product.told(id).is_empty());
    }
    // Nor where the one that was named is not there.
    let report = conform(
        trial("", Some("99")),
        Arc::new(product),
        Arc::new(SystemClock),
    )
    .await;
    assert_eq!(report.unwrap().left_out, 11 + PUSHES);
}

#[tokio::test]
async fn what_was_tried_leaves_no_payment_behind() {
    let product = product();
    let transport = Arc::new(product.clone());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    conform(trial("", Some("3")), transport, clock)
        .await
        .unwrap();
    let told = product.told("3");
    assert_eq!(told.keys().collect::<Vec<_>>(), ["posting", "settlement"]);
}

#[tokio::test]
async fn a_product_that_nobody_reaches_is_no_product_that_breaks_promises() {
    struct Nobody;
    #[async_trait]
    impl Transport for Nobody {
        async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
            Err(TransportError::NotSent("refused".into()))
        }
    }
    let error = conform(trial("", None), Arc::new(Nobody), Arc::new(SystemClock)).await;
    assert_eq!(error.unwrap_err().kind, HostErrorKind::Unavailable);
}

#[tokio::test]
async fn an_outbox_is_read_in_a_copy_and_its_faults_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = folder.path().join("outbox");
    std::fs::create_dir(&outbox).unwrap();
    for file in IINSIGHT {
        std::fs::write(outbox.join(file.name), file.content).unwrap();
    }
    let copy = tempfile::tempdir().unwrap();
    let report = conform_folder(folder.path(), copy.path()).await.unwrap();
    assert_eq!(broken(&report), [""; 0], "{report:#?}");
    assert_eq!(report.kept, 5);
    let line = IINSIGHT[0].content.lines().next().unwrap();
    let bad = line.replace("\"quantity\":\"", "\"quantity\":\"x");
    let unequal = line.replace("\"gross\":\"", "\"gross\":\"9");
    for (name, content) in [
        ("invoices.jsonl", line.to_owned()),
        ("invoices-1-20261101T000000Z.jsonl", line.to_owned()),
        ("invoices-2-20261102T000000Z.jsonl", bad),
        ("invoices-4-20261104T000000Z.jsonl", unequal),
        (
            "invoices-3-20261103T000000Z.jsonl",
            format!("{line}\n{{\"trailer\":{{\"count\":7,\"gross\":\"1\"}}}}\n"),
        ),
    ] {
        std::fs::write(outbox.join(name), content).unwrap();
    }
    let before = std::fs::read_dir(&outbox).unwrap().count();
    let copy = tempfile::tempdir().unwrap();
    let report = conform_folder(folder.path(), copy.path()).await.unwrap();
    assert!(!report.conforms);
    assert_eq!(
        broken(&report),
        [
            "every_file_is_named_right",
            "every_file_proves_that_it_is_whole",
            "every_file_can_be_taken",
            "every_record_can_be_read",
            "amounts_agree_to_the_cent",
        ]
    );
    assert_eq!(std::fs::read_dir(&outbox).unwrap().count(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
