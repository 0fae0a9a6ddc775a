//! Promises about the comparison of both sides: whatever differs is told with its cause, and nothing else is.

use std::time::Duration;

use tieout_core::document::{ConnectionId, ProviderContactId};
use tieout_core::driver::{TieOut, TieOutRow};
use tieout_core::engine::{Event, detach};
use tieout_core::host::WriteBack;
use tieout_core::provider::RejectionKind;
use tieout_core::store::{ChangeSet, Store as _};
use tieout_core::tieout::{Cause, Comparison, Depth, Difference, GatheredBy, Part, Verdict};
use tokio_util::sync::CancellationToken;

use crate::support::documents::{cents, connection_id, division_route, invoice, revised};
use crate::support::provider::{Fault, On};
use crate::support::scene::{ACME, Scene};

struct Told {
    result: TieOut,
    documents: Vec<Comparison>,
    foreign: Vec<String>,
}

impl Told {
    fn causes(&self, number: &str) -> Vec<Cause> {
        match &self.document(number).verdict {
            Verdict::Differs { causes, .. } => causes.clone(),
            Verdict::Agrees | Verdict::NothingToCompare { .. } => Vec::new(),
        }
    }

    fn parts(&self, number: &str) -> Vec<Part> {
        match &self.document(number).verdict {
            Verdict::Differs { differences, .. } => {
                differences.iter().map(|one| one.what).collect()
            }
            Verdict::Agrees | Verdict::NothingToCompare { .. } => Vec::new(),
        }
    }

    fn difference(&self, number: &str, part: Part) -> &Difference {
        let differences = match &self.document(number).verdict {
            Verdict::Differs { differences, .. } => differences.as_slice(),
            Verdict::Agrees | Verdict::NothingToCompare { .. } => &[],
        };
        let mut found = differences.iter().filter(|one| one.what == part);
        found.next().expect("it differs in this")
    }

    fn document(&self, number: &str) -> &Comparison {
        let mut found = self.documents.iter().filter(|one| one.number == number);
        let one = found.next().expect("the document is compared");
        assert!(found.next().is_none(), "{number} is told twice");
        one
    }
}

async fn told(scene: &Scene, depth: Depth) -> Told {
    let (mut documents, mut foreign) = (Vec::new(), Vec::new());
    let mut tell = |_: &ConnectionId, row: TieOutRow| match row {
        TieOutRow::Document(one) => documents.push(*one),
        TieOutRow::Foreign(snapshot) => foreign.push(snapshot.number),
    };
    let world = scene.world();
    let stop = CancellationToken::new();
    let result = world.tie_out(depth, &stop, &mut tell).await;
    let result = result.expect("the store works");
    Told {
        result,
        documents,
        foreign,
    }
}

