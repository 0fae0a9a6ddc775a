//! What a commit promises: all or nothing, guarded by versions.

use tieout_core::engine::{Binding, Lane, State};
use tieout_core::store::{ChangeSet, Find, FlightChange, Store, StoreError};

use super::samples::{
    binding, bindings, commit, connection, document, document_key, entry, flight, key,
    posted_binding, record, set_record, start, stored,
};

/// Commits that run at once in the promises below.
const AT_ONCE: usize = 40;

/// Every kind of thing in a set comes back as it was given.
pub async fn what_was_committed_is_read_back(store: &dyn Store) {
    let given = posted_binding("1");
    let changes = ChangeSet {
        bindings: vec![given.clone()],
        documents: vec![(document_key("1"), document("1"))],
        flights: vec![FlightChange::Open(flight("f1", &[key("1")]))],
        records: vec![(record("cursor/x"), Some(b"42".to_vec()))],
        journal: vec![entry(Some(key("1")), "first"), entry(None, "about nobody")],
        fence: None,
    };
    commit(store, changes).await;
    let expected = Binding {
        version: 1,
        story: vec![1],
        ..given
    };
    assert_eq!(stored(store, &key("1")).await, expected);
    assert_eq!(
        store
            .bindings(&[key("0"), key("1")])
            .await
            .expect("bindings are read"),
        [None, Some(expected)],
        "in the order asked for"
    );
    let documents = store
        .documents(&[document_key("0"), document_key("1")])
        .await;
    assert_eq!(
        documents.expect("documents are read"),
        [None, Some(document("1"))]
    );
    let flights = store
        .flights(&connection("acme"))
        .await
        .expect("flights are read");
    assert_eq!(flights, [flight("f1", &[key("1")])]);
    assert_eq!(
        store
            .record(&record("cursor/x"))
            .await
            .expect("a record is read"),
        Some(b"42".to_vec())
    );
    let pages = store.journal(&[1]).await.expect("the journal is read");
    assert_eq!(
        pages[0].entries,
        [entry(Some(key("1")), "first"), entry(None, "about nobody")]
    );
}

/// The version is the store's: one higher with every commit.
pub async fn versions_grow_by_one(store: &dyn Store) {
    commit(store, bindings([binding("1")])).await;
    for version in 1..=5 {
        let found = stored(store, &key("1")).await;
        assert_eq!(found.version, version);
        commit(store, bindings([found])).await;
    }
}

/// Nothing of the refused set is there, not even what had no version.
pub async fn a_stale_version_refuses_the_whole_set(store: &dyn Store) {
    commit(store, bindings([binding("1"), binding("2")])).await;
    let (first, stale) = (
        stored(store, &key("1")).await,
        stored(store, &key("2")).await,
    );
    commit(
        store,
        bindings([Binding {
            number: "NEW".to_owned(),
            ..stale.clone()
        }]),
    )
    .await;

    let refused = ChangeSet {
        bindings: vec![
            Binding {
                state: State::Posted,
                number: "OTHER".to_owned(),
                ..first.clone()
            },
            binding("3"),
            stale,
        ],
        documents: vec![(document_key("1"), document("1"))],
        flights: vec![FlightChange::Open(flight("f1", &[key("1")]))],
        records: vec![(record("cursor/x"), Some(b"42".to_vec()))],
        journal: vec![entry(Some(key("1")), "never")],
        fence: None,
    };
    let error = store
        .commit(refused)
        .await
        .expect_err("the version is stale");
    assert!(
        matches!(&error, StoreError::Conflict(found) if **found == key("2")),
        "{error:?}"
    );

    assert_eq!(stored(store, &key("1")).await, first);
    nothing_of_it_is_there(store).await;
}

async fn nothing_of_it_is_there(store: &dyn Store) {
    assert_eq!(
        store
            .bindings(&[key("3")])
            .await
            .expect("bindings are read"),
        [None]
    );
    assert_eq!(
        store
            .documents(&[document_key("1")])
            .await
            .expect("documents are read"),
        [None]
    );
    assert_eq!(
        store
            .flights(&connection("acme"))
            .await
            .expect("flights are read"),
        []
    );
    assert_eq!(
        store
            .record(&record("cursor/x"))
            .await
            .expect("a record is read"),
        None
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
            .find(&Find::Number("OTHER".to_owned()))
            .await
            .expect("a search works"),
        []
    );
    let due = store
        .due(&connection("acme"), Lane::Plan, start(), 10)
        .await
        .expect("the queue is read");
    assert_eq!(due.keys, [key("1"), key("2")]);
}

