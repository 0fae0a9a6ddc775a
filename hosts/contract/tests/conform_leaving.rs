//! Promises of the command that tries promises about what it leaves behind: no payment, whatever breaks or stops it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/bent.rs"]
mod bent;

use std::sync::{Arc, Mutex};

use bent::{After, Bent, broken, is_payment, product, trial};
use bytes::Bytes;
use http::{HeaderValue, Method};
use tieout_core::clock::TokioClock;
use tieout_host_contract::conform::{Outcome, Report, conform_until};
use tieout_sandbox_hosts::contract::ContractProduct;

/// A product that is cut off, or interrupted, when it is asked something for the so-many-th time.
async fn left_behind(after: After, stop_at: Option<u32>) -> (Report, ContractProduct) {
    let product = product();
    let bent = Arc::new(Bent {
        product: product.clone(),
        before: |_| {},
        after,
        asked: Mutex::default(),
    });
    let clock = TokioClock::starting_at("2026-11-22T10:00:00Z".parse().unwrap());
    let watched = Arc::clone(&bent);
    let stop = async move {
        let is_time = || stop_at.is_some_and(|at| *watched.asked.lock().unwrap() >= at);
        while !is_time() {
            tokio::task::yield_now().await;
        }
    };
    let report = conform_until(trial("", Some("3")), bent, Arc::new(clock), stop).await;
    (report.unwrap(), product)
}

fn payments(product: &ContractProduct) -> Vec<String> {
    let told = product.told("3").into_keys();
    told.filter(|what| what.starts_with("payments/")).collect()
}

#[tokio::test]
async fn whatever_breaks_no_payment_of_a_run_stays() {
    // Each reply to a payment is lost, or tells of nothing: the product has it all the same.
    let faults: [After; 3] = [
        |request, reply, _| {
            if is_payment(request, &Method::PUT) {
                *reply.status_mut() = http::StatusCode::BAD_GATEWAY;
            }
        },
        |request, reply, _| {
            if is_payment(request, &Method::PUT) && reply.status().is_success() {
                *reply.status_mut() = http::StatusCode::NO_CONTENT;
                *reply.body_mut() = Bytes::new();
            }
        },
        // The first deletion fails: what it was to remove is removed later.
        |request, reply, asked| {
            if is_payment(request, &Method::DELETE) && asked % 2 == 0 {
                *reply.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            }
        },
    ];
    for fault in faults {
        let (report, product) = left_behind(fault, None).await;
        assert!(!report.conforms);
        assert_eq!(payments(&product), [""; 0]);
        assert_eq!(product.told("3")["settlement"]["status"], "unpaid");
    }
}

#[tokio::test]
async fn a_payment_that_cannot_be_taken_back_is_told_by_its_address() {
    let (report, _) = left_behind(
        |request, reply, _| {
            if request.uri().path().ends_with("-echo") && request.method() == Method::DELETE {
                *reply.status_mut() = http::StatusCode::FORBIDDEN;
                reply.headers_mut().insert(
                    "content-type",
                    HeaderValue::from_static("application/problem+json"),
                );
            }
        },
        None,
    )
    .await;
    let [left] = report.left_behind.as_slice() else {
        panic!("{:?}", report.left_behind);
    };
    assert_eq!(left.invoice, "3");
    assert!(left.payment.ends_with("-echo"), "{}", left.payment);
    assert!(left.why.contains("403"), "{}", left.why);
}

#[tokio::test]
async fn a_run_that_is_interrupted_takes_its_payments_back_and_does_not_conform() {
    let (whole, product) = left_behind(|_, _, _| {}, None).await;
    assert!(whole.conforms);
    let in_all = u32::try_from(product.requests()).unwrap();
    for stop_at in 1..in_all {
        let (report, product) = left_behind(|_, _, _| {}, Some(stop_at)).await;
        assert_eq!(payments(&product), [""; 0], "after {stop_at} requests");
        assert_eq!(report.left_behind, []);
        assert_eq!(broken(&report), [""; 0], "after {stop_at} requests");
        assert_eq!(report.conforms, !report.interrupted);
    }
}

#[tokio::test]
async fn a_product_that_shows_nothing_of_what_it_holds_keeps_no_promise_about_it() {
    let (report, _) = left_behind(
        |request, reply, _| {
            if request.method() == Method::PUT && reply.status().is_success() {
                *reply.status_mut() = http::StatusCode::NO_CONTENT;
                *reply.body_mut() = Bytes::new();
            }
        },
        None,
    )
    .await;
    let verdict = report
        .promises
        .iter()
        .find(|it| it.name == "settlements_come_in_any_order");
    let Outcome::Broken {
        seen,
        mend,
        exchanges,
    } = &verdict.unwrap().outcome
    else {
        panic!("{verdict:?}");
    };
    assert_eq!(
        seen,
        "a settlement was answered 204 No Content without the record that is held now"
    );
    assert!(
        mend.contains("Answer 200 with the settlement as it is held"),
        "{mend}"
    );
    assert!(exchanges[0].request.ends_with("/v1/invoices/3/settlement"));
    assert!(exchanges[0].request_body.contains("\"status\":\"unpaid\""));
}
