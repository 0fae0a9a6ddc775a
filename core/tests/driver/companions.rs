//! Promises about what goes out beside documents: each payment of the host stands once, files and notes arrive once.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::document::{Attachment, HostPayment, Invoice, SettlementStatus};
use tieout_core::engine::{Entry, Event, State, retry};
use tieout_core::host::WriteBack;
use tieout_core::provider::{Audience, RejectionKind, SnapshotStatus};
use tieout_core::settings::{AttachmentPolicy, CreateStatus, HostPayments};

use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{
    cents, document_id, host_payment, invoice, paying, revised, voided,
};
use crate::support::provider::{Fault, On};
use crate::support::scene::Scene;
use crate::support::serving::Serving;
use crate::support::tie_out::{assert_tied_out, discrepancies};

fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.settings().host_payments = paying();
    scene
}

/// An invoice of 110.00 with these payments.
fn paid(payments: &[HostPayment]) -> Invoice {
    let mut invoice = invoice("1", &[10_000]);
    invoice.payments = Some(payments.to_vec());
    invoice
}

fn with(before: &Invoice, payments: &[HostPayment]) -> Invoice {
    revised(before, |invoice| invoice.payments = Some(payments.to_vec()))
}

/// The amounts that stand by our orders, in the order of their texts.
fn standing(scene: &Scene) -> Vec<String> {
    let made = scene.provider().books(|books| books.standing());
    let mut sums: Vec<String> = made.iter().map(|made| made.amount.to_string()).collect();
    sums.sort();
    sums
}

fn made(scene: &Scene) -> usize {
    scene.provider().books(|books| books.beside.made.len())
}

fn told_payments(scene: &Scene) -> usize {
    let told = scene.host().told();
    let about = |item: &&WriteBack| item.payment_id().is_some();
    told.iter().filter(about).count()
}

async fn findings(scene: &Scene) -> Vec<Rule> {
    let binding = scene.binding("1").await;
    let rules = binding.companions.findings().map(|it| it.rule.clone());
    rules.collect()
}

