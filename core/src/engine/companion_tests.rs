//! What the comparison and the transitions of companions promise, one by one.

use rust_decimal::Decimal;

use super::sample::{self, NOW};
use super::*;
use crate::check::Rule;
use crate::document::{Document, HostPayment, HostPaymentId, ProviderPaymentId};
use crate::mapping::testing::{invoice_of, totals_of};
use crate::provider::{Rejection, RejectionKind, SnapshotStatus};
use crate::settings::{HostPayments, Settings};

const ON: HostPolicy = HostPolicy {
    companions: Some(1),
    ..sample::POLICY
};

fn settings() -> Settings {
    Settings {
        host_payments: Some(HostPayments {
            account: Some("090".to_owned()),
            ..HostPayments::default()
        }),
        ..Settings::default()
    }
}

fn payment(id: &str, cents: i64) -> HostPayment {
    HostPayment {
        id: HostPaymentId::new(id).unwrap(),
        date: sample::snapshot().date,
        amount: Decimal::new(cents, 2),
        account_code: None,
        method: None,
        reference: Some("\"Tap\"  5 \u{e9}".to_owned()),
        ledger_payment_id: None,
    }
}

fn document(payments: &[HostPayment]) -> Document {
    let mut invoice = invoice_of(Vec::new(), totals_of("100", "10", "110"));
    invoice.payments = Some(payments.to_vec());
    Document::Invoice(invoice)
}

fn compared(binding: &Binding, payments: &[HostPayment]) -> Binding {
    companions_wanted(binding, Some(&document(payments)), &settings(), ON, NOW).binding
}

fn departed(binding: &Binding) -> Binding {
    companion_departed(binding, "payment/a/0", 300, NOW, NOW)
        .unwrap()
        .0
        .binding
}

fn came(binding: &Binding, outcome: &CompanionOutcome) -> Binding {
    companion_came(binding, "payment/a/0", outcome, None, ON, NOW)
        .unwrap()
        .binding
}

fn done(id: &str) -> CompanionOutcome {
    CompanionOutcome::Done(Some(ProviderPaymentId::new(id).unwrap()))
}

fn states(binding: &Binding) -> Vec<(&str, &str)> {
    let items = binding.companions.items.iter();
    items
        .map(|(key, item)| (key.as_str(), item.state.name()))
        .collect()
}

/// What is due but for telling the host.
fn lanes(binding: &Binding) -> Vec<Lane> {
    let lanes = binding.due().into_iter().map(|due| due.lane);
    lanes.filter(|lane| *lane != Lane::Deliver).collect()
}

fn made() -> Binding {
    came(
        &departed(&compared(&sample::posted(), &[payment("a", 4_000)])),
        &done("own"),
    )
}

#[test]
fn a_payment_is_wanted_sent_and_done_with_a_marker_that_is_plain() {
    let wanted = compared(&sample::posted(), &[payment("a", 4_000)]);
    assert_eq!(states(&wanted), [("payment/a/0", "waits")]);
    let marker = &wanted.companions.items["payment/a/0"]
        .what
        .payment()
        .unwrap()
        .marker;
    assert!(
        marker.starts_with("Tap 5 tieout-") && marker.len() < 100,
        "{marker}"
    );
    assert!(
        marker
            .chars()
            .all(|char| char.is_ascii_graphic() || char == ' ')
    );
    assert_eq!(lanes(&wanted), [Lane::Beside]);
    assert_eq!(states(&made()), [("payment/a/0", "done")]);
    assert_eq!(lanes(&compared(&made(), &[payment("a", 4_000)])), []);
}

#[test]
fn a_repeat_keeps_its_key_while_the_provider_knows_it_and_then_takes_another() {
    let doubted = came(
        &departed(&compared(&sample::posted(), &[payment("a", 4_000)])),
        &CompanionOutcome::InDoubt("no reply".to_owned()),
    );
    let absent = came(&doubted, &CompanionOutcome::Absent(Vec::new()));
    let at = |seconds| {
        let at = NOW + chrono::Duration::seconds(seconds);
        companion_departed(&absent, "payment/a/0", 300, at, at)
            .unwrap()
            .1
    };
    let CompanionState::Unsure(first) = &doubted.companions.items["payment/a/0"].state else {
        panic!("in doubt")
    };
    assert_eq!(at(299).key, first.key);
    assert_ne!(at(300).key, first.key);
}

