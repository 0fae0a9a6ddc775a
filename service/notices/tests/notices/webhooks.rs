//! Webhooks: signed, at least once, in order as far as it goes, never into this network, and stopped when nobody listens.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use serde_json::Value;
use tieout_core::engine::{Event, Op};
use tieout_core::transport::Transport;
use tieout_notices::{
    Access, CertificateData, ConnectionFact, EndpointDraft, EndpointId, EventType, Filter, GroupId,
    Outbound, Outcome, ReplayWhat, Resolver, ThisMachine, Wants, attempts, enable_endpoint,
    endpoint, event_schema, remove_endpoint, replay, rotate_secret, try_endpoint,
};

use crate::receiver::Receiver;
use crate::stage::{NOTHING, Stage, clean, outbound};

fn id() -> EndpointId {
    EndpointId::new("erp").unwrap()
}

async fn stage() -> (Stage, Receiver) {
    let (stage, receiver) = (Stage::empty().await, Receiver::start().await);
    stage.endpoint("erp", &receiver).await;
    stage.step().await;
    (stage, receiver)
}

#[tokio::test]
async fn everything_that_happens_arrives_signed_and_in_the_form_of_its_schema() {
    let (stage, receiver) = (Stage::empty().await, Receiver::start().await);
    let secret = stage.endpoint("erp", &receiver).await;
    stage.step().await;
    stage.posts("1").await;
    stage.pays("1").await;
    stage.holds("2").await;
    stage.step().await;
    stage.posts("2").await;
    for op in [Op::Update, Op::Void] {
        let event = Event::Landed {
            op,
            provider_id: "p-1".to_owned(),
        };
        stage.happens(clean("1"), event).await;
    }
    accesses_and_certificates(&stage).await;

    let got = receiver.take();
    let kinds: Vec<String> = got.iter().map(crate::receiver::Got::kind).collect();
    assert_eq!(
        kinds,
        [
            "document.posted",
            "payment.imported",
            "finding.opened",
            "document.posted",
            "finding.closed",
            "document.updated",
            "document.voided",
            "connection.needs_consent",
            "connection.expiring",
            "tieout.certificate",
        ]
    );
    let schema = jsonschema::validator_for(&event_schema()).unwrap();
    for got in &got {
        assert_eq!(got.signed_by(&secret), 1, "{got:?}");
        assert_eq!(got.event()["id"], Value::from(got.id.clone()));
        let wrong: Vec<String> = schema
            .iter_errors(&got.event())
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", got.body);
    }
    let posted = got[0].event();
    assert_eq!(posted["source"], "https://tieout.example/app");
    assert_eq!(posted["subject"], "case-manager/invoice/1");
    assert_eq!(posted["data"]["provider_id"], "p-1");
    assert_eq!(
        posted["data"]["page"],
        "https://tieout.example/app/documents/case-manager/invoice/1"
    );
    let paid = got[1].event();
    assert!(paid["data"]["payment"]["amount"].is_string(), "{paid}");
    assert_eq!(got[2].event()["data"]["rule"], "account_missing");
    stage.live(TimeDelta::hours(5)).await;
    assert!(receiver.take().is_empty());
}

/// An access breaks and comes back for two days; two certificates are kept.
async fn accesses_and_certificates(stage: &Stage) {
    let acme = tieout_core::document::ConnectionId::new("acme").unwrap();
    let broken = Access::NeedsConsent {
        trouble: tieout_core::check::kinds::Trouble::AccessBroken,
        message: "the access does not work any more".to_owned(),
        remedy: "Run `tieout connect acme --again`.".to_owned(),
    };
    let lapses_at = Some(stage.now() + TimeDelta::days(2));
    for (number, access) in [(1, broken), (2, Access::Works { lapses_at })] {
        *stage.facts.connections.lock().unwrap() = vec![ConnectionFact {
            connection: acme.clone(),
            access,
        }];
        *stage.facts.certificate.lock().unwrap() = Some(CertificateData {
            number,
            made_at: stage.now(),
            agree: 5,
            differ: 1,
        });
        stage.live(TimeDelta::minutes(3)).await;
    }
}

