//! What lies in the store: old forms load, damaged ones are told, and who steals it can use nothing.

use std::sync::Arc;

use secrecy::ExposeSecret;
use tieout_core::store::{ChangeSet, RecordKey, Store};
use tieout_identity::{Act, Actor, AuditEntry, Fault, NewKey, Role, Scope, SignInBy, Visitor};

use crate::support::{CountingStore, Desk, address, operator};

/// Records as version 1 wrote them. Never changed; a new form gets a new file.
const SAMPLE: &str = include_str!("samples/records-v1.txt");

/// A line of the audit for each act, as version 1 wrote them. Never changed.
const AUDIT: &str = include_str!("samples/audit-v1.jsonl");

async fn put(store: &CountingStore, name: &str, value: &str) {
    let record = (
        RecordKey::from(name.to_owned()),
        Some(value.as_bytes().to_vec()),
    );
    let set = ChangeSet {
        records: vec![record],
        ..ChangeSet::default()
    };
    store.commit(set).await.unwrap();
}

#[tokio::test]
async fn what_version_1_wrote_is_still_read() {
    let store = Arc::new(CountingStore::default());
    for line in SAMPLE.lines() {
        let (name, value) = line.split_once(' ').unwrap();
        put(&store, name, value).await;
    }
    let desk = Desk::over(store);
    let people = desk.identity.people().await.unwrap();
    let told: Vec<_> = people
        .iter()
        .map(|it| (it.email.as_str(), it.name.as_str(), it.role, it.disabled()))
        .collect();
    assert_eq!(
        told,
        [
            ("ann@acme.test", "Ann", Role::Admin, false),
            ("bob@acme.test", "bob@acme.test", Role::Viewer, true)
        ]
    );
    let ann = desk.identity.person_with(&address("ann@acme.test")).await;
    assert_eq!(ann.unwrap().as_ref(), Some(&people[0]));
    let cookie = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    let session = desk.identity.session(cookie).await.unwrap();
    assert_eq!(
        (session.person.id, session.how),
        (people[0].id, SignInBy::Link)
    );
    let token = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";
    let seen = desk.identity.look_at_link(token).await.unwrap();
    assert_eq!(seen.id, people[0].id);
    let key = format!("tieout_{}206c8b81", "03".repeat(32));
    let key = desk.identity.key(&key).await.unwrap();
    assert_eq!((key.name.as_str(), key.scopes.len()), ("billing", 2));
    let audit = desk.identity.audit(None, 10).await.unwrap();
    assert!(matches!(audit[0].act, Act::KeyAdded { .. }));
    assert!(matches!(audit[0].by, Actor::Person { .. }));
}

#[tokio::test]
async fn who_steals_the_store_can_sign_in_nowhere() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Admin).await;
    let signed_in = desk.signed_in(&ann).await;
    let link = desk.identity.make_link(&operator(), ann.id).await.unwrap();
    let key = NewKey {
        name: "billing".to_owned(),
        scopes: [Scope::Admin].into(),
        expires_at: None,
    };
    let key = desk.identity.add_key(&operator(), key).await.unwrap();
    let loot = desk.store.loot().await;
    let key_text = key.secret.expose_secret();
    for secret in [
        signed_in.cookie.expose_secret(),
        signed_in.session.csrf_token(),
        link.token.expose_secret(),
        key_text,
        &key_text[12..71],
    ] {
        assert!(!loot.contains(secret));
    }
    // Nor does any word in it open something by itself.
    for word in loot.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)) {
        assert!(desk.identity.session(word).await.is_err());
        assert!(
            desk.identity
                .follow_link(word, &Visitor::default())
                .await
                .is_err()
        );
        assert!(desk.identity.key(word).await.is_err());
    }
}

#[tokio::test]
async fn what_a_newer_program_wrote_or_a_disk_bent_is_a_fault_and_not_a_stranger() {
    for value in [r#"{"v":2,"of":{}}"#, r#"{"v":1,"of":{}}"#, "{", ""] {
        let desk = Desk::new();
        let ann = desk.person("ann@acme.test", Role::Viewer).await;
        let signed_in = desk.signed_in(&ann).await;
        let name = format!("identity/person/{}", ann.id);
        put(&desk.store, &name, value).await;
        let outcome = desk
            .identity
            .session(signed_in.cookie.expose_secret())
            .await;
        let Err(tieout_identity::Error::Fault(Fault::Damaged { record, .. })) = outcome else {
            panic!("{value}: {outcome:?}");
        };
        assert_eq!(record, name);
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_keeps_nobody_else_out() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    put(&desk.store, "identity/session/00", "{").await;
    put(&desk.store, "identity/link/00", r#"{"v":2,"of":{}}"#).await;
    let signed_in = desk.signed_in(&ann).await;
    assert_eq!(desk.refusal_of(&signed_in).await, None);
    desk.identity
        .disable_person(&operator(), ann.id)
        .await
        .unwrap();
    assert!(desk.refusal_of(&signed_in).await.is_some());
}

#[test]
fn every_line_of_the_audit_that_version_1_wrote_is_read_and_written_as_it_was() {
    for line in AUDIT.lines() {
        let read: AuditEntry = serde_json::from_str(line).unwrap();
        let written = serde_json::to_value(&read).unwrap();
        let before: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(written, before, "{}", read.act);
    }
    // A new act comes with its line: this does not compile before it is thought of.
    let counted = |act: &Act| match act {
        Act::PersonAdded { .. }
        | Act::RoleChanged { .. }
        | Act::EmailChanged { .. }
        | Act::Renamed { .. }
        | Act::PersonDisabled { .. }
        | Act::PersonEnabled { .. }
        | Act::ProviderLinked { .. }
        | Act::ProvidersUnlinked { .. }
        | Act::LinkMade { .. }
        | Act::SignedIn { .. }
        | Act::SignedOut { .. }
        | Act::SessionsEnded { .. }
        | Act::KeyAdded { .. }
        | Act::KeyRevoked { .. } => 14,
    };
    let lines = AUDIT
        .lines()
        .map(|line| serde_json::from_str::<AuditEntry>(line).unwrap());
    let acts: Vec<Act> = lines.map(|line| line.act).collect();
    assert_eq!(acts.len(), counted(&acts[0]));
}
