//! What leads to bindings and to the journal without a walk: cursors, cases and times.

use chrono::TimeDelta;
use tieout_core::document::{Document, GroupSource, HostId};
use tieout_core::engine::{BindingKey, Entry};
use tieout_core::store::{BadCursor, ChangeSet, Cursor, Find, Store};

use super::samples::{
    at, binding, binding_on, bindings, commit, document, document_key, entry, key, key_on,
    posted_binding,
};

/// And a cursor goes through its text unchanged.
pub async fn a_text_that_is_no_cursor_is_refused(_: &dyn Store) {
    let cursor = Cursor::of(&posted_binding("ü/1"));
    let text = cursor.to_string();
    assert_eq!(text.parse(), Ok(cursor));
    let is_plain = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    assert!(text.chars().all(is_plain), "{text}");
    for bent in [
        "",
        "x",
        "e30",
        &text[1..],
        &text[..text.len() - 4],
        "../etc",
    ] {
        assert_eq!(bent.parse::<Cursor>(), Err(BadCursor), "{bent}");
    }
}

/// The cases of its head, of its lines and those that it joins; on every connection.
pub async fn a_case_leads_to_its_documents_until_they_leave_it(store: &dyn Store) {
    let about = |id: &str, own: &[&str], joined: &[&str], of_line: Option<&str>| {
        let Document::Invoice(mut invoice) = document(id) else {
            unreachable!("the sample is an invoice");
        };
        invoice.references.case_numbers = own.iter().map(|case| (*case).to_owned()).collect();
        invoice.group_sources = joined.iter().map(|case| source(case)).collect();
        invoice.lines[0].case_number = of_line.map(str::to_owned);
        ChangeSet {
            documents: vec![(document_key(id), Document::Invoice(invoice))],
            ..ChangeSet::default()
        }
    };
    let both = [binding("1"), binding_on("1", "acme-nz"), binding("2")];
    commit(store, bindings(both)).await;
    commit(store, about("1", &["C-1"], &["C-2", "c-2", "C-3"], None)).await;
    commit(store, about("2", &["c-1 "], &[], Some("C-9"))).await;
    let first = [key("1"), key_on("1", "acme-nz")];
    assert_eq!(of_case(store, "C-2").await, first);
    assert_eq!(of_case(store, "C-9").await, [key("2")]);
    assert_eq!(
        of_case(store, "c-1").await,
        [key("1"), key_on("1", "acme-nz"), key("2")]
    );
    assert_eq!(of_case(store, "C-").await, [], "a part is not the case");
    let elsewhere = Find::Case {
        host: HostId::new("another").expect("it is a name"),
        number: "C-1".to_owned(),
    };
    let found = store.find(&elsewhere).await.expect("a search works");
    assert_eq!(found, [], "each host numbers its own");
    commit(store, about("1", &["C-3"], &[], None)).await;
    assert_eq!(of_case(store, "C-1").await, [key("2")]);
    assert_eq!(of_case(store, "C-2").await, []);
    assert_eq!(of_case(store, "C-3").await, first);
    // Twice in one set: the last one counts.
    let mut twice = about("2", &["C-4"], &[], None);
    twice
        .documents
        .extend(about("2", &["C-5"], &[], None).documents);
    commit(store, twice).await;
    assert_eq!(of_case(store, "C-4").await, []);
    assert_eq!(of_case(store, "C-5").await, [key("2")]);
}

/// With up to a minute around it, and nothing is left out.
pub async fn the_journal_is_found_by_time(store: &dyn Store) {
    let none = store.journal_span(at(0)..at(9)).await;
    assert!(none.expect("the journal is read").is_empty());
    for hour in 0..30 {
        let at = at(hour * 3_600);
        let told = Entry {
            at,
            ..entry(None, &hour.to_string())
        };
        let journal = vec![told; 3];
        commit(
            store,
            ChangeSet {
                journal,
                ..ChangeSet::default()
            },
        )
        .await;
    }
    for (from, to) in [(0, 30), (3, 4), (7, 12), (29, 31), (-5, 1)] {
        let time = at(from * 3_600)..at(to * 3_600);
        let span = store.journal_span(time.clone()).await;
        let span = span.expect("the journal is read");
        let newest = store.journal_before(Some(span.end), 1_000).await;
        let pages = newest.expect("the journal is read").into_iter();
        let pages = pages.filter(|page| span.contains(&page.number));
        let entries: Vec<Entry> = pages.flat_map(|page| page.entries).collect();
        let inside = entries.iter().filter(|entry| time.contains(&entry.at));
        let hours = (from.max(0)..to.min(30)).count();
        assert_eq!(inside.count(), hours * 3, "{from} to {to}");
        let around = TimeDelta::hours(1);
        assert!(
            entries
                .iter()
                .all(|it| it.at > time.start - around && it.at < time.end + around),
            "{from} to {to}: {span:?}"
        );
    }
}

fn source(case: &str) -> GroupSource {
    GroupSource {
        document: None,
        case_number: case.to_owned(),
        client_name: None,
        claim_number: None,
        net: None,
        tax: None,
    }
}

async fn of_case(store: &dyn Store, number: &str) -> Vec<BindingKey> {
    let find = Find::Case {
        host: document_key("1").host,
        number: number.to_owned(),
    };
    store.find(&find).await.expect("a search works")
}
