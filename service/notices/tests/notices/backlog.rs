//! A journal that grew by a hundred thousand lines: read in bounded room, told in a few mails.

use chrono::TimeDelta;
use tieout_core::engine::{Entry, Event, Op};
use tieout_core::store::ChangeSet;
use tieout_notices::{Filter, Wants};

use crate::receiver::Receiver;
use crate::stage::{NOTHING, Stage, clean};

#[tokio::test]
async fn a_hundred_thousand_lines_are_one_message_of_bounded_size() {
    let mut stage = Stage::empty().await;
    let wants = Wants {
        periodic: true,
        needs_somebody: true,
        ..NOTHING
    };
    stage
        .group("accounts", &["ann@books.example"], wants, Filter::default())
        .await;
    stage.step().await;
    // Nobody read for long: a process that was away.
    let keys: Vec<_> = (0..2_000).map(|id| clean(&id.to_string()).key).collect();
    for _ in 0..50 {
        let journal = keys.iter().map(|key| Entry {
            at: stage.now(),
            binding: Some(key.clone()),
            event: Event::Landed {
                op: Op::Create,
                provider_id: "p".to_owned(),
            },
            state: Some("posted".to_owned()),
        });
        let changes = ChangeSet {
            journal: journal.collect(),
            ..ChangeSet::default()
        };
        stage.store.commit(changes).await.unwrap();
    }
    stage.restart();
    stage.live(TimeDelta::minutes(30)).await;
    let mails = stage.sink.take();
    let sent: u64 = mails
        .iter()
        .map(|mail| {
            let subject = mail.header("Subject");
            let count = subject.strip_prefix("tieout: ").unwrap();
            let count = count.split(' ').next().unwrap();
            count.parse::<u64>().unwrap()
        })
        .sum();
    assert_eq!((mails.len(), sent), (1, 100_000));
    assert!(mails[0].raw.len() < 100_000, "{}", mails[0].raw.len());
    let kept = stage.store.records("notice/tally/", 10).await.unwrap();
    assert!(kept.iter().all(|(_, value)| value.len() < 2_000));
}

#[tokio::test]
async fn no_step_delivers_without_end() {
    let (stage, receiver) = (Stage::empty().await, Receiver::start().await);
    stage.endpoint("erp", &receiver).await;
    stage.step().await;
    for id in 0..100 {
        stage.posts(&id.to_string()).await;
    }
    stage.step().await;
    assert_eq!(receiver.take().len(), 20);
    stage.live(TimeDelta::minutes(5)).await;
    assert_eq!(receiver.take().len(), 80);
}
