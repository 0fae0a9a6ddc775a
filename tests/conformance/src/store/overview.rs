//! Whether lists and counts are what a walk over the bindings gives, asked in every way that a store can be asked.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tieout_core::check::Rule;
use tieout_core::document::DocumentKind;
use tieout_core::engine::{Binding, StateName};
use tieout_core::store::limits::NUMBER_HEAD_BYTES_MAX;
use tieout_core::store::{
    Filter, ListOrder, Listing, Need, RuleTally, Slot, Store, Tallies, Tally,
};

/// Pages of one list: more than any list here has bindings.
const PAGES_MAX: usize = 10_000;

/// Panics where counts differ from a walk.
pub async fn counts_as_a_walk_does(store: &dyn Store) {
    let bindings = store.scan(None, usize::MAX).await.expect("a walk works");
    let tallies = store.tallies().await.expect("counts are read");
    assert_eq!(tallies, counted(&bindings));
}

/// Panics where lists or counts differ from a walk.
pub async fn agrees_with_a_walk(store: &dyn Store) {
    counts_as_a_walk_does(store).await;
    let bindings = store.scan(None, usize::MAX).await.expect("a walk works");
    let tallies = store.tallies().await.expect("counts are read");
    for filter in filters(&bindings) {
        let fitting = fitting(&bindings, &filter);
        if let Some(counted) = tallies.documents(&filter) {
            assert_eq!(counted, fitting.len() as u64, "{filter:?}");
        }
        for order in [ListOrder::NewestFirst, ListOrder::OldestFirst] {
            let expected = ordered(&fitting, &filter, order);
            for limit in [1, 3, 1_000] {
                let listed = whole(store, &filter, order, limit).await;
                let keys: Vec<_> = listed.iter().map(|it| &it.key).collect();
                let wanted: Vec<_> = expected.iter().map(|it| &it.key).collect();
                assert_eq!(keys, wanted, "{order:?} by {limit}: {filter:?}");
                let is_stored = listed.iter().zip(&expected).all(|(it, other)| it == *other);
                assert!(is_stored, "{order:?} by {limit}: {filter:?}");
            }
        }
    }
}

/// Every page of a list, one after the other.
pub async fn whole(
    store: &dyn Store,
    filter: &Filter,
    order: ListOrder,
    limit: usize,
) -> Vec<Binding> {
    let mut listing = Listing {
        filter: filter.clone(),
        order,
        after: None,
        limit,
    };
    let mut all = Vec::new();
    for number in 0.. {
        assert!(number < PAGES_MAX, "the list has no end: {filter:?}");
        let page = store.list(&listing).await.expect("a list is read");
        assert!(page.bindings.len() <= limit);
        all.extend(page.bindings);
        let Some(next) = page.next else {
            break;
        };
        // As it goes through an address.
        listing.after = Some(next.to_string().parse().expect("it is a cursor"));
    }
    all
}

/// Everything that may be asked of these bindings, alone and together.
fn filters(bindings: &[Binding]) -> Vec<Filter> {
    let all = Filter::default;
    let mut filters = vec![all()];
    let connections: BTreeSet<_> = bindings.iter().map(|it| &it.key.connection).collect();
    let hosts: BTreeSet<_> = bindings.iter().map(|it| &it.key.document.host).collect();
    filters.extend(connections.into_iter().map(|it| Filter {
        connection: Some(it.clone()),
        ..all()
    }));
    filters.extend(hosts.into_iter().map(|it| Filter {
        host: Some(it.clone()),
        ..all()
    }));
    let kinds = [DocumentKind::Invoice, DocumentKind::Bill];
    filters.extend(kinds.map(|it| Filter {
        kind: Some(it),
        ..all()
    }));
    filters.extend(StateName::ALL.map(|it| Filter {
        states: [it].into(),
        ..all()
    }));
    filters.push(Filter {
        states: [StateName::Held, StateName::Posted].into(),
        ..all()
    });
    let numbers = ["", "i", " INV-", "inv-1", "\u{7}INV-2", "x"];
    filters.extend(numbers.map(|it| Filter {
        number: Some(it.to_owned()),
        ..all()
    }));
    let times: BTreeSet<_> = bindings.iter().map(|it| it.changed_at).collect();
    for at in times {
        filters.push(Filter {
            changed_from: Some(at),
            ..all()
        });
        filters.push(Filter {
            changed_before: Some(at),
            ..all()
        });
    }
    let findings = bindings.iter().flat_map(Binding::findings);
    let rules: BTreeSet<&Rule> = findings.map(|finding| &finding.rule).collect();
    let mut needs = vec![Need::Somebody];
    needs.extend(rules.into_iter().cloned().map(Need::Of));
    let plain = filters.clone();
    for need in needs {
        filters.extend(plain.iter().cloned().map(|filter| Filter {
            need: need.clone(),
            ..filter
        }));
    }
    filters
}

