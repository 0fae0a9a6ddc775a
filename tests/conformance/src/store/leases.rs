//! What leases and fences promise: one worker at a time, and a late one changes nothing.

use tieout_core::store::{ChangeSet, Fence, LeaseRequest, Store, StoreError};

use super::samples::{at, binding, bindings, commit, record, set_record};

/// Whoever comes second waits.
pub async fn a_lease_has_one_holder(store: &dyn Store) {
    assert_eq!(ask(store, "acme", "a", 0).await, Some(fence("acme", 1)));
    assert_eq!(ask(store, "acme", "b", 0).await, None);
    assert_eq!(
        ask(store, "acme", "b", 9).await,
        None,
        "one second before it runs out"
    );
}

/// And pushes its end back.
pub async fn the_holder_renews_under_the_same_fence(store: &dyn Store) {
    ask(store, "acme", "a", 0).await;
    assert_eq!(ask(store, "acme", "a", 8).await, Some(fence("acme", 1)));
    assert_eq!(
        ask(store, "acme", "b", 12).await,
        None,
        "it would have run out at 10"
    );
    assert_eq!(ask(store, "acme", "b", 18).await, Some(fence("acme", 2)));
}

/// Each change of the holder raises it.
pub async fn an_expired_lease_passes_on_under_a_higher_fence(store: &dyn Store) {
    ask(store, "acme", "a", 0).await;
    assert_eq!(ask(store, "acme", "b", 10).await, Some(fence("acme", 2)));
    assert_eq!(
        ask(store, "acme", "a", 11).await,
        None,
        "the old holder waits like anybody"
    );
    assert_eq!(ask(store, "acme", "a", 20).await, Some(fence("acme", 3)));
}

/// Nobody worked in between, so nothing is in danger.
pub async fn a_late_holder_keeps_what_nobody_took(store: &dyn Store) {
    ask(store, "acme", "a", 0).await;
    assert_eq!(ask(store, "acme", "a", 500).await, Some(fence("acme", 1)));
}

/// Nor does a fence of a lease that nobody ever took.
pub async fn a_stale_fence_changes_nothing(store: &dyn Store) {
    let under = |fence: Fence, changes: ChangeSet| ChangeSet {
        fence: Some(fence),
        ..changes
    };
    let unknown = store
        .commit(under(fence("acme", 1), set_record("x", b"never")))
        .await;
    assert!(matches!(unknown, Err(StoreError::Fenced)), "{unknown:?}");

    let old = ask(store, "acme", "a", 0).await.expect("the lease is free");
    commit(store, under(old.clone(), set_record("x", b"old"))).await;
    let new = ask(store, "acme", "b", 10)
        .await
        .expect("the lease ran out");

    let mut late = bindings([binding("1")]);
    late.records = vec![(record("x"), None)];
    for fence in [old, fence("acme", 3)] {
        let refused = store.commit(under(fence, late.clone())).await;
        assert!(matches!(refused, Err(StoreError::Fenced)), "{refused:?}");
    }
    assert_eq!(
        store.record(&record("x")).await.expect("a record is read"),
        Some(b"old".to_vec())
    );
    assert_eq!(store.scan(None, 1).await.expect("a scan works"), []);
    commit(store, under(new, late)).await;
    assert_eq!(
        store.record(&record("x")).await.expect("a record is read"),
        None
    );
}

/// A name that begins another is another lease.
pub async fn leases_do_not_mix(store: &dyn Store) {
    assert_eq!(ask(store, "acme", "a", 0).await, Some(fence("acme", 1)));
    assert_eq!(
        ask(store, "acme-nz", "b", 0).await,
        Some(fence("acme-nz", 1))
    );
    assert_eq!(ask(store, "acme", "b", 20).await, Some(fence("acme", 2)));
    assert_eq!(
        ask(store, "acme-nz", "b", 20).await,
        Some(fence("acme-nz", 1))
    );
    assert_eq!(
        store.records("", 10).await.expect("records are read"),
        [],
        "a lease is no record"
    );
}

fn fence(name: &str, token: u64) -> Fence {
    Fence {
        name: name.to_owned(),
        token,
    }
}

/// Asks for ten seconds.
async fn ask(store: &dyn Store, name: &str, holder: &str, second: i64) -> Option<Fence> {
    let request = LeaseRequest {
        name: name.to_owned(),
        holder: holder.to_owned(),
        now: at(second),
        ttl_ms: 10_000,
    };
    store
        .lease(&request)
        .await
        .expect("a lease is taken or not")
}
