//! What every host promises of its changes: none is missed, whatever happens between two pages.

use std::collections::{BTreeMap, BTreeSet};

use tieout_core::document::{Document, DocumentId};
use tieout_core::host::Record;

use super::stage::{Can, HostStage, read_all};

/// What was told last of each document; `None` where it is gone.
fn newest(records: &[Record]) -> BTreeMap<String, Option<&Document>> {
    let mut newest = BTreeMap::new();
    for record in records {
        match record {
            Record::Document(document) => {
                newest.insert(document.id().to_string(), Some(document.as_ref()));
            }
            Record::Removed { id, .. } => {
                newest.insert(id.to_string(), None);
            }
            Record::Unreadable { .. } => {}
        }
    }
    newest
}

fn documents(records: &[Record]) -> BTreeSet<String> {
    newest(records).into_keys().collect()
}

fn set(ids: &[DocumentId]) -> BTreeSet<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// Proves that a first look sees every document. Broken, documents of before the installation are never sent.
pub async fn everything_is_told_from_the_beginning(stage: &dyn HostStage) {
    let ids: Vec<DocumentId> = ["A", "B", "C"].iter().map(|name| stage.put(name)).collect();
    let host = stage.host().await;
    let (records, position) = read_all(&*host, None, 2).await;
    assert_eq!(documents(&records), set(&ids));
    assert!(
        position.is_some(),
        "a host that told something gives a position"
    );
}

/// Proves that a position leads to all that came after it, in a process of its own too. Broken, a restart loses
/// documents: keep what the position needs in its text.
pub async fn reading_goes_on_from_any_position(stage: &dyn HostStage) {
    let ids: Vec<DocumentId> = ["A", "B", "C", "D"]
        .iter()
        .map(|name| stage.put(name))
        .collect();
    let mut seen = BTreeSet::new();
    let mut position: Option<String> = None;
    // Every page in a process of its own.
    loop {
        let host = stage.host().await;
        let page = host.changes(position.as_deref(), 1).await.expect("a page");
        seen.extend(documents(&page.records));
        if let Some(reached) = &page.position {
            host.acknowledge(reached).await.expect("stored");
            // It comes at least once for each page.
            host.acknowledge(reached).await.expect("stored again");
        }
        position = page.position;
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, set(&ids));
}

/// Proves that a page that was not stored comes again. Broken, a crash between reading and storing loses a page: move on
/// with the position that the caller gives, never with what was handed out.
pub async fn what_was_not_acknowledged_comes_again(stage: &dyn HostStage) {
    let ids: Vec<DocumentId> = ["A", "B", "C"].iter().map(|name| stage.put(name)).collect();
    let host = stage.host().await;
    let first = host.changes(None, 2).await.expect("a page");
    let again = stage.host().await.changes(None, 2).await.expect("a page");
    assert_eq!(first.records, again.records);
    // What the second read is stored with, and leads to the rest.
    let (rest, _) = read_all(&*host, again.position, 2).await;
    let mut told = documents(&again.records);
    told.extend(documents(&rest));
    assert_eq!(told, set(&ids));
}

/// Proves that what changes between two pages is told as it is then, with a higher revision where changes are numbered. Broken, a change is overtaken: order by
/// the time of change, and let a change move a record to the end.
pub async fn a_change_while_pages_are_read_is_not_missed(stage: &dyn HostStage) {
    for name in ["A", "B", "C"] {
        stage.put(name);
    }
    let host = stage.host().await;
    let first = host.changes(None, 1).await.expect("a page");
    if let Some(reached) = &first.position {
        host.acknowledge(reached).await.expect("stored");
    }
    let before = newest(&first.records);
    let (changed, new) = (stage.put("A"), stage.put("D"));
    let (rest, position) = read_all(&*host, first.position, 1).await;
    stage.wait();
    let (later, _) = read_all(&*host, position, 1).await;
    let mut all = before.clone();
    all.extend(newest(&rest));
    all.extend(newest(&later));
    assert!(all.contains_key(new.as_str()), "a new document is missed");
    assert_eq!(all.len(), 4);
    let told = all.get(changed.as_str()).copied().flatten();
    let told_first = before.get(changed.as_str()).copied().flatten();
    // Where the first page held another document, only one form of this one was ever seen.
    let revision = |told: Option<&Document>| told.map(Document::revision);
    let is_newer = match host.capability().numbers_changes {
        true => revision(told) > revision(told_first),
        false => told != told_first,
    };
    assert!(
        is_newer,
        "the change is missed: {told:?} after {told_first:?}"
    );
}

/// Proves that a deletion is a change. Broken, what was deleted in the product stays in the books.
pub async fn what_was_deleted_is_told(stage: &dyn HostStage) {
    let id = stage.put("A");
    stage.put("B");
    let host = stage.host().await;
    let (_, position) = read_all(&*host, None, 10).await;
    if stage.delete("A") == Can::Not {
        return;
    }
    let (records, _) = read_all(&*host, position, 10).await;
    let gone = newest(&records).get(id.as_str()).copied();
    assert_eq!(gone, Some(None), "{records:?}");
}

/// Proves that one record that cannot be read is told as such and stops no other. Broken, one bad invoice stops the whole
/// business: make it a [`Record::Unreadable`].
pub async fn a_record_that_cannot_be_read_spoils_no_other(stage: &dyn HostStage) {
    let first = stage.put("A");
    if stage.spoil("B") == Can::Not {
        return;
    }
    let last = stage.put("C");
    let host = stage.host().await;
    let (records, _) = read_all(&*host, None, 10).await;
    assert_eq!(documents(&records), set(&[first, last]));
    let unreadable = records.iter().find_map(|record| match record {
        Record::Unreadable { place, message, .. } => Some((place, message)),
        Record::Document(_) | Record::Removed { .. } => None,
    });
    let (place, message) = unreadable.expect("the bad record is told");
    assert!(!place.is_empty() && !message.is_empty());
}

/// Proves that a newer version of the product is understood as far as can be. Broken, its next release stops everything:
/// ignore fields that are not known, and keep words that are not.
pub async fn what_is_not_known_is_tolerated(stage: &dyn HostStage) {
    let id = stage.put("A");
    if stage.put_novel("A") == Can::Not {
        return;
    }
    let host = stage.host().await;
    let (records, _) = read_all(&*host, None, 10).await;
    assert_eq!(documents(&records), set(&[id]), "{records:?}");
}

/// Proves that a year of documents needs no more memory than a day. Broken, a migration in the product ends in a crash:
/// never gather more than a page.
pub async fn many_changes_come_in_bounded_pages(stage: &dyn HostStage) {
    const LIMIT: usize = 100;
    let crowd = stage.crowd();
    for n in 0..crowd {
        stage.put(&format!("N{n}"));
    }
    let host = stage.host().await;
    let mut seen = BTreeSet::new();
    let mut position: Option<String> = None;
    loop {
        let page = host
            .changes(position.as_deref(), LIMIT)
            .await
            .expect("a page");
        assert!(
            page.records.len() <= LIMIT,
            "{} records",
            page.records.len()
        );
        seen.extend(documents(&page.records));
        if let Some(reached) = &page.position {
            host.acknowledge(reached).await.expect("stored");
        }
        assert!(
            !page.more || page.position != position,
            "it does not move on"
        );
        position = page.position;
        if !page.more {
            break;
        }
    }
    assert_eq!(seen.len(), crowd);
}
