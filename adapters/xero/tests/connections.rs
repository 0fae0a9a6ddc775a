//! Connections are added, never silently changed, and an organisation is connected once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};
use tieout_core::document::ConnectionId;
use tieout_core::store::MemoryStore;
use tieout_xero::auth::{ConnectError, ConnectionRecord, Connections, GrantId, XeroConnection};
use uuid::Uuid;

fn at(hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, hour, 0, 0).unwrap()
}

fn organisation(tenant: u128, connection: u128) -> XeroConnection {
    XeroConnection {
        id: Uuid::from_u128(connection),
        auth_event_id: None,
        tenant_id: Uuid::from_u128(tenant),
        tenant_type: Some("ORGANISATION".to_owned()),
        tenant_name: Some("Kowhai Trading".to_owned()),
    }
}

fn name(text: &str) -> ConnectionId {
    ConnectionId::new(text).unwrap()
}

fn record(connection: &str, tenant: u128, grant: &GrantId) -> ConnectionRecord {
    let by = Some("ana@example.com".to_owned());
    ConnectionRecord::new(
        name(connection),
        &organisation(tenant, 7),
        grant.clone(),
        by,
        at(9),
    )
}

#[tokio::test]
async fn what_is_connected_is_found_again() {
    let connections = Connections::new(Arc::new(MemoryStore::new()));
    let grant = GrantId::fresh();
    let (au, nz) = (record("acme-au", 1, &grant), record("acme/nz", 2, &grant));
    connections.connect(au.clone()).await.unwrap();
    connections.connect(nz.clone()).await.unwrap();
    connections.connect(nz.clone()).await.unwrap();
    assert_eq!(
        connections.read(&name("acme/nz")).await.unwrap(),
        Some(nz.clone())
    );
    assert_eq!(connections.list().await.unwrap(), [au.clone(), nz]);
    assert_eq!(
        connections.users_of(&grant).await.unwrap(),
        [name("acme-au"), name("acme/nz")]
    );
    assert_eq!(
        connections.remove(&name("acme-au")).await.unwrap(),
        Some(au)
    );
    assert_eq!(connections.remove(&name("acme-au")).await.unwrap(), None);
    assert_eq!(
        connections.users_of(&grant).await.unwrap(),
        [name("acme/nz")]
    );
}

#[test]
fn the_first_stored_form_still_loads() {
    let sample = include_str!("samples/connection-v1.json");
    let record: ConnectionRecord = serde_json::from_str(sample).unwrap();
    let written: serde_json::Value = serde_json::to_value(&record).unwrap();
    assert_eq!(
        written,
        serde_json::from_str::<serde_json::Value>(sample).unwrap()
    );
}

#[tokio::test]
async fn another_persons_consent_replaces_nothing_by_itself() {
    let connections = Connections::new(Arc::new(MemoryStore::new()));
    let (ana, bob) = (GrantId::fresh(), GrantId::fresh());
    connections.connect(record("acme", 1, &ana)).await.unwrap();
    let error = connections
        .connect(record("acme", 1, &bob))
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::NameTaken(_)));
    let error = connections
        .connect(record("copy", 1, &bob))
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::TenantTaken(taken) if taken == name("acme")));
    assert_eq!(connections.list().await.unwrap(), [record("acme", 1, &ana)]);
}

#[tokio::test]
async fn a_grant_is_replaced_on_request_for_the_same_organisation_only() {
    let connections = Connections::new(Arc::new(MemoryStore::new()));
    let (ana, bob) = (GrantId::fresh(), GrantId::fresh());
    connections.connect(record("acme", 1, &ana)).await.unwrap();
    let acme = name("acme");
    let replace = |connection: ConnectionId, chosen: XeroConnection| {
        let (connections, bob) = (&connections, bob.clone());
        async move {
            connections
                .replace_grant(&connection, bob, &chosen, None, at(12))
                .await
        }
    };
    let error = replace(acme.clone(), organisation(2, 8)).await.unwrap_err();
    assert!(matches!(error, ConnectError::OtherTenant(_)));
    let error = replace(name("none"), organisation(1, 8)).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unknown(_)));
    assert_eq!(
        replace(acme.clone(), organisation(1, 8)).await.unwrap(),
        ana
    );
    let changed = connections.read(&acme).await.unwrap().unwrap();
    assert_eq!(
        (changed.grant, changed.connected_at, changed.by),
        (bob, at(12), None)
    );
    assert_eq!(changed.xero_connection_id, Uuid::from_u128(8));
    assert!(connections.users_of(&ana).await.unwrap().is_empty());
}
