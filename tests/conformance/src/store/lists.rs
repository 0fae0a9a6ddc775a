//! What lists and counts promise: they are what the bindings say at that moment.

use chrono::{DateTime, TimeDelta, Utc};
use tieout_core::check::{Finding, Rule};
use tieout_core::document::{ConnectionId, DocumentId, DocumentKey, DocumentKind, HostId};
use tieout_core::engine::{Binding, BindingKey, State, StateName};
use tieout_core::store::limits::LIST_LOOKED_AT_MAX;
use tieout_core::store::{Filter, ListOrder, ListPage, Listing, Need, Store, Tally};

use super::commits::join_all;
use super::overview::{agrees_with_a_walk, whole};
use super::samples::{
    at, binding, binding_on, bindings, commit, finding, key, key_on, posted_binding, start, stored,
};

/// Bindings beyond what is looked at for one page of a list by number.
const MANY: usize = LIST_LOOKED_AT_MAX + 500;

/// Commits that run at once below.
const AT_ONCE: usize = 40;

/// What changed at one moment stands in the order of its keys, whichever connection or state it is in.
pub async fn what_changed_last_comes_first_and_backwards_is_the_other_way_round(store: &dyn Store) {
    let all = [
        changed("b", "acme", 5),
        changed("a", "acme-nz", 5),
        held("a", "acme", 5, vec![finding()]),
        changed("z", "acme", 9),
        changed("c", "acme", -3),
    ];
    commit(store, bindings(all)).await;
    let expected = [
        key("z"),
        key("a"),
        key_on("a", "acme-nz"),
        key("b"),
        key("c"),
    ];
    assert_eq!(keys(store, &Filter::default()).await, expected);
    let listed = whole(store, &Filter::default(), ListOrder::OldestFirst, 2).await;
    let listed: Vec<BindingKey> = listed.into_iter().rev().map(|it| it.key).collect();
    assert_eq!(listed, expected);
    agrees_with_a_walk(store).await;
}

/// From list to list, at once.
pub async fn a_list_follows_the_binding(store: &dyn Store) {
    commit(
        store,
        bindings([changed("1", "acme", 0), changed("2", "acme", 1)]),
    )
    .await;
    let states = [
        State::Held {
            findings: vec![finding()],
        },
        State::ready(tieout_core::engine::Op::Create),
        State::Posted,
        State::Rejected { finding: finding() },
        State::Voided,
    ];
    for (second, state) in (2..).zip(states) {
        let found = stored(store, &key("1")).await;
        let name = state.named();
        let need = state.findings().len() as u64;
        let changed = Binding {
            state,
            changed_at: at(second),
            ..found
        };
        commit(store, bindings([changed])).await;
        assert_eq!(keys(store, &Filter::default()).await, ["1", "2"].map(key));
        assert_eq!(keys(store, &in_state(name)).await, [key("1")]);
        assert_eq!(count(store, &needs(Need::Somebody)).await, Some(need));
        agrees_with_a_walk(store).await;
    }
}

/// As often as it has findings of it; and among those that need somebody it stands once.
pub async fn what_has_several_findings_is_listed_once_and_counted_under_each_rule(
    store: &dyn Store,
) {
    let tax = Finding {
        rule: Rule::TaxCodeUnmapped,
        ..finding()
    };
    let both = vec![finding(), tax.clone(), finding()];
    commit(
        store,
        bindings([
            held("1", "acme", 3, both),
            held("2", "acme", 2, vec![tax]),
            held("3", "acme-nz", 1, vec![finding()]),
            changed("4", "acme", 9),
        ]),
    )
    .await;
    assert_eq!(
        keys(store, &needs(Need::Somebody)).await,
        [key("1"), key("2"), key_on("3", "acme-nz")]
    );
    let account = needs(Need::Of(Rule::AccountMissing));
    assert_eq!(
        keys(store, &account).await,
        [key("1"), key_on("3", "acme-nz")]
    );
    let tallies = store.tallies().await.expect("counts are read");
    let sums = tallies.sums_by_rule(&Filter::default());
    let sums: Vec<_> = sums
        .into_iter()
        .map(|(rule, of)| (rule.as_str(), of.documents, of.findings))
        .collect();
    assert_eq!(
        sums,
        [("account_missing", 2, 3), ("tax_code_unmapped", 2, 2)]
    );
    agrees_with_a_walk(store).await;
}

/// Whatever its host refused before.
pub async fn a_detached_document_needs_nobody(store: &dyn Store) {
    commit(store, bindings([held("1", "acme", 0, vec![finding()])])).await;
    let found = stored(store, &key("1")).await;
    commit(
        store,
        bindings([Binding {
            state: State::Detached,
            ..found
        }]),
    )
    .await;
    assert_eq!(keys(store, &needs(Need::Somebody)).await, []);
    assert_eq!(count(store, &needs(Need::Somebody)).await, Some(0));
    agrees_with_a_walk(store).await;
}

