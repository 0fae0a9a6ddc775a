//! What searches and walks promise.

use tieout_core::document::{DocumentKey, DocumentKind, HostId};
use tieout_core::engine::{Binding, BindingKey, Lane, Posted};
use tieout_core::store::{Find, Store};

use super::samples::{
    binding, binding_on, bindings, commit, connection, document_key, key, key_on, posted_binding,
    provider_id, stored,
};

/// The old number leads nowhere after a change, the new one does at once.
pub async fn a_binding_is_found_by_its_number_until_that_changes(store: &dyn Store) {
    commit(
        store,
        bindings([binding("1"), binding("2"), binding_on("1", "acme-nz")]),
    )
    .await;
    assert_eq!(
        by_number(store, "INV-1").await,
        [key("1"), key_on("1", "acme-nz")]
    );
    let found = stored(store, &key("1")).await;
    commit(
        store,
        bindings([Binding {
            number: "INV-2".to_owned(),
            ..found
        }]),
    )
    .await;
    assert_eq!(by_number(store, "INV-1").await, [key_on("1", "acme-nz")]);
    assert_eq!(by_number(store, "INV-2").await, [key("1"), key("2")]);
    assert_eq!(
        by_number(store, "INV-").await,
        [],
        "a part of a number is not the number"
    );
}

/// And none of a document whose identifier only begins the same.
pub async fn every_connection_of_a_document_is_found(store: &dyn Store) {
    let others = [binding_on("10", "acme"), binding_on("1 ", "acme")];
    commit(
        store,
        bindings([
            binding_on("1", "b"),
            binding_on("1", "a"),
            binding_on("1", "a b"),
        ]),
    )
    .await;
    commit(store, bindings(others)).await;
    let found = store
        .find(&Find::Document(document_key("1")))
        .await
        .expect("a search works");
    assert_eq!(
        found,
        [key_on("1", "a"), key_on("1", "a b"), key_on("1", "b")]
    );
}

/// Also when another binding takes the provider document over.
pub async fn a_binding_is_found_by_what_was_posted_until_that_changes(store: &dyn Store) {
    commit(store, bindings([posted_binding("1"), posted_binding("2")])).await;
    assert_eq!(by_posted(store, "acme", "p-1").await, [key("1")]);
    assert_eq!(
        by_posted(store, "acme-nz", "p-1").await,
        [],
        "another connection, another document"
    );

    let (first, second) = (
        stored(store, &key("1")).await,
        stored(store, &key("2")).await,
    );
    let posted = first.posted.clone().map(|posted| Posted {
        id: provider_id("p-9"),
        ..posted
    });
    commit(
        store,
        bindings([Binding {
            posted,
            ..first.clone()
        }]),
    )
    .await;
    assert_eq!(by_posted(store, "acme", "p-1").await, []);
    assert_eq!(by_posted(store, "acme", "p-9").await, [key("1")]);

    commit(
        store,
        bindings([Binding {
            posted: first.posted,
            ..second
        }]),
    )
    .await;
    assert_eq!(by_posted(store, "acme", "p-1").await, [key("2")]);
    let first = stored(store, &key("1")).await;
    commit(
        store,
        bindings([Binding {
            posted: None,
            ..first
        }]),
    )
    .await;
    assert_eq!(by_posted(store, "acme", "p-9").await, []);
    assert_eq!(by_posted(store, "acme", "p-1").await, [key("2")]);
}

/// Empty, long, with a zero byte in it: hosts number as they like.
pub async fn any_text_is_a_number(store: &dyn Store) {
    let numbers = [
        String::new(),
        "a/b%c\0d".to_owned(),
        "Rechnung Nº 5 – Ü".to_owned(),
        "9".repeat(5_000),
    ];
    let numbered = |(index, number): (usize, &String)| Binding {
        number: number.clone(),
        ..binding(&index.to_string())
    };
    commit(store, bindings(numbers.iter().enumerate().map(numbered))).await;
    for (index, number) in numbers.iter().enumerate() {
        assert_eq!(
            by_number(store, number).await,
            [key(&index.to_string())],
            "{number}"
        );
    }
}

/// As long as identifiers may be, in any script.
pub async fn the_longest_identifiers_are_found_again(store: &dyn Store) {
    let id = "ü".repeat(32);
    let mut given = posted_binding("1");
    given.key = key_on(&id, &"c".repeat(64));
    given.key.document.host = HostId::new("h".repeat(64)).expect("the host is valid");
    given.posted = given.posted.map(|posted| Posted {
        id: provider_id(&"p".repeat(64)),
        ..posted
    });
    given.deliver_at = Some(given.changed_at);
    let (keys, on) = ([given.key.clone()], "c".repeat(64));
    commit(store, bindings([given.clone()])).await;
    assert_eq!(stored(store, &keys[0]).await.number, given.number);
    assert_eq!(by_number(store, &given.number).await, keys);
    assert_eq!(by_posted(store, &on, &"p".repeat(64)).await, keys);
    let due = store
        .due(&connection(&on), Lane::Deliver, given.changed_at, 10)
        .await
        .expect("the queue is read");
    assert_eq!(due.keys, keys);
}

/// By host, kind in the order of the kinds, identifier, connection; whatever the size of the pages.
pub async fn a_walk_sees_everything_once_and_in_order(store: &dyn Store) {
    let kinds = [
        DocumentKind::Invoice,
        DocumentKind::CreditNote,
        DocumentKind::Bill,
        DocumentKind::PurchaseOrder,
    ];
    let mut all: Vec<Binding> = Vec::new();
    for host in ["crm", "case-manager", "case manager", "case"] {
        for kind in kinds {
            for id in ["10", "1", "9", "a/b", "ä"] {
                let host = HostId::new(host).expect("the host is valid");
                let document = DocumentKey {
                    host,
                    kind,
                    id: document_key(id).id,
                };
                let on = |connection| BindingKey {
                    document: document.clone(),
                    connection,
                };
                all.extend(
                    [connection("acme-nz"), connection("acme")].map(|connection| Binding {
                        key: on(connection),
                        ..binding(id)
                    }),
                );
            }
        }
    }
    commit(store, bindings(all.iter().rev().cloned())).await;
    let mut expected: Vec<BindingKey> = all.into_iter().map(|binding| binding.key).collect();
    expected.sort();
    for limit in [1, 7, 160, 1_000] {
        assert_eq!(walk(store, limit).await, expected, "in pages of {limit}");
    }
    let gone = key("0");
    let after_gone = store.scan(Some(&gone), 1).await.expect("a scan works");
    let next = expected.iter().find(|key| **key > gone);
    assert_eq!(
        after_gone.first().map(|binding| &binding.key),
        next,
        "a key that is not there is a place too"
    );
}

async fn walk(store: &dyn Store, limit: usize) -> Vec<BindingKey> {
    let mut seen: Vec<BindingKey> = Vec::new();
    loop {
        let page = store.scan(seen.last(), limit).await.expect("a scan works");
        assert!(page.len() <= limit);
        if page.is_empty() {
            return seen;
        }
        seen.extend(page.into_iter().map(|binding| binding.key));
    }
}

async fn by_number(store: &dyn Store, number: &str) -> Vec<BindingKey> {
    store
        .find(&Find::Number(number.to_owned()))
        .await
        .expect("a search works")
}

async fn by_posted(store: &dyn Store, on: &str, id: &str) -> Vec<BindingKey> {
    let find = Find::Posted {
        connection: connection(on),
        id: provider_id(id),
    };
    store.find(&find).await.expect("a search works")
}
