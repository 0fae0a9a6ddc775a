//! Promises about the sign-in: once for all, renewed in time, never in a way that locks the user out, and never printed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::json;
use support::{Scene, look};
use tieout_core::host::{Host, HostErrorKind};
use tieout_host_iinsight::IinsightHost;
use tieout_sandbox_hosts::iinsight::{Fault, Iinsight, Kind};

fn sign_ins(scene: &Scene) -> (usize, usize) {
    let asked = scene.account.asked();
    let count = |path: &str| asked.iter().filter(|it| it.contains(path)).count();
    (count("/auth/login"), count("/auth/refresh"))
}

#[tokio::test]
async fn many_requests_at_once_sign_in_once() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({}));
    let (one, two, three) = tokio::join!(host.probe(), host.probe(), host.probe());
    one.and(two).and(three).unwrap();
    assert_eq!(sign_ins(&scene), (1, 0));
}

#[tokio::test]
async fn a_token_is_refreshed_before_it_expires_and_each_refresh_token_is_used_once() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({}));
    for _ in 0..4 {
        host.probe().await.unwrap();
        scene.pass(59);
    }
    // Nobody was turned away on the way.
    let asked = scene.account.asked();
    assert_eq!(asked.iter().filter(|it| it.contains("invoices")).count(), 4);
    assert_eq!(asked.iter().filter(|it| it.contains("refresh")).count(), 3);
    assert_eq!(asked.iter().filter(|it| it.contains("login")).count(), 1);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_and_the_password_helps_where_no_refresh_does() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({}));
    let mut position = None;
    look(&host, &mut position).await;
    drop(scene.account.asked());
    scene.account.expire_tokens();
    look(&host, &mut position).await;
    assert_eq!(sign_ins(&scene), (0, 1));
    scene.account.forget_tokens();
    look(&host, &mut position).await;
    assert_eq!(sign_ins(&scene), (1, 1));
}

#[tokio::test]
async fn a_wrong_password_is_told_with_its_keys_and_not_tried_until_the_user_is_locked_out() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({"password": "a-wrong-one"}));
    for _ in 0..5 {
        let error = host.probe().await.unwrap_err();
        assert_eq!(error.kind, HostErrorKind::Unauthorised);
        let text = format!("{error}");
        assert!(
            text.contains("`username` and `password`") && text.contains("`client_id`"),
            "{text}"
        );
        assert!(!text.contains("a-wrong-one"), "{text}");
    }
    assert_eq!(sign_ins(&scene), (1, 0));
    scene.pass(11);
    host.probe().await.unwrap_err();
    assert_eq!(sign_ins(&scene), (1, 0));
}

#[tokio::test]
async fn a_sign_in_that_is_down_is_no_wrong_password() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({}));
    scene.account.fail(Fault::of(Kind::Down, "/auth/"));
    assert_eq!(
        host.probe().await.unwrap_err().kind,
        HostErrorKind::Unavailable
    );
    scene.account.heal();
    host.probe().await.unwrap();
}

#[tokio::test]
async fn a_user_without_rights_is_told_and_asked_no_third_time() {
    let scene = Scene::of(Iinsight::sample()).await;
    let host = scene.host(&json!({}));
    scene
        .account
        .fail(Fault::of(Kind::Unauthorised, "/api2/invoices"));
    let error = host.probe().await.unwrap_err();
    assert_eq!(error.kind, HostErrorKind::Unauthorised);
    assert!(
        error.to_string().contains("mend `username` and `password`"),
        "{error}"
    );
    let asked = scene.account.asked();
    assert_eq!(asked.iter().filter(|it| it.contains("invoices")).count(), 2);
}

#[tokio::test]
async fn no_secret_is_printed() {
    let scene = Scene::of(Iinsight::sample()).await;
    let config = scene.config(&json!({"client_secret": "hunter2", "password": "hunter3"}));
    let printed = format!("{config:?}");
    assert!(!printed.contains("hunter"), "{printed}");
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_by_their_key() {
    let scene = Scene::of(support::empty()).await;
    let cases = [
        ("url", json!("http://api.example.com")),
        ("test", json!(true)),
        ("username", json!(" ")),
        ("client_id", json!("a:b")),
        ("overlap_minutes", json!(0)),
        ("removals_max", json!(0)),
        ("reconcile_hours", json!(9_000)),
        ("write_backs", json!({"folder": ""})),
    ];
    for (key, value) in cases {
        let config = scene.config(&json!({key: value}));
        let keys: Vec<&str> = config.problems().iter().map(|it| it.key).collect();
        assert_eq!(keys, [key]);
        let Err(error) = IinsightHost::open(config, scene.means()) else {
            panic!("{key}");
        };
        assert_eq!(error.kind, HostErrorKind::Misconfigured);
    }
    let config = scene.config(&json!({"url": null, "region": "uk", "test": true}));
    assert_eq!(
        config.address().as_str(),
        "https://api-uk-uat.iinsightonline.com/"
    );
    assert_eq!(config.currency_of(None).code(), "GBP");
}

#[tokio::test]
async fn a_renewal_that_fails_early_leaves_the_token_that_is_still_good() {
    for kind in [Kind::Down, Kind::Refused, Kind::Cut] {
        let scene = Scene::of(Iinsight::sample()).await;
        let host = scene.host(&json!({}));
        host.probe().await.unwrap();
        scene.pass(59);
        scene.account.fail(Fault::of(kind, "/auth/"));
        host.probe().await.unwrap();
        host.probe().await.unwrap();
        scene.pass(2);
        host.probe().await.unwrap_err();
        scene.account.heal();
        scene.pass(11);
        host.probe().await.unwrap();
    }
}
