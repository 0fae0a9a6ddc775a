//! A process that dies at any commit, before it or after it: nothing is lost, and what may come twice can be recognised.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use tieout_core::store::Store;
use tieout_notices::Filter;

use crate::crashing::{CrashStore, Side};
use crate::receiver::Receiver;
use crate::stage::{ALL, Stage};

/// Everything at once, with a process that dies at the n-th commit; whether it lived that long.
async fn life(at: usize, side: Side) -> bool {
    let (stage, receiver) = (Stage::empty().await, Receiver::start().await);
    stage
        .group(
            "accounts",
            &["ann@books.example", "bob@books.example"],
            ALL,
            Filter::default(),
        )
        .await;
    stage.endpoint("erp", &receiver).await;
    stage.step().await;
    let dying = Arc::new(CrashStore::new(Arc::clone(&stage.store), at, side));
    let store: Arc<dyn Store> = dying.clone();
    let notices = stage.on(&store);
    stage.posts("1").await;
    stage.pays("1").await;
    stage.holds("2").await;
    // Twenty-five minutes until what happened is told, and then the mail.
    for _ in 0..35 {
        if notices.step(stage.now()).await.is_err() {
            break;
        }
        stage.pass(TimeDelta::minutes(1));
    }
    let died = dying.is_dead();
    drop(notices);
    stage.live(TimeDelta::hours(1)).await;

    all_mail_came(&stage, at, side);
    all_events_came(&receiver, at, side);
    died
}

fn all_mail_came(stage: &Stage, at: usize, side: Side) {
    let mut mails = BTreeMap::<(String, String), Vec<String>>::new();
    for mail in stage.sink.take() {
        let key = (mail.to.clone(), mail.header("Subject"));
        mails
            .entry(key)
            .or_default()
            .push(mail.header("Message-ID"));
    }
    let subjects: Vec<String> = mails
        .keys()
        .filter(|(to, _)| to.starts_with("ann"))
        .map(|(_, subject)| subject.clone())
        .collect();
    assert_eq!(
        subjects,
        [
            "tieout: 1 sent, 1 paid, 1 failed (accounts)",
            "tieout: 1 thing needs somebody (accounts)",
        ],
        "commit {at}, {side:?}"
    );
    assert_eq!(mails.len(), 4, "commit {at}, {side:?}");
    let sent: usize = mails.values().map(Vec::len).sum();
    assert!(sent <= 5, "commit {at}, {side:?}: {mails:?}");
    for ids in mails.values() {
        assert!(
            ids.iter().all(|id| *id == ids[0]),
            "commit {at}, {side:?}: {ids:?}"
        );
    }
}

fn all_events_came(receiver: &Receiver, at: usize, side: Side) {
    let mut events: Vec<(String, String)> = receiver
        .take()
        .iter()
        .map(|got| (got.kind(), got.id.clone()))
        .collect();
    let all = events.len();
    events.sort();
    events.dedup();
    let kinds: Vec<&str> = events.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["document.posted", "finding.opened", "payment.imported"],
        "commit {at}, {side:?}"
    );
    assert!(all <= 4, "commit {at}, {side:?}");
}

#[tokio::test]
async fn nothing_is_lost_and_one_thing_comes_twice_at_most() {
    for side in [Side::Before, Side::After] {
        let mut at = 1;
        while life(at, side).await {
            at += 1;
        }
        assert!(at > 8, "a life has more commits than {at}");
    }
}
