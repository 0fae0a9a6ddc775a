//! Promises about executing a plan: just what it says is sent, and what changed since is refused by its field.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::document::Invoice;
use tieout_core::driver::{Executed, Summary};
use tieout_core::engine::State;
use tieout_core::provider::{Capability, RejectionKind, TrackingCategory};
use tieout_core::settings::{Existing, Moves, TrackingOptions};
use tieout_core::store::Store;

use crate::support::books::Contact;
use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{
    capability, cents, division_route, host_payment, invoice, paying, revised, voided,
};
use crate::support::host::TestHost;
use crate::support::planning::{Plan, preview};
use crate::support::provider::{Fault, On};
use crate::support::scene::{ACME, Scene};
use crate::support::tie_out::discrepancies;
use crate::support::undoing::{key, look, mark, posted, undone, voids};

/// Which documents came to what: `done`, `already`, or in which fields they were refused.
fn told(became: &[(String, Executed)]) -> Vec<(String, String)> {
    let words = became.iter().map(|(id, became)| {
        let words = match became {
            Executed::Done => "done".to_owned(),
            Executed::Already => "already".to_owned(),
            Executed::Refused { changed, findings } => {
                let changed = changed.iter().map(ToString::to_string);
                let findings = findings.iter().map(|finding| finding.rule.to_string());
                changed.chain(findings).collect::<Vec<_>>().join("; ")
            }
            Executed::Failed { state, .. } => format!("failed: {state}"),
            Executed::InDoubt => "in doubt".to_owned(),
            Executed::Left { why } => format!("left: {why}"),
        };
        (id.clone(), words)
    });
    words.collect()
}

fn one(became: &[(String, Executed)]) -> String {
    assert_eq!(became.len(), 1, "{became:?}");
    told(became).remove(0).1
}

fn done(ids: &[&str]) -> Vec<(String, String)> {
    let pairs = ids.iter().map(|id| ((*id).to_owned(), "done".to_owned()));
    pairs.collect()
}

