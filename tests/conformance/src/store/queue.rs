//! What the queue of due work promises: it is what the bindings ask for, in order.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tieout_core::engine::{Binding, BindingKey, Lane, Op, State};
use tieout_core::store::{DuePage, Store};

use super::samples::{
    at, binding, binding_on, bindings, commit, connection, key, key_on, start, stored,
};

/// An old document waits for a new one, however long it has been due.
pub async fn work_goes_by_priority_then_time_then_key(store: &dyn Store) {
    let old = |id, second| Binding {
        issue_date: NaiveDate::from_ymd_opt(2024, 1, 1).expect("the date exists"),
        ..due_at(id, at(second))
    };
    let all = [
        old("a", -9_000),
        due_at("b", at(5)),
        due_at("d", at(3)),
        due_at("c", at(3)),
        old("e", -9_001),
    ];
    commit(store, bindings(all)).await;
    let page = plan(store, at(5), 10).await;
    assert_eq!(page.keys, ["c", "d", "b", "e", "a"].map(key));
    assert_eq!(page.next_at, None);
    assert_eq!(
        plan(store, at(5), 4).await.keys,
        ["c", "d", "b", "e"].map(key)
    );
}

/// The earliest of all priorities, when everything that is due is on the page.
pub async fn work_that_is_not_due_tells_when(store: &dyn Store) {
    let old = Binding {
        issue_date: NaiveDate::from_ymd_opt(2024, 1, 1).expect("the date exists"),
        ..due_at("c", at(7))
    };
    commit(
        store,
        bindings([due_at("a", at(1)), due_at("b", at(9)), old]),
    )
    .await;
    assert_eq!(plan(store, at(0), 10).await, page(&[], Some(at(1))));
    assert_eq!(plan(store, at(1), 10).await, page(&["a"], Some(at(7))));
    assert_eq!(
        plan(store, at(1), 1).await,
        page(&["a"], Some(at(7))),
        "nothing due is left out"
    );
    assert_eq!(plan(store, at(8), 10).await, page(&["a", "c"], Some(at(9))));
    assert_eq!(plan(store, at(9), 10).await, page(&["a", "b", "c"], None));
}

/// More is due now, so the caller comes again at once; but whoever lets the old ones rest must know when one of today's
/// falls due.
pub async fn a_page_that_is_cut_tells_the_time_of_what_goes_first_alone(store: &dyn Store) {
    let old = Binding {
        issue_date: NaiveDate::from_ymd_opt(2024, 1, 1).expect("the date exists"),
        ..due_at("z", at(0))
    };
    commit(
        store,
        bindings([
            due_at("a", at(0)),
            due_at("b", at(1)),
            due_at("c", at(99)),
            old,
        ]),
    )
    .await;
    assert_eq!(plan(store, at(1), 0).await, page(&[], None));
    assert_eq!(plan(store, at(1), 1).await, page(&["a"], None));
    assert_eq!(
        plan(store, at(1), 2).await,
        page(&["a", "b"], Some(at(99))),
        "an old one is due as well"
    );
    assert_eq!(
        plan(store, at(1), 3).await,
        page(&["a", "b", "z"], Some(at(99)))
    );
}

/// Not even when one name begins the other.
pub async fn lanes_and_connections_do_not_mix(store: &dyn Store) {
    let ready = Binding {
        state: State::ready(Op::Create),
        ..binding_on("1", "acme-nz")
    };
    commit(
        store,
        bindings([
            binding("1"),
            ready,
            binding_on("2", "acme-nz"),
            binding_on("3", "acme nz"),
        ]),
    )
    .await;
    let keys = async |on, lane| {
        store
            .due(&connection(on), lane, start(), 10)
            .await
            .expect("the queue is read")
            .keys
    };
    assert_eq!(keys("acme", Lane::Plan).await, [key("1")]);
    assert_eq!(keys("acme", Lane::Dispatch).await, []);
    assert_eq!(keys("acme-nz", Lane::Plan).await, [key_on("2", "acme-nz")]);
    assert_eq!(
        keys("acme-nz", Lane::Dispatch).await,
        [key_on("1", "acme-nz")]
    );
    assert_eq!(keys("acme nz", Lane::Plan).await, [key_on("3", "acme nz")]);
    assert_eq!(keys("acm", Lane::Plan).await, []);
}

