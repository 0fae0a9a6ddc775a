//! What the journal promises: in order, without gaps, and every binding knows its pages.

use tieout_core::engine::{Binding, Entry};
use tieout_core::store::limits::{JOURNAL_PAGE_BYTES_MAX, STORY_PAGES_MAX};
use tieout_core::store::{ChangeSet, JournalPage, Store, StoreError};

use super::samples::{binding, bindings, commit, entry, key, stored};

/// One by one and many together, small and large.
pub async fn entries_come_back_in_order_on_pages_without_gaps(store: &dyn Store) {
    let mut expected = Vec::new();
    for size in [1, 0, 60, 1, 3] {
        let why =
            |number: usize| format!("{}/{number} {}", expected.len(), "x".repeat(number * 10));
        let entries: Vec<Entry> = (0..size).map(|number| entry(None, &why(number))).collect();
        commit(store, journal(entries.clone())).await;
        expected.extend(entries);
    }
    let huge = entry(None, &"x".repeat(50_000));
    commit(store, journal(vec![huge.clone()])).await;
    expected.push(huge);

    let pages = all(store).await;
    let numbers: Vec<u64> = pages.iter().map(|page| page.number).collect();
    assert_eq!(numbers, (1..).take(pages.len()).collect::<Vec<_>>());
    assert!(
        pages.len() < expected.len() / 2,
        "small entries share pages: {} pages",
        pages.len()
    );
    for page in &pages {
        let bytes: usize = page.entries.iter().map(json_len).sum();
        assert!(
            page.entries.len() == 1 || bytes <= JOURNAL_PAGE_BYTES_MAX,
            "page {}",
            page.number
        );
    }
    assert_eq!(
        pages
            .into_iter()
            .flat_map(|page| page.entries)
            .collect::<Vec<_>>(),
        expected
    );
}

/// Each page once, oldest first, however many commits and entries there were.
pub async fn a_story_leads_to_every_entry_of_its_binding(store: &dyn Store) {
    commit(store, bindings([binding("1"), binding("2")])).await;
    for round in 0..5 {
        let found = [
            stored(store, &key("1")).await,
            stored(store, &key("2")).await,
        ];
        let about = |number: usize| {
            let of = if number.is_multiple_of(7) { "1" } else { "2" };
            entry(
                Some(key(of)),
                &format!("{round}/{number} {}", "x".repeat(200)),
            )
        };
        let changes = ChangeSet {
            journal: (0..40).map(about).collect(),
            ..bindings(found)
        };
        commit(store, changes).await;
    }
    for of in [key("1"), key("2")] {
        let story = stored(store, &of).await.story;
        assert!(story.is_sorted_by(|a, b| a < b), "{story:?}");
        let told = mentions(
            &store.journal(&story).await.expect("the journal is read"),
            &of,
        );
        assert_eq!(told, mentions(&all(store).await, &of));
    }
}

/// Its version stays, so nobody who read it before is in conflict.
pub async fn an_entry_about_a_binding_outside_the_set_reaches_its_story(store: &dyn Store) {
    commit(store, bindings([binding("1")])).await;
    let read = stored(store, &key("1")).await;
    commit(
        store,
        journal(vec![
            entry(Some(key("1")), "seen"),
            entry(Some(key("9")), "of nothing"),
        ]),
    )
    .await;
    assert_eq!(
        stored(store, &key("1")).await,
        Binding {
            story: vec![1],
            ..read.clone()
        }
    );
    commit(store, bindings([read])).await;
    assert_eq!(
        stored(store, &key("1")).await.story,
        [1],
        "a caller who read it earlier takes nothing away"
    );
}

/// Neither what is added nor what is left out.
pub async fn the_story_of_the_caller_does_not_count(store: &dyn Store) {
    let made_up = Binding {
        story: vec![7, 8, 9],
        ..binding("1")
    };
    commit(
        store,
        ChangeSet {
            journal: vec![entry(Some(key("1")), "real")],
            ..bindings([made_up])
        },
    )
    .await;
    assert_eq!(stored(store, &key("1")).await.story, [1]);
    let emptied = Binding {
        story: Vec::new(),
        ..stored(store, &key("1")).await
    };
    commit(store, bindings([emptied])).await;
    assert_eq!(stored(store, &key("1")).await.story, [1]);
}

/// The older pages stay in the journal.
pub async fn a_story_keeps_the_newest_thousand_pages(store: &dyn Store) {
    let page_filling = "x".repeat(JOURNAL_PAGE_BYTES_MAX);
    let entries = vec![entry(Some(key("1")), &page_filling); STORY_PAGES_MAX];
    commit(
        store,
        ChangeSet {
            journal: entries,
            ..bindings([binding("1")])
        },
    )
    .await;
    commit(store, journal(vec![entry(Some(key("1")), "newer"); 1])).await;
    let story = stored(store, &key("1")).await.story;
    assert_eq!(story, (2..=1_001).collect::<Vec<_>>());
    assert_eq!(
        store
            .journal(&[1])
            .await
            .expect("the journal is read")
            .len(),
        1
    );
}

/// Page by page back to the beginning.
pub async fn the_newest_pages_come_first(store: &dyn Store) {
    for number in 1..=5 {
        commit(store, journal(vec![entry(None, &number.to_string())])).await;
    }
    let numbers = async |before, limit| {
        let pages = store
            .journal_before(before, limit)
            .await
            .expect("the journal is read");
        pages.iter().map(|page| page.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(None, 2).await, [5, 4]);
    assert_eq!(numbers(Some(4), 2).await, [3, 2]);
    assert_eq!(numbers(Some(2), 2).await, [1]);
    assert_eq!(numbers(Some(1), 2).await, [0; 0]);
    assert_eq!(numbers(Some(900), 9).await, [5, 4, 3, 2, 1]);
    let asked = store
        .journal(&[4, 99, 2])
        .await
        .expect("the journal is read");
    assert_eq!(
        asked.iter().map(|page| page.number).collect::<Vec<_>>(),
        [4, 2]
    );
}

/// The next one takes the number that it would have had.
pub async fn a_refused_commit_leaves_no_gap(store: &dyn Store) {
    commit(store, journal(vec![entry(None, "one")])).await;
    let stale = bindings([Binding {
        version: 5,
        ..binding("1")
    }]);
    let refused = store
        .commit(ChangeSet {
            journal: vec![entry(None, "never")],
            ..stale
        })
        .await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    commit(store, journal(vec![entry(None, "two")])).await;
    let pages = all(store).await;
    let told: Vec<_> = pages
        .iter()
        .map(|page| (page.number, page.entries.clone()))
        .collect();
    assert_eq!(
        told,
        [(1, vec![entry(None, "one")]), (2, vec![entry(None, "two")])]
    );
}

fn journal(entries: Vec<Entry>) -> ChangeSet {
    ChangeSet {
        journal: entries,
        ..ChangeSet::default()
    }
}

fn json_len(entry: &Entry) -> usize {
    serde_json::to_vec(entry)
        .expect("an entry has a JSON form")
        .len()
}

fn mentions(pages: &[JournalPage], of: &tieout_core::engine::BindingKey) -> Vec<Entry> {
    let entries = pages.iter().flat_map(|page| &page.entries);
    entries
        .filter(|entry| entry.binding.as_ref() == Some(of))
        .cloned()
        .collect()
}

async fn all(store: &dyn Store) -> Vec<JournalPage> {
    let mut pages = store
        .journal_before(None, usize::MAX)
        .await
        .expect("the journal is read");
    pages.reverse();
    pages
}
