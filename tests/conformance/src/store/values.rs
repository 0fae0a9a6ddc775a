//! What records, documents and flights promise: any size up to the limit, and nothing left behind.

use tieout_core::document::Document;
use tieout_core::engine::{Flight, FlightId};
use tieout_core::store::limits::{FLIGHT_ID_BYTES_MAX, RECORD_NAME_BYTES_MAX, VALUE_BYTES_MAX};
use tieout_core::store::{ChangeSet, FlightChange, RecordKey, Store, StoreError};

use super::samples::{
    binding, bindings, commit, connection, document_key, document_with_notes, flight, key, key_on,
    record, set_record,
};

/// Removing what is not there is no error.
pub async fn a_record_is_replaced_and_removed(store: &dyn Store) {
    for value in [
        Some(b"1".to_vec()),
        Some(b"2".to_vec()),
        Some(Vec::new()),
        None,
        None,
    ] {
        let records = vec![(record("cursor/x"), value.clone())];
        commit(
            store,
            ChangeSet {
                records,
                ..ChangeSet::default()
            },
        )
        .await;
        assert_eq!(
            store
                .record(&record("cursor/x"))
                .await
                .expect("a record is read"),
            value
        );
    }
    let twice = vec![
        (record("x"), Some(b"1".to_vec())),
        (record("x"), Some(b"2".to_vec())),
    ];
    commit(
        store,
        ChangeSet {
            records: twice,
            ..ChangeSet::default()
        },
    )
    .await;
    let found = store.record(&record("x")).await.expect("a record is read");
    assert_eq!(found, Some(b"2".to_vec()), "the later one of a set counts");
}

/// A prefix is a prefix of the text, and the limit is kept.
pub async fn records_are_listed_by_prefix_in_order(store: &dyn Store) {
    let names = ["a/2", "a/10", "a", "ab/1", "b", "a/ü", "A/1"];
    let records = names.map(|name| (record(name), Some(name.as_bytes().to_vec())));
    commit(
        store,
        ChangeSet {
            records: records.into(),
            ..ChangeSet::default()
        },
    )
    .await;
    let listed = async |prefix, limit| {
        let found = store
            .records(prefix, limit)
            .await
            .expect("records are read");
        let names = found.into_iter().map(|(key, value)| {
            assert_eq!(key.as_str().as_bytes(), value);
            key.as_str().to_owned()
        });
        names.collect::<Vec<_>>()
    };
    assert_eq!(listed("a/", 10).await, ["a/10", "a/2", "a/ü"]);
    assert_eq!(listed("a/", 2).await, ["a/10", "a/2"]);
    assert_eq!(listed("a", 10).await, ["a", "a/10", "a/2", "a/ü", "ab/1"]);
    assert_eq!(listed("", 10).await.len(), names.len());
    assert_eq!(listed("c", 10).await, [""; 0]);
}

/// It grows and shrinks without a trace of what it was.
pub async fn a_record_holds_any_bytes_of_any_size(store: &dyn Store) {
    commit(store, set_record("x0", b"neighbour")).await;
    for size in [
        10,
        5_000,
        4_090,
        4_091,
        300_000,
        8_180,
        8_181,
        1,
        VALUE_BYTES_MAX,
        0,
    ] {
        let value: Vec<u8> = (0..size)
            .map(|at| u8::try_from((at * 7 + size) % 256).unwrap_or_default())
            .collect();
        commit(store, set_record("x", &value)).await;
        let found = store.record(&record("x")).await.expect("a record is read");
        assert!(found.as_ref() == Some(&value), "{size} bytes");
        let all = store.records("x", 10).await.expect("records are read");
        assert!(
            all == [(record("x"), value), (record("x0"), b"neighbour".to_vec())],
            "{size} bytes"
        );
    }
}

/// Up to hundreds of kilobytes and back.
pub async fn a_document_of_any_size_comes_back_equal(store: &dyn Store) {
    for size in [0, 3_000, 200_000, 5_000, 700_000, 10] {
        let notes: String = "Zeile – ü\n".chars().cycle().take(size).collect();
        let given = document_with_notes("1", &notes);
        let other = document_with_notes("2", &notes);
        let documents = vec![
            (document_key("1"), given.clone()),
            (document_key("2"), other.clone()),
        ];
        commit(
            store,
            ChangeSet {
                documents,
                ..ChangeSet::default()
            },
        )
        .await;
        let found = store
            .documents(&[document_key("2"), document_key("1")])
            .await
            .expect("documents are read");
        assert!(
            found == [Some(other), Some(given)],
            "{size} characters of notes"
        );
    }
}

/// Also when it begins and ends in one set, and when it is closed twice.
pub async fn a_flight_is_open_until_it_is_closed(store: &dyn Store) {
    let (one, two) = (
        flight("f1", &[key("1")]),
        flight("f2", &[key("2"), key("3")]),
    );
    commit(store, flights([open(&one), open(&two)])).await;
    assert_eq!(in_the_air(store, "acme").await, [one, two.clone()]);
    commit(store, flights([close("f1"), close("f1"), close("f9")])).await;
    assert_eq!(in_the_air(store, "acme").await, [two]);
    let three = flight("f3", &[key("4")]);
    commit(store, flights([open(&three), close("f3"), close("f2")])).await;
    assert_eq!(in_the_air(store, "acme").await, []);
}