#[tokio::test]
async fn a_failure_is_repeated_under_the_same_id_and_nothing_overtakes_it_at_first() {
    let (stage, receiver) = stage().await;
    receiver.next(&["500 Internal Server Error", "hang up"]);
    for id in ["1", "2", "3"] {
        stage.posts(id).await;
    }
    stage.live(TimeDelta::minutes(20)).await;
    let got = receiver.take();
    let ids: Vec<&str> = got.iter().map(|got| got.id.as_str()).collect();
    assert_eq!(ids.len(), 5, "{ids:?}");
    assert_eq!((ids[0], ids[0]), (ids[1], ids[2]));
    let numbers: Vec<Value> = got
        .iter()
        .map(|it| it.event()["data"]["number"].clone())
        .collect();
    assert_eq!(numbers[2..], ["INV-1", "INV-2", "INV-3"]);
    let (_, standing) = endpoint(stage.store.as_ref(), &id()).await.unwrap();
    assert_eq!(
        (standing.delivered, standing.waiting, standing.failures),
        (3, 0, 0)
    );
    let log = attempts(stage.store.as_ref(), &id()).await.unwrap();
    assert_eq!(log.len(), 5);
    assert_eq!(log[4].status, Some(500));
    assert_eq!(log[4].said, "so it is");
    assert_eq!((log[3].status, log[3].outcome), (None, Outcome::Failed));
}

#[tokio::test]
async fn an_event_that_is_always_refused_holds_the_others_up_for_minutes_only() {
    let (stage, receiver) = stage().await;
    receiver.refuse("INV-bad");
    stage.posts("bad").await;
    for id in 0..5 {
        stage.posts(&id.to_string()).await;
    }
    stage.live(TimeDelta::minutes(20)).await;
    let got = receiver.take();
    let bad = |it: &&crate::receiver::Got| it.body.contains("INV-bad");
    assert_eq!(got.iter().filter(bad).count(), 3);
    assert_eq!(got.len(), 8);
    stage.live(TimeDelta::days(4)).await;
    assert_eq!(receiver.take().iter().filter(bad).count(), 7);
    let (_, standing) = endpoint(stage.store.as_ref(), &id()).await.unwrap();
    let counts = (standing.delivered, standing.given_up, standing.waiting);
    assert_eq!(counts, (5, 1, 0));
}

