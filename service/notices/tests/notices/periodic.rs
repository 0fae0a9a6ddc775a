//! The message of what happened: told once, counted whole, and only when something happened.

use chrono::TimeDelta;
use tieout_core::document::ConnectionId;
use tieout_core::engine::{Event, Op};
use tieout_notices::{Filter, Wants};

use crate::stage::{NOTHING, Stage, clean};

const PERIODIC: Wants = Wants {
    periodic: true,
    ..NOTHING
};

#[tokio::test]
async fn what_happened_is_told_after_a_while_and_silence_is_kept() {
    let stage = Stage::empty().await;
    stage
        .group(
            "accounts",
            &["ann@books.example"],
            PERIODIC,
            Filter::default(),
        )
        .await;
    stage.live(TimeDelta::hours(2)).await;
    assert!(stage.sink.arrived().is_empty());

    stage.posts("1").await;
    stage.pays("1").await;
    stage.holds("2").await;
    stage.live(TimeDelta::minutes(24)).await;
    assert!(stage.sink.arrived().is_empty());
    stage.live(TimeDelta::minutes(5)).await;
    let mails = stage.sink.take();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        mails[0].header("Subject"),
        "tieout: 1 sent, 1 paid, 1 failed (accounts)"
    );
    let text = mails[0].text();
    for part in [
        "3 things happened",
        "Sent to the accounting system: 1\n- INV-1 (invoice of case-manager to acme)\n    https://tieout.example/app/documents/case-manager/invoice/1\n",
        "Payments imported: 1",
        "account_missing: no account is configured for `Consulting`",
        "tieout explain INV-2",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    stage.live(TimeDelta::hours(2)).await;
    assert!(stage.sink.arrived().is_empty());
}

#[tokio::test]
async fn every_payment_is_listed_with_its_amount_and_summed_by_currency() {
    let stage = Stage::empty().await;
    stage
        .group(
            "accounts",
            &["ann@books.example"],
            PERIODIC,
            Filter::default(),
        )
        .await;
    stage.step().await;
    let payment = clean("1")
        .told
        .payments
        .into_values()
        .next()
        .unwrap()
        .payment;
    for id in ["1", "2", "3"] {
        stage.pays(id).await;
    }
    stage.live(TimeDelta::minutes(30)).await;
    let text = stage.sink.take().remove(0).text();
    let amount = tieout_core::document::Money::new(payment.amount, payment.currency);
    let sum = amount
        .checked_add(amount)
        .unwrap()
        .checked_add(amount)
        .unwrap();
    assert!(
        text.contains(&format!("Payments imported: 3\n  {sum}\n")),
        "{text}"
    );
    assert!(
        text.contains(&format!("{amount} on {}", payment.date)),
        "{text}"
    );
}

/// A document whose payment came to this at last.
fn paid(revision: u64, amount: &str, removed: bool) -> tieout_core::engine::Binding {
    let mut binding = clean("1");
    for told in binding.told.payments.values_mut() {
        told.revision = revision;
        told.payment.amount = amount.parse().unwrap();
        told.removed = removed;
    }
    binding
}

#[tokio::test]
async fn a_payment_that_is_corrected_counts_once_and_one_that_is_taken_back_is_told() {
    let stage = Stage::empty().await;
    let members = ["ann@books.example"];
    stage
        .group("accounts", &members, PERIODIC, Filter::default())
        .await;
    stage.step().await;
    let currency = clean("1").told.payments.into_values().next();
    let currency = currency.unwrap().payment.currency;
    stage.pays_as(paid(1, "100", false)).await;
    stage.step().await;
    // Told again without being news, and told of twice before anybody looked.
    stage.pays_as(paid(1, "100", false)).await;
    stage.pays_as(paid(2, "80.50", false)).await;
    stage.step().await;
    stage.pays_as(paid(2, "80.50", false)).await;
    stage.live(TimeDelta::minutes(30)).await;
    let text = stage.sink.take().remove(0).text();
    let told = format!("Payments imported: 2\n  80.50 {currency}\n");
    assert!(text.contains(&told), "{text}");
    let before = format!("before 100.00 {currency}");
    assert!(text.contains(&before), "{text}");

    stage.pays_as(paid(3, "80.50", true)).await;
    stage.live(TimeDelta::minutes(30)).await;
    let text = stage.sink.take().remove(0).text();
    let told = format!("Payments taken back: 1\n  80.50 {currency}\n");
    assert!(text.contains(&told), "{text}");
    assert!(!text.contains("imported"), "{text}");
}

