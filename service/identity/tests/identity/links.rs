//! Sign-in links: once, for one person, for a quarter of an hour.

use std::sync::Arc;

use chrono::TimeDelta;
use secrecy::ExposeSecret;
use tieout_identity::{Error, Refusal, Role, SignInBy, Visitor};

use crate::support::{Desk, operator, refused};

#[tokio::test]
async fn a_link_signs_its_person_in() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Operator).await;
    let link = desk.identity.make_link(&operator(), ann.id).await.unwrap();
    let public = "https://books.acme.test/tieout/".parse().unwrap();
    let address = link.address(&public);
    let token = address
        .strip_prefix("https://books.acme.test/tieout/sign-in/link/")
        .unwrap();
    assert_eq!(token.len(), 43);
    assert!(!format!("{link:?}").contains(token));
    let seen = desk.identity.look_at_link(token).await.unwrap();
    assert_eq!(seen.id, ann.id);
    let signed_in = desk
        .identity
        .follow_link(token, &Visitor::default())
        .await
        .unwrap();
    assert_eq!(signed_in.session.person.id, ann.id);
    assert_eq!(signed_in.session.how, SignInBy::Link);
    let known = desk.identity.person(ann.id).await.unwrap().unwrap();
    assert_eq!(known.signed_in_at, Some(desk.now()));
}

#[tokio::test]
async fn a_link_opens_one_session_however_often_it_is_followed_at_once() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let link = desk.identity.make_link(&operator(), ann.id).await.unwrap();
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let identity = Arc::clone(&desk.identity);
        let token = link.token.clone();
        tries.spawn(async move {
            identity
                .follow_link(token.expose_secret(), &Visitor::default())
                .await
        });
    }
    let mut opened = 0;
    for outcome in tries.join_all().await {
        match outcome {
            Ok(_) => opened += 1,
            Err(error) => assert_eq!(refused(error), Refusal::LinkUsed),
        }
    }
    assert_eq!(opened, 1);
    assert_eq!(desk.identity.sessions(ann.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_link_that_is_used_old_replaced_or_invented_opens_nothing() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let follow = async |token: &str| {
        let outcome = desk.identity.follow_link(token, &Visitor::default()).await;
        outcome.err().map(refused)
    };
    let make = async || {
        let link = desk.identity.make_link(&operator(), ann.id).await.unwrap();
        link.token.expose_secret().to_owned()
    };
    let used = make().await;
    assert_eq!(follow(&used).await, None);
    assert_eq!(follow(&used).await, Some(Refusal::LinkUsed));
    let replaced = make().await;
    let newest = make().await;
    assert_eq!(follow(&replaced).await, Some(Refusal::LinkUnknown));
    desk.clock.pass(TimeDelta::minutes(15));
    assert_eq!(follow(&newest).await, Some(Refusal::LinkExpired));
    for invented in ["", "x", &"A".repeat(43), &format!("{newest}="), "ä"] {
        assert_eq!(follow(invented).await, Some(Refusal::LinkUnknown));
    }
    desk.clock.pass(TimeDelta::days(2));
    make().await;
    assert_eq!(follow(&used).await, Some(Refusal::LinkUnknown), "forgotten");
}

#[tokio::test]
async fn who_may_not_sign_in_gets_no_link_and_follows_none() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let link = desk.identity.make_link(&operator(), ann.id).await.unwrap();
    desk.identity
        .disable_person(&operator(), ann.id)
        .await
        .unwrap();
    let made = desk.identity.make_link(&operator(), ann.id).await;
    assert_eq!(refused(made.unwrap_err()), Refusal::PersonDisabled);
    let token = link.token.expose_secret();
    let followed = desk.identity.follow_link(token, &Visitor::default()).await;
    assert_eq!(refused(followed.unwrap_err()), Refusal::LinkUnknown);
    desk.identity
        .enable_person(&operator(), ann.id)
        .await
        .unwrap();
    let followed = desk.identity.follow_link(token, &Visitor::default()).await;
    assert_eq!(refused(followed.unwrap_err()), Refusal::LinkUnknown);
}

#[tokio::test]
async fn a_link_is_not_used_up_by_a_sign_in_that_was_not_stored() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let link = desk.identity.make_link(&operator(), ann.id).await.unwrap();
    let token = link.token.expose_secret();
    desk.store.fill();
    let failed = desk.identity.follow_link(token, &Visitor::default()).await;
    assert!(matches!(failed, Err(Error::Fault(_))));
    assert!(desk.identity.look_at_link(token).await.is_ok());
}
