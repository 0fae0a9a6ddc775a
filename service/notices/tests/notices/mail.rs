//! How mail leaves: a server that puts off, refuses, hangs up or is away, and what each recipient then gets.

use chrono::TimeDelta;
use tieout_notices::{Filter, RecipientState, Wants, group, mails, relay, try_group};

use crate::sink::Manner;
use crate::stage::{NOTHING, Stage, mailer};

const NEEDS: Wants = Wants {
    needs_somebody: true,
    ..NOTHING
};

async fn stage(members: &[&str]) -> Stage {
    let stage = Stage::empty().await;
    stage
        .group("accounts", members, NEEDS, Filter::default())
        .await;
    stage.step().await;
    stage.holds("1").await;
    stage
}

#[tokio::test]
async fn a_mail_says_that_a_program_sent_it_and_has_both_forms() {
    let stage = stage(&["ann@books.example"]).await;
    stage.live(TimeDelta::minutes(5)).await;
    let mail = stage.sink.take().remove(0);
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert_eq!(mail.header("List-Id"), "<accounts.tieout.books.example>");
    assert_eq!(mail.header("To"), "ann@books.example");
    assert!(mail.header("From").contains("tieout@books.example"));
    assert!(
        mail.header("Message-ID")
            .ends_with(".tieout@books.example>")
    );
    assert!(mail.raw.contains("Content-Type: text/html"));
    assert!(
        mail.header("Content-Type")
            .starts_with("multipart/alternative")
    );
}

#[tokio::test]
async fn a_recipient_who_is_put_off_is_tried_again_and_the_others_are_not() {
    let stage = stage(&["ann@books.example", "bob@books.example"]).await;
    stage
        .sink
        .next(&[Manner::Recipient(451), Manner::Take, Manner::Recipient(451)]);
    stage.live(TimeDelta::minutes(4)).await;
    let to = |stage: &Stage| -> Vec<String> {
        stage.sink.take().into_iter().map(|mail| mail.to).collect()
    };
    assert_eq!(to(&stage), ["bob@books.example"]);
    stage.live(TimeDelta::minutes(10)).await;
    assert_eq!(to(&stage), ["ann@books.example"]);
    stage.live(TimeDelta::hours(3)).await;
    assert!(to(&stage).is_empty());
    let kept = mails(stage.store.as_ref(), None, 10).await.unwrap();
    let is_sent = |state: &RecipientState| matches!(state, RecipientState::Sent { .. });
    assert!(kept[0].recipients.iter().all(|it| is_sent(&it.state)));
}

#[tokio::test]
async fn a_refusal_for_good_is_recorded_and_not_tried_again() {
    let stage = stage(&["gone@books.example", "bob@books.example"]).await;
    stage.sink.next(&[Manner::Recipient(550)]);
    stage.live(TimeDelta::hours(5)).await;
    assert_eq!(stage.sink.take().len(), 1);
    let kept = mails(stage.store.as_ref(), None, 10).await.unwrap();
    let RecipientState::Refused { code, said, .. } = &kept[0].recipients[0].state else {
        panic!("{kept:?}");
    };
    assert_eq!(*code, 550);
    assert!(said.contains("not <gone@books.example> now"), "{said}");
}

#[tokio::test]
async fn a_lost_answer_repeats_one_mail_that_can_be_recognised() {
    for manner in [Manner::HangUp, Manner::Closed, Manner::TakeAndHangUp] {
        let stage = stage(&["ann@books.example", "bob@books.example"]).await;
        stage.sink.next(&[manner]);
        stage.live(TimeDelta::minutes(10)).await;
        let got = stage.sink.take();
        let twice = usize::from(manner == Manner::TakeAndHangUp);
        assert_eq!(got.len(), 2 + twice, "{manner:?}");
        let mut ids: Vec<String> = got.iter().map(|mail| mail.header("Message-ID")).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 2, "{manner:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_asked_seldom_and_then_gets_one_mail() {
    let stage = Stage::with_group(&["ann@books.example"]).await;
    stage.sink.always(Manner::Closed);
    for id in 0..40 {
        stage.holds(&id.to_string()).await;
        stage.live(TimeDelta::minutes(30)).await;
    }
    let standing = relay(stage.store.as_ref()).await.unwrap();
    assert!(standing.failing_since.is_some());
    assert!(standing.said.contains("421"), "{}", standing.said);
    let asked = stage.sink.connections();
    // At most every ten minutes over twenty hours.
    assert!((20..=140).contains(&asked), "{asked}");
    stage.sink.always(Manner::Take);
    stage.live(TimeDelta::hours(3)).await;
    let got = stage.sink.take();
    // Of each sort the one that waited, and one of all that was gathered behind it.
    assert!(got.len() <= 6, "{}", got.len());
    let text: String = got.iter().map(crate::sink::Arrived::text).collect();
    for id in 0..40 {
        assert!(text.contains(&format!("- INV-{id} (")), "{id}\n{text}");
    }
    assert!(
        relay(stage.store.as_ref())
            .await
            .unwrap()
            .failing_since
            .is_none()
    );
}

#[tokio::test]
async fn a_refused_sign_in_loses_nobody_his_mail() {
    let stage = stage(&["ann@books.example"]).await;
    stage.sink.next(&[Manner::NoSignIn, Manner::NoSignIn]);
    stage.live(TimeDelta::minutes(20)).await;
    assert_eq!(stage.sink.take().len(), 1);
}

#[tokio::test]
async fn a_mail_is_given_up_after_two_days_with_what_was_said() {
    let stage = stage(&["ann@books.example"]).await;
    stage.sink.always(Manner::Recipient(451));
    stage.live(TimeDelta::hours(50)).await;
    let asked = stage.sink.connections();
    stage.live(TimeDelta::hours(50)).await;
    assert_eq!(stage.sink.connections(), asked);
    let kept = mails(stage.store.as_ref(), None, 10).await.unwrap();
    let RecipientState::GivenUp { said, .. } = &kept[0].recipients[0].state else {
        panic!("{kept:?}");
    };
    assert!(said.contains("451"), "{said}");
}

#[tokio::test]
async fn a_trial_tells_of_each_member_what_became_of_it() {
    let stage = stage(&["ann@books.example", "gone@books.example"]).await;
    stage.sink.next(&[Manner::Take, Manner::Recipient(550)]);
    let id = tieout_notices::GroupId::new("accounts").unwrap();
    let group = group(stage.store.as_ref(), &id).await.unwrap();
    let mailer = mailer(&stage.sink);
    let told = try_group(mailer.as_ref(), &group, None, "ann", stage.now()).await;
    assert!(told[0].1.is_ok());
    let refused = told[1].1.as_ref().unwrap_err().to_string();
    assert!(refused.starts_with("refused: "), "{refused}");
    assert_eq!(
        stage.sink.take()[0].header("Subject"),
        "tieout: a trial (accounts)"
    );
}
