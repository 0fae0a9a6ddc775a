//! Promises about tracking options that documents lack: made by policy alone, once, and for nothing that stays.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::document::{Invoice, Tracking};
use tieout_core::engine::State;
use tieout_core::provider::{RejectionKind, TrackingCategory};
use tieout_core::settings::TrackingOptions;
use tieout_core::store::Store;

use crate::support::crash::{CrashStore, Side};
use crate::support::documents::{invoice, revised};
use crate::support::provider::{Fault, On};
use crate::support::scene::Scene;
use crate::support::tie_out::assert_tied_out;

/// An organisation with a category that has no option yet.
fn scene(policy: TrackingOptions) -> Scene {
    let mut scene = Scene::new();
    scene.provider().books(|books| {
        books.chart.tracking.push(TrackingCategory {
            id: "cat".to_owned(),
            name: "Region".to_owned(),
            options: Vec::new(),
        });
    });
    let settings = scene.settings();
    settings.tracking = true;
    settings.tracking_options = policy;
    scene
}

fn in_region(id: &str, option: &str) -> Invoice {
    revised(&invoice(id, &[1_000]), |invoice| {
        invoice.tracking = vec![Tracking {
            category: "Region".to_owned(),
            option: option.to_owned(),
        }];
    })
}

fn options(scene: &Scene) -> Vec<String> {
    let names = |chart: &tieout_core::provider::Chart| {
        let options = chart.tracking.iter().flat_map(|it| &it.options);
        options.map(|it| it.name.clone()).collect()
    };
    scene.provider().books(|books| names(&books.chart))
}

#[tokio::test(start_paused = true)]
async fn an_option_that_two_documents_need_is_made_once() {
    let scene = scene(TrackingOptions::Create);
    scene.host().put(&in_region("1", "North"));
    scene.host().put(&in_region("2", " north "));
    scene.sync().await;
    assert_eq!(options(&scene).len(), 1);
    assert_eq!(scene.provider().calls(On::Option), 1);
    assert_eq!(scene.provider().live_documents().len(), 2);
    scene.host().put(&in_region("3", "NORTH"));
    scene.sync().await;
    assert_eq!(scene.provider().calls(On::Option), 1);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn without_the_policy_the_document_waits_for_a_person() {
    let scene = scene(TrackingOptions::MustExist);
    scene.host().put(&in_region("1", "North"));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::TrackingMissing]);
    assert_eq!(scene.provider().calls(On::Option), 0);
    assert_tied_out(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_makes_no_second_option_and_holds_up_nobody_for_long() {
    for fault in [
        Fault::NotProcessed,
        Fault::UnsureBefore,
        Fault::UnsureAfter,
        Fault::BadReply,
    ] {
        let scene = scene(TrackingOptions::Create);
        scene.provider().fail(On::Option, [fault.clone()]);
        scene.host().put(&in_region("1", "North"));
        scene.sync().await;
        assert_eq!(options(&scene), ["North"], "{fault:?}");
        assert_eq!(scene.state("1").await, State::Posted);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_a_finding_and_the_others_go_on() {
    for refusal in [Fault::Reject(RejectionKind::Validation), Fault::Forbidden] {
        let scene = scene(TrackingOptions::Create);
        scene.provider().fail(On::Option, [refusal]);
        scene.host().put(&in_region("1", "North"));
        scene.host().put(&in_region("2", "North"));
        scene.host().put(&invoice("3", &[500]));
        scene.sync().await;
        assert_eq!(scene.rules("1").await, [Rule::TrackingMissing]);
        assert_eq!(scene.rules("2").await, [Rule::TrackingMissing]);
        assert_eq!(scene.state("3").await, State::Posted);
        assert_eq!(scene.provider().calls(On::Option), 1);
        assert_tied_out(&scene).await;
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_made_for_a_document_that_is_held_anyway() {
    let mut scene = scene(TrackingOptions::Create);
    scene.settings().accounts.sales = None;
    scene.host().put(&in_region("1", "North"));
    scene.sync().await;
    assert_eq!(scene.rules("1").await, [Rule::AccountMissing]);
    assert_eq!(scene.provider().calls(On::Option), 0);
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_commit_makes_one_option_and_one_document() {
    for side in [Side::Before, Side::After] {
        for at in 1.. {
            let scene = scene(TrackingOptions::Create);
            scene.host().put(&in_region("1", "North"));
            let inner = Arc::clone(&scene.store) as Arc<dyn Store>;
            let store = Arc::new(CrashStore::new(inner, at, side));
            let _ = scene
                .sync_with(&scene.world_on(Arc::clone(&store) as _))
                .await;
            scene.wait(Duration::from_secs(5)).await;
            scene.sync().await;
            assert_eq!(options(&scene), ["North"], "at {at} {side:?}");
            assert_tied_out(&scene).await;
            if !store.is_dead() {
                assert!(at > 5);
                break;
            }
        }
    }
}