#[tokio::test(start_paused = true)]
async fn just_what_is_planned_is_sent_and_nothing_else() {
    let scene = Scene::new();
    let first = invoice("1", &[1_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.host().put(&revised(&first, |it| {
        it.lines[0].description = "Other".to_owned();
    }));
    scene.host().put(&invoice("2", &[2_000]));
    let mut plan = Plan::of(&scene).await;
    assert_eq!(plan.0.len(), 2);
    // A person takes one out, and the host hands over another one.
    plan.0.retain(|it| it.id.as_str() == "2");
    scene.host().put(&invoice("3", &[3_000]));
    let became = plan.run(&scene).await;
    assert_eq!(told(&became), done(&["2"]));
    let held = scene.provider().live_documents();
    let numbers: Vec<_> = held.iter().map(|it| it.number.as_str()).collect();
    assert_eq!(numbers, ["INV-1", "INV-2"]);
    assert_eq!(
        scene.provider().live("INV-1").unwrap().lines[0].description,
        "Service 1"
    );
    assert!(matches!(
        scene.state("3").await,
        State::Ready { .. } | State::Waiting { .. }
    ));
    assert_eq!(scene.host().postings(&invoice("2", &[]).id).len(), 1);
    // The rest goes with the next run.
    scene.sync().await;
    assert_eq!(discrepancies(&scene).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_plan_executed_twice_sends_nothing_twice() {
    let mut scene = Scene::new();
    scene.settings().host_payments = paying();
    let (gone, changed) = (invoice("1", &[1_000]), invoice("2", &[2_000]));
    scene.host().put(&gone);
    scene.host().put(&changed);
    scene.sync().await;
    scene.host().put(&voided(&gone));
    scene
        .host()
        .put(&revised(&changed, |it| it.number = "INV-2b".to_owned()));
    scene.host().put(&revised(&invoice("3", &[3_000]), |it| {
        it.payments = Some(vec![host_payment("p", cents(3_300))]);
    }));
    let plan = Plan::of(&scene).await;
    assert_eq!(plan.0[2].beside.len(), 1);
    assert_eq!(told(&plan.run(&scene).await), done(&["1", "2", "3"]));
    let (arrivals, paid) = (
        scene.provider().arrivals().len(),
        scene.provider().calls(On::Pay),
    );
    assert_eq!((arrivals, paid), (2 + 3 - 1, 1));
    let again = plan.run(&scene).await;
    let already = |id: &str| (id.to_owned(), "already".to_owned());
    assert_eq!(told(&again), [already("1"), already("2"), already("3")]);
    assert_eq!(scene.provider().arrivals().len(), arrivals);
    assert_eq!(scene.provider().calls(On::Pay), paid);
    assert_eq!(discrepancies(&scene).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_the_host_changed_since_is_refused_by_its_fields() {
    let scene = Scene::new();
    let first = invoice("1", &[1_000]);
    scene.host().put(&first);
    scene.host().put(&invoice("2", &[1_000]));
    let plan = Plan::of(&scene).await;
    scene.host().put(&revised(&first, |it| {
        it.due_date = Some("2026-12-24".parse().expect("a day"));
    }));
    scene.host().put(&voided(&invoice("2", &[1_000])));
    let became = plan.run(&scene).await;
    assert_eq!(
        told(&became),
        [
            (
                "1".to_owned(),
                "due date: planned `2026-12-10`, now `2026-12-24`".to_owned()
            ),
            (
                "2".to_owned(),
                "what is done: planned `create`, now `the host let it go, and the provider does not hold it`"
                    .to_owned()
            ),
        ]
    );
    assert_eq!(scene.provider().arrivals().len(), 0);
    assert_eq!(
        scene.provider().calls(On::Contacts),
        1,
        "no contact was made"
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_settings_change_is_refused_and_what_they_leave_the_same_goes() {
    let mut scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    let plan = Plan::of(&scene).await;
    scene.settings().payments = !scene.settings().payments;
    scene.settings().accounts.sales = Some("210".to_owned());
    let became = plan.run(&scene).await;
    assert_eq!(one(&became), "line 1 account: planned `200`, now `210`");
    scene.settings().accounts.sales = Some("200".to_owned());
    assert_eq!(one(&plan.run(&scene).await), "done");
}

#[tokio::test(start_paused = true)]
async fn what_the_chart_does_not_allow_any_more_is_refused() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    let plan = Plan::of(&scene).await;
    scene.wait(Duration::from_secs(120)).await;
    scene
        .provider()
        .books(|books| books.chart.accounts[0].active = false);
    let became = one(&plan.run(&scene).await);
    assert!(became.ends_with("account_unusable"), "{became}");
    assert_eq!(scene.provider().arrivals().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_somebody_changed_at_the_provider_is_neither_overwritten_nor_voided() {
    let scene = Scene::new();
    let (first, second) = (invoice("1", &[1_000]), invoice("2", &[2_000]));
    scene.host().put(&first);
    scene.host().put(&second);
    scene.sync().await;
    scene.host().put(&revised(&first, |it| {
        it.lines[0].description = "Other".to_owned();
    }));
    scene.host().put(&voided(&second));
    let plan = Plan::of(&scene).await;
    scene
        .provider()
        .edit("INV-1", |held| held.reference = Some("by hand".to_owned()));
    scene.provider().pay("INV-2", cents(100));
    let sent = scene.provider().arrivals().len();
    let became = plan.run(&scene).await;
    assert_eq!(
        told(&became),
        [
            (
                "1".to_owned(),
                "at the provider: reference: planned ``, now `by hand`".to_owned()
            ),
            (
                "2".to_owned(),
                "at the provider: paid: planned ``, now `1.00`".to_owned()
            ),
        ]
    );
    assert_eq!(scene.provider().arrivals().len(), sent);
}

#[tokio::test(start_paused = true)]
async fn a_contact_of_that_name_that_somebody_made_meanwhile_is_taken_and_none_is_made() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    let plan = Plan::of(&scene).await;
    scene.provider().books(|books| {
        books.contacts.push(Contact {
            id: tieout_core::document::ProviderContactId::new("by-hand").expect("an identifier"),
            name: "Grevillea Workers Cover".to_owned(),
            archived: false,
        });
    });
    assert_eq!(one(&plan.run(&scene).await), "done");
    assert_eq!(scene.provider().books(|books| books.contacts.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn a_contact_that_cannot_be_made_as_planned_is_refused() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    let plan = Plan::of(&scene).await;
    scene.provider().books(|books| {
        books.contacts.push(Contact {
            id: tieout_core::document::ProviderContactId::new("by-hand").expect("an identifier"),
            name: "Grevillea Workers Cover".to_owned(),
            archived: true,
        });
    });
    assert_eq!(
        one(&plan.run(&scene).await),
        "contact: planned `Grevillea Workers Cover (to be made)`, now `Grevillea Workers Cover is archived`"
    );
    assert_eq!(scene.provider().arrivals().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn options_and_contacts_are_made_as_planned_and_count_as_the_same_afterwards() {
    let mut scene = Scene::new();
    scene.provider().books(|books| {
        books.chart.tracking.push(TrackingCategory {
            id: "cat".to_owned(),
            name: "Region".to_owned(),
            options: Vec::new(),
        });
    });
    scene.settings().tracking = true;
    scene.settings().tracking_options = TrackingOptions::Create;
    for id in ["1", "2"] {
        scene.host().put(&revised(&invoice(id, &[1_000]), |it| {
            it.tracking = vec![tieout_core::document::Tracking {
                category: "Region".to_owned(),
                option: "North".to_owned(),
            }];
        }));
    }
    let plan = Plan::of(&scene).await;
    assert_eq!(plan.0[0].makes_options[0].name, "North");
    assert_eq!(scene.provider().calls(On::Option), 0);
    // Half of it first: what that made is there for the other half.
    let half = Plan(vec![plan.0[0].clone()]);
    assert_eq!(told(&half.run(&scene).await), done(&["1"]));
    let became = plan.run(&scene).await;
    let words: Vec<_> = told(&became).into_iter().map(|(_, words)| words).collect();
    assert_eq!(words, ["already", "done"]);
    assert_eq!(scene.provider().calls(On::Option), 1);
    assert_eq!(scene.provider().books(|books| books.contacts.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn a_move_is_executed_whole() {
    let mut scene = Scene::new().with_connection("north", Vec::new());
    scene.routes = vec![
        division_route("north", "North"),
        division_route(ACME, "South"),
    ];
    scene
        .provider_of("north")
        .books(|books| books.last_id = 100);
    scene.settings().moves = Moves::VoidAndCreate;
    let of_division = |first: &Invoice, division: &str| {
        revised(first, |it| it.business_division = Some(division.to_owned()))
    };
    let south = of_division(&invoice("1", &[1_000]), "South");
    scene.host().put(&south);
    scene.sync().await;
    scene.host().put(&of_division(&south, "North"));
    let plan = Plan::of(&scene).await;
    // The create alone does nothing: the document is still where it was.
    let only_there = Plan(plan.0[1..].to_vec());
    assert_eq!(
        one(&only_there.run(&scene).await),
        "leaves first: planned `acme`, now `it is still there`"
    );
    assert_eq!(told(&plan.run(&scene).await), done(&["1", "1"]));
    assert_eq!(scene.provider().live_documents().len(), 0);
    assert_eq!(scene.provider_of("north").live_documents().len(), 1);
    assert_eq!(discrepancies(&scene).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_document_that_the_provider_refuses_is_told_and_holds_up_no_other() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene.host().put(&revised(&invoice("2", &[2_000]), |it| {
        it.lines[0].description = "poison".to_owned();
    }));
    scene.host().put(&invoice("3", &[3_000]));
    let plan = Plan::of(&scene).await;
    let mut became = told(&plan.run(&scene).await);
    became.sort();
    let words: Vec<_> = became.iter().map(|(_, words)| words.as_str()).collect();
    assert_eq!(words, ["done", "failed: rejected", "done"]);
}

#[tokio::test(start_paused = true)]
async fn a_number_that_was_taken_at_the_provider_meanwhile_is_told() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    let plan = Plan::of(&scene).await;
    let now = scene.now();
    scene
        .provider()
        .books(|books| books.stranger("INV-1", cents(77), now));
    let became = one(&plan.run(&scene).await);
    assert!(became.starts_with("failed: "), "{became}");
    assert_eq!(scene.provider().live_documents().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_provider_out_of_reach_leaves_the_rest_and_the_same_plan_goes_on() {
    let mut scene = Scene::new();
    scene.limits.plan_documents_max = 2;
    (1..=5).for_each(|id| scene.host().put(&invoice(&id.to_string(), &[1_000])));
    let plan = Plan::of(&scene).await;
    scene
        .provider()
        .fail_for(Duration::from_secs(600), Fault::NotProcessed);
    let (became, summary) = plan.run_in(&scene.world()).await;
    assert_eq!(summary.unwrap().troubles.len(), 1);
    assert!(
        told(&became)
            .iter()
            .all(|(_, words)| words.starts_with("left: ")),
        "{became:?}"
    );
    assert_eq!(became.len(), 5);
    scene.provider().mend();
    assert_eq!(
        told(&plan.run(&scene).await),
        done(&["1", "2", "3", "4", "5"])
    );
}

#[tokio::test(start_paused = true)]
async fn what_left_before_the_provider_went_away_is_told_as_done_and_the_rest_as_left() {
    let narrow = Capability {
        batch_documents_max: 2,
        concurrent_max: 2,
        ..capability()
    };
    let mut scene = Scene::of(TestHost::new(), narrow);
    scene.settings().existing = Existing::LookFirst;
    (1..=5).for_each(|id| scene.host().put(&invoice(&id.to_string(), &[1_000])));
    let plan = Plan::of(&scene).await;
    let provider = scene.provider();
    // The first request goes through, and whatever is asked after it does not.
    provider.fail_send(1, Fault::SlowReply(Duration::from_secs(1)));
    provider.away_after(1, Duration::from_secs(3_600));
    let (became, summary) = plan.run_in(&scene.world()).await;
    assert_eq!(summary.unwrap().troubles.len(), 1);
    assert_eq!(provider.live_documents().len(), 2);
    let mut became = told(&became);
    became.sort();
    let words: Vec<_> = became.iter().map(|(_, words)| words.as_str()).collect();
    assert_eq!(words[..2], ["done", "done"], "{words:?}");
    let left = |words: &&str| words.starts_with("left: ");
    assert_eq!(words.iter().filter(|it| left(it)).count(), 3, "{words:?}");
    provider.mend();
    let words: Vec<_> = told(&plan.run(&scene).await)
        .into_iter()
        .map(|(_, words)| words)
        .collect();
    assert_eq!(words, ["already", "already", "done", "done", "done"]);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_cannot_be_read_leaves_its_documents() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    let plan = Plan::of(&scene).await;
    let away = tieout_core::host::HostErrorKind::Unavailable;
    scene.host().fail_changes([away]);
    let (became, _) = plan.run_in(&scene.world()).await;
    let words = one(&became);
    assert!(
        words.starts_with("left: its host could not be read"),
        "{words}"
    );
    assert_eq!(one(&plan.run(&scene).await), "done");
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_found_out_about_and_the_document_stays_single() {
    for fault in [Fault::UnsureAfter, Fault::UnsureBefore, Fault::BadReply] {
        let scene = Scene::new();
        scene.host().put(&invoice("1", &[1_000]));
        let plan = Plan::of(&scene).await;
        scene.provider().fail_send(1, fault);
        assert_eq!(one(&plan.run(&scene).await), "done");
        assert_eq!(scene.provider().live_documents().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stale_refusal_is_compared_again_before_it_is_sent_again() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    let plan = Plan::of(&scene).await;
    scene
        .provider()
        .fail_send(1, Fault::Reject(RejectionKind::AccountInvalid));
    assert_eq!(one(&plan.run(&scene).await), "done");
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_commit_and_the_same_plan_again_reaches_the_same_end() {
    let mut at = 0;
    loop {
        at += 1;
        let mut survived = true;
        for side in [Side::Before, Side::After] {
            let mut scene = Scene::new();
            scene.settings().host_payments = paying();
            let (gone, changed) = (invoice("1", &[1_000]), invoice("2", &[2_000]));
            scene.host().put(&gone);
            scene.host().put(&changed);
            scene.sync().await;
            scene.host().put(&voided(&gone));
            scene.host().put(&revised(&changed, |it| {
                it.lines[0].description = "Other".to_owned();
            }));
            for id in ["3", "4"] {
                scene.host().put(&revised(&invoice(id, &[3_000]), |it| {
                    it.payments = Some(vec![host_payment(&format!("p{id}"), cents(3_300))]);
                }));
            }
            let plan = Plan::of(&scene).await;
            let store = Arc::new(CrashStore::new(Arc::clone(&scene.store) as _, at, side));
            let world = scene.world_on(Arc::clone(&store) as Arc<dyn Store>);
            let (_, ended) = plan.run_in(&world).await;
            survived &= ended.is_ok();
            scene.wait(Duration::from_secs(1)).await;
            let (became, summary) = plan.run_in(&scene.world()).await;
            assert_eq!(summary.unwrap(), Summary::default(), "commit {at}");
            let well = told(&became)
                .iter()
                .all(|(_, words)| words == "done" || words == "already");
            assert!(well, "commit {at}: {:?}", told(&became));
            assert_eq!(became.len(), 4);
            assert_eq!(
                discrepancies(&scene).await,
                Vec::<String>::new(),
                "commit {at}"
            );
            let (rest, _) = preview(&scene).await;
            assert!(rest.iter().all(|one| one.intention.is_none()), "{rest:?}");
        }
        if survived {
            break;
        }
    }
    assert!(at > 8, "only {at} commits");
}

#[tokio::test(start_paused = true)]
async fn doubts_of_documents_that_are_not_in_the_plan_stay() {
    let mut scene = Scene::new();
    scene.limits.once_patience = Duration::ZERO;
    scene.host().put(&invoice("1", &[1_000]));
    scene.provider().fail_send(1, Fault::UnsureBefore);
    scene.sync_troubled().await;
    assert!(matches!(scene.state("1").await, State::Unsure { .. }));
    scene.limits.once_patience = Duration::from_secs(60);
    scene.host().put(&invoice("2", &[2_000]));
    let plan = Plan::of(&scene).await;
    assert_eq!(told(&plan.run(&scene).await), done(&["2"]));
    assert!(matches!(scene.state("1").await, State::Unsure { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_doubt_that_lasts_is_told_and_the_same_plan_finds_out() {
    let mut scene = Scene::new();
    scene.limits.once_patience = Duration::ZERO;
    scene.host().put(&invoice("1", &[1_000]));
    let plan = Plan::of(&scene).await;
    scene.provider().fail_send(1, Fault::UnsureAfter);
    let (became, _) = plan.run_in(&scene.world()).await;
    assert_eq!(one(&became), "in doubt");
    scene.limits.once_patience = Duration::from_secs(60);
    assert_eq!(one(&plan.run(&scene).await), "already");
    assert_eq!(scene.provider().live_documents().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_told_once_even_when_the_others_are_tried_again() {
    let scene = Scene::new();
    let first = invoice("1", &[1_000]);
    scene.host().put(&first);
    scene.host().put(&invoice("2", &[2_000]));
    let plan = Plan::of(&scene).await;
    scene.host().put(&voided(&first));
    scene.provider().fail(On::Contacts, [Fault::NotProcessed]);
    let became = told(&plan.run(&scene).await);
    let ids: Vec<_> = became.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["1", "2"]);
    assert_eq!(became[1].1, "done");
}

#[tokio::test(start_paused = true)]
async fn a_detached_document_stays_alone_whatever_its_host_says() {
    let mut scene = Scene::new();
    scene.settings().host_payments = paying();
    let first = invoice("1", &[1_000]);
    scene.host().put(&first);
    scene.sync().await;
    let binding = scene.binding("1").await;
    let step = tieout_core::engine::detach(&binding, "ann", scene.now()).expect("it is posted");
    let changes = tieout_core::store::ChangeSet {
        bindings: vec![step.binding],
        journal: vec![step.entry],
        ..Default::default()
    };
    scene.store.commit(changes).await.expect("the store works");
    scene.host().put(&revised(&first, |it| {
        it.payments = Some(vec![host_payment("p", cents(1_100))]);
    }));
    assert_eq!(Plan::of(&scene).await.0, []);
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_a_plan_works_off_is_done_and_then_done_already() {
    let scene = posted(&["1", "2"]).await;
    let world = scene.world();
    mark(&world, look(&world, &["1"]).await).await;
    let plan = Plan::of(&scene).await;
    assert_eq!(told(&plan.run(&scene).await), done(&["1"]));
    assert_eq!(scene.state("1").await, undone());
    assert_eq!(one(&plan.run(&scene).await), "already");
    assert_eq!(voids(&scene), 1);
    assert!(scene.provider().live("INV-2").is_some());
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_was_cancelled_since_is_refused() {
    let scene = posted(&["1"]).await;
    let world = scene.world();
    mark(&world, look(&world, &["1"]).await).await;
    let plan = Plan::of(&scene).await;
    world.cancel_undo(&key("1"), "ann").await.unwrap().unwrap();
    let became = one(&plan.run(&scene).await);
    assert!(became.starts_with("what is done: "), "{became}");
    assert_eq!(voids(&scene), 0);
}