#[tokio::test]
async fn an_event_that_fails_for_three_days_is_given_up_and_the_endpoint_goes_on() {
    let (stage, receiver) = stage().await;
    receiver.always("500 Internal Server Error");
    stage.posts("1").await;
    stage.live(TimeDelta::hours(100)).await;
    assert_eq!(receiver.take().len(), 10);
    let (kept, standing) = endpoint(stage.store.as_ref(), &id()).await.unwrap();
    assert_eq!((standing.given_up, standing.waiting), (1, 0));
    assert!(standing.stopped(&kept).is_none());
    let log = attempts(stage.store.as_ref(), &id()).await.unwrap();
    assert_eq!((log[0].outcome, log[0].attempt), (Outcome::GivenUp, 10));
    receiver.always("204 No Content");
    stage.posts("2").await;
    stage.live(TimeDelta::hours(2)).await;
    assert_eq!(receiver.take().len(), 1);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_or_fails_for_days_is_switched_off_and_people_are_told() {
    for (status, time) in [
        ("410 Gone", TimeDelta::hours(1)),
        ("503 Nope", TimeDelta::days(7)),
    ] {
        let (stage, receiver) = stage().await;
        let wants = Wants {
            needs_somebody: true,
            ..NOTHING
        };
        stage
            .group("it", &["it@books.example"], wants, Filter::default())
            .await;
        receiver.always(status);
        for id in 0..20 {
            stage.posts(&id.to_string()).await;
        }
        stage.live(time).await;
        let (kept, standing) = endpoint(stage.store.as_ref(), &id()).await.unwrap();
        assert!(standing.stopped(&kept).is_some(), "{status}: {standing:?}");
        let mails = stage.sink.take();
        assert_eq!(mails.len(), 1, "{status}");
        let text = mails[0].text();
        assert!(text.contains("the webhook `erp` is switched off"), "{text}");
        assert!(
            text.contains("tieout webhook change erp --enable"),
            "{text}"
        );
        receiver.take();
        stage.posts("later").await;
        stage.live(TimeDelta::days(1)).await;
        assert!(receiver.take().is_empty(), "{status}");

        receiver.always("200 OK");
        enable_endpoint(stage.store.as_ref(), &id(), "ann", stage.now())
            .await
            .unwrap();
        stage.live(TimeDelta::days(4)).await;
        let got = receiver.take();
        assert!(!got.is_empty(), "{status}");
        let (kept, standing) = endpoint(stage.store.as_ref(), &id()).await.unwrap();
        assert!(standing.stopped(&kept).is_none());
        assert_eq!(standing.waiting, 0, "{standing:?}");
    }
}

#[tokio::test]
async fn an_endpoint_that_asks_for_time_gets_it() {
    let (stage, receiver) = stage().await;
    receiver.next(&["429 Too Many Requests\r\nretry-after: 3600"]);
    stage.posts("1").await;
    stage.live(TimeDelta::minutes(58)).await;
    assert_eq!(receiver.take().len(), 1);
    stage.live(TimeDelta::minutes(5)).await;
    assert_eq!(receiver.take().len(), 1);
}

#[tokio::test]
async fn an_endpoint_gets_what_it_wants_and_no_more() {
    let (stage, receiver) = (Stage::empty().await, Receiver::start().await);
    let wants_payments = |draft| EndpointDraft {
        events: vec![EventType::PaymentImported],
        ..draft
    };
    stage.endpoint_like("erp", &receiver, wants_payments).await;
    let (other, follower) = (Receiver::start().await, Receiver::start().await);
    let of_group = |draft| EndpointDraft {
        groups: vec![GroupId::new("north").unwrap()],
        ..draft
    };
    stage.endpoint_like("follower", &follower, of_group).await;
    let elsewhere = |draft| EndpointDraft {
        only: Filter {
            hosts: vec![tieout_core::document::HostId::new("other").unwrap()],
            ..Filter::default()
        },
        ..draft
    };
    stage.endpoint_like("other", &other, elsewhere).await;
    stage.step().await;
    stage.posts("1").await;
    stage.pays("1").await;
    stage.live(TimeDelta::minutes(2)).await;
    let kinds: Vec<String> = receiver
        .take()
        .iter()
        .map(crate::receiver::Got::kind)
        .collect();
    assert_eq!(kinds, ["payment.imported"]);
    assert!(other.take().is_empty());
    assert!(follower.take().is_empty());
    stage
        .group("north", &["n@books.example"], NOTHING, Filter::default())
        .await;
    stage.posts("2").await;
    stage.live(TimeDelta::minutes(2)).await;
    assert_eq!(follower.take().len(), 1);
}

#[tokio::test]
async fn a_new_secret_signs_beside_the_old_one_for_a_day() {
    let (stage, receiver) = (Stage::empty().await, Receiver::start().await);
    let old = stage.endpoint("erp", &receiver).await;
    stage.step().await;
    let new = rotate_secret(
        stage.store.as_ref(),
        Some(&stage.vault()),
        &id(),
        "ann",
        stage.now(),
    )
    .await
    .unwrap();
    stage.posts("1").await;
    stage.step().await;
    let got = receiver.take().remove(0);
    assert_eq!((got.signed_by(&old), got.signed_by(&new.0)), (1, 1));
    stage.pass(TimeDelta::hours(25));
    stage.posts("2").await;
    stage.step().await;
    let got = receiver.take().remove(0);
    assert_eq!((got.signed_by(&old), got.signed_by(&new.0)), (0, 1));
}

#[tokio::test]
async fn a_range_or_one_event_is_sent_again_under_the_same_ids() {
    let (mut stage, receiver) = stage().await;
    for id in 0..10 {
        stage.posts(&id.to_string()).await;
        stage.step().await;
        stage.pass(TimeDelta::minutes(1));
    }
    let got = receiver.take();
    let store = stage.store.clone();
    let what = ReplayWhat::Range {
        since: stage.now() - TimeDelta::minutes(4),
        until: None,
    };
    let many = replay(store.as_ref(), &id(), &what, stage.now())
        .await
        .unwrap();
    assert_eq!(many, 4);
    stage.restart();
    stage.live(TimeDelta::minutes(2)).await;
    let again: Vec<String> = receiver.take().into_iter().map(|got| got.id).collect();
    let wanted: Vec<String> = got[6..].iter().map(|got| got.id.clone()).collect();
    assert_eq!(again, wanted);

    let one = ReplayWhat::One(got[3].id.clone());
    assert_eq!(
        replay(store.as_ref(), &id(), &one, stage.now())
            .await
            .unwrap(),
        1
    );
    stage.live(TimeDelta::minutes(2)).await;
    let again = receiver.take();
    assert_eq!((again.len(), &again[0].body), (1, &got[3].body));
    for bad in [
        "evt_3_0000",
        "evt_999_00",
        "",
        "x",
        "evt_99999999999999999999_1",
    ] {
        let bad = ReplayWhat::One(bad.to_owned());
        assert!(
            replay(store.as_ref(), &id(), &bad, stage.now())
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn what_is_switched_off_gets_nothing_until_a_replay() {
    let (stage, receiver) = (Stage::empty().await, Receiver::start().await);
    let off = |draft| EndpointDraft {
        disabled: true,
        ..draft
    };
    stage.endpoint_like("erp", &receiver, off).await;
    stage.step().await;
    let before = stage.now();
    stage.pass(TimeDelta::minutes(1));
    stage.posts("1").await;
    stage.live(TimeDelta::hours(1)).await;
    enable_endpoint(stage.store.as_ref(), &id(), "ann", stage.now())
        .await
        .unwrap();
    stage.live(TimeDelta::hours(1)).await;
    assert!(receiver.take().is_empty());
    let what = ReplayWhat::Range {
        since: before,
        until: Some(stage.now()),
    };
    assert_eq!(
        replay(stage.store.as_ref(), &id(), &what, stage.now())
            .await
            .unwrap(),
        1
    );
    stage.live(TimeDelta::minutes(2)).await;
    assert_eq!(receiver.take().len(), 1);
}

#[tokio::test]
async fn nothing_is_left_of_an_endpoint_that_is_removed() {
    let (stage, receiver) = stage().await;
    receiver.always("500 Internal Server Error");
    for id in 0..30 {
        stage.posts(&id.to_string()).await;
    }
    stage.step().await;
    remove_endpoint(stage.store.as_ref(), &id(), "ann", stage.now())
        .await
        .unwrap();
    stage.live(TimeDelta::days(1)).await;
    let kept = stage.store.records("notice/", 10_000).await.unwrap();
    let left: Vec<String> = kept
        .iter()
        .map(|(key, _)| key.to_string())
        .filter(|key| key.contains("erp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn an_endpoint_of_an_old_name_begins_anew() {
    let (stage, receiver) = stage().await;
    receiver.always("410 Gone");
    stage.posts("1").await;
    stage.step().await;
    let left = stage.store.records("notice/hook-due/", 10).await.unwrap();
    let standing = stage
        .store
        .records("notice/endpoint-standing/", 10)
        .await
        .unwrap();
    remove_endpoint(stage.store.as_ref(), &id(), "ann", stage.now())
        .await
        .unwrap();
    // A process that served wrote once more while the endpoint was removed.
    let records = left.into_iter().chain(standing);
    let changes = tieout_core::store::ChangeSet {
        records: records.map(|(key, value)| (key, Some(value))).collect(),
        ..tieout_core::store::ChangeSet::default()
    };
    stage.store.commit(changes).await.unwrap();
    stage.pass(TimeDelta::minutes(1));
    receiver.take();
    receiver.always("200 OK");
    stage.endpoint("erp", &receiver).await;
    stage.posts("2").await;
    stage.live(TimeDelta::minutes(5)).await;
    let got = receiver.take();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].event()["data"]["number"], "INV-2");
}

#[tokio::test]
async fn a_trial_tells_what_came_back() {
    let (stage, receiver) = stage().await;
    receiver.next(&["201 Created", "500 Internal Server Error"]);
    let (store, vault) = (stage.store.as_ref(), stage.vault());
    for (status, outcome) in [(201, Outcome::Taken), (500, Outcome::Failed)] {
        let transport = outbound();
        let told = try_endpoint(
            store,
            Some(&vault),
            transport.as_ref(),
            &stage.clock,
            None,
            &id(),
            "ann",
        )
        .await
        .unwrap();
        assert_eq!((told.status, told.outcome), (Some(status), outcome));
    }
    let got = receiver.take();
    assert_eq!(got[0].kind(), "tieout.test");
    assert_eq!(got[0].event()["data"]["by"], "ann");
}

/// Leads every name to these addresses.
struct To(Vec<IpAddr>);

#[async_trait]
impl Resolver for To {
    async fn resolve(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(self.0.clone())
    }
}

#[tokio::test]
async fn a_name_that_leads_into_this_network_is_not_connected_to() {
    let receiver = Receiver::start().await;
    for addresses in [
        vec!["127.0.0.1"],
        vec!["10.0.0.7"],
        vec!["169.254.169.254"],
        vec!["::ffff:192.168.0.1"],
        vec!["fd00::1"],
        // A public one beside it does not help.
        vec!["93.184.216.34", "127.0.0.1"],
    ] {
        let found = addresses.iter().map(|it| it.parse().unwrap()).collect();
        let transport = Outbound::new(ThisMachine::Refused, Arc::new(To(found))).unwrap();
        let url = format!("https://hooks.example:{}/hook", receiver.port);
        let request = http::Request::post(url).body(bytes::Bytes::new()).unwrap();
        let error = transport.send(request).await.unwrap_err();
        let mut told = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            told = format!("{told}: {error}");
            cause = error.source();
        }
        assert!(
            told.contains("inside this network"),
            "{addresses:?}: {told}"
        );
    }
    for literal in [
        "https://127.0.0.1/",
        "https://[::1]/",
        "http://hooks.example/",
    ] {
        let transport = Outbound::new(ThisMachine::Refused, Arc::new(To(Vec::new()))).unwrap();
        let request = http::Request::post(literal)
            .body(bytes::Bytes::new())
            .unwrap();
        assert!(transport.send(request).await.is_err(), "{literal}");
    }
    assert!(receiver.got().is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (stage, receiver) = stage().await;
    let elsewhere = Receiver::start().await;
    let status = format!("307 Temporary Redirect\r\nlocation: {}", elsewhere.url());
    receiver.next(&[&status]);
    stage.posts("1").await;
    stage.step().await;
    assert_eq!(receiver.got().len(), 1);
    assert!(elsewhere.got().is_empty());
    let log = attempts(stage.store.as_ref(), &id()).await.unwrap();
    assert_eq!(
        (log[0].status, log[0].outcome),
        (Some(307), Outcome::Failed)
    );
}
