//! What payments promise: they are read with their document, and protect it.

use rust_decimal::Decimal;
use tieout_core::document::{DocumentKind, SettlementStatus};
use tieout_core::provider::{RejectionKind, Snapshot, SnapshotStatus};

use super::acts::{again, backstage, create, is_settled, plain, send_one, units, void};
use super::stage::{Act, Stage};

/// In part, then wholly, then not at all; the sums agree each time.
pub async fn a_read_shows_what_was_paid(stage: &dyn Stage, kind: DocumentKind) {
    if !is_settled(kind) {
        return println!("nobody pays a {kind}");
    }
    let made = create(stage, "paid", &plain(stage, kind, "Paid")).await;
    let rest = made.amount_due - units(30);
    let people = backstage(stage);
    let (id, pay) = (&made.id, |amount| Act::Pay {
        kind,
        id: &made.id,
        amount,
    });
    people.person(pay(units(30)));
    let held = again(stage, &made).await;
    agrees(&held, &[units(30)], SettlementStatus::PartlyPaid);
    assert_eq!(held.status, SnapshotStatus::Authorised);
    people.person(pay(rest));
    let held = again(stage, &made).await;
    agrees(&held, &[units(30), rest], SettlementStatus::Paid);
    assert_eq!(held.status, SnapshotStatus::Paid);
    assert_ne!(held.payments[0].id, held.payments[1].id);
    people.person(Act::TakePaymentsBack { kind, id });
    let held = again(stage, &made).await;
    agrees(&held, &[], SettlementStatus::Unpaid);
    assert_eq!(held.status, SnapshotStatus::Authorised);
}

/// In part as well as wholly; and the document and its money stay.
pub async fn the_removal_of_something_paid_is_refused_as_not_editable(
    stage: &dyn Stage,
    kind: DocumentKind,
) {
    if !is_settled(kind) {
        return println!("nobody pays a {kind}");
    }
    let gross = plain(stage, kind, "Any").totals.gross;
    for (name, amount) in [("part", units(30)), ("whole", gross)] {
        let made = create(stage, name, &plain(stage, kind, name)).await;
        backstage(stage).person(Act::Pay {
            kind,
            id: &made.id,
            amount,
        });
        let paid = again(stage, &made).await;
        for (key, seen) in [("stale", &made), ("fresh", &paid)] {
            let removal = void(stage, &format!("{name} {key}"), seen);
            let refused = send_one(stage, &removal).await.expect_err("it is paid");
            assert_eq!(refused.kind, RejectionKind::NotEditable, "{refused:?}");
        }
        assert_eq!(again(stage, &made).await, paid);
    }
}

fn agrees(held: &Snapshot, payments: &[Decimal], status: SettlementStatus) {
    let mut amounts: Vec<Decimal> = held.payments.iter().map(|one| one.amount).collect();
    let mut wanted = payments.to_vec();
    amounts.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(amounts, wanted);
    let sum: Decimal = payments.iter().sum();
    assert_eq!(held.amount_paid + held.amount_credited, sum);
    assert_eq!(held.amount_due, held.totals.gross - sum);
    assert_eq!(held.settlement().status, status);
    assert!(
        held.payments
            .iter()
            .all(|one| one.currency == held.currency)
    );
}
