//! Promises about summaries: each document stands once, inside one of them or alone, and is told and settled as its own.

use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::document::SettlementStatus;
use tieout_core::driver::{Choice, TieOutRow};
use tieout_core::engine::{
    HostPolicy, Manner, SkipReason, State, detach, none_of_these, retry, skip, undo,
};
use tieout_core::host::PostingState;
use tieout_core::provider::SnapshotStatus;
use tieout_core::tieout::{Depth, Verdict};
use tokio_util::sync::CancellationToken;

use crate::support::documents::{
    cents, division_route, document_id, host_id, host_payment, invoice, line, paying, revised,
    voided,
};
use crate::support::host::TestHost;
use crate::support::provider::Fault;
use crate::support::scene::Scene;
use crate::support::summing::{TO_THE_CLOSE, assert_summed, gather, gathering, summaries, summary};

/// A weekly summary of two invoices, of 110.00 and 55.00, in the books.
async fn sent() -> Scene {
    let scene = gathering();
    scene.host().put(&invoice("1", &[10_000]));
    scene.host().put(&invoice("2", &[3_000, 2_000]));
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    scene
}

fn told_everything() -> HostPolicy {
    HostPolicy {
        postings: true,
        payments: true,
        settlements: true,
        payments_ahead_days_max: None,
        companions: None,
    }
}

