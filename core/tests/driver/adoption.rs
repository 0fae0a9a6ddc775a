//! Promises about documents that stand at the provider already: each is recognised, none is made twice, none is overwritten unasked.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use tieout_core::check::Rule;
use tieout_core::document::{Invoice, InvoiceStatus};
use tieout_core::driver::{Choice, Outcome, Surveyed};
use tieout_core::engine::{Binding, Event, Manner, State};
use tieout_core::provider::{Capability, Mark, Snapshot};
use tieout_core::settings::Existing;
use tieout_core::store::MemoryStore;

use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{
    capability, cents, connection_id, host_id, invoice, line, revised, settings,
};
use crate::support::host::TestHost;
use crate::support::provider::{Fault, On, TestProvider};
use crate::support::scene::{ACME, HOST, Scene};
use crate::support::serving::Serving;
use crate::support::tie_out::assert_tied_out;

/// A scene in which an earlier connector sent these invoices, of which nothing is known here.
async fn after_an_older_connector(invoices: &[Invoice]) -> Scene {
    of_numbers(invoices, capability()).await
}

async fn of_numbers(invoices: &[Invoice], limits: Capability) -> Scene {
    let mut scene = Scene::of(TestHost::new(), limits);
    invoices.iter().for_each(|one| scene.host().put(one));
    scene.sync().await;
    scene.store = Arc::new(MemoryStore::new());
    let host = TestHost::new();
    invoices.iter().for_each(|one| host.put(one));
    scene.hosts.insert(host_id(HOST), Arc::new(host));
    scene.settings().existing = Existing::LookFirst;
    scene
}

fn sends(scene: &Scene) -> usize {
    scene.provider().calls(On::Send)
}

fn provider(scene: &Scene) -> &TestProvider {
    scene.provider()
}

