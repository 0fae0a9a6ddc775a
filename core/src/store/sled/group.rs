//! What several waiting commits write together: each sees the ones before it, and a refused one leaves no trace.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};

use ::sled::{Batch, IVec};
use serde::de::DeserializeOwned;

use super::super::rules::{self, HeldLease, JSON_NEVER_FAILS, Weight};
use super::super::{Fence, LeaseRequest, StoreError};
use super::envelope::{self, Shape};
use super::index::{self, Changes, Count};
use super::keys;
use super::prepare::{Prepared, PutDocument};
use super::reader::{Reader, corrupt};
use crate::document::Document;
use crate::engine::{Binding, BindingKey};

/// The writes of a group over what is stored.
pub(super) struct Group<'a> {
    reader: &'a Reader,
    writes: HashMap<IVec, Option<IVec>>,
    /// What each write of the current commit replaced in `writes`, for taking the commit back.
    undo: Vec<(IVec, Option<Option<IVec>>)>,
    next_page: u64,
}

impl<'a> Group<'a> {
    /// An empty group; `next_page` is the number of the next journal page.
    pub(super) fn new(reader: &'a Reader, next_page: u64) -> Self {
        Self {
            reader,
            writes: HashMap::new(),
            undo: Vec::new(),
            next_page,
        }
    }

    /// Adds a commit, or refuses it as a whole.
    pub(super) fn commit(&mut self, prepared: Prepared) -> Result<(), StoreError> {
        self.all_or_nothing(|group| group.stage(prepared))
    }

    /// Takes or renews a lease.
    pub(super) fn lease(&mut self, request: &LeaseRequest) -> Result<Option<Fence>, StoreError> {
        let key = keys::lease(&request.name);
        let (held, parts) = self.get(&key)?;
        let Some(lease) = HeldLease::after(held, request) else {
            return Ok(None);
        };
        let fence = Fence {
            name: request.name.clone(),
            token: lease.token,
        };
        let json = serde_json::to_vec(&lease).expect(JSON_NEVER_FAILS);
        self.put(key, &json, parts);
        Ok(Some(fence))
    }

    /// The writes as one atomic batch with the next journal page; `None` when there is nothing to write.
    pub(super) fn finish(self) -> (Option<Batch>, u64) {
        if self.writes.is_empty() {
            return (None, self.next_page);
        }
        let mut batch = Batch::default();
        for (key, value) in self.writes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        (Some(batch), self.next_page)
    }