fn leaves_at(state: &State) -> Option<String> {
    match state {
        State::Skipped {
            reason: SkipReason::Gathers { leaves_at, .. },
        } => Some(leaves_at.to_rfc3339()),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn documents_wait_visibly_for_the_close_of_their_period_and_leave_as_one() {
    let scene = gathering();
    scene.host().put(&invoice("1", &[10_000]));
    scene.host().put(&invoice("2", &[3_000, 2_000]));
    scene.sync().await;
    let expected = Some("2026-11-17T00:00:00+00:00".to_owned());
    assert_eq!(leaves_at(&scene.state("1").await), expected);
    assert!(scene.provider().live_documents().is_empty());
    assert!(scene.host().told().is_empty());
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    let held = scene.provider().live_documents();
    let [held] = held.as_slice() else {
        panic!("one document")
    };
    assert_eq!(held.totals.gross, cents(16_500));
    assert_eq!(held.date.to_string(), "2026-11-15");
    assert!(held.number.starts_with("SUM-2026-W46-"), "{}", held.number);
    let texts: Vec<&str> = held
        .lines
        .iter()
        .map(|it| it.description.as_str())
        .collect();
    assert_eq!(
        texts,
        ["INV-1: Service 1", "INV-2: Service 1", "INV-2: Service 2"]
    );
    for id in ["1", "2"] {
        let told = scene.host().postings(&document_id(id));
        let [notice] = told.as_slice() else {
            panic!("one notice")
        };
        assert_eq!(notice.state, PostingState::Posted);
        assert_eq!(notice.ledger_number.as_ref(), Some(&held.number));
    }
    scene.sync().await;
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn another_contact_currency_or_week_has_a_summary_of_its_own() {
    let scene = gathering();
    scene.host().put(&invoice("1", &[10_000]));
    scene.host().put(&revised(&invoice("2", &[10_000]), |it| {
        it.bill_to.name = "Banksia Care".to_owned();
    }));
    scene.host().put(&revised(&invoice("3", &[10_000]), |it| {
        it.issue_date = "2026-11-08".parse().unwrap();
    }));
    scene.host().put(&invoice("4", &[10_000]));
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    assert_eq!(scene.provider().live_documents().len(), 3);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_alone_before_is_never_gathered() {
    let mut scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene = gather(scene);
    scene
        .host()
        .put(&revised(&first, |it| it.lines = vec![line("1", 12_000)]));
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert!(summaries(&scene).await.is_empty());
    let voided = voided(&revised(&first, |_| {}));
    scene.host().put(&voided);
    scene.sync().await;
    scene.host().put(&revised(&voided, |it| {
        it.status = tieout_core::document::InvoiceStatus::Final;
    }));
    scene.sync().await;
    assert!(summaries(&scene).await.is_empty());
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_summary_leaves_only_when_its_host_was_read_to_the_end_after_the_close() {
    let scene = gathering();
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    scene.wait(TO_THE_CLOSE).await;
    // Three records a page: more of the week than one page holds.
    (2..=9).for_each(|id| scene.host().put(&invoice(&id.to_string(), &[1_000])));
    scene
        .host()
        .fail_changes([tieout_core::host::HostErrorKind::Unavailable]);
    scene.sync_troubled().await;
    assert!(summaries(&scene).await.is_empty(), "more may come");
    scene.host().mend();
    scene.sync().await;
    let summary = summary(&scene).await;
    assert_eq!(summary.member_keys().len(), 9);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_late_document_has_a_further_summary_of_the_same_week() {
    let scene = sent().await;
    scene.host().put(&invoice("3", &[700]));
    scene.sync().await;
    let all = summaries(&scene).await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].number, format!("{}-2", all[0].number));
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_that_moves_to_another_week_or_is_dropped_before_the_close_is_not_summed() {
    let scene = gathering();
    let (first, second) = (invoice("1", &[10_000]), invoice("2", &[5_000]));
    for one in [&first, &second, &invoice("3", &[700])] {
        scene.host().put(one);
    }
    scene.sync().await;
    scene.host().put(&revised(&first, |it| {
        it.issue_date = "2026-11-18".parse().unwrap();
    }));
    scene.host().remove(&second);
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    assert_eq!(summary(&scene).await.member_keys().len(), 1);
    assert!(leaves_at(&scene.state("1").await).is_some());
    assert_eq!(scene.state("2").await, State::Voided);
    scene.wait(Duration::from_secs(7 * 24 * 60 * 60)).await;
    scene.sync().await;
    assert_eq!(summaries(&scene).await.len(), 2);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn payments_settle_the_oldest_first_and_each_part_is_told_once() {
    let scene = sent().await;
    let number = summary(&scene).await.number;
    scene.provider().pay(&number, cents(12_000));
    scene.sync().await;
    let last = |id: &str| scene.host().settlements(&document_id(id)).pop();
    let (first, second) = (last("1").unwrap(), last("2").unwrap());
    assert_eq!(first.status, SettlementStatus::Paid);
    assert_eq!(
        (second.amount_paid, second.amount_due),
        (cents(1_000), cents(4_500))
    );
    let parts = |id: &str| -> Vec<_> {
        let held = scene.host().payments(&document_id(id));
        held.into_iter()
            .map(|it| (it.payment.id, it.payment.amount))
            .collect()
    };
    assert_eq!(parts("1")[0].1, cents(11_000));
    assert_eq!(parts("2")[0].1, cents(1_000));
    assert_ne!(parts("1")[0].0, parts("2")[0].0);
    scene.provider().pay(&number, cents(4_500));
    scene.sync().await;
    scene.sync().await;
    assert_eq!(last("2").unwrap().status, SettlementStatus::Paid);
    assert_eq!(parts("2").len(), 2);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_a_void_and_a_deletion_reach_an_unpaid_summary() {
    let scene = gathering();
    let (first, second) = (invoice("1", &[10_000]), invoice("2", &[5_000]));
    let third = invoice("3", &[700]);
    for one in [&first, &second, &third] {
        scene.host().put(one);
    }
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    let before = scene
        .provider()
        .live(&summary(&scene).await.number)
        .unwrap();
    scene
        .host()
        .put(&revised(&first, |it| it.lines = vec![line("1", 11_000)]));
    scene.host().put(&voided(&second));
    scene.host().remove(&third);
    scene.sync().await;
    let after = scene.provider().live(&before.number).unwrap();
    assert_eq!((&after.id, after.totals.gross), (&before.id, cents(12_100)));
    assert_eq!(
        after.lines[0].id, before.lines[0].id,
        "the line is the same one"
    );
    assert_eq!(scene.state("2").await, State::Voided);
    let told = scene.host().postings(&document_id("3"));
    assert_eq!(told.last().unwrap().state, PostingState::Voided);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_summary_that_everybody_left_is_voided() {
    let scene = gathering();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    let number = summary(&scene).await.number;
    scene.host().put(&voided(&first));
    scene.sync().await;
    assert_eq!(scene.provider().live(&number), None);
    assert_eq!(summary(&scene).await.state, State::Voided);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_after_a_payment_is_a_finding_that_goes_when_either_side_gives_way() {
    let scene = sent().await;
    let number = summary(&scene).await.number;
    scene.provider().pay(&number, cents(100));
    scene.sync().await;
    let changed = revised(&invoice("1", &[10_000]), |it| {
        it.lines = vec![line("1", 9_000)];
    });
    scene.host().put(&changed);
    scene.host().put(&voided(&invoice("2", &[3_000, 2_000])));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::SummarySettled]);
    assert_eq!(scene.rules("2").await, [Rule::SummarySettled]);
    let there = |scene: &Scene| scene.provider().live(&number).unwrap().totals.gross;
    assert_eq!(there(&scene), cents(16_500));
    let told = scene.host().postings(&document_id("2"));
    assert_eq!(told.last().unwrap().state, PostingState::DeleteFailed);
    // The host gives the first one back what it was.
    scene
        .host()
        .put(&revised(&changed, |it| it.lines = vec![line("1", 10_000)]));
    scene.sync().await;
    assert!(scene.rules("1").await.is_empty());
    // The payment is taken back, and the summary follows the second one.
    scene.provider().edit(&number, |held| held.payments.clear());
    scene.sync().await;
    scene.sync().await;
    assert_eq!(there(&scene), cents(11_000));
    assert_eq!(scene.state("2").await, State::Voided);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_is_held_alone_and_keeps_nobody_waiting() {
    let scene = gathering();
    scene.host().put(&invoice("1", &[10_000]));
    let bad = revised(&invoice("2", &[5_000]), |it| {
        it.lines[0].tax_code = Some("XX".to_owned());
    });
    scene.host().put(&bad);
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    assert_eq!(scene.rules("2").await, [Rule::TaxCodeUnmapped]);
    assert_eq!(summary(&scene).await.member_keys().len(), 1);
    scene.host().put(&revised(&bad, |it| {
        it.lines[0].tax_code = Some("GST".to_owned());
    }));
    scene.sync().await;
    assert_eq!(summaries(&scene).await.len(), 2);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_summary_is_told_to_each_member_and_mended_by_what_they_become() {
    let scene = gathering();
    let first = revised(&invoice("1", &[10_000]), |it| {
        it.lines[0].description = "unwelcome".to_owned();
    });
    scene.host().put(&first);
    scene.host().put(&invoice("2", &[5_000]));
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    let number = summary(&scene).await.number;
    assert!(matches!(
        summary(&scene).await.state,
        State::Rejected { .. }
    ));
    let told = scene.host().postings(&document_id("2")).pop().unwrap();
    assert_eq!(told.state, PostingState::Rejected);
    assert!(told.message.unwrap().contains(&number));
    scene.host().put(&revised(&first, |it| {
        it.lines[0].description = "Service".to_owned();
    }));
    scene.sync().await;
    let told = scene.host().postings(&document_id("2")).pop().unwrap();
    assert_eq!(told.state, PostingState::Posted);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn many_documents_fill_several_summaries() {
    let scene = gather(Scene::of(
        TestHost::with_pages(500),
        crate::support::documents::capability(),
    ));
    (1..=260).for_each(|id| scene.host().put(&invoice(&id.to_string(), &[1_000])));
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    let sizes: Vec<usize> = summaries(&scene)
        .await
        .iter()
        .map(|it| it.member_keys().len())
        .collect();
    assert_eq!(sizes, [250, 10]);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn without_the_setting_again_what_waits_leaves_alone_and_what_left_stays() {
    let mut scene = sent().await;
    scene.host().put(&revised(&invoice("3", &[700]), |it| {
        it.issue_date = "2026-11-17".parse().unwrap();
    }));
    scene.sync().await;
    scene.settings().summary = None;
    scene.sync().await;
    assert_eq!(scene.state("3").await, State::Posted);
    assert_eq!(scene.provider().live_documents().len(), 2);
    let changed = revised(&invoice("1", &[10_000]), |it| {
        it.lines = vec![line("1", 9_000)];
    });
    scene.host().put(&changed);
    scene.settings().sync_from = Some("2026-11-14".parse().unwrap());
    scene.sync().await;
    // It changes where it is: nothing is torn out of an invoice that the customer has.
    let number = summary(&scene).await.number;
    let there = scene.provider().live(&number).unwrap();
    assert_eq!(there.totals.gross, cents(15_400));
    assert_eq!(scene.provider().live_documents().len(), 2);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_tie_out_counts_members_once() {
    let scene = sent().await;
    scene
        .provider()
        .pay(&summary(&scene).await.number, cents(12_000));
    let world = scene.sync().await;
    for depth in [Depth::Remembered, Depth::Full] {
        let mut differing = Vec::new();
        let stop = CancellationToken::new();
        let mut tell = |_: &_, row: TieOutRow| {
            if let TieOutRow::Document(one) = row
                && matches!(one.verdict, Verdict::Differs { .. })
            {
                differing.push(format!("{one:?}"));
            }
        };
        let result = world.tie_out(depth, &stop, &mut tell).await.unwrap();
        assert!(differing.is_empty(), "{differing:?}");
        for (key, control) in &result.controls.0 {
            assert!(control.agrees(), "{key:?} {control:?}");
        }
        assert_eq!(result.counts.agree, 1);
    }
    let held = scene.provider().live_documents();
    assert_eq!(held[0].status, SnapshotStatus::Authorised);
}

#[tokio::test(start_paused = true)]
async fn what_leaves_a_sent_summary_goes_nowhere_else_before_the_provider_holds_it_without() {
    for fault in [Fault::NotProcessed, Fault::UnsureBefore, Fault::UnsureAfter] {
        let scene = sent().await;
        let number = summary(&scene).await.number;
        scene.provider().fail_send(2, fault.clone());
        scene.provider().away_after(2, Duration::from_secs(900));
        scene.host().put(&revised(&invoice("1", &[10_000]), |it| {
            it.issue_date = "2026-11-03".parse().unwrap();
        }));
        scene.sync_troubled().await;
        let leaves = scene.binding("1").await.summary.unwrap().leaving;
        assert!(leaves, "{fault:?}: it is still to be found out");
        assert!(scene.provider().live_documents().len() == 1, "{fault:?}");
        scene.wait(Duration::from_secs(1_200)).await;
        scene.sync().await;
        let there = scene.provider().live(&number).unwrap();
        assert_eq!(there.totals.gross, cents(5_500), "{fault:?}");
        assert_eq!(summaries(&scene).await.len(), 2, "{fault:?}");
        assert_summed(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_back_while_it_leaves_stays() {
    let scene = sent().await;
    scene.provider().fail_send(2, Fault::NotProcessed);
    scene.provider().away_after(2, Duration::from_secs(900));
    let away = revised(&invoice("1", &[10_000]), |it| {
        it.issue_date = "2026-11-03".parse().unwrap();
    });
    scene.host().put(&away);
    scene.sync_troubled().await;
    scene.host().put(&revised(&away, |it| {
        it.issue_date = "2026-11-10".parse().unwrap();
    }));
    scene.wait(Duration::from_secs(1_200)).await;
    scene.sync().await;
    assert_eq!(summary(&scene).await.member_keys().len(), 2);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_person_decides_about_a_summary_and_not_about_a_part_of_it() {
    let scene = sent().await;
    let (member, number) = (scene.binding("1").await, summary(&scene).await.number);
    let denied = [
        skip(&member, "ann", None, scene.now()).unwrap_err(),
        detach(&member, "ann", scene.now()).unwrap_err(),
        none_of_these(&member, &[], "ann", scene.now()).unwrap_err(),
        retry(&member, "ann", scene.now()).unwrap_err(),
    ];
    for denied in denied {
        assert!(denied.why.contains(&number), "{denied}");
    }
    let world = scene.world();
    let manner = (Manner::Overwrite, "ann");
    let adopted = world
        .adopt(&member, Choice::Named(&number), manner)
        .await
        .unwrap();
    assert!(adopted.unwrap_err().why.contains(&number));
}

#[tokio::test(start_paused = true)]
async fn what_joined_a_summary_while_a_person_looked_is_not_bound_alone() {
    let scene = gathering();
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    let looked_at = scene.binding("1").await;
    scene
        .provider()
        .books(|books| books.stranger("INV-1", cents(10_000), scene.now()));
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    let manner = (Manner::AsItIs, "ann");
    let adopted = scene.world().adopt(&looked_at, Choice::Found, manner).await;
    let denied = adopted.unwrap().unwrap_err();
    assert!(denied.why.contains("SUM-2026-W46"), "{denied}");
    assert_eq!(scene.binding("1").await.posted, None);
}

#[tokio::test(start_paused = true)]
async fn an_undone_summary_is_told_to_each_member_and_brought_back_by_a_retry() {
    let scene = sent().await;
    let (before, policy) = (summary(&scene).await, told_everything());
    let step = undo(
        &before,
        "ann",
        Some("the wrong week"),
        None,
        policy,
        scene.now(),
    );
    scene.act(step.unwrap()).await;
    scene.sync().await;
    scene.sync().await;
    assert!(scene.provider().live_documents().is_empty());
    for id in ["1", "2"] {
        let told = scene.host().postings(&document_id(id)).pop().unwrap();
        assert_eq!(told.state, PostingState::Voided);
    }
    // A late document does not come into it again by the back door.
    scene.host().put(&invoice("3", &[700]));
    scene.sync().await;
    assert_eq!(scene.provider().live_documents().len(), 1);
    let step = retry(&summaries(&scene).await[0], "ann", scene.now());
    scene.act(step.unwrap()).await;
    scene.sync().await;
    let told = scene.host().postings(&document_id("1")).pop().unwrap();
    assert_eq!(told.state, PostingState::Posted);
    assert_summed(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_document_with_a_payment_of_its_host_travels_alone() {
    let mut scene = gathering();
    scene.settings().host_payments = paying();
    let paid = revised(&invoice("1", &[10_000]), |it| {
        it.payments = Some(vec![host_payment("p1", cents(11_000))]);
    });
    scene.host().put(&paid);
    scene.host().put(&invoice("2", &[5_000]));
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(summary(&scene).await.member_keys().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_member_that_is_routed_elsewhere_leaves_first() {
    let scene =
        gather(Scene::new()).with_connection("north", vec![division_route("north", "North")]);
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.host().put(&invoice("2", &[5_000]));
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    scene.host().put(&revised(&first, |it| {
        it.business_division = Some("North".to_owned());
    }));
    scene.sync().await;
    let there = |name: &str| scene.provider_of(name).live_documents();
    assert_eq!(there("acme")[0].totals.gross, cents(5_500));
    assert_eq!(there("north")[0].totals.gross, cents(11_000));
    assert_eq!((there("acme").len(), there("north").len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_not_read_to_its_end_keeps_no_other_waiting() {
    let mut scene = gathering();
    scene.limits.gather_documents_max = 2;
    let other = TestHost::new();
    (1..=9).for_each(|id| other.put(&invoice(&id.to_string(), &[1_000])));
    scene
        .hosts
        .insert(host_id("another"), std::sync::Arc::new(other));
    scene.sync().await;
    scene.host().put(&invoice("1", &[10_000]));
    scene.wait(TO_THE_CLOSE).await;
    let down = [tieout_core::host::HostErrorKind::Unavailable; 9];
    scene.hosts[&host_id("another")].fail_changes(down);
    scene.sync_troubled().await;
    let there = scene.provider().live_documents();
    assert_eq!(there.len(), 1);
    assert_eq!(there[0].totals.gross, cents(11_000));
    // What changed inside a summary waits for no host either.
    scene.host().put(&revised(&invoice("1", &[10_000]), |it| {
        it.lines = vec![line("1", 9_000)];
    }));
    scene.sync_troubled().await;
    assert_eq!(
        scene.provider().live_documents()[0].totals.gross,
        cents(9_900)
    );
}