/// Those of another connection are not told.
pub async fn flights_are_told_by_connection(store: &dyn Store) {
    let (here, there) = (
        flight("f1", &[key("1")]),
        flight("f2", &[key_on("1", "acme-nz")]),
    );
    commit(store, flights([open(&here), open(&there)])).await;
    assert_eq!(in_the_air(store, "acme").await, [here]);
    assert_eq!(in_the_air(store, "acme-nz").await, [there]);
    assert_eq!(in_the_air(store, "acm").await, []);
}

/// And leaves nothing when it is closed.
pub async fn a_flight_of_many_members_comes_back_equal(store: &dyn Store) {
    let members: Vec<_> = (0..500).map(|number| key(&number.to_string())).collect();
    let large = flight("f1", &members);
    commit(store, flights([open(&large)])).await;
    assert_eq!(in_the_air(store, "acme").await, [large]);
    let small = flight("f1", &members[..1]);
    commit(store, flights([open(&small)])).await;
    assert_eq!(in_the_air(store, "acme").await, [small]);
    commit(store, flights([close("f1")])).await;
    assert_eq!(in_the_air(store, "acme").await, []);
}

/// The error says what is too large, and by how much.
pub async fn a_value_beyond_the_limit_refuses_the_whole_set(store: &dyn Store) {
    let mut changes = bindings([binding("1")]);
    changes.records = vec![
        (record("small"), Some(vec![1])),
        (record("large"), Some(vec![1; VALUE_BYTES_MAX + 1])),
    ];
    let error = store
        .commit(changes)
        .await
        .expect_err("the record is too large");
    let expected = (VALUE_BYTES_MAX + 1, VALUE_BYTES_MAX);
    assert!(
        matches!(&error, StoreError::TooLarge { size, limit, .. } if (*size, *limit) == expected),
        "{error}"
    );
    assert!(error.to_string().contains("large"), "{error}");

    let huge: Document = document_with_notes("1", &"x".repeat(VALUE_BYTES_MAX));
    let documents = vec![(document_key("1"), huge)];
    let refused = store
        .commit(ChangeSet {
            documents,
            ..bindings([binding("1")])
        })
        .await;
    assert!(
        matches!(refused, Err(StoreError::TooLarge { .. })),
        "{refused:?}"
    );

    let nine = (0..9).map(|number| (record(&number.to_string()), Some(vec![1; VALUE_BYTES_MAX])));
    let refused = store
        .commit(ChangeSet {
            records: nine.collect(),
            ..bindings([binding("1")])
        })
        .await;
    assert!(
        matches!(refused, Err(StoreError::TooLarge { .. })),
        "{refused:?}"
    );

    assert_eq!(store.records("", 10).await.expect("records are read"), []);
    assert_eq!(store.scan(None, 10).await.expect("a scan works"), []);
}

/// A name that just fits is a name.
pub async fn a_name_beyond_the_limit_refuses_the_whole_set(store: &dyn Store) {
    let (fits, long) = (
        "n".repeat(RECORD_NAME_BYTES_MAX),
        "n".repeat(RECORD_NAME_BYTES_MAX + 1),
    );
    commit(store, set_record(&fits, b"1")).await;
    let refused = store.commit(set_record(&long, b"1")).await;
    assert!(
        matches!(refused, Err(StoreError::TooLarge { .. })),
        "{refused:?}"
    );
    let names = store.records("n", 10).await.expect("records are read");
    assert_eq!(names, [(RecordKey::from(fits), b"1".to_vec())]);

    let fits = flight(&"f".repeat(FLIGHT_ID_BYTES_MAX), &[key("1")]);
    let long = flight(&"f".repeat(FLIGHT_ID_BYTES_MAX + 1), &[key("1")]);
    let refused = store.commit(flights([open(&fits), open(&long)])).await;
    assert!(
        matches!(refused, Err(StoreError::TooLarge { .. })),
        "{refused:?}"
    );
    commit(store, flights([open(&fits)])).await;
    assert_eq!(in_the_air(store, "acme").await, [fits]);
}

fn flights(flights: impl IntoIterator<Item = FlightChange>) -> ChangeSet {
    ChangeSet {
        flights: flights.into_iter().collect(),
        ..ChangeSet::default()
    }
}

fn open(flight: &Flight) -> FlightChange {
    FlightChange::Open(flight.clone())
}

fn close(id: &str) -> FlightChange {
    FlightChange::Close(FlightId(id.to_owned()))
}

async fn in_the_air(store: &dyn Store, on: &str) -> Vec<Flight> {
    store
        .flights(&connection(on))
        .await
        .expect("flights are read")
}