#[tokio::test]
async fn a_restart_tells_nothing_twice_and_forgets_nothing() {
    let mut stage = Stage::empty().await;
    stage
        .group(
            "accounts",
            &["ann@books.example"],
            PERIODIC,
            Filter::default(),
        )
        .await;
    stage.step().await;
    let mut told = Vec::new();
    for id in 1..=30 {
        stage.posts(&id.to_string()).await;
        if id % 3 == 0 {
            stage.step().await;
        }
        stage.restart();
        stage.pass(TimeDelta::minutes(3));
        stage.step().await;
        told.extend(stage.sink.take());
    }
    stage.live(TimeDelta::hours(1)).await;
    told.extend(stage.sink.take());
    let text: String = told.iter().map(crate::sink::Arrived::text).collect();
    for id in 1..=30 {
        let line = format!("- INV-{id} (");
        assert_eq!(text.matches(&line).count(), 1, "{line}");
    }
    assert!((3..=5).contains(&told.len()), "{}", told.len());
}

#[tokio::test]
async fn a_group_hears_of_its_own_connections_and_of_nothing_before_it_was_there() {
    let stage = Stage::empty().await;
    stage
        .group("all", &["all@books.example"], PERIODIC, Filter::default())
        .await;
    stage.step().await;
    stage.posts("1").await;
    stage.pass(TimeDelta::seconds(1));
    let elsewhere = Filter {
        connections: vec![ConnectionId::new("other").unwrap()],
        ..Filter::default()
    };
    let here = Filter {
        connections: vec![ConnectionId::new("acme").unwrap()],
        ..Filter::default()
    };
    stage
        .group("other", &["other@books.example"], PERIODIC, elsewhere)
        .await;
    stage
        .group("late", &["late@books.example"], PERIODIC, here)
        .await;
    stage.live(TimeDelta::minutes(30)).await;
    let to: Vec<String> = stage.sink.take().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["all@books.example"]);

    stage.posts("2").await;
    stage.live(TimeDelta::minutes(30)).await;
    let mut to: Vec<String> = stage.sink.take().into_iter().map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, ["all@books.example", "late@books.example"]);
}

#[tokio::test]
async fn what_happened_between_the_adding_of_a_group_and_the_first_step_is_told() {
    let stage = Stage::empty().await;
    stage.posts("before").await;
    stage.pass(TimeDelta::seconds(1));
    stage
        .group(
            "accounts",
            &["ann@books.example"],
            PERIODIC,
            Filter::default(),
        )
        .await;
    stage.posts("1").await;
    stage.pass(TimeDelta::days(2));
    stage.posts("2").await;
    stage.live(TimeDelta::minutes(30)).await;
    let mail = stage.sink.take().remove(0);
    assert_eq!(mail.header("Subject"), "tieout: 2 sent (accounts)");
}

#[tokio::test]
async fn what_failed_and_was_mended_meanwhile_says_so() {
    let stage = Stage::empty().await;
    stage
        .group(
            "accounts",
            &["ann@books.example"],
            PERIODIC,
            Filter::default(),
        )
        .await;
    stage.step().await;
    stage.holds("1").await;
    stage.step().await;
    stage.pass(TimeDelta::minutes(5));
    stage.posts("1").await;
    stage.live(TimeDelta::minutes(30)).await;
    let mail = stage.sink.take().remove(0);
    assert_eq!(
        mail.header("Subject"),
        "tieout: 1 sent, 1 failed, 1 mended (accounts)"
    );
    assert!(
        mail.text().contains("It was mended since."),
        "{}",
        mail.text()
    );
}

#[tokio::test]
async fn changes_and_voids_are_told_apart_from_what_was_sent() {
    let stage = Stage::empty().await;
    stage
        .group(
            "accounts",
            &["ann@books.example"],
            PERIODIC,
            Filter::default(),
        )
        .await;
    stage.step().await;
    for op in [Op::Create, Op::Update, Op::Void] {
        let event = Event::Landed {
            op,
            provider_id: "p-1".to_owned(),
        };
        stage.happens(clean("1"), event).await;
    }
    stage.live(TimeDelta::minutes(30)).await;
    let mail = stage.sink.take().remove(0);
    assert_eq!(
        mail.header("Subject"),
        "tieout: 1 sent, 1 changed, 1 voided (accounts)"
    );
}