#[test]
fn a_payment_of_somebody_that_is_like_ours_is_told_once_a_look_shows_that_it_is_not_ours() {
    let is_told = |binding: &Binding, id: &str| {
        let id = ProviderPaymentId::new(id).unwrap();
        let owed = crate::engine::owed(binding, ON);
        owed.iter().any(|item| item.payment_id() == Some(&id))
    };
    let shown = |binding: &Binding, ids: &[&str], seconds| {
        let mut snapshot = sample::paid_snapshot("unlike", 5);
        let payments = ids.iter().map(|id| sample::paid_snapshot(id, 4_000));
        let payments = payments.flat_map(|paid| paid.payments);
        snapshot.payments.extend(payments);
        snapshot.updated_at = NOW + chrono::Duration::seconds(seconds);
        provider_changed(binding, &snapshot, ON, NOW)
            .unwrap()
            .binding
    };
    let sent = departed(&compared(&sample::posted(), &[payment("a", 4_000)]));
    let alike = shown(&sent, &["theirs"], 1);
    assert!(is_told(&alike, "unlike") && !is_told(&alike, "theirs"));
    let theirs = vec![ProviderPaymentId::new("theirs").unwrap()];
    let looked = came(&alike, &CompanionOutcome::Absent(theirs));
    assert!(is_told(&looked, "theirs"));

    // One that is seen while the question is on its way is asked about once more.
    let between = came(&alike, &CompanionOutcome::Absent(Vec::new()));
    assert_eq!(states(&between), [("payment/a/0", "in doubt")]);

    // What the request does late, or somebody enters after the look, is looked for again, though nothing may leave.
    let mut held = looked.clone();
    held.state = State::Held {
        findings: vec![sample::finding()],
    };
    let late = shown(&held, &["theirs", "late"], 2);
    assert_eq!(states(&late), [("payment/a/0", "in doubt")]);
    assert!(is_told(&late, "theirs") && !is_told(&late, "late"));
    let found = came(&late, &done("late"));
    assert!(is_told(&found, "theirs") && !is_told(&found, "late"));
}

#[test]
fn what_the_host_changes_while_a_request_has_it_waits_for_the_outcome() {
    let sent = departed(&compared(&sample::posted(), &[payment("a", 4_000)]));
    let changed = compared(&sent, &[payment("a", 5_000)]);
    assert_eq!(states(&changed), [("payment/a/0", "on its way")]);
    let landed = came(&changed, &done("own"));
    assert!(
        landed.companions.look_at.is_some(),
        "compared again at once"
    );
    let compared_again = compared(&landed, &[payment("a", 5_000)]);
    assert_eq!(
        states(&compared_again),
        [("payment/a/0", "to be taken back")]
    );
    let back = came(&compared_again, &CompanionOutcome::TakenBack);
    assert_eq!(
        states(&compared(&back, &[payment("a", 5_000)])),
        [("payment/a/0", "taken back"), ("payment/a/1", "waits")]
    );
}

#[test]
fn a_payment_waits_until_an_older_one_is_taken_back() {
    let taking = compared(&made(), &[payment("b", 11_000)]);
    assert_eq!(
        states(&taking),
        [
            ("payment/a/0", "to be taken back"),
            ("payment/b/0", "waits")
        ]
    );
    let leaves =
        |binding: &Binding| companion_departed(binding, "payment/b/0", 300, NOW, NOW).is_some();
    let put_off = came(&taking, &CompanionOutcome::PutBack("502".to_owned()));
    for binding in [&taking, &put_off] {
        assert!(!leaves(binding));
        let why = binding.keeps_waiting(&binding.companions.items["payment/b/0"]);
        assert!(why.unwrap().contains("taken back"));
        assert_eq!(lanes(binding), [Lane::Beside]);
    }
    assert!(leaves(&came(&put_off, &CompanionOutcome::TakenBack)));
}