/// Towards what is older nothing is seen twice and nothing that stays is passed over.
pub async fn pages_end_where_one_looks_and_go_on_after_what_moved(store: &dyn Store) {
    commit(
        store,
        bindings((1..=6).map(|id| changed(&id.to_string(), "acme", id))),
    )
    .await;
    let mut listing = Listing {
        limit: 2,
        ..Listing::default()
    };
    let first = page(store, &listing).await;
    assert_eq!(keys_of(&first), ["6", "5"].map(key));
    // What was last on that page moves to the front, and so does one of the next.
    for id in ["5", "3"] {
        let found = stored(store, &key(id)).await;
        let moved = Binding {
            changed_at: at(99),
            ..found
        };
        commit(store, bindings([moved])).await;
    }
    listing.after = first.next;
    let second = page(store, &listing).await;
    assert_eq!(keys_of(&second), ["4", "2"].map(key));
    // Another question goes on from there as well.
    let other = Listing {
        filter: Filter {
            connection: Some(key("1").connection),
            ..Filter::default()
        },
        order: ListOrder::OldestFirst,
        after: second.next.clone(),
        limit: 9,
    };
    let newer = page(store, &other).await;
    assert_eq!(keys_of(&newer), ["4", "6", "5", "3"].map(key));
    assert_eq!(newer.next, None);
    listing.after = second.next;
    let third = page(store, &listing).await;
    assert_eq!((keys_of(&third), third.next), (vec![key("1")], None));
    let none = Listing {
        limit: 0,
        ..Listing::default()
    };
    assert_eq!(page(store, &none).await.bindings.len(), 1, "at least one");
}

/// In the order of numbers, without regard to capitals, however long they are.
pub async fn a_number_is_found_by_how_it_begins(store: &dyn Store) {
    let long = format!("Ω{}", "9".repeat(90));
    let numbers = [
        ("1", "INV-7"),
        ("2", "inv-70"),
        ("3", " Inv-8"),
        ("4", "B-1"),
        ("5", ""),
        ("6", long.as_str()),
    ];
    let all = numbers.map(|(id, number)| Binding {
        number: number.to_owned(),
        ..binding(id)
    });
    commit(store, bindings(all)).await;
    let found = async |text: &str| {
        let filter = Filter {
            number: Some(text.to_owned()),
            ..Filter::default()
        };
        let listed = whole(store, &filter, ListOrder::OldestFirst, 2).await;
        let ids = listed.iter().map(|it| it.key.document.id.as_str());
        ids.collect::<String>()
    };
    assert_eq!(found("inv-").await, "123");
    assert_eq!(found("INV-7").await, "12");
    assert_eq!(found("nv").await, "");
    assert_eq!(found("").await, "541236");
    assert_eq!(found("ω999").await, "6");
    assert_eq!(found(&long).await, "6");
    assert_eq!(found(&format!("{long}9")).await, "");
    assert_eq!(found(&format!("{}1", &long[..80])).await, "");
    let changed = Binding {
        number: "b-2".to_owned(),
        ..stored(store, &key("1")).await
    };
    commit(store, bindings([changed])).await;
    assert_eq!(found("inv-").await, "23");
    assert_eq!(found("B-").await, "41");
}

/// Page after page, though few or none of what is looked at fits.
pub async fn a_list_by_number_that_finds_little_still_ends(store: &dyn Store) {
    let named = |number: usize| format!("{number:05}");
    let wanted = [7, MANY - 1];
    let all = (0..MANY).map(|number| match wanted.contains(&number) {
        true => held(&named(number), "acme", 0, vec![finding()]),
        false => changed(&named(number), "acme", 0),
    });
    commit(store, bindings(all)).await;
    let filter = Filter {
        number: Some("inv".to_owned()),
        ..needs(Need::Somebody)
    };
    for order in [ListOrder::NewestFirst, ListOrder::OldestFirst] {
        for limit in [1, 2, 10] {
            let mut listed = whole(store, &filter, order, limit).await;
            listed.sort_by_key(|it| it.key.clone());
            let listed: Vec<BindingKey> = listed.into_iter().map(|it| it.key).collect();
            assert_eq!(listed, wanted.map(|number| key(&named(number))));
        }
    }
}

