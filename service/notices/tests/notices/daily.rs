//! The mail of the day: what did not go, as it stands; nothing to say is no mail.

use chrono::TimeDelta;
use tieout_core::check::{Finding, Rule};
use tieout_core::engine::{Binding, Event, State, Wanted};
use tieout_notices::{Filter, NotifyConfig, Wants};

use crate::stage::{NOTHING, Stage, clean};

const DAILY: Wants = Wants {
    daily: true,
    ..NOTHING
};

/// Ten in the morning, with the mail of the day at six.
async fn stage() -> Stage {
    let stage = Stage::empty().await;
    stage
        .group("accounts", &["ann@books.example"], DAILY, Filter::default())
        .await;
    stage.step().await;
    stage
}

async fn void_fails(stage: &Stage, id: &str) {
    let finding = Finding::new(
        Rule::VoidRefused,
        "it has a payment at Xero",
        "Take the payment back there.",
    );
    let binding = Binding {
        wanted: Wanted::Gone,
        state: State::Rejected {
            finding: finding.clone(),
        },
        ..clean(id)
    };
    stage.happens(binding, Event::Refused { finding }).await;
}

#[tokio::test]
async fn every_unsent_document_and_every_failed_removal_is_in_it() {
    let stage = stage().await;
    stage.holds("1").await;
    void_fails(&stage, "2").await;
    stage.posts("3").await;
    stage.live(TimeDelta::hours(19)).await;
    assert!(stage.sink.arrived().is_empty());
    stage.live(TimeDelta::hours(2)).await;
    let mails = stage.sink.take();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        mails[0].header("Subject"),
        "tieout, the day: 1 document not sent, 1 removal failed (accounts)"
    );
    let text = mails[0].text();
    for part in [
        "Not sent because of an error: 1\n- INV-1 (",
        "Not deleted or voided, though the host let it go: 1\n- INV-2 (",
        "void_refused: it has a payment at Xero",
        "tieout retry case-manager/invoice/1",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("INV-3"), "{text}");
    // It stands there every day for as long as it is so.
    stage.live(TimeDelta::days(2)).await;
    assert_eq!(stage.sink.take().len(), 2);
    stage.posts("1").await;
    stage.posts("2").await;
    stage.live(TimeDelta::days(3)).await;
    assert!(stage.sink.take().is_empty());
}

#[tokio::test]
async fn a_day_that_was_missed_is_made_up_for_once() {
    let mut stage = stage().await;
    stage.holds("1").await;
    stage.step().await;
    stage.pass(TimeDelta::days(5));
    stage.restart();
    stage.step().await;
    assert_eq!(stage.sink.take().len(), 1);
    stage.live(TimeDelta::hours(12)).await;
    assert!(stage.sink.take().is_empty());
}

#[tokio::test]
async fn a_group_that_wants_it_hears_also_that_everything_went() {
    let config = NotifyConfig {
        daily_always: true,
        ..NotifyConfig::default()
    };
    let stage = Stage::with(config).await;
    stage
        .group("accounts", &["ann@books.example"], DAILY, Filter::default())
        .await;
    stage.live(TimeDelta::days(2)).await;
    let mails = stage.sink.take();
    assert_eq!(mails.len(), 2);
    assert!(mails[0].text().starts_with("Everything went"));
}

#[tokio::test]
async fn of_thousands_the_newest_are_listed_and_the_rest_is_counted() {
    let stage = stage().await;
    for id in 0..1_700 {
        stage.holds(&id.to_string()).await;
        stage.pass(TimeDelta::seconds(1));
    }
    stage.live(TimeDelta::hours(21)).await;
    let text = stage.sink.take().remove(0).text();
    assert!(
        text.contains("Not sent because of an error: 1700\n- INV-1699 ("),
        "{text}"
    );
    assert!(text.contains("- and 1650 more"), "{text}");
    assert!(text.len() < 40_000, "{}", text.len());
}
