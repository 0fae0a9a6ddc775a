//! What needs somebody: told within minutes, by kind, never as a flood, and never twice unless it came back.

use chrono::TimeDelta;
use tieout_core::check::kinds::Trouble;
use tieout_core::check::{Finding, Rule};
use tieout_core::document::ConnectionId;
use tieout_notices::{Access, ConnectionFact, Filter, Wants};

use crate::stage::{NOTHING, Stage};

const NEEDS: Wants = Wants {
    needs_somebody: true,
    ..NOTHING
};

async fn stage() -> Stage {
    let stage = Stage::empty().await;
    stage
        .group("accounts", &["ann@books.example"], NEEDS, Filter::default())
        .await;
    stage.step().await;
    stage
}

#[tokio::test]
async fn a_hundred_findings_are_one_mail_with_counts_by_kind() {
    let stage = stage().await;
    for id in 0..100 {
        stage.holds(&id.to_string()).await;
    }
    let refused = Finding::new(Rule::Refused, "Xero says no", "Look at it.");
    stage.holds_for("x", refused).await;
    stage.live(TimeDelta::minutes(5)).await;
    let mails = stage.sink.take();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        mails[0].header("Subject"),
        "tieout: 101 things need somebody (accounts)"
    );
    let text = mails[0].text();
    let kind = Rule::AccountMissing.kind().unwrap();
    for part in [
        format!("100 x account_missing: {}", kind.title),
        kind.meaning.to_owned(),
        kind.mends[0].how.to_owned(),
        "1 x refused".to_owned(),
        "- and 50 more".to_owned(),
    ] {
        assert!(text.contains(&part), "{part}\n{text}");
    }
    stage.live(TimeDelta::hours(3)).await;
    assert!(stage.sink.arrived().is_empty());
}

#[tokio::test]
async fn findings_that_keep_coming_are_told_more_and_more_seldom() {
    let stage = stage().await;
    for id in 0..360 {
        stage.holds(&id.to_string()).await;
        stage.live(TimeDelta::minutes(1)).await;
    }
    let mails = stage.sink.take().len();
    // After 3, 6, 12, 24, 48 and then every 60 minutes, each from its first finding on.
    assert!((8..=10).contains(&mails), "{mails}");
    stage.live(TimeDelta::hours(3)).await;
    stage.sink.take();
    stage.holds("later").await;
    stage.live(TimeDelta::minutes(4)).await;
    assert_eq!(stage.sink.take().len(), 1);
}

#[tokio::test]
async fn a_finding_is_told_again_only_when_it_went_and_came_back() {
    let mut stage = stage().await;
    stage.holds("1").await;
    stage.live(TimeDelta::minutes(5)).await;
    assert_eq!(stage.sink.take().len(), 1);
    // Held again with other words of the same: a host that changes the document, or a restart.
    let mut same = crate::stage::account_missing();
    same.message = "no account is configured for `Consulting` still".to_owned();
    for _ in 0..5 {
        stage.holds_for("1", same.clone()).await;
        stage.restart();
        stage.live(TimeDelta::hours(1)).await;
    }
    assert!(stage.sink.take().is_empty());
    stage.posts("1").await;
    stage.live(TimeDelta::hours(1)).await;
    assert!(stage.sink.take().is_empty());
    stage.holds("1").await;
    stage.live(TimeDelta::minutes(5)).await;
    assert_eq!(stage.sink.take().len(), 1);
}

#[tokio::test]
async fn what_went_before_it_was_told_is_not_told() {
    let stage = stage().await;
    stage.holds("1").await;
    stage.holds("2").await;
    stage.step().await;
    stage.pass(TimeDelta::minutes(1));
    stage.posts("1").await;
    stage.live(TimeDelta::minutes(5)).await;
    let mail = stage.sink.take().remove(0);
    assert_eq!(
        mail.header("Subject"),
        "tieout: 1 thing needs somebody (accounts)"
    );
    assert!(!mail.text().contains("INV-1 "), "{}", mail.text());

    stage.holds("3").await;
    stage.step().await;
    stage.posts("3").await;
    stage.live(TimeDelta::hours(2)).await;
    assert!(stage.sink.take().is_empty());
}

