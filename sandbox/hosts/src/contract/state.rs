//! What the product holds: its records in the order of their changes, and what it was told about them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What a write-back did.
pub(super) enum Told {
    /// It is held now, or was already.
    Held(Value),
    /// The product holds something newer.
    Stale,
}

#[derive(Default)]
pub(super) struct State {
    /// By list and the place of the last change among all changes.
    rows: BTreeMap<(String, u64), Value>,
    /// The place of each record by its list and identifier.
    places: BTreeMap<(String, String), u64>,
    changes: u64,
    /// By the identifier of the document and the name of what was told, such as `payments/p-1`.
    told: BTreeMap<(String, String), Value>,
    pub(super) locked: Vec<String>,
}

impl State {
    /// Puts a record at the end of the changes; another of its list and identifier is gone then.
    pub(super) fn put(&mut self, list: &str, record: Value) {
        let id = record["id"].as_str().unwrap_or_default().to_owned();
        self.changes += 1;
        let before = self.places.insert((list.to_owned(), id), self.changes);
        if let Some(before) = before {
            self.rows.remove(&(list.to_owned(), before));
        }
        self.rows.insert((list.to_owned(), self.changes), record);
    }

    /// Records of a list after a place, at most so many, with the place of the last one and whether there are more.
    pub(super) fn page(
        &self,
        list: &str,
        after: u64,
        since: Option<&str>,
        limit: usize,
    ) -> (Vec<Value>, u64, bool) {
        let changed_at = |record: &Value| {
            let at = record.get("removed_at").or(record.get("updated_at"));
            at.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (first, last) = ((list.to_owned(), after + 1), (list.to_owned(), u64::MAX));
        let mut rows = self
            .rows
            .range(first..=last)
            .filter(|(_, record)| since.is_none_or(|since| changed_at(record).as_str() >= since));
        let page: Vec<_> = rows.by_ref().take(limit).collect();
        let place = page.last().map_or(after, |((_, place), _)| *place);
        let records = page.into_iter().map(|(_, record)| record.clone());
        (records.collect(), place, rows.next().is_some())
    }

    /// Whether a place can be one that was given out.
    pub(super) fn has_place(&self, place: u64) -> bool {
        place <= self.changes
    }

    pub(super) fn record(&self, list: &str, id: &str) -> Option<&Value> {
        let place = self.places.get(&(list.to_owned(), id.to_owned()))?;
        self.rows.get(&(list.to_owned(), *place))
    }

    pub(super) fn told(&self, id: &str, what: &str) -> Option<&Value> {
        self.told.get(&(id.to_owned(), what.to_owned()))
    }

    /// Holds what was told, unless something newer is held.
    pub(super) fn tell(&mut self, id: &str, what: &str, body: &Value) -> Told {
        let revision = |value: &Value| value.get("revision").and_then(Value::as_i64);
        let key = (id.to_owned(), what.to_owned());
        if let Some(held) = self.told.get(&key)
            && revision(held) > revision(body)
        {
            return Told::Stale;
        }
        self.told.insert(key, body.clone());
        Told::Held(body.clone())
    }

    /// Forgets a payment, but for its revision: an older one that comes late brings it back never.
    pub(super) fn forget(&mut self, id: &str, what: &str, revision: Option<i64>) {
        let key = (id.to_owned(), what.to_owned());
        let held = self
            .told
            .get(&key)
            .and_then(|held| held["revision"].as_i64());
        if held > revision {
            return;
        }
        let gone = json!({"revision": revision, "deleted": true});
        self.told.insert(key, gone);
    }

    /// What was told about a document and counts, by name.
    pub(super) fn all_told(&self, id: &str) -> BTreeMap<String, Value> {
        self.told
            .iter()
            .filter(|((of, _), body)| of == id && body.get("deleted").is_none())
            .map(|((_, what), body)| (what.clone(), body.clone()))
            .collect()
    }
}