/// Version zero says that the caller knows of none.
pub async fn a_binding_that_is_there_is_not_new(store: &dyn Store) {
    commit(store, bindings([binding("1")])).await;
    let error = store
        .commit(bindings([binding("1")]))
        .await
        .expect_err("it is there already");
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
}

/// A version of something that is not there is stale too.
pub async fn a_binding_that_is_not_there_has_no_version(store: &dyn Store) {
    let error = store
        .commit(bindings([Binding {
            version: 3,
            ..binding("1")
        }]))
        .await;
    assert!(matches!(error, Err(StoreError::Conflict(_))), "{error:?}");
    assert_eq!(store.scan(None, 10).await.expect("a scan works"), []);
}

/// Whichever version the second one claims.
pub async fn a_binding_twice_in_a_set_is_a_conflict(store: &dyn Store) {
    for version in [0, 1] {
        let twice = bindings([
            binding("1"),
            Binding {
                version,
                ..binding("1")
            },
        ]);
        let error = store.commit(twice).await;
        assert!(matches!(error, Err(StoreError::Conflict(_))), "{error:?}");
        assert_eq!(store.scan(None, 10).await.expect("a scan works"), []);
    }
}

/// Nothing to write is nothing to refuse.
pub async fn an_empty_set_changes_nothing(store: &dyn Store) {
    commit(store, ChangeSet::default()).await;
    assert_eq!(
        store
            .journal_before(None, 10)
            .await
            .expect("the journal is read"),
        []
    );
}

/// Two callers that read the same version cannot both write.
pub async fn of_two_at_once_on_one_binding_one_wins(store: &dyn Store) {
    commit(store, bindings([binding("1")])).await;
    let read = stored(store, &key("1")).await;
    let attempt = |number: usize| {
        let mut changes = bindings([Binding {
            number: number.to_string(),
            ..read.clone()
        }]);
        changes.records = vec![(record(&format!("won/{number}")), Some(Vec::new()))];
        store.commit(changes)
    };
    let results = join_all((0..AT_ONCE).map(attempt)).await;
    let winners: Vec<usize> = (0..AT_ONCE)
        .filter(|number| results[*number].is_ok())
        .collect();
    assert_eq!(winners.len(), 1, "{results:?}");
    let lost = |result: &&Result<(), StoreError>| matches!(result, Err(StoreError::Conflict(_)));
    assert_eq!(
        results.iter().filter(lost).count(),
        AT_ONCE - 1,
        "{results:?}"
    );
    let found = stored(store, &key("1")).await;
    assert_eq!((found.version, found.number), (2, winners[0].to_string()));
    let won = store.records("won/", 100).await.expect("records are read");
    assert_eq!(won, [(record(&format!("won/{}", winners[0])), Vec::new())]);
}

/// Commits that wait together are all kept, with their journal in one row.
pub async fn many_at_once_all_land(store: &dyn Store) {
    let attempt = |number: usize| {
        let id = number.to_string();
        let mut changes = bindings([binding(&id)]);
        changes.journal = vec![entry(Some(key(&id)), &id)];
        store.commit(changes)
    };
    for result in join_all((0..AT_ONCE).map(attempt)).await {
        result.expect("nothing stands in its way");
    }
    assert_eq!(
        store.scan(None, 100).await.expect("a scan works").len(),
        AT_ONCE
    );
    let pages = store
        .journal_before(None, 100)
        .await
        .expect("the journal is read");
    let numbers: Vec<u64> = pages.iter().rev().map(|page| page.number).collect();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    for page in &pages {
        let of = page.entries[0]
            .binding
            .clone()
            .expect("the entry names its binding");
        assert_eq!(stored(store, &of).await.story, [page.number]);
    }
}

/// A conflict is a matter of one set, also when others wait beside it.
pub async fn a_refused_one_does_not_hold_up_its_neighbours(store: &dyn Store) {
    let attempt = |number: usize| match number % 2 {
        0 => store.commit(set_record(&format!("r/{number}"), b"kept")),
        _ => store.commit(bindings([Binding {
            version: 9,
            ..binding("1")
        }])),
    };
    let results = join_all((0..AT_ONCE).map(attempt)).await;
    for (number, result) in results.iter().enumerate() {
        assert_eq!(result.is_ok(), number % 2 == 0, "{number}: {result:?}");
    }
    assert_eq!(
        store
            .records("r/", 100)
            .await
            .expect("records are read")
            .len(),
        AT_ONCE / 2
    );
    assert_eq!(
        store
            .find(&Find::Document(document_key("1")))
            .await
            .expect("a search works"),
        []
    );
}

/// Polls all of them together; the answers in the order of the questions.
pub(super) async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pinned: Vec<_> = futures.map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = pinned.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, output) in pinned.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let std::task::Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        match outputs.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    outputs.into_iter().flatten().collect()
}
