//! What the vault promises to whoever trusts it with a secret.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tieout_core::store::{ChangeSet, MemoryStore, RecordKey, Store};
use tieout_core::vault::{KeyRing, Vault, VaultError};

const OLD: &str = "101112131415161718191a1b1c1d1e1f000102030405060708090a0b0c0d0e0f";
const NEW: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn vault(store: &Arc<MemoryStore>, keys: &str) -> Vault {
    Vault::new(
        store.clone(),
        KeyRing::parse(keys).expect("the keys are valid"),
    )
}

fn token() -> SecretString {
    SecretString::from("refresh-token-1")
}

fn name(id: &str) -> RecordKey {
    RecordKey::new(&["grant", id])
}

#[tokio::test]
async fn a_secret_comes_back_until_it_is_removed() {
    let vault = vault(&Arc::default(), NEW);
    assert!(vault.read(&name("g1")).await.unwrap().is_none());
    vault.write(&name("g1"), Some(&token())).await.unwrap();
    assert_eq!(
        vault
            .read(&name("g1"))
            .await
            .unwrap()
            .unwrap()
            .expose_secret(),
        "refresh-token-1"
    );
    vault.write(&name("g1"), None).await.unwrap();
    assert!(vault.read(&name("g1")).await.unwrap().is_none());
}

#[tokio::test]
async fn the_store_never_sees_the_secret() {
    let store = Arc::new(MemoryStore::new());
    vault(&store, NEW)
        .write(&name("g1"), Some(&token()))
        .await
        .unwrap();
    let value = store.record(&name("g1")).await.unwrap().unwrap();
    assert!(
        !value.windows(7).any(|part| part == b"refresh"),
        "{value:?}"
    );
}

#[tokio::test]
async fn an_older_key_still_opens_and_the_current_one_seals() {
    let store = Arc::new(MemoryStore::new());
    vault(&store, OLD)
        .write(&name("g1"), Some(&token()))
        .await
        .unwrap();
    let rotated = vault(&store, &format!("{NEW}\n{OLD}"));
    let secret = rotated.read(&name("g1")).await.unwrap().unwrap();
    rotated.write(&name("g1"), Some(&secret)).await.unwrap();
    let retired = vault(&store, NEW);
    assert_eq!(
        retired
            .read(&name("g1"))
            .await
            .unwrap()
            .unwrap()
            .expose_secret(),
        "refresh-token-1"
    );
}

#[tokio::test]
async fn without_its_key_a_secret_stays_shut_and_the_error_says_so() {
    let store = Arc::new(MemoryStore::new());
    vault(&store, OLD)
        .write(&name("g1"), Some(&token()))
        .await
        .unwrap();
    let error = vault(&store, NEW).read(&name("g1")).await.unwrap_err();
    assert!(
        matches!(&error, VaultError::NoKey(key) if *key == name("g1")),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .starts_with("grant/g1 was sealed with a key"),
        "{error}"
    );
}

#[tokio::test]
async fn a_sealed_value_moved_under_another_name_does_not_open() {
    let store = Arc::new(MemoryStore::new());
    let vault = vault(&store, NEW);
    vault.write(&name("g1"), Some(&token())).await.unwrap();
    let stolen = store.record(&name("g1")).await.unwrap();
    let moved = ChangeSet {
        records: vec![(name("g2"), stolen)],
        ..ChangeSet::default()
    };
    store.commit(moved).await.unwrap();
    assert!(
        matches!(vault.read(&name("g2")).await, Err(VaultError::Altered(key)) if key == name("g2"))
    );
}

#[tokio::test]
async fn nothing_of_the_vault_prints_a_key_or_a_secret() {
    let vault = vault(&Arc::default(), OLD);
    let sealed = vault.seal(&name("g1"), &token()).unwrap();
    let opened = vault.open(&name("g1"), &sealed).unwrap();
    let printed = format!(
        "{vault:?} {opened:?} {:?}",
        vault.open(&name("g2"), &sealed)
    );
    assert!(
        !printed.contains("refresh") && !printed.contains("1011"),
        "{printed}"
    );
}