#[tokio::test]
async fn what_was_open_before_the_first_start_is_no_news() {
    let stage = Stage::empty().await;
    for id in 0..1_200 {
        stage.holds(&id.to_string()).await;
    }
    stage.pass(TimeDelta::hours(1));
    stage
        .group("accounts", &["ann@books.example"], NEEDS, Filter::default())
        .await;
    stage.live(TimeDelta::hours(1)).await;
    assert!(stage.sink.take().is_empty());
    stage.holds("1").await;
    stage.holds("new").await;
    stage.live(TimeDelta::minutes(10)).await;
    let mail = stage.sink.take().remove(0);
    assert_eq!(
        mail.header("Subject"),
        "tieout: 1 thing needs somebody (accounts)"
    );
    assert!(mail.text().contains("INV-new"), "{}", mail.text());
}

fn fact(access: Access) -> Vec<ConnectionFact> {
    vec![ConnectionFact {
        connection: ConnectionId::new("acme").unwrap(),
        access,
    }]
}

fn broken() -> Access {
    Access::NeedsConsent {
        trouble: Trouble::AccessBroken,
        message: "the access does not work any more".to_owned(),
        remedy: "Run `tieout connect acme --again`.".to_owned(),
    }
}

#[tokio::test]
async fn an_access_that_broke_is_told_once_with_what_to_do() {
    let mut stage = stage().await;
    *stage.facts.connections.lock().unwrap() = fact(broken());
    stage.live(TimeDelta::minutes(10)).await;
    let mail = stage.sink.take().remove(0);
    let text = mail.text();
    assert!(text.contains("1 x access_broken"), "{text}");
    assert!(text.contains("tieout connect acme --again"), "{text}");
    stage.restart();
    stage.live(TimeDelta::days(3)).await;
    assert!(stage.sink.take().is_empty());
    *stage.facts.connections.lock().unwrap() = fact(Access::Works { lapses_at: None });
    stage.live(TimeDelta::minutes(10)).await;
    *stage.facts.connections.lock().unwrap() = fact(Access::Unknown);
    stage.live(TimeDelta::minutes(10)).await;
    assert!(stage.sink.take().is_empty());
    *stage.facts.connections.lock().unwrap() = fact(broken());
    stage.live(TimeDelta::minutes(10)).await;
    assert_eq!(stage.sink.take().len(), 1);
}

#[tokio::test]
async fn an_access_that_lapses_soon_is_told_twice_and_use_ends_it() {
    let stage = Stage::empty().await;
    let wants = Wants {
        grant_expiring: true,
        ..NOTHING
    };
    stage
        .group("admins", &["it@books.example"], wants, Filter::default())
        .await;
    let lapses_at = stage.now() + TimeDelta::days(60);
    let works = |at| {
        fact(Access::Works {
            lapses_at: Some(at),
        })
    };
    *stage.facts.connections.lock().unwrap() = works(lapses_at);
    let mut days = Vec::new();
    for day in 0..59 {
        for mail in stage.sink.take() {
            assert_eq!(
                mail.header("Subject"),
                "tieout: 1 access lapses soon (admins)"
            );
            days.push(day);
        }
        for _ in 0..4 {
            stage.step().await;
            stage.pass(TimeDelta::hours(6));
        }
    }
    assert_eq!(days, [47, 58]);
    *stage.facts.connections.lock().unwrap() = works(stage.now() + TimeDelta::days(60));
    stage.live(TimeDelta::hours(1)).await;
    *stage.facts.connections.lock().unwrap() = works(stage.now() + TimeDelta::days(10));
    stage.live(TimeDelta::hours(1)).await;
    assert_eq!(stage.sink.take().len(), 1);
}