#[tokio::test(start_paused = true)]
async fn payments_of_the_host_are_made_once_and_only_the_settlement_is_told() {
    let scene = scene();
    scene.host().put(&paid(&[
        host_payment("a", cents(4_000)),
        host_payment("b", cents(7_000)),
    ]));
    scene.sync().await;
    scene.sync().await;
    assert_eq!(standing(&scene), ["40.00", "70.00"]);
    assert_eq!(made(&scene), 2);
    assert_eq!(told_payments(&scene), 0);
    let settlement = scene.host().settlements(&document_id("1")).pop();
    assert_eq!(settlement.map(|it| it.status), Some(SettlementStatus::Paid));
    let marker = scene
        .provider()
        .books(|books| books.beside.made[0].marker.clone());
    assert!(marker.starts_with("EFT 77 tieout-"), "{marker}");
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_made_without_the_policy_or_where_the_host_does_not_tell() {
    let mut scene = Scene::new();
    let first = paid(&[host_payment("a", cents(4_000))]);
    scene.host().put(&first);
    scene.sync().await;
    assert_eq!((made(&scene), scene.provider().calls(On::Pay)), (0, 0));
    assert!(scene.binding("1").await.companions.is_empty());
    // Switched on, it concerns what was sent before.
    scene.settings().host_payments = paying();
    scene.sync().await;
    assert_eq!(standing(&scene), ["40.00"]);
    // A revision that does not tell of payments takes none back.
    scene.host().put(&revised(&first, |invoice| {
        invoice.payments = None;
    }));
    scene.sync().await;
    assert_eq!(standing(&scene), ["40.00"]);
    // Switched off, what was made stays.
    scene.settings().host_payments = None;
    let silent = revised(&revised(&first, |_| {}), |it| {
        it.payments = Some(Vec::new());
    });
    scene.host().put(&silent);
    scene.sync().await;
    assert_eq!(standing(&scene), ["40.00"]);
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_the_host_was_told_of_is_not_made_again() {
    let scene = scene();
    let first = paid(&[]);
    scene.host().put(&first);
    scene.sync().await;
    let id = scene.provider().pay("INV-1", cents(4_000));
    scene.sync().await;
    let mirrored = HostPayment {
        ledger_payment_id: Some(id),
        ..host_payment("a", cents(4_000))
    };
    scene.host().put(&with(&first, &[mirrored]));
    scene.sync().await;
    assert_eq!(made(&scene), 0);
    assert_eq!(findings(&scene).await, []);
}

#[tokio::test(start_paused = true)]
async fn payments_wait_for_an_approved_document_and_say_so() {
    let mut scene = scene();
    scene.settings().invoice_status = CreateStatus::Draft;
    scene.host().put(&paid(&[host_payment("a", cents(4_000))]));
    scene.sync().await;
    assert_eq!(scene.provider().calls(On::Pay), 0);
    let binding = scene.binding("1").await;
    let item = binding
        .companions
        .items
        .values()
        .next()
        .expect("one payment");
    let why = binding.keeps_waiting(item).expect("it waits");
    assert!(why.contains("draft at the provider"), "{why}");
    scene
        .provider()
        .edit("INV-1", |held| held.status = SnapshotStatus::Authorised);
    scene.sync().await;
    scene.sync().await;
    assert_eq!(standing(&scene), ["40.00"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_host_takes_back_or_changes_is_taken_back_and_made_anew() {
    let scene = scene();
    let first = paid(&[
        host_payment("a", cents(4_000)),
        host_payment("b", cents(100)),
    ]);
    scene.host().put(&first);
    scene.sync().await;
    let second = with(&first, &[host_payment("a", cents(5_000))]);
    scene.host().put(&second);
    scene.sync().await;
    assert_eq!(standing(&scene), ["50.00"]);
    assert_eq!(made(&scene), 3);
    // Back to what it was: another marker, since the first one belongs to a payment that was taken back.
    let third = with(&second, &[host_payment("a", cents(4_000))]);
    scene.host().put(&third);
    scene.sync().await;
    assert_eq!(standing(&scene), ["40.00"]);
    let mut markers: Vec<String> = scene.provider().books(|books| {
        books
            .beside
            .made
            .iter()
            .map(|made| made.marker.clone())
            .collect()
    });
    markers.sort();
    markers.dedup();
    assert_eq!(markers.len(), 4);
    assert_eq!(told_payments(&scene), 0);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_looked_up_by_its_marker_before_any_repeat() {
    for fault in [
        Fault::UnsureAfter,
        Fault::UnsureBefore,
        Fault::BadReply,
        Fault::UnsureLate(Duration::from_millis(900)),
        Fault::ThrottledCopy(Duration::from_secs(30)),
    ] {
        let scene = scene();
        scene.provider().fail(On::Pay, [fault.clone()]);
        scene.host().put(&paid(&[host_payment("a", cents(4_000))]));
        scene.sync().await;
        assert_eq!(standing(&scene), ["40.00"], "{fault:?}");
        assert_eq!(made(&scene), 1, "{fault:?}");
        assert_eq!(scene.provider().calls(On::Marked), 1, "{fault:?}");
        let repeated = matches!(fault, Fault::UnsureBefore);
        assert_eq!(scene.provider().calls(On::Pay), 1 + usize::from(repeated));
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_doubt_lasts_until_the_question_is_answered() {
    let scene = scene();
    scene.provider().fail(On::Pay, [Fault::UnsureAfter]);
    scene.provider().fail(
        On::Marked,
        [Fault::NotProcessed, Fault::Forbidden, Fault::UnsureBefore],
    );
    scene.host().put(&paid(&[host_payment("a", cents(4_000))]));
    scene.sync().await;
    assert_eq!((made(&scene), scene.provider().calls(On::Pay)), (1, 1));
    assert_eq!(scene.provider().calls(On::Marked), 4);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn our_own_payment_is_not_told_even_when_it_is_seen_before_our_reply() {
    for silent in [false, true] {
        let scene = scene();
        scene.provider().books(|books| books.beside.silent = silent);
        scene.host().put(&paid(&[host_payment("a", cents(4_000))]));
        // The reply takes long, and changes are read meanwhile.
        scene
            .provider()
            .fail(On::Pay, [Fault::SlowReply(Duration::from_secs(20))]);
        let world = scene.world();
        let stop = tokio_util::sync::CancellationToken::new();
        let serving = tokio::spawn(tieout_core::driver::serve(Arc::clone(&world), stop.clone()));
        scene.wait(Duration::from_secs(3)).await;
        let id = tieout_core::document::ConnectionId::new("acme").expect("an identifier");
        world.look_soon(&id);
        scene.wait(Duration::from_secs(12)).await;
        let seen = scene.binding("1").await.posted.expect("posted").payments;
        assert_eq!(seen.len(), 1, "it is read before its reply came");
        assert_eq!(told_payments(&scene), 0);
        scene.wait(Duration::from_secs(60)).await;
        stop.cancel();
        serving.await.expect("no panic").expect("the store works");
        scene.sync().await;
        assert_eq!((told_payments(&scene), made(&scene)), (0, 1));
        assert!(!scene.host().settlements(&document_id("1")).is_empty());
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_elses_payment_of_the_same_amount_is_told() {
    let scene = scene();
    scene.provider().books(|books| books.beside.silent = true);
    scene.host().put(&paid(&[host_payment("a", cents(4_000))]));
    scene.sync().await;
    scene.provider().pay("INV-1", cents(4_000));
    scene.sync().await;
    assert_eq!((told_payments(&scene), made(&scene)), (1, 1));
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_a_finding_until_the_host_the_settings_or_a_person_change_something() {
    let mut scene = scene();
    let first = paid(&[host_payment("a", cents(11_100))]);
    scene.host().put(&first);
    scene.sync().await;
    scene.sync().await;
    assert_eq!(findings(&scene).await, [Rule::PaymentNotMade]);
    assert_eq!(
        scene.provider().calls(On::Pay),
        1,
        "it is not tried by itself"
    );
    assert_eq!(scene.state("1").await, State::Posted);
    // The host corrects it.
    let second = with(&first, &[host_payment("a", cents(11_000))]);
    scene
        .provider()
        .fail(On::Pay, [Fault::Reject(RejectionKind::PeriodLocked)]);
    scene.host().put(&second);
    scene.sync().await;
    assert_eq!(findings(&scene).await, [Rule::PaymentNotMade]);
    // The operator names another account, which does not take payments either.
    scene.settings().host_payments = Some(HostPayments {
        account: Some("200".to_owned()),
        ..HostPayments::default()
    });
    scene.sync().await;
    assert_eq!(scene.provider().calls(On::Pay), 3);
    scene.settings().host_payments = paying();
    scene.provider().fail(On::Pay, [Fault::Forbidden]);
    scene.sync().await;
    assert_eq!(findings(&scene).await, [Rule::PaymentNotMade]);
    // A person retries.
    let binding = scene.binding("1").await;
    let step = retry(&binding, "ana", scene.now()).expect("a step");
    scene.act(step).await;
    scene.sync().await;
    assert_eq!(findings(&scene).await, []);
    assert_eq!(standing(&scene), ["110.00"]);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_nobody_can_make_is_never_sent() {
    let mut scene = scene();
    scene.settings().host_payments = Some(HostPayments {
        account: None,
        accounts_by_method: [("card".to_owned(), "090".to_owned())].into(),
    });
    let by = |id: &str, method: &str, amount| HostPayment {
        method: Some(method.to_owned()),
        ..host_payment(id, amount)
    };
    scene.host().put(&paid(&[
        by("a", "card", cents(1_000)),
        by("b", "cheque", cents(1_000)),
        by("c", "card", cents(-500)),
        by("d", "card", rust_decimal::Decimal::new(10_001, 4)),
    ]));
    scene.sync().await;
    assert_eq!(scene.provider().calls(On::Pay), 1);
    assert_eq!(findings(&scene).await, vec![Rule::PaymentNotMade; 3]);
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_somebody_takes_back_at_the_provider_is_asked_about() {
    let scene = scene();
    let first = paid(&[host_payment("a", cents(4_000))]);
    scene.host().put(&first);
    scene.sync().await;
    scene.provider().edit("INV-1", |held| held.payments.clear());
    scene.sync().await;
    scene.host().put(&revised(&first, |invoice| {
        invoice.notes = Some("x".to_owned());
    }));
    scene.sync().await;
    assert_eq!(findings(&scene).await, [Rule::PaymentRemovedAtProvider]);
    assert_eq!(made(&scene), 1, "it is never made again unasked");
    let binding = scene.binding("1").await;
    let step = retry(&binding, "ana", scene.now()).expect("a step");
    scene.act(step).await;
    scene.sync().await;
    assert_eq!(standing(&scene), ["40.00"]);
    assert_eq!(findings(&scene).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_voided_document_loses_our_payments_first() {
    let scene = scene();
    let first = paid(&[
        host_payment("a", cents(4_000)),
        host_payment("b", cents(7_000)),
    ]);
    scene.host().put(&first);
    scene.sync().await;
    assert_eq!(
        scene.provider().live("INV-1").map(|held| held.status),
        Some(SnapshotStatus::Paid)
    );
    scene.host().put(&voided(&first));
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Voided);
    assert_eq!(scene.provider().live("INV-1"), None);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_is_not_let_go_keeps_its_document() {
    let scene = scene();
    let first = paid(&[host_payment("a", cents(4_000))]);
    scene.host().put(&first);
    scene.sync().await;
    scene
        .provider()
        .books(|books| books.beside.reconciled = true);
    scene.host().put(&voided(&first));
    scene.sync().await;
    assert_eq!(findings(&scene).await, [Rule::PaymentNotTakenBack]);
    assert_eq!(scene.rules("1").await, [Rule::VoidRefused]);
    scene
        .provider()
        .books(|books| books.beside.reconciled = false);
    let binding = scene.binding("1").await;
    let step = retry(&binding, "ana", scene.now()).expect("a step");
    scene.act(step).await;
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Voided);
}

#[tokio::test(start_paused = true)]
async fn a_void_waits_for_a_payment_in_doubt() {
    let scene = scene();
    let first = paid(&[host_payment("a", cents(4_000))]);
    scene.provider().fail(On::Pay, [Fault::UnsureAfter]);
    scene
        .provider()
        .fail(On::Marked, vec![Fault::NotProcessed; 9]);
    scene.host().put(&first);
    let troubled = scene.sync_troubled().await;
    assert_eq!(troubled, ["connection acme"]);
    scene.host().put(&voided(&first));
    scene.wait(Duration::from_secs(2_000)).await;
    scene.provider().mend();
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Voided);
    assert_eq!(standing(&scene), [""; 0]);
}

/// Days with payments; the process dies at a commit.
async fn days(at: usize, side: Side) -> (Scene, usize) {
    let mut scene = scene();
    scene.settings().history_notes = Some("Sent from the case manager".to_owned());
    scene.settings().attachments = AttachmentPolicy::Books;
    scene.host().put_file("files/1.pdf", b"%PDF");
    let store = Arc::new(CrashStore::new(Arc::clone(&scene.store) as _, at, side));
    let mut first = paid(&[
        host_payment("a", cents(4_000)),
        host_payment("b", cents(100)),
    ]);
    first.attachments = vec![file("files/1.pdf")];
    let second = with(&first, &[host_payment("a", cents(5_000))]);
    let third = with(&second, &[]);
    let last = voided(&with(&third, &[host_payment("c", cents(200))]));
    for revision in [&first, &second, &third, &last] {
        scene.host().put(revision);
        if !store.is_dead() {
            let world = scene.world_on(Arc::clone(&store) as _);
            let result = scene.sync_with(&world).await;
            assert_eq!(result.is_err(), store.is_dead());
        }
        if store.is_dead() {
            scene.wait(Duration::from_secs(1)).await;
            scene.sync().await;
        }
        let sums = |invoice: &Invoice| {
            let payments = invoice.payments.clone().unwrap_or_default();
            let mut sums: Vec<String> = payments.iter().map(|it| it.amount.to_string()).collect();
            sums.sort();
            sums
        };
        if revision.revision < last.revision {
            assert_eq!(standing(&scene), sums(revision), "crash at {at} {side:?}");
        }
    }
    (scene, store.commits())
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_commit_makes_no_payment_twice_and_loses_none() {
    let (_, commits) = days(usize::MAX, Side::Before).await;
    assert!(commits > 30, "{commits}");
    for at in 1..=commits {
        for side in [Side::Before, Side::After] {
            let (scene, _) = days(at, side).await;
            let found = discrepancies(&scene).await;
            assert!(found.is_empty(), "{at} {side:?}: {found:?}");
            assert_eq!(scene.state("1").await, State::Voided, "{at} {side:?}");
            assert_eq!(made(&scene), 3, "{at} {side:?}");
            assert_eq!(told_payments(&scene), 0, "{at} {side:?}");
            let (files, notes) = scene
                .provider()
                .books(|books| (books.beside.files.len(), books.beside.notes.len()));
            assert_eq!((files, notes), (1, 1), "{at} {side:?}");
        }
    }
}

fn file(url: &str) -> Attachment {
    Attachment {
        name: "INV-1.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        url: url.to_owned(),
        sha256: None,
    }
}

fn with_file(url: &str) -> Invoice {
    let mut invoice = invoice("1", &[10_000]);
    invoice.attachments = vec![file(url)];
    invoice
}

#[tokio::test(start_paused = true)]
async fn a_file_is_attached_once_for_those_whom_the_policy_names() {
    for (policy, audience) in [
        (AttachmentPolicy::Books, Audience::Books),
        (AttachmentPolicy::Customer, Audience::Customer),
    ] {
        let mut scene = Scene::new();
        scene.settings().attachments = policy;
        scene.host().put_file("files/1.pdf", b"%PDF");
        scene
            .provider()
            .fail(On::Attach, [Fault::UnsureAfter, Fault::NotProcessed]);
        let first = with_file("files/1.pdf");
        scene.host().put(&first);
        scene.sync().await;
        scene.host().put(&revised(&first, |invoice| {
            invoice.notes = Some("x".to_owned());
        }));
        scene.sync().await;
        let files = scene.provider().books(|books| books.beside.files.clone());
        assert_eq!(files.len(), 1);
        assert_eq!((files[0].1.as_str(), files[0].3), ("INV-1.pdf", audience));
        assert_eq!(scene.provider().calls(On::Attach), 3);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_file_is_a_finding_that_heals_and_holds_up_nothing() {
    let mut scene = Scene::new();
    scene.settings().attachments = AttachmentPolicy::Books;
    scene.host().put(&with_file("files/1.pdf"));
    scene.host().put(&invoice("2", &[500]));
    scene.sync().await;
    assert_eq!(findings(&scene).await, [Rule::AttachmentNotSent]);
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(scene.state("2").await, State::Posted);
    scene.host().put_file("files/1.pdf", b"%PDF");
    scene.wait(Duration::from_secs(1_000)).await;
    scene.sync().await;
    assert_eq!(findings(&scene).await, []);
    assert_eq!(scene.provider().books(|books| books.beside.files.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_never_comes_is_asked_for_ever_less_often_and_never_said_to_be_sent() {
    let mut scene = Scene::new();
    scene.settings().attachments = AttachmentPolicy::Books;
    scene.host().put(&with_file("files/1.pdf"));
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(10 * 86_400)).await;
    serving.stop().await;
    let journal = scene.journal().await;
    let beside = |entry: &&Entry| matches!(entry.event, Event::Companion { .. });
    let told = journal.iter().filter(beside).count();
    // Nine times on the first day, then once a day.
    assert!((15..=21).contains(&told), "{told}");
    assert_eq!(findings(&scene).await, [Rule::AttachmentNotSent]);
    // A person need not wait for it.
    scene.host().put_file("files/1.pdf", b"%PDF");
    let binding = scene.binding("1").await;
    scene
        .act(retry(&binding, "ana", scene.now()).expect("a step"))
        .await;
    scene.sync().await;
    assert_eq!(findings(&scene).await, []);
    assert_eq!(scene.provider().books(|books| books.beside.files.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn a_note_is_written_once_and_again_only_with_another_text() {
    let mut scene = Scene::new();
    scene.settings().history_notes = Some("Case manager[, {notes}]".to_owned());
    scene.provider().fail(On::Note, [Fault::UnsureAfter]);
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.sync().await;
    let notes = || scene.provider().books(|books| books.beside.notes.clone());
    assert_eq!(notes().len(), 1);
    assert!(
        notes()[0].1.starts_with("Case manager [tieout-"),
        "{:?}",
        notes()
    );
    let second = revised(&first, |invoice| invoice.due_date = None);
    scene.host().put(&second);
    scene.sync().await;
    assert_eq!(notes().len(), 1, "the same text is no news");
    let third = revised(&second, |invoice| invoice.notes = Some("urgent".to_owned()));
    scene.host().put(&third);
    scene.sync().await;
    assert_eq!(notes().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_outage_beside_documents_is_trouble_and_heals() {
    let scene = scene();
    scene.host().put(&paid(&[host_payment("a", cents(4_000))]));
    scene
        .provider()
        .fail(On::Pay, vec![Fault::NotProcessed; 12]);
    assert_eq!(scene.sync_troubled().await, ["connection acme"]);
    assert_eq!(scene.state("1").await, State::Posted);
    scene.provider().mend();
    scene.wait(Duration::from_secs(2_000)).await;
    scene.sync().await;
    assert_eq!((made(&scene), standing(&scene).len()), (1, 1));
}

#[tokio::test]
async fn a_clock_that_goes_on_by_itself_holds_nothing_up() {
    let scene = scene();
    scene.host().put(&paid(&[host_payment("a", cents(4_000))]));
    let done = tokio::time::timeout(Duration::from_secs(20), scene.sync()).await;
    assert!(done.is_ok(), "what is due is done");
    assert_eq!(standing(&scene), ["40.00"]);
}

#[tokio::test(start_paused = true)]
async fn a_store_from_before_a_payment_does_not_make_it_again() {
    use tieout_core::store::{ChangeSet, Store};

    let scene = scene();
    let first = paid(&[]);
    scene.host().put(&first);
    scene.sync().await;
    let older = scene.binding("1").await;
    let later = with(&first, &[host_payment("a", cents(4_000))]);
    scene.host().put(&later);
    scene.sync().await;
    assert_eq!(
        (standing(&scene), made(&scene)),
        (vec!["40.00".to_owned()], 1)
    );
    // The store is an older copy: it knows the document and no payment.
    let now = scene.binding("1").await;
    let mut restored = now.clone();
    restored.companions = older.companions;
    restored.posted = older.posted;
    let changes = ChangeSet {
        bindings: vec![restored],
        ..ChangeSet::default()
    };
    scene.store.commit(changes).await.expect("the store works");
    scene.host().put(&revised(&later, |it| {
        it.notes = Some("told again".to_owned());
    }));
    scene.sync().await;
    scene.sync().await;
    assert_eq!(
        (standing(&scene), made(&scene)),
        (vec!["40.00".to_owned()], 1)
    );
    assert_eq!(findings(&scene).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_payment_of_the_same_amount_that_somebody_else_made_is_asked_about() {
    let scene = scene();
    let first = paid(&[]);
    scene.host().put(&first);
    scene.sync().await;
    scene.provider().pay("INV-1", cents(4_000));
    scene.sync().await;
    scene
        .host()
        .put(&with(&first, &[host_payment("a", cents(4_000))]));
    scene.sync().await;
    scene.sync().await;
    assert_eq!(made(&scene), 0);
    assert_eq!(findings(&scene).await, [Rule::PaymentNotMade]);
    // A person says that it is another one.
    let binding = scene.binding("1").await;
    let step = retry(&binding, "ana", scene.now()).expect("a step");
    scene.act(step).await;
    scene.sync().await;
    assert_eq!(made(&scene), 1);
    assert_eq!(findings(&scene).await, []);
}