fn fitting<'a>(bindings: &'a [Binding], filter: &Filter) -> Vec<&'a Binding> {
    let asks = |wanted: bool, fits: bool| !wanted || fits;
    let all = bindings.iter();
    let fitting = all.filter(|it| {
        let number = filter.number.as_deref().unwrap_or_default();
        let number = number.trim_matches([' ', '\u{7}']).to_lowercase();
        asks(
            filter.connection.is_some(),
            filter.connection.as_ref() == Some(&it.key.connection),
        ) && asks(
            filter.host.is_some(),
            filter.host.as_ref() == Some(&it.key.document.host),
        ) && asks(
            filter.kind.is_some(),
            filter.kind == Some(it.key.document.kind),
        ) && asks(
            !filter.states.is_empty(),
            filter
                .states
                .iter()
                .any(|name| name.as_str() == it.state.name()),
        ) && it.number.to_lowercase().starts_with(&number)
            && filter.changed_from.is_none_or(|at| at <= it.changed_at)
            && filter.changed_before.is_none_or(|at| at > it.changed_at)
            && match &filter.need {
                Need::Whatever => true,
                Need::Somebody => it.findings().count() > 0,
                Need::Of(rule) => it.findings().any(|finding| &finding.rule == rule),
            }
    });
    fitting.collect()
}

fn ordered<'a>(fitting: &[&'a Binding], filter: &Filter, order: ListOrder) -> Vec<&'a Binding> {
    let mut ordered = fitting.to_vec();
    let is_forward = if filter.number.is_some() {
        ordered.sort_by_key(|it| (head(&it.number), it.key.clone()));
        order == ListOrder::OldestFirst
    } else {
        ordered.sort_by_key(|it| (Reverse(it.changed_at), it.key.clone()));
        order == ListOrder::NewestFirst
    };
    if !is_forward {
        ordered.reverse();
    }
    ordered
}

/// As much of a number as counts for its place.
fn head(number: &str) -> String {
    let mut head = String::new();
    for char in number.to_lowercase().chars() {
        if head.len() + char.len_utf8() > NUMBER_HEAD_BYTES_MAX {
            break;
        }
        head.push(char);
    }
    head
}

fn counted(bindings: &[Binding]) -> Tallies {
    let mut slots: BTreeMap<Slot, Tally> = BTreeMap::new();
    let mut rules: BTreeMap<Rule, BTreeMap<Slot, RuleTally>> = BTreeMap::new();
    for it in bindings {
        let slot = Slot {
            connection: it.key.connection.clone(),
            host: it.key.document.host.clone(),
            kind: it.key.document.kind,
            state: it.state.name().parse().expect("it is the name of a state"),
        };
        let of = slots.entry(slot.clone()).or_default();
        of.documents += 1;
        of.in_need += u64::from(it.findings().next().is_some());
        of.owed += u64::from(it.deliver_at.is_some());
        of.old_left += u64::from(it.is_old_and_left());
        of.old_held += u64::from(it.is_old_and_held());
        of.old_sent += u64::from(it.is_old_and_sent());
        of.posted += u64::from(it.posted.is_some());
        of.gathering += u64::from(it.is_gathering());
        let mut seen = BTreeSet::new();
        for finding in it.findings() {
            of.findings += 1;
            let slots = rules.entry(finding.rule.clone()).or_default();
            let rule = slots.entry(slot.clone()).or_default();
            rule.findings += 1;
            rule.documents += u64::from(seen.insert(&finding.rule));
        }
    }
    Tallies { slots, rules }
}