#[test]
fn payments_do_not_leave_before_the_document_is_approved() {
    let mut draft = sample::posted();
    draft.posted.as_mut().unwrap().status = SnapshotStatus::Draft;
    let wanted = compared(&draft, &[payment("a", 4_000)]);
    assert_eq!(lanes(&wanted), []);
    assert_eq!(
        companion_departed(&wanted, "payment/a/0", 300, NOW, NOW),
        None
    );
    let item = &wanted.companions.items["payment/a/0"];
    assert!(wanted.keeps_waiting(item).unwrap().contains("draft"));
}

#[test]
fn a_refusal_stays_under_the_same_ground_and_is_tried_under_another() {
    let rejection = Rejection {
        kind: RejectionKind::PeriodLocked,
        messages: vec!["the period is locked".to_owned()],
        advice: None,
    };
    let sent = departed(&compared(&sample::posted(), &[payment("a", 4_000)]));
    let mut refused = came(&sent, &CompanionOutcome::Refused(rejection));
    let rules: Vec<_> = refused.findings().map(|it| it.rule.clone()).collect();
    assert_eq!(rules, [Rule::PaymentNotMade]);
    assert_eq!(
        states(&compared(&refused, &[payment("a", 4_000)])),
        [("payment/a/0", "refused")]
    );
    let retried = retry(&refused, "ana", NOW).unwrap().binding;
    assert_eq!(states(&retried), [("payment/a/0", "waits")]);
    refused.content = sample::content("newer");
    assert_eq!(
        states(&compared(&refused, &[payment("a", 4_000)])),
        [("payment/a/0", "waits")]
    );
}

#[test]
fn a_void_waits_until_our_payments_are_taken_back() {
    let mut gone = made();
    let mut paid = sample::paid_snapshot("own", 4_000);
    paid.updated_at = NOW + chrono::Duration::seconds(1);
    gone = provider_changed(&gone, &paid, ON, NOW).unwrap().binding;
    gone.wanted = Wanted::Gone;
    gone.state = State::ready(Op::Void);
    gone.companions.look_at = Some(NOW);
    assert_eq!(lanes(&gone), [Lane::Beside]);
    let taking = compared(&gone, &[payment("a", 4_000)]);
    assert_eq!(states(&taking), [("payment/a/0", "to be taken back")]);
    assert_eq!(lanes(&taking), [Lane::Beside]);
    let free = came(&taking, &CompanionOutcome::TakenBack);
    let free = compared(&free, &[]);
    assert_eq!(lanes(&free), [Lane::Dispatch]);
}

#[test]
fn a_payment_that_vanished_before_it_was_seen_is_looked_for_and_never_made_again_unasked() {
    let mut binding = made();
    binding.posted.as_mut().unwrap().updated_at = NOW + chrono::Duration::seconds(9);
    let missed = compared(&binding, &[payment("a", 4_000)]);
    assert_eq!(states(&missed), [("payment/a/0", "looked for")]);
    let standing = came(&missed, &done("own"));
    assert_eq!(states(&standing), [("payment/a/0", "done")]);
    let gone = came(&missed, &CompanionOutcome::Absent(Vec::new()));
    let again = compared(&gone, &[payment("a", 4_000)]);
    assert_eq!(states(&again), [("payment/a/0", "removed at the provider")]);
}

#[test]
fn a_lost_document_leaves_everything_as_it_is() {
    let binding = made();
    let looked = companions_wanted(&binding, None, &settings(), ON, NOW);
    assert_eq!(states(&looked.binding), [("payment/a/0", "done")]);
    assert_eq!(looked.entries, []);
}

#[test]
fn a_stored_binding_of_before_has_no_companions_and_one_with_some_comes_back_as_it_was() {
    let before = serde_json::to_value(sample::posted()).unwrap();
    assert!(before.get("companions").is_none());
    let json = serde_json::to_string(&made()).unwrap();
    assert_eq!(serde_json::from_str::<Binding>(&json).unwrap(), made());
}