/// No time is too odd to be compared.
pub async fn times_of_every_kind_keep_their_order_in_lists(store: &dyn Store) {
    let time = |seconds, nanos| DateTime::from_timestamp(seconds, nanos).expect("the time exists");
    let ordered = [
        DateTime::<Utc>::MAX_UTC,
        time(1_772_532_000, 5),
        time(1, 0),
        time(0, 1),
        time(0, 0),
        time(-1, 999_999_999),
        time(-1, 0),
        DateTime::<Utc>::MIN_UTC,
    ];
    let all = (1..).zip(ordered).map(|(id, changed_at)| Binding {
        changed_at,
        ..binding(&id.to_string())
    });
    commit(store, bindings(all)).await;
    let expected: Vec<BindingKey> = (1..=8).map(|id| key(&id.to_string())).collect();
    assert_eq!(keys(store, &Filter::default()).await, expected);
    agrees_with_a_walk(store).await;
}

/// And do not run into each other.
pub async fn the_longest_names_are_listed_and_counted(store: &dyn Store) {
    let name = |last: char| format!("{}{last}", "n".repeat(63));
    let key_of = |host: char, id: char, on: char| BindingKey {
        document: DocumentKey {
            host: HostId::new(name(host)).expect("64 bytes are a name"),
            kind: DocumentKind::PurchaseOrder,
            id: DocumentId::new(name(id)).expect("64 bytes are a name"),
        },
        connection: ConnectionId::new(name(on)).expect("64 bytes are a name"),
    };
    let mut all = Vec::new();
    for host in ['a', 'b'] {
        for id in ['a', 'b'] {
            for on in ['a', 'b'] {
                let long = Finding {
                    rule: Rule::Other(format!("{}{host}", "r".repeat(400))),
                    ..finding()
                };
                all.push(Binding {
                    key: key_of(host, id, on),
                    number: format!("{}{id}", "ß".repeat(99)),
                    ..held("1", "acme", 0, vec![long])
                });
            }
        }
    }
    commit(store, bindings(all)).await;
    agrees_with_a_walk(store).await;
}

/// Not even those of its bindings that come before the one that is in the way.
pub async fn a_refused_commit_is_counted_nowhere(store: &dyn Store) {
    commit(store, bindings([changed("1", "acme", 0)])).await;
    let stale = Binding {
        version: 7,
        ..held("1", "acme", 5, vec![finding()])
    };
    let refused = store
        .commit(bindings([held("2", "acme", 5, vec![finding()]), stale]))
        .await;
    refused.expect_err("the version is not the stored one");
    assert_eq!(keys(store, &Filter::default()).await, [key("1")]);
    agrees_with_a_walk(store).await;
}

/// Also where several are made durable together, and some of them are refused.
pub async fn commits_at_once_add_up(store: &dyn Store) {
    let work = (0..AT_ONCE).map(|number| async move {
        let own = held(&format!("own-{number}"), "acme", 0, vec![finding()]);
        let same = Binding {
            deliver_at: Some(start()),
            came_at: Some(start() + TimeDelta::days(40)),
            ..posted_binding("same")
        };
        let apart = store.commit(bindings([own])).await;
        apart.expect("nothing is in its way");
        u64::from(store.commit(bindings([same])).await.is_ok())
    });
    let mut landed = 0;
    for one in join_all(work).await {
        landed += one;
    }
    assert_eq!(landed, 1);
    let tallies = store.tallies().await.expect("counts are read");
    let all = AT_ONCE as u64;
    let expected = Tally {
        documents: all + 1,
        in_need: all,
        findings: all,
        owed: 1,
        old_left: 0,
        old_held: all,
        old_sent: 1,
        posted: 1,
        gathering: 0,
    };
    assert_eq!(tallies.sum(&Filter::default()), expected);
    agrees_with_a_walk(store).await;
}

fn changed(id: &str, on: &str, second: i64) -> Binding {
    Binding {
        changed_at: at(second),
        ..binding_on(id, on)
    }
}

fn held(id: &str, on: &str, second: i64, findings: Vec<Finding>) -> Binding {
    Binding {
        came_at: Some(start() + TimeDelta::days(40)),
        state: State::Held { findings },
        ..changed(id, on, second)
    }
}

fn in_state(state: StateName) -> Filter {
    Filter {
        states: [state].into(),
        ..Filter::default()
    }
}

fn needs(need: Need) -> Filter {
    Filter {
        need,
        ..Filter::default()
    }
}

fn keys_of(page: &ListPage) -> Vec<BindingKey> {
    page.bindings.iter().map(|it| it.key.clone()).collect()
}

async fn page(store: &dyn Store, listing: &Listing) -> ListPage {
    store.list(listing).await.expect("a list is read")
}

async fn keys(store: &dyn Store, filter: &Filter) -> Vec<BindingKey> {
    let listed = whole(store, filter, ListOrder::NewestFirst, 2).await;
    listed.into_iter().map(|it| it.key).collect()
}

async fn count(store: &dyn Store, filter: &Filter) -> Option<u64> {
    let tallies = store.tallies().await.expect("counts are read");
    tallies.documents(filter)
}