/// From lane to lane, and out of the queue.
pub async fn the_queue_follows_the_binding(store: &dyn Store) {
    commit(store, bindings([binding("1")])).await;
    let steps = [
        (
            State::Waiting {
                not_before: Some(at(5)),
                attempts: 1,
            },
            Some(Lane::Plan),
            at(5),
        ),
        (State::ready(Op::Create), Some(Lane::Dispatch), start()),
        (
            State::Ready {
                op: Op::Create,
                not_before: Some(at(7)),
                attempts: 2,
            },
            Some(Lane::Dispatch),
            at(7),
        ),
        (State::Posted, None, start()),
        (State::waiting(), Some(Lane::Plan), start()),
        (State::Detached, None, start()),
    ];
    for (state, expected, due) in steps {
        let found = stored(store, &key("1")).await;
        commit(
            store,
            bindings([Binding {
                state: state.clone(),
                ..found
            }]),
        )
        .await;
        for lane in [
            Lane::Plan,
            Lane::Dispatch,
            Lane::Resolve,
            Lane::Deliver,
            Lane::Beside,
        ] {
            let now = store
                .due(&connection("acme"), lane, at(100), 10)
                .await
                .expect("the queue is read");
            let before = store
                .due(&connection("acme"), lane, due - TimeDelta::seconds(1), 10)
                .await;
            let before = before.expect("the queue is read");
            let waits = expected == Some(lane);
            assert_eq!(now.keys.len(), usize::from(waits), "{state:?} in {lane:?}");
            assert_eq!(
                before,
                page(&[], waits.then_some(due)),
                "{state:?} in {lane:?}"
            );
        }
    }
}

/// A binding may stand in two lanes.
pub async fn telling_the_host_waits_beside_other_work(store: &dyn Store) {
    commit(
        store,
        bindings([Binding {
            deliver_at: Some(at(3)),
            ..binding("1")
        }]),
    )
    .await;
    let deliver = async |now| {
        store
            .due(&connection("acme"), Lane::Deliver, now, 10)
            .await
            .expect("the queue is read")
    };
    assert_eq!(deliver(at(2)).await, page(&[], Some(at(3))));
    assert_eq!(deliver(at(3)).await, page(&["1"], None));
    assert_eq!(plan(store, start(), 10).await.keys, [key("1")]);
    let found = stored(store, &key("1")).await;
    commit(
        store,
        bindings([Binding {
            deliver_at: None,
            ..found
        }]),
    )
    .await;
    assert_eq!(deliver(at(99)).await, DuePage::default());
    assert_eq!(plan(store, start(), 10).await.keys, [key("1")]);
}

/// No time is too odd to be compared.
pub async fn times_before_1970_and_within_a_second_keep_their_order(store: &dyn Store) {
    let time = |seconds, nanos| DateTime::from_timestamp(seconds, nanos).expect("the time exists");
    let ordered = [
        DateTime::<Utc>::MIN_UTC,
        time(-1, 0),
        time(-1, 999_999_999),
        time(0, 0),
        time(0, 1),
        time(1, 0),
        time(1_772_532_000, 5),
        DateTime::<Utc>::MAX_UTC,
    ];
    let ids = ["8", "7", "6", "5", "4", "3", "2", "1"];
    commit(
        store,
        bindings(ids.iter().zip(ordered).map(|(id, at)| due_at(id, at))),
    )
    .await;
    for (index, now) in ordered.into_iter().enumerate() {
        let expected = page(&ids[..=index], ordered.get(index + 1).copied());
        assert_eq!(plan(store, now, 10).await, expected);
    }
}

fn due_at(id: &str, at: DateTime<Utc>) -> Binding {
    Binding {
        state: State::Waiting {
            not_before: Some(at),
            attempts: 1,
        },
        ..binding(id)
    }
}

fn page(ids: &[&str], next_at: Option<DateTime<Utc>>) -> DuePage {
    DuePage {
        keys: ids.iter().map(|id| key(id)).collect::<Vec<BindingKey>>(),
        next_at,
    }
}

async fn plan(store: &dyn Store, now: DateTime<Utc>, limit: usize) -> DuePage {
    store
        .due(&connection("acme"), Lane::Plan, now, limit)
        .await
        .expect("the queue is read")
}