async fn marks(scene: &Scene) -> Vec<Mark> {
    let entries = scene.journal().await;
    let marks = entries.into_iter().filter_map(|entry| match entry.event {
        Event::Adopted { mark, .. } => Some(mark),
        _ => None,
    });
    marks.collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_there_already_is_bound_without_a_write_and_its_payments_reach_the_host() {
    let first = invoice("1", &[10_000, 2_500]);
    let scene = after_an_older_connector(&[first.clone(), invoice("2", &[500])]).await;
    provider(&scene).pay("INV-1", cents(4_000));
    let before = sends(&scene);
    scene.host().put(&invoice("3", &[700]));
    scene.sync().await;
    assert_eq!(sends(&scene), before + 1, "only what is new was sent");
    assert_eq!(provider(&scene).calls(On::Find), 1);
    assert_eq!(provider(&scene).live_documents().len(), 3);
    assert_eq!(marks(&scene).await, [Mark::Number, Mark::Number]);
    assert_eq!(scene.host().payments(&first.id).len(), 1);
    provider(&scene).pay("INV-1", cents(1_000));
    scene.sync().await;
    assert_eq!(scene.host().payments(&first.id).len(), 2);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn without_the_setting_nothing_is_looked_for_and_the_collision_is_recognised() {
    let mut scene = after_an_older_connector(&[invoice("1", &[10_000])]).await;
    scene.settings().existing = Existing::OnCollision;
    scene.sync().await;
    assert_eq!(provider(&scene).calls(On::Find), 0);
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(provider(&scene).live_documents().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_differs_is_held_side_by_side_until_a_person_decides() {
    let first = invoice("1", &[10_000]);
    for manner in [Manner::AsItIs, Manner::Overwrite] {
        let scene = after_an_older_connector(std::slice::from_ref(&first)).await;
        provider(&scene).edit("INV-1", |held| held.lines[0].amount = Decimal::from(90));
        let before = sends(&scene);
        scene.sync().await;
        let held = scene.binding("1").await;
        assert_eq!(scene.rules("1").await, [Rule::ExistingDiffers]);
        let detail = &held.state.findings()[0].detail;
        assert!(
            detail.contains(&"gross: host `110.00`, provider `100.00`".to_owned()),
            "{detail:?}"
        );
        assert_eq!(sends(&scene), before);

        let world = scene.world();
        let chosen = world.adopt(&held, Choice::Found, (manner, "ann")).await;
        chosen.unwrap().unwrap();
        scene.sync().await;
        let gross = provider(&scene).live("INV-1").unwrap().totals.gross;
        match manner {
            Manner::AsItIs => {
                assert_eq!(scene.rules("1").await, [Rule::EditedAtProvider]);
                assert_eq!((gross, sends(&scene)), (cents(10_000), before));
                // What is paid there comes back all the same, and the difference stays visible.
                provider(&scene).pay("INV-1", cents(1_000));
                scene.sync().await;
                assert_eq!(scene.host().payments(&first.id).len(), 1);
                assert_eq!(scene.rules("1").await, [Rule::EditedAtProvider]);
                // A change in the host makes both equal.
                scene.host().put(&revised(&first, |invoice| {
                    invoice.lines = vec![line("1", 12_000)];
                }));
                scene.sync().await;
                let held = provider(&scene).live("INV-1").unwrap();
                assert_eq!(held.totals.net, cents(12_000));
                assert_eq!(scene.state("1").await, State::Posted);
            }
            Manner::Overwrite => {
                assert_eq!((gross, sends(&scene)), (cents(11_000), before + 1));
                assert_eq!(scene.state("1").await, State::Posted);
            }
        }
        assert_eq!(provider(&scene).live_documents().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn settings_that_change_overwrite_nothing_that_was_bound_as_it_is() {
    let mut scene = after_an_older_connector(&[invoice("1", &[10_000])]).await;
    provider(&scene).edit("INV-1", |held| held.due_date = None);
    provider(&scene).edit("INV-1", |held| held.reference = Some("PO 9".to_owned()));
    scene.sync().await;
    let world = scene.world();
    let held = scene.binding("1").await;
    let as_it_is = (Manner::AsItIs, "ann");
    let bound = world.adopt(&held, Choice::Found, as_it_is).await;
    bound.unwrap().unwrap();
    let before = sends(&scene);
    scene.settings().description = Some("{description} again".to_owned());
    scene.sync().await;
    assert_eq!(sends(&scene), before);
    assert_eq!(scene.rules("1").await, [Rule::EditedAtProvider]);
}

#[tokio::test(start_paused = true)]
async fn an_automatic_number_is_recognised_by_the_reference_and_shown() {
    let scene = after_an_older_connector(&[invoice("1", &[10_000])]).await;
    provider(&scene).edit("INV-1", |held| {
        held.number = "AUTO-7".to_owned();
        held.reference = Some("INV-1".to_owned());
    });
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::ExistingDiffers]);
    let finding = scene.binding("1").await.state.findings()[0].clone();
    assert!(finding.message.contains("by its reference"), "{finding}");
    assert_eq!(provider(&scene).live_documents().len(), 1);

    // A person knows better: it is something else.
    let world = scene.world();
    let told = world.tell_apart(&scene.binding("1").await, "ann").await;
    assert_eq!(told.unwrap().unwrap().1, 1);
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(provider(&scene).live_documents().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn several_candidates_are_listed_and_one_is_chosen_by_its_identifier() {
    let scene = after_an_older_connector(&[invoice("1", &[10_000])]).await;
    let refer = |held: &mut Snapshot, number: &str| {
        held.number = number.to_owned();
        held.reference = Some("INV-1".to_owned());
    };
    provider(&scene).edit("INV-1", |held| refer(held, "A"));
    let mut copy = provider(&scene).live("A").unwrap();
    copy.id = "copy".to_owned().try_into().unwrap();
    refer(&mut copy, "B");
    provider(&scene).books(|books| books.documents.push(copy));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::ExistingAmbiguous]);
    let held = scene.binding("1").await;
    assert_eq!(held.state.findings()[0].detail.len(), 2);

    let world = scene.world();
    let as_it_is = (Manner::AsItIs, "ann");
    let denied = world.adopt(&held, Choice::Found, as_it_is).await.unwrap();
    assert!(denied.unwrap_err().instead.contains("copy"));
    let bound = world.adopt(&held, Choice::Named("copy"), as_it_is).await;
    let posted = bound.unwrap().unwrap().posted.unwrap();
    assert_eq!((posted.id.as_str(), posted.number.as_str()), ("copy", "B"));
    assert_eq!(marks(&scene).await, [Mark::Person]);
}

#[tokio::test(start_paused = true)]
async fn one_number_handed_over_twice_is_bound_once_and_the_other_names_the_owner() {
    let first = invoice("1", &[10_000]);
    let mut second = invoice("2", &[10_000]);
    second.number = first.number.clone();
    let scene = after_an_older_connector(std::slice::from_ref(&first)).await;
    scene.host().put(&second);
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(scene.rules("2").await, [Rule::NumberTaken]);
    let finding = scene.binding("2").await.state.findings()[0].clone();
    let owner = scene.binding("1").await;
    assert!(
        finding.message.contains(&owner.key.to_string()),
        "{finding}"
    );
    assert!(
        finding.message.contains(owner.posted.unwrap().id.as_str()),
        "{finding}"
    );
    assert_eq!(provider(&scene).live_documents().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_document_that_waits_for_a_number_goes_on_by_itself_once_its_owner_gives_it_up() {
    for (existing, prefix, unique) in [
        (Existing::LookFirst, "", true),
        (Existing::OnCollision, "", true),
        (Existing::OnCollision, "T-", true),
        (Existing::OnCollision, "T-", false),
    ] {
        let mut limits = capability();
        if !unique {
            limits.numbers_unique = &[];
        }
        let mut scene = Scene::of(TestHost::new(), limits);
        provider(&scene).books(|books| books.numbers_are_unique = unique);
        scene.settings().existing = existing;
        scene.settings().number_prefix = prefix.to_owned();
        let first = invoice("1", &[10_000]);
        scene.host().put(&first);
        scene.sync().await;
        let of_number = |id: &str| {
            let mut one = invoice(id, &[20_000]);
            one.number = first.number.clone();
            one
        };
        scene.host().put(&of_number("2"));
        scene.sync().await;
        assert_eq!(scene.rules("2").await, [Rule::NumberTaken]);

        let renumbered = revised(&first, |it| it.number = "OTHER".to_owned());
        scene.host().put(&renumbered);
        scene.sync().await;
        assert_eq!(scene.state("1").await, State::Posted);
        assert_eq!(scene.state("2").await, State::Posted);

        // What is voided gives its number up as well.
        scene.host().put(&of_number("3"));
        scene.sync().await;
        assert_eq!(scene.rules("3").await, [Rule::NumberTaken]);
        let gone = revised(&of_number("2"), |it| it.status = InvoiceStatus::Voided);
        scene.host().put(&gone);
        scene.sync().await;
        assert_eq!(scene.state("3").await, State::Posted);
        assert_eq!(provider(&scene).live_documents().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn where_numbers_may_stand_twice_one_party_has_each_once() {
    let limits = Capability {
        numbers_unique: &[],
        ..capability()
    };
    let scene = Scene::of(TestHost::new(), limits);
    provider(&scene).books(|books| books.numbers_are_unique = false);
    let numbered = |id: &str, party: &str| {
        let mut one = invoice(id, &[10_000]);
        one.number = "S-1".to_owned();
        one.bill_to.name = party.to_owned();
        one
    };
    scene.host().put(&numbered("1", "Mill"));
    scene.host().put(&numbered("2", "Mill"));
    scene.host().put(&numbered("3", "Forge"));
    scene.sync().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(scene.rules("2").await, [Rule::NumberTaken]);
    assert_eq!(scene.state("3").await, State::Posted);
    scene.host().put(&numbered("4", "Mill"));
    scene.sync().await;
    let finding = scene.binding("4").await.state.findings()[0].clone();
    let posted = scene.binding("1").await.posted.unwrap();
    assert_eq!(finding.rule, Rule::NumberTaken);
    assert!(finding.message.contains(posted.id.as_str()), "{finding}");
    assert_eq!(provider(&scene).live_documents().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_handed_over_again_is_ignored_and_the_journal_says_why_once() {
    let scene = Scene::new();
    let first = invoice("1", &[10_000]);
    scene.host().put(&first);
    scene.sync().await;
    for _ in 0..3 {
        scene.host().put(&first);
        scene.sync().await;
    }
    let ignored = |entries: Vec<tieout_core::engine::Entry>| {
        let why = entries.into_iter().filter_map(|entry| match entry.event {
            Event::Ignored { why } => Some(why),
            _ => None,
        });
        why.collect::<Vec<_>>()
    };
    let told = ignored(scene.journal().await);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("INV-1"), "{told:?}");
    assert_eq!(provider(&scene).arrivals().len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_look_that_fails_sends_nothing_and_comes_again() {
    let scene = after_an_older_connector(&[invoice("1", &[10_000])]).await;
    let before = sends(&scene);
    provider(&scene).fail(On::Find, [Fault::BadReply, Fault::NotProcessed]);
    scene.sync().await;
    assert_eq!(provider(&scene).calls(On::Find), 3);
    assert_eq!(sends(&scene), before);
    assert_eq!(scene.state("1").await, State::Posted);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_payment_during_the_look_is_not_passed_over() {
    let first = invoice("1", &[10_000]);
    let scene = after_an_older_connector(std::slice::from_ref(&first)).await;
    // The look takes half an hour; meanwhile somebody pays, and the change is read as nobody's.
    provider(&scene).fail(On::Find, [Fault::SlowReply(Duration::from_secs(1_800))]);
    let serving = Serving::start(&scene);
    scene.wait(Duration::from_secs(60)).await;
    let shown_before = provider(&scene).live("INV-1").unwrap();
    provider(&scene).stale_find(shown_before);
    provider(&scene).pay("INV-1", cents(4_000));
    scene.wait(Duration::from_secs(3_600)).await;
    serving.stop().await;
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(scene.host().payments(&first.id).len(), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_commit_binds_each_document_once_and_sends_none_twice() {
    let invoices: Vec<Invoice> = (1..=5)
        .map(|n| invoice(&n.to_string(), &[n * 1_000]))
        .collect();
    let whole = after_an_older_connector(&invoices).await;
    let counting = Arc::new(CrashStore::counting(Arc::clone(&whole.store) as _));
    let world = whole.world_on(Arc::clone(&counting) as _);
    whole.sync_with(&world).await.expect("the store works");
    for at in 1..=counting.commits() {
        for side in [Side::Before, Side::After] {
            let scene = after_an_older_connector(&invoices[..4]).await;
            scene.host().put(&invoices[4]);
            let before = sends(&scene);
            let dying = Arc::new(CrashStore::new(Arc::clone(&scene.store) as _, at, side));
            let _ = scene.sync_with(&scene.world_on(dying)).await;
            provider(&scene).pay("INV-1", cents(300));
            scene.sync().await;
            scene.sync().await;
            assert!(
                sends(&scene) <= before + 2,
                "only the new one, {at} {side:?}"
            );
            assert_eq!(provider(&scene).live_documents().len(), 5);
            assert_eq!(scene.host().payments(&invoices[0].id).len(), 1);
            assert_tied_out(&scene).await;
        }
    }
}

/// A document whose create landed while nobody heard of it, and that somebody then edited.
async fn lost_then_edited(edit: impl FnOnce(&mut Snapshot)) -> Scene {
    let forgetful = Capability {
        idempotency_window_s: 0,
        numbers_unique: &[],
        ..capability()
    };
    let scene = Scene::of(TestHost::new(), forgetful);
    scene.host().put(&invoice("0", &[100]));
    scene.sync().await;
    let mut linked = invoice("1", &[10_000]);
    linked.url = Some("https://host.example/1".to_owned());
    scene.host().put(&linked);
    provider(&scene).fail_send(2, Fault::UnsureAfter);
    let away = Duration::from_secs(600);
    provider(&scene).fail_for(away, Fault::NotProcessed);
    scene.sync_troubled().await;
    provider(&scene).edit("INV-1", edit);
    scene.wait(Duration::from_secs(900)).await;
    scene.sync().await;
    scene
}

#[tokio::test(start_paused = true)]
async fn a_document_that_was_edited_while_its_create_was_in_doubt_is_known_by_its_link() {
    let edits: [fn(&mut Snapshot); 3] = [
        |held| held.lines[0].amount = Decimal::from(90),
        |held| {
            held.lines[0].amount = Decimal::from(90);
            held.contact = "somebody".to_owned().try_into().unwrap();
        },
        |held| held.number = "S-77".to_owned(),
    ];
    for (at, edit) in edits.into_iter().enumerate() {
        let scene = lost_then_edited(edit).await;
        assert_eq!(scene.rules("1").await, [Rule::EditedAtProvider], "{at}");
        assert_eq!(provider(&scene).live_documents().len(), 2, "{at}");
        let posted = scene.binding("1").await.posted.expect("bound");
        assert!(posted.edit.is_some(), "{at}");
        // What happens to it there is told, and the edit stays visible.
        provider(&scene).pay(&posted.number, cents(100));
        scene.sync().await;
        assert_eq!(scene.rules("1").await, [Rule::EditedAtProvider], "{at}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_that_several_documents_share_proves_nothing() {
    let forgetful = Capability {
        idempotency_window_s: 0,
        ..capability()
    };
    let scene = Scene::of(TestHost::new(), forgetful);
    for id in ["0", "1"] {
        let mut linked = invoice(id, &[10_000]);
        linked.url = Some("https://host.example/".to_owned());
        scene.host().put(&linked);
        scene.sync().await;
        provider(&scene).fail_send(2, Fault::UnsureBefore);
    }
    assert_eq!(scene.state("1").await, State::Posted);
    assert_eq!(provider(&scene).live_documents().len(), 2);
    assert_tied_out(&scene).await;
}

async fn surveyed(scene: &Scene) -> Vec<Surveyed> {
    let world = scene.world();
    for host in world.hosts.values() {
        while world.take_page(host).await.expect("the host tells").more {}
    }
    let survey = world.survey(None).await.expect("the provider answers");
    assert!(survey.cost.calls_min >= 1);
    let mut all = Vec::new();
    for lot in survey.lots {
        all.extend(world.look_for(lot).await.expect("the provider answers"));
    }
    all
}

#[tokio::test(start_paused = true)]
async fn a_survey_tells_what_is_there_and_binds_only_what_a_person_applies() {
    let invoices: Vec<Invoice> = (1..=3)
        .map(|n| invoice(&n.to_string(), &[n * 1_000]))
        .collect();
    let scene = after_an_older_connector(&invoices).await;
    provider(&scene).edit("INV-2", |held| held.reference = Some("other".to_owned()));
    let now = scene.now();
    scene.host().put(&invoice("4", &[100]));
    provider(&scene).books(|books| {
        // The day's books are closed: nothing can be sent there, and what is there can be bound.
        books.chart.organisation.period_lock = Some(now.date_naive());
    });
    let all = surveyed(&scene).await;
    let outcomes: Vec<&str> = all
        .iter()
        .map(|one| match &one.outcome {
            Outcome::Same(_) => "same",
            Outcome::Differs(..) => "differs",
            Outcome::Nothing => "nothing",
            Outcome::Several(_) | Outcome::Taken(..) => "else",
        })
        .collect();
    assert_eq!(outcomes, ["same", "differs", "same", "nothing"]);
    assert!(
        scene
            .bindings()
            .await
            .iter()
            .all(|binding| binding.posted.is_none())
    );
    let world = scene.world();
    let before = sends(&scene);
    let mut bound: Vec<Binding> = Vec::new();
    for one in &all {
        bound.extend(world.bind_same(one, "ann").await.unwrap());
    }
    assert_eq!(bound.len(), 2);
    assert_eq!(
        (sends(&scene), scene.state("1").await),
        (before, State::Posted)
    );
    assert_eq!(scene.rules("2").await, []);
    // Applied twice: bound already, and still the same document.
    assert!(world.bind_same(&all[0], "ann").await.unwrap().is_ok());
    let on_acme = scene.binding("1").await.key.connection;
    assert_eq!(on_acme, connection_id(ACME));
    assert_eq!(settings().existing, Existing::OnCollision);
}
