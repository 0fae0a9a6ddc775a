//! What a store says of things it was never given.

use tieout_core::engine::Lane;
use tieout_core::store::{DuePage, Find, Store};

use super::samples::{connection, document_key, key, provider_id, record, start};

/// Nothing is an error, and nothing is made up.
pub async fn unknown_things_are_absent(store: &dyn Store) {
    assert_eq!(
        store
            .bindings(&[key("1"), key("2")])
            .await
            .expect("bindings are read"),
        [None, None]
    );
    assert_eq!(
        store
            .documents(&[document_key("1")])
            .await
            .expect("documents are read"),
        [None]
    );
    assert_eq!(store.scan(None, 10).await.expect("a scan works"), []);
    assert_eq!(
        store.scan(Some(&key("1")), 10).await.expect("a scan works"),
        []
    );
    let posted = Find::Posted {
        connection: connection("acme"),
        id: provider_id("p-1"),
    };
    for find in [
        Find::Document(document_key("1")),
        Find::Number("INV-1".to_owned()),
        posted,
    ] {
        assert_eq!(store.find(&find).await.expect("a search works"), []);
    }
    assert_eq!(
        store
            .flights(&connection("acme"))
            .await
            .expect("flights are read"),
        []
    );
    assert_eq!(
        store
            .journal(&[0, 1, u64::MAX])
            .await
            .expect("the journal is read"),
        []
    );
    assert_eq!(
        store
            .journal_before(None, 10)
            .await
            .expect("the journal is read"),
        []
    );
    assert_eq!(
        store
            .record(&record("cursor/x"))
            .await
            .expect("a record is read"),
        None
    );
    assert_eq!(store.records("", 10).await.expect("records are read"), []);
}

/// An empty queue has no time at which to look again.
pub async fn nothing_is_due_at_first(store: &dyn Store) {
    let page = store
        .due(&connection("acme"), Lane::Plan, start(), 10)
        .await;
    assert_eq!(page.expect("the queue is read"), DuePage::default());
}