    fn all_or_nothing<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.undo.clear();
        let page = self.next_page;
        let done = work(self);
        if done.is_err() {
            self.next_page = page;
            for (key, replaced) in self.undo.drain(..).rev() {
                match replaced {
                    Some(value) => drop(self.writes.insert(key, value)),
                    None => drop(self.writes.remove(&key)),
                }
            }
        }
        done
    }

    fn stage(&mut self, prepared: Prepared) -> Result<(), StoreError> {
        if let Some(fence) = &prepared.fence {
            let (held, _) = self.get(&keys::lease(&fence.name))?;
            rules::check_fence(held.as_ref(), fence)?;
        }
        let mut stories = self.stage_journal(prepared.journal);
        let mut weight = prepared.weight;
        let mut seen = HashSet::new();
        let mut counts = Changes::default();
        for binding in prepared.bindings {
            if !seen.insert(binding.key.clone()) {
                return Err(StoreError::Conflict(Box::new(binding.key)));
            }
            let pages = stories.remove(&binding.key).unwrap_or_default();
            self.stage_binding(binding, &pages, &mut weight, &mut counts)?;
        }
        for (key, pages) in stories {
            self.stage_mention(&key, &pages, &mut weight)?;
        }
        self.stage_counts(counts)?;
        for document in prepared.documents {
            self.stage_document(document)?;
        }
        for (key, value) in prepared.puts {
            let parts = self
                .entry(&key)?
                .map_or(0, |entry| envelope::parts_beside(&key, &entry));
            match value {
                Some(value) => self.put(key, &value, parts),
                None => self.remove(key, parts),
            }
        }
        Ok(())
    }

    /// Writes the pages and returns those that name each binding.
    fn stage_journal(
        &mut self,
        entries: Vec<(Option<BindingKey>, Vec<u8>)>,
    ) -> HashMap<BindingKey, Vec<u64>> {
        let numbers = rules::deal_pages(self.next_page, entries.iter().map(|(_, json)| json.len()));
        let mut stories: HashMap<BindingKey, Vec<u64>> = HashMap::new();
        let mut page = Vec::new();
        let mut number = self.next_page;
        for ((binding, json), of_entry) in entries.into_iter().zip(numbers) {
            if of_entry != number {
                self.put_page(number, &mut page);
                number = of_entry;
            }
            page.push(if page.is_empty() { b'[' } else { b',' });
            page.extend_from_slice(&json);
            if let Some(key) = binding {
                rules::lengthen(stories.entry(key).or_default(), number);
            }
        }
        if !page.is_empty() {
            self.put_page(number, &mut page);
            self.next_page = number + 1;
        }
        stories
    }

    fn put_page(&mut self, number: u64, page: &mut Vec<u8>) {
        page.push(b']');
        self.put(keys::journal(number), page, 0);
        page.clear();
    }

    fn stage_binding(
        &mut self,
        mut binding: Binding,
        pages: &[u64],
        weight: &mut Weight,
        counts: &mut Changes,
    ) -> Result<(), StoreError> {
        let key = keys::binding(&binding.key);
        let (old, parts) = self.get::<Binding>(&key)?;
        if old.as_ref().map_or(0, |old| old.version) != binding.version {
            return Err(StoreError::Conflict(Box::new(binding.key)));
        }
        let (before, after) = index::entries_that_change(old.as_ref(), &binding);
        self.replace_entries(&before, after);
        counts.add(&binding);
        if let Some(old) = &old {
            counts.take_away(old);
        }
        binding.version += 1;
        binding.story = old.map_or_else(Vec::new, |old| old.story);
        pages
            .iter()
            .for_each(|page| rules::lengthen(&mut binding.story, *page));
        self.put_binding(key, &binding, parts, weight)
    }

    /// Notes journal pages at a binding that is not in the set.
    fn stage_mention(
        &mut self,
        key: &BindingKey,
        pages: &[u64],
        weight: &mut Weight,
    ) -> Result<(), StoreError> {
        let stored = keys::binding(key);
        let (Some(mut binding), parts) = self.get::<Binding>(&stored)? else {
            return Ok(());
        };
        pages
            .iter()
            .for_each(|page| rules::lengthen(&mut binding.story, *page));
        self.put_binding(stored, &binding, parts, weight)
    }

    fn put_binding(
        &mut self,
        key: Vec<u8>,
        binding: &Binding,
        parts: u16,
        weight: &mut Weight,
    ) -> Result<(), StoreError> {
        let json = serde_json::to_vec(binding).expect(JSON_NEVER_FAILS);
        weight.add(|| format!("the binding {}", binding.key), json.len())?;
        self.put(key, &json, parts);
        Ok(())
    }

    /// Sets a document and brings its cases from the old one to the new one.
    fn stage_document(&mut self, document: PutDocument) -> Result<(), StoreError> {
        let key = keys::document(&document.key);
        let entry = self.entry(&key)?;
        let parts = entry.map_or(0, |entry| envelope::parts_beside(&key, &entry));
        let before = match self.get::<Document>(&key) {
            Ok((Some(old), _)) => index::entries_of_document(&document.key, &old),
            // What cannot be read is replaced as ever; entries that it left are told by the audit.
            Ok((None, _)) | Err(StoreError::Corrupt { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        self.replace_entries(&before, document.entries);
        self.put(key, &document.json, parts);
        Ok(())
    }

    /// Takes out entries that are not asked for any more and adds those that are new; what stays is not written.
    fn replace_entries(&mut self, before: &[Vec<u8>], after: Vec<Vec<u8>>) {
        let gone: Vec<_> = before.iter().filter(|key| !after.contains(key)).collect();
        for key in gone {
            self.write(key.as_slice().into(), None);
        }
        for key in after.into_iter().filter(|key| !before.contains(key)) {
            self.write(key.into(), Some(IVec::default()));
        }
    }

    fn stage_counts(&mut self, counts: Changes) -> Result<(), StoreError> {
        for (key, change) in counts.into_changes() {
            let (count, parts) = self.get::<Count>(&key)?;
            match change.of(&key, count)? {
                Some(count) => {
                    let json = serde_json::to_vec(&count).expect(JSON_NEVER_FAILS);
                    self.put(key, &json, parts);
                }
                None => self.remove(key, parts),
            }
        }
        Ok(())
    }

    /// A JSON value as this group leaves it, and how many parts lie beside its entry.
    fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Result<(Option<T>, u16), StoreError> {
        let Some(entry) = self.entry(key)? else {
            return Ok((None, 0));
        };
        let parts = envelope::parts_beside(key, &entry);
        let value = match parts {
            0 => self.reader.decode(key, entry)?,
            _ => {
                let payload = self.joined(key, &entry, parts)?;
                serde_json::from_slice(&payload).map_err(|error| corrupt(key, error.to_string()))?
            }
        };
        Ok((Some(value), parts))
    }

    /// A payload in parts, of which some may lie in this group only.
    fn joined(&self, key: &[u8], entry: &[u8], parts: u16) -> Result<Vec<u8>, StoreError> {
        let mut payload = Vec::new();
        for index in 0..parts {
            let part = self.entry(&keys::chunk(key, index))?;
            let part = part.ok_or_else(|| corrupt(key, format!("its part {index} is gone")))?;
            payload.extend_from_slice(&envelope::payload(&part));
        }
        match envelope::inspect(key, entry) {
            Ok(Shape::Head(head)) if head.matches(&payload) => Ok(payload),
            Ok(Shape::Head(_) | Shape::Whole | Shape::Part) | Err(_) => {
                Err(corrupt(key, "its parts do not make the whole".to_owned()))
            }
        }
    }

    fn entry(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        match self.writes.get(key) {
            Some(written) => Ok(written.clone()),
            None => self.reader.entry(key),
        }
    }

    /// Sets a value over an entry with `parts_before` parts.
    fn put(&mut self, key: Vec<u8>, payload: &[u8], parts_before: u16) {
        let entries = envelope::wrap(key, payload);
        let parts = u16::try_from(entries.len() - 1).expect("8 MiB have fewer than 65,536 parts");
        for index in parts..parts_before {
            self.write(keys::chunk(&entries[0].0, index).into(), None);
        }
        for (key, entry) in entries {
            self.write(key.into(), Some(entry.into()));
        }
    }

    fn remove(&mut self, key: Vec<u8>, parts_before: u16) {
        for index in 0..parts_before {
            self.write(keys::chunk(&key, index).into(), None);
        }
        self.write(key.into(), None);
    }

    fn write(&mut self, key: IVec, value: Option<IVec>) {
        let replaced = match self.writes.entry(key.clone()) {
            Slot::Occupied(mut slot) => Some(slot.insert(value)),
            Slot::Vacant(slot) => {
                slot.insert(value);
                None
            }
        };
        self.undo.push((key, replaced));
    }
}
