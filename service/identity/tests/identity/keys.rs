//! API keys: shown once, checked without the store where that does, and dead once revoked.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use tieout_identity::{Actor, NewKey, Refusal, Scope, ShownKey};

use crate::support::{Desk, operator, refused};

async fn make(desk: &Desk, name: &str, scopes: &[Scope], until: Option<DateTime<Utc>>) -> ShownKey {
    let new = new_key(name, scopes, until);
    desk.identity.add_key(&operator(), new).await.unwrap()
}

fn new_key(name: &str, scopes: &[Scope], expires_at: Option<DateTime<Utc>>) -> NewKey {
    NewKey {
        name: name.to_owned(),
        scopes: scopes.iter().copied().collect(),
        expires_at,
    }
}

async fn refusal_of(desk: &Desk, text: &str) -> Option<Refusal> {
    desk.identity.key(text).await.err().map(refused)
}

#[tokio::test]
async fn a_key_may_what_its_scopes_include_and_no_more() {
    let desk = Desk::new();
    for (given, may) in [
        (Scope::Read, vec![Scope::Read]),
        (Scope::Operate, vec![Scope::Read, Scope::Operate]),
        (
            Scope::Admin,
            vec![Scope::Read, Scope::Operate, Scope::Admin],
        ),
        (Scope::Panel, vec![Scope::Panel]),
    ] {
        let shown = make(&desk, given.word(), &[given], None).await;
        let key = desk
            .identity
            .key(shown.secret.expose_secret())
            .await
            .unwrap();
        let caller = key.caller();
        let allowed: Vec<Scope> = Scope::ALL
            .into_iter()
            .filter(|scope| caller.may(*scope))
            .collect();
        assert_eq!(allowed, may, "{given}");
        assert!(matches!(caller.who, Actor::Key { name, .. } if name == given.word()));
    }
}

#[tokio::test]
async fn a_key_is_found_by_who_searches_for_leaks_and_a_mistyped_one_is_told_without_the_store() {
    let desk = Desk::new();
    let shown = make(&desk, "billing", &[Scope::Read], None).await;
    let text = shown.secret.expose_secret().to_owned();
    let digits = text.strip_prefix("tieout_").unwrap();
    assert!(digits.len() == 72 && digits.bytes().all(|c| c.is_ascii_hexdigit()));
    assert_eq!(refusal_of(&desk, &format!(" {text}\n")).await, None);
    let mut bent = text.clone().into_bytes();
    bent[20] = if bent[20] == b'0' { b'1' } else { b'0' };
    let bent = String::from_utf8(bent).unwrap();
    for bad in [
        "",
        "tieout_",
        &bent,
        &text[..78],
        &text.to_uppercase(),
        digits,
    ] {
        assert_eq!(
            refusal_of(&desk, bad).await,
            Some(Refusal::KeyMalformed),
            "{bad}"
        );
    }
    let other = Desk::new();
    assert_eq!(refusal_of(&other, &text).await, Some(Refusal::KeyUnknown));
    assert!(!format!("{shown:?}").contains(&digits[8..]));
}

#[tokio::test]
async fn a_key_ends_when_it_is_revoked_or_its_time_is_over() {
    let desk = Desk::new();
    let until = desk.now() + TimeDelta::days(30);
    let lasting = make(&desk, "lasting", &[Scope::Read], None).await;
    let passing = make(&desk, "passing", &[Scope::Read], Some(until)).await;
    let (lasting_text, passing_text) = (
        lasting.secret.expose_secret(),
        passing.secret.expose_secret(),
    );
    desk.clock.pass(TimeDelta::days(30));
    assert_eq!(
        refusal_of(&desk, passing_text).await,
        Some(Refusal::KeyExpired(until))
    );
    assert_eq!(refusal_of(&desk, lasting_text).await, None);
    for _ in 0..2 {
        desk.identity
            .revoke_key(&operator(), lasting.key.id)
            .await
            .unwrap();
        assert_eq!(
            refusal_of(&desk, lasting_text).await,
            Some(Refusal::KeyRevoked)
        );
    }
    desk.clock.pass(TimeDelta::days(30));
    assert_eq!(
        refusal_of(&desk, lasting_text).await,
        Some(Refusal::KeyRevoked)
    );
}

#[tokio::test]
async fn when_a_key_was_used_is_known_and_written_seldom() {
    let desk = Desk::new();
    let shown = make(&desk, "billing", &[Scope::Read], None).await;
    let before = desk.store.commits();
    for _ in 0..599 {
        assert_eq!(refusal_of(&desk, shown.secret.expose_secret()).await, None);
        desk.clock.pass(TimeDelta::seconds(1));
    }
    assert_eq!(desk.store.commits(), before + 1);
    let used = desk.identity.keys().await.unwrap()[0].used_at.unwrap();
    assert_eq!(desk.now() - used, TimeDelta::seconds(599));
}

#[tokio::test]
async fn a_key_that_makes_no_sense_is_not_made() {
    let desk = Desk::new();
    make(&desk, "billing", &[Scope::Read], None).await;
    let now = desk.now();
    for (new, why) in [
        (new_key("", &[Scope::Read], None), Refusal::NameUnfit),
        (new_key("a", &[], None), Refusal::NoScopes),
        (new_key("a", &[Scope::Read], Some(now)), Refusal::ExpiryPast),
        (
            new_key(" billing ", &[Scope::Read], None),
            Refusal::KeyNameTaken("billing".to_owned()),
        ),
    ] {
        let made = desk.identity.add_key(&operator(), new).await;
        assert_eq!(refused(made.unwrap_err()), why);
    }
}

#[tokio::test]
async fn the_name_of_a_dead_key_is_free_again_and_the_dead_one_stays_in_the_list() {
    let desk = Desk::new();
    let first = make(&desk, "billing", &[Scope::Read], None).await;
    desk.identity
        .revoke_key(&operator(), first.key.id)
        .await
        .unwrap();
    desk.clock.pass(TimeDelta::seconds(1));
    let second = make(&desk, "billing", &[Scope::Operate], None).await;
    let listed = desk.identity.keys().await.unwrap();
    let ids: Vec<_> = listed.iter().map(|key| key.id).collect();
    assert_eq!(ids, [second.key.id, first.key.id]);
    assert!(listed[0].works(desk.now()) && !listed[1].works(desk.now()));
    assert_eq!(listed[0].scopes, BTreeSet::from([Scope::Operate]));
}