/// Twelve invoices, so that lists take several pages.
async fn posted() -> Scene {
    let scene = Scene::new();
    for id in 1..=12 {
        scene.host().put(&invoice(&id.to_string(), &[10_000, 333]));
    }
    scene.sync().await;
    scene
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_and_paid_agrees_whichever_way_it_is_read() {
    let scene = posted().await;
    scene.provider().pay("INV-3", cents(5_000));
    scene.sync().await;
    for depth in [Depth::Remembered, Depth::Full] {
        let told = told(&scene, depth).await;
        assert_eq!(
            (told.result.counts.agree, told.result.counts.differ),
            (12, 0)
        );
        assert!(told.result.unasked.is_empty());
        assert!(
            told.result
                .controls
                .0
                .values()
                .all(|control| control.agrees())
        );
        let all = told.result.controls.0.iter();
        let all = all.filter(|(key, _)| key.by == GatheredBy::All);
        assert_eq!(all.map(|(_, control)| control.host_count).sum::<u64>(), 12);
    }
}

#[tokio::test(start_paused = true)]
async fn a_payment_is_told_as_not_told_until_the_host_knows() {
    let scene = posted().await;
    scene.provider().pay("INV-3", cents(5_000));
    let before = told(&scene, Depth::Remembered).await;
    assert_eq!(before.causes("INV-3"), [Cause::PaymentNotTold]);
    assert_eq!(before.result.counts.differ, 1);
    scene.sync().await;
    assert_eq!(
        told(&scene, Depth::Remembered).await.result.counts.differ,
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_waits_for_its_day_is_told_as_such() {
    let mut scene = posted().await;
    scene.settings().payments_ahead_days_max = Some(30);
    scene.provider().pay("INV-3", cents(5_000));
    let far = (scene.now() + Duration::from_secs(40 * 86_400)).date_naive();
    scene
        .provider()
        .edit("INV-3", |held| held.payments[0].date = far);
    scene.sync().await;
    let told = told(&scene, Depth::Remembered).await;
    assert_eq!(told.causes("INV-3"), [Cause::PaymentDatedAhead]);
    let paid = told.difference("INV-3", Part::Payment);
    assert_eq!(paid.provider, format!("50.00 on {far}"));
}

#[tokio::test(start_paused = true)]
async fn what_somebody_detached_is_compared_no_more_and_is_nobody_elses() {
    let scene = posted().await;
    let binding = scene.binding("2").await;
    let step = detach(&binding, "ann", scene.now()).expect("it is posted");
    let changes = ChangeSet {
        bindings: vec![step.binding],
        journal: vec![step.entry],
        ..ChangeSet::default()
    };
    scene.store.commit(changes).await.expect("the store works");
    for depth in [Depth::Remembered, Depth::Full] {
        let told = told(&scene, depth).await;
        let verdict = &told.document("INV-2").verdict;
        assert!(
            matches!(verdict, Verdict::NothingToCompare { why } if why.contains("took it out")),
            "{verdict:?}"
        );
        assert_eq!(told.result.counts.agree, 11);
        assert_eq!(told.foreign, [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn each_difference_is_told_with_its_cause() {
    let scene = posted().await;
    scene.host().refuse(
        |item| matches!(item, WriteBack::Payment { .. }),
        "period_locked",
    );
    scene.provider().pay("INV-1", cents(4_000));
    scene.provider().edit("INV-2", |snapshot| {
        snapshot.lines[0].amount += cents(1);
    });
    scene.host().put(&invoice("13", &[500]));
    let refused = Fault::Reject(RejectionKind::NotEditable);
    scene.provider().fail(On::Send, [refused]);
    scene.sync().await;
    for depth in [Depth::Remembered, Depth::Full] {
        let told = told(&scene, depth).await;
        assert_eq!(told.causes("INV-1"), [Cause::PaymentRefused], "{depth:?}");
        assert_eq!(told.causes("INV-2"), [Cause::EditedAtProvider], "{depth:?}");
        assert!(told.parts("INV-2").contains(&Part::Total), "{depth:?}");
        assert_eq!(told.causes("INV-13"), [Cause::NeverSent], "{depth:?}");
        assert_eq!(
            (told.result.counts.agree, told.result.counts.differ),
            (10, 3)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_pass_shows_what_nobody_here_sent() {
    let scene = posted().await;
    let now = scene.now();
    scene
        .provider()
        .books(|books| books.stranger("THEIRS-1", cents(1_000), now));
    let told = told(&scene, Depth::Full).await;
    assert_eq!(told.foreign, ["THEIRS-1"]);
    assert_eq!(told.result.counts.foreign, Some(1));
    assert_eq!(told.result.counts.agree, 12);
}

#[tokio::test(start_paused = true)]
async fn an_organisation_that_does_not_answer_is_said_and_its_documents_stand_as_remembered() {
    let scene = posted().await;
    scene.provider().fail(On::Changes, [Fault::Forbidden]);
    let told = told(&scene, Depth::Full).await;
    assert_eq!(told.result.unasked.len(), 1);
    assert_eq!(told.result.counts.agree, 12);
}

#[tokio::test(start_paused = true)]
async fn the_cost_of_a_full_pass_is_known_before_any_call() {
    let scene = posted().await;
    let calls = scene.provider().calls(On::Changes);
    let costs = scene.world().tie_out_cost().await.expect("the store works");
    assert_eq!((costs[0].documents, costs[0].calls_min >= 3), (12, true));
    assert_eq!(scene.provider().calls(On::Changes), calls);
}

#[tokio::test(start_paused = true)]
async fn what_a_disconnected_organisation_holds_stands_as_remembered_and_is_not_called_removed() {
    let mut scene = posted().await;
    scene.provider().pay("INV-3", cents(5_000));
    scene.sync().await;
    scene.connections.clear();
    for depth in [Depth::Remembered, Depth::Full] {
        let told = told(&scene, depth).await;
        let acme = connection_id(ACME);
        assert_eq!(told.result.unasked[&acme], "it is not connected");
        assert!(told.result.complete_as_of[&acme].is_some(), "{depth:?}");
        assert_eq!(
            (told.result.counts.agree, told.result.counts.differ),
            (12, 0),
            "{depth:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_organisation_that_fails_does_not_drop_what_others_gave() {
    let scene = Scene::new().with_connection("north", vec![division_route("north", "North")]);
    scene.host().put(&invoice("1", &[1_000]));
    scene
        .host()
        .put(&revised(&invoice("2", &[1_000]), |invoice| {
            invoice.business_division = Some("North".to_owned());
        }));
    scene.sync().await;
    for (connection, number) in [(ACME, "INV-1"), ("north", "INV-2")] {
        scene.provider_of(connection).edit(number, |snapshot| {
            snapshot.lines[0].amount += cents(1);
        });
    }
    scene.sync().await;
    scene.provider().fail(On::Read, [Fault::Forbidden]);
    let told = told(&scene, Depth::Remembered).await;
    let unasked: Vec<&str> = told
        .result
        .unasked
        .keys()
        .map(ConnectionId::as_str)
        .collect();
    assert_eq!(unasked, [ACME]);
    assert!(told.parts("INV-2").contains(&Part::Total));
}

#[tokio::test(start_paused = true)]
async fn a_walk_that_is_stopped_asks_nobody() {
    let scene = posted().await;
    let calls = scene.provider().calls(On::Changes);
    let stop = CancellationToken::new();
    stop.cancel();
    for depth in [Depth::Remembered, Depth::Full] {
        let world = scene.world();
        let mut rows = 0;
        let result = world.tie_out(depth, &stop, &mut |_, _| rows += 1).await;
        assert_eq!(result.expect("the store works"), TieOut::default());
        assert_eq!(rows, 0);
    }
    assert_eq!(scene.provider().calls(On::Changes), calls);
}

#[tokio::test(start_paused = true)]
async fn a_document_whose_change_still_waits_does_not_agree_though_the_sums_are_the_same() {
    let scene = posted().await;
    scene
        .provider()
        .fail_for(Duration::from_secs(3_600), Fault::NotProcessed);
    let again = revised(&invoice("3", &[10_000, 333]), |invoice| {
        invoice.lines[0].description = "Another word".to_owned();
    });
    scene.host().put(&again);
    scene.sync_troubled().await;
    let before = told(&scene, Depth::Remembered).await;
    assert!(matches!(
        before.document("INV-3").verdict,
        Verdict::Differs { .. }
    ));
    assert_eq!(before.result.counts.agree, 11);
    scene.wait(Duration::from_secs(3_600)).await;
    scene.sync().await;
    let after = told(&scene, Depth::Remembered).await;
    assert_eq!(after.result.counts.agree, 12);
}

#[tokio::test(start_paused = true)]
async fn what_somebody_edits_beside_the_sums_is_told_from_memory_and_in_full_until_it_is_put_back()
{
    let scene = posted().await;
    let before = scene.provider().live("INV-3").expect("it is there");
    scene.provider().edit("INV-3", |snapshot| {
        snapshot.date = "2026-11-11".parse().expect("a day");
        snapshot.due_date = Some("2027-01-31".parse().expect("a day"));
    });
    scene.provider().edit("INV-4", |snapshot| {
        snapshot.contact = ProviderContactId::new("somebody-else").expect("an identifier");
    });
    scene.provider().edit("INV-5", |snapshot| {
        snapshot.lines[1].account_code = Some("201".to_owned());
    });
    scene.sync().await;
    for depth in [Depth::Remembered, Depth::Full] {
        let told = told(&scene, depth).await;
        assert_eq!(told.parts("INV-3"), [Part::Date, Part::DueDate]);
        assert_eq!(told.parts("INV-4"), [Part::Contact]);
        // One that a document went to is named; of the other only the identifier is known.
        let contact = told.difference("INV-4", Part::Contact);
        assert!(
            contact.host.ends_with(')') && contact.host.contains(" ("),
            "{contact:?}"
        );
        assert_eq!(contact.provider, "somebody-else");
        assert_eq!(told.parts("INV-5"), [Part::Line]);
        for number in ["INV-3", "INV-4", "INV-5"] {
            assert_eq!(told.causes(number), [Cause::EditedAtProvider], "{depth:?}");
        }
        assert_eq!(told.result.counts.agree, 9);
    }
    let journal = scene.journal().await;
    let words = |event: &Event| match event {
        Event::ProviderChanged { what } => what.contains("date 2026-11-10 to 2026-11-11"),
        _ => false,
    };
    assert!(journal.iter().any(|entry| words(&entry.event)));
    scene.provider().edit("INV-3", |snapshot| {
        (snapshot.date, snapshot.due_date) = (before.date, before.due_date);
    });
    scene.sync().await;
    assert!(
        told(&scene, Depth::Remembered)
            .await
            .parts("INV-3")
            .is_empty()
    );
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_an_update_of_ours_overwrites_is_no_difference_any_more() {
    let scene = posted().await;
    scene.provider().edit("INV-3", |snapshot| {
        snapshot.lines[1].account_code = Some("201".to_owned());
    });
    scene.sync().await;
    let again = revised(&invoice("3", &[10_000, 333]), |invoice| {
        invoice.lines[0].description = "Another word".to_owned();
    });
    scene.host().put(&again);
    scene.sync().await;
    let told = told(&scene, Depth::Remembered).await;
    assert_eq!(told.result.counts.agree, 12);
}
