//! What becomes of each value of a store where a person's data is erased from it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::document::blank;
use super::json::{self, Marks};
use super::person::{Found, Judged, Person};
use super::tally::Tally;
use super::terms::Terms;
use crate::document::{Document, DocumentKey, ERASED, HostId};
use crate::driver::OldRevision;
use crate::engine::{Binding, BindingKey, ContentHash, Entry, Event, erased};
use crate::exchange::{BODY, pack, rewritten, unpack};
use crate::store::{JournalPage, RecordKey, Rewriting, StoreError, Stored};

/// What is erased.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// Whose data.
    pub person: Person,
    /// From which documents, and as what the person stands in each.
    pub documents: BTreeMap<DocumentKey, Found>,
    /// Their bindings, each with the version at which it was found to allow it.
    pub bindings: BTreeMap<BindingKey, u64>,
    /// Documents that name the person and that nothing may be erased from yet: they stay as they are, with their stories.
    pub spared: BTreeSet<DocumentKey>,
    /// What leads to the person, to be taken out wherever it stands.
    pub terms: Terms,
    /// The provider's identifiers of their documents, and of the person's contacts.
    pub provider_ids: BTreeSet<String>,
    /// The numbers of their documents.
    pub numbers: BTreeSet<String>,
}

/// Erases, value by value. The same instance goes through a store once.
#[derive(Debug)]
pub struct Eraser<'a> {
    chosen: &'a Chosen,
    marks: Marks,
    by: &'a str,
    at: DateTime<Utc>,
    tally: Tally,
    journal: Vec<Entry>,
    /// The documents of old revisions, by what their records are named after.
    revisions: HashMap<String, DocumentKey>,
    hosts: Hosts,
    /// The pieces of the bodies of one exchange, until the next one begins.
    pieces: Vec<(RecordKey, Vec<u8>)>,
    /// Exchanges whose bodies lie in another number of pieces by now.
    recut: HashMap<String, usize>,
}

/// Records in which nobody is looked for: sealed, or no words of documents, or the program's own users.
const UNTOUCHED: [&str; 8] = [
    "identity/",
    "grant/",
    "connection/",
    "cursor/",
    "limit/",
    "settings/",
    "plan/",
    "chart",
];
/// Records that are only remembered, and are asked for anew.
const FORGOTTEN: [&str; 2] = ["contact/", "panel-list/"];

impl<'a> Eraser<'a> {
    /// One that erases what was chosen, in somebody's name.
    #[must_use]
    pub fn new(chosen: &'a Chosen, by: &'a str, at: DateTime<Utc>) -> Self {
        let documents = chosen.documents.keys().chain(&chosen.spared);
        let revisions =
            documents.map(|key| (ContentHash::of(key).as_str().to_owned(), key.clone()));
        Self {
            chosen,
            marks: Marks {
                ids: chosen.provider_ids.clone(),
                numbers: chosen.numbers.clone(),
            },
            by,
            at,
            tally: Tally::default(),
            journal: Vec::new(),
            revisions: revisions.collect(),
            hosts: Hosts::default(),
            pieces: Vec::new(),
            recut: HashMap::new(),
        }
    }

    /// What it came to.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    fn binding(&mut self, binding: Binding) -> Result<Binding, StoreError> {
        let key = &binding.key;
        if let Some(version) = self.chosen.bindings.get(key) {
            if *version != binding.version {
                return Err(StoreError::Conflict(Box::new(key.clone())));
            }
            let terms = &self.chosen.terms;
            let sweep = |text: &mut String| terms.clean(text);
            let Some((mut next, entry)) = erased(&binding, &sweep, self.by, self.at) else {
                return Ok(binding);
            };
            next.version += 1;
            self.tally.documents.insert(key.document.clone());
            self.journal.push(entry);
            return Ok(next);
        }
        if self.chosen.spared.contains(&key.document) {
            return Ok(binding);
        }
        let mut next = binding;
        let mut any = false;
        next.texts_mut(&mut |text| any |= self.chosen.terms.sweep(text));
        if any {
            next.version += 1;
            self.tally.findings_of_others += 1;
        }
        Ok(next)
    }

    fn document(&mut self, key: &DocumentKey, document: &mut Document) {
        self.hosts.note(key);
        if let Some(found) = self.chosen.documents.get(key) {
            blank(document, found, &self.chosen.terms);
            return;
        }
        if self.chosen.spared.contains(key) {
            return;
        }
        // The words of another document are that document's: they are told, and stay.
        let value = serde_json::to_value(&*document).unwrap_or(Value::Null);
        if json::mentions(&value, &self.chosen.terms) {
            self.tally.mention(key);
        }
    }

    fn page(&mut self, page: &mut JournalPage) {
        for entry in &mut page.entries {
            let of = entry.binding.as_ref();
            if of.is_some_and(|key| self.chosen.spared.contains(&key.document)) {
                continue;
            }
            let is_own = of.is_some_and(|key| self.chosen.documents.contains_key(&key.document));
            let before = entry.clone();
            if is_own && let Event::Companion { what, finding, .. } = &mut entry.event {
                forget_companion(what);
                if let Some(finding) = finding {
                    finding.detail.clear();
                }
            }
            entry.texts_mut(&mut |text| self.chosen.terms.clean(text));
            self.tally.journal_lines += u64::from(*entry != before);
        }
    }

    fn record(
        &mut self,
        key: RecordKey,
        value: Vec<u8>,
        put: &mut dyn FnMut(Stored),
    ) -> Result<(), StoreError> {
        let name = key.as_str().to_owned();
        if name.starts_with(BODY) {
            if self
                .pieces
                .first()
                .is_some_and(|(first, _)| body_of(first) != body_of(&key))
            {
                self.bodies(put);
            }
            self.pieces.push((key, value));
            return Ok(());
        }
        self.bodies(put);
        let value = if UNTOUCHED.iter().any(|it| name.starts_with(it)) {
            Some(value)
        } else if let Some(rest) = name.strip_prefix("revision/") {
            Some(self.revision(rest, value))
        } else if FORGOTTEN.iter().any(|it| name.starts_with(it)) {
            self.remembered(value)
        } else {
            Some(self.any_record(&name, value))
        };
        if let Some(value) = value {
            put(Stored::Record(key, value));
        }
        Ok(())
    }

    /// The bodies that were gathered, without the person.
    fn bodies(&mut self, put: &mut dyn FnMut(Stored)) {
        let pieces = std::mem::take(&mut self.pieces);
        let Some(id) = pieces.first().map(|(key, _)| body_of(key).to_owned()) else {
            return;
        };
        let packed: Vec<u8> = pieces.iter().flat_map(|(_, piece)| piece.clone()).collect();
        let (terms, marks) = (&self.chosen.terms, &self.marks);
        let changed = rewritten(&packed, &mut |body| {
            let mut value: Value = serde_json::from_slice(body).ok()?;
            json::mask(&mut value, terms, marks).then(|| value.to_string().into_bytes())
        });
        match changed {
            Ok(None) => pieces
                .into_iter()
                .for_each(|(key, piece)| put(Stored::Record(key, piece))),
            Ok(Some(cut)) => {
                self.tally.exchanges += 1;
                self.recut.insert(id.clone(), cut.len());
                for (index, piece) in cut.into_iter().enumerate() {
                    let key = RecordKey::from(format!("{BODY}{id}/{index:03}"));
                    put(Stored::Record(key, piece));
                }
            }
            // What cannot be read may name anybody, and nobody can be shown it: it goes.
            Err(_) => self.tally.exchanges += 1,
        }
    }

    fn revision(&mut self, name: &str, packed: Vec<u8>) -> Vec<u8> {
        let hash = name.split('/').next().unwrap_or_default();
        let of = self.revisions.get(hash);
        if of.is_some_and(|key| self.chosen.spared.contains(key)) {
            return packed;
        }
        let read = unpack(&packed).ok();
        let read = read.and_then(|json| serde_json::from_slice::<OldRevision>(&json).ok());
        let Some(mut revision) = read else {
            self.tally.leave("revision");
            return packed;
        };
        let mut found = of
            .and_then(|key| self.chosen.documents.get(key))
            .cloned()
            .unwrap_or_default();
        // A document that is somebody else's by now may have been the person's in an older revision.
        if let Some(host) = self.hosts.of(hash)
            && let Judged::Fits(own) = self.chosen.person.judge(host, &revision.document)
        {
            found.join(own);
        }
        if found.roles.is_empty() {
            return packed;
        }
        let before = revision.document.clone();
        blank(&mut revision.document, &found, &self.chosen.terms);
        if revision.document == before {
            return packed;
        }
        self.tally.revisions += 1;
        let json = serde_json::to_vec(&revision).unwrap_or_default();
        pack(&[&json])
    }

    /// What is only remembered goes where it is about the person.
    fn remembered(&mut self, value: Vec<u8>) -> Option<Vec<u8>> {
        let is_theirs = match serde_json::from_slice::<Value>(&value) {
            Ok(json) => json::mentions(&json, &self.chosen.terms) || self.is_marked(&json),
            Err(_) => self.chosen.terms.are_in_bytes(&value),
        };
        if is_theirs {
            self.tally.forgotten += 1;
            return None;
        }
        Some(value)
    }

    fn any_record(&mut self, name: &str, value: Vec<u8>) -> Vec<u8> {
        let is_head = name.strip_prefix("exchange/head/");
        let unpacked = unpack(&value).ok();
        let text = unpacked.as_deref().unwrap_or(&value);
        let Ok(mut json) = serde_json::from_slice::<Value>(text) else {
            if self.chosen.terms.are_in_bytes(text) {
                self.tally.leave(family(name));
            }
            return value;
        };
        let mut any = json::sweep(&mut json, &self.chosen.terms);
        if name.starts_with("api-reply/") {
            any |= self.reply(&mut json);
        }
        if name.starts_with("panel-contact/") && self.is_marked(&json) {
            any |= forget_words(&mut json);
        }
        if any {
            *self
                .tally
                .records
                .entry(family(name).to_owned())
                .or_default() += 1;
        }
        if let Some(pieces) = is_head.and_then(|id| self.recut.get(id))
            && let Some(kept) = json.get_mut("pieces")
        {
            let now = Value::from(*pieces);
            any |= *kept != now;
            *kept = now;
        }
        if !any {
            return value;
        }
        let bytes = json.to_string().into_bytes();
        if self.chosen.terms.are_in_bytes(&bytes) {
            self.tally.leave(family(name));
        }
        match unpacked {
            Some(_) => pack(&[&bytes]),
            None => bytes,
        }
    }

    /// A reply that a program was given and may ask for again within a day: it lies there encoded.
    fn reply(&self, json: &mut Value) -> bool {
        let Some(body) = json.pointer_mut("/reply/body") else {
            return false;
        };
        let decoded = body.as_str().and_then(|text| STANDARD.decode(text).ok());
        let read = decoded.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        let Some(mut read) = read else { return false };
        let any = json::sweep(&mut read, &self.chosen.terms);
        if any {
            *body = Value::from(STANDARD.encode(read.to_string()));
        }
        any
    }

    /// Whether a value carries an identifier of the person's contacts or documents.
    fn is_marked(&self, value: &Value) -> bool {
        match value {
            Value::Object(fields) => fields.values().any(|it| self.is_marked(it)),
            Value::Array(elements) => elements.iter().any(|it| self.is_marked(it)),
            Value::String(text) => self.marks.ids.contains(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

impl Rewriting for Eraser<'_> {
    fn rewrite(&mut self, value: Stored, put: &mut dyn FnMut(Stored)) -> Result<(), StoreError> {
        match value {
            Stored::Binding(binding) => {
                let binding = self.binding(*binding)?;
                put(Stored::Binding(Box::new(binding)));
            }
            Stored::Document(key, mut document) => {
                self.document(&key, &mut document);
                put(Stored::Document(key, document));
            }
            Stored::Journal(mut page) => {
                self.page(&mut page);
                put(Stored::Journal(page));
            }
            Stored::Record(key, value) => self.record(key, value, put)?,
            // What is in the air is of documents that are left as they are.
            Stored::Flight(flight) => put(Stored::Flight(flight)),
        }
        Ok(())
    }

    fn end(&mut self, put: &mut dyn FnMut(Stored)) {
        self.bodies(put);
    }

    fn journal(&mut self) -> Vec<Entry> {
        let mut all = std::mem::take(&mut self.journal);
        let count = self.tally.documents.len();
        let documents = if count == 1 { "document" } else { "documents" };
        all.push(Entry {
            at: self.at,
            binding: None,
            event: Event::Operator {
                action: format!(
                    "a person's data was erased on request, from {count} {documents} and wherever else it stood, by {}",
                    self.by
                ),
            },
            state: None,
        });
        all
    }
}

/// Whose documents those are of which only the fingerprint of the name is at hand.
#[derive(Debug, Default)]
struct Hosts {
    all: Vec<HostId>,
    of: HashMap<u64, usize>,
}

impl Hosts {
    fn note(&mut self, key: &DocumentKey) {
        let known = self.all.iter().position(|host| *host == key.host);
        let index = known.unwrap_or_else(|| {
            self.all.push(key.host.clone());
            self.all.len() - 1
        });
        if let Some(short) = short(ContentHash::of(key).as_str()) {
            self.of.insert(short, index);
        }
    }

    fn of(&self, hash: &str) -> Option<&HostId> {
        self.all.get(*self.of.get(&short(hash)?)?)
    }
}

/// The first half of a fingerprint: enough to tell documents apart, and small enough for millions of them.
fn short(hash: &str) -> Option<u64> {
    u64::from_str_radix(hash.get(..16)?, 16).ok()
}

/// The exchange that a piece of bodies belongs to.
fn body_of(key: &RecordKey) -> &str {
    let rest = key.as_str().strip_prefix(BODY).unwrap_or_default();
    rest.rsplit_once('/').map_or(rest, |(id, _)| id)
}

/// What people know a family of records by.
fn family(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// Names of files and notes are made of names of people.
fn forget_companion(what: &mut String) {
    for kind in ["file", "note"] {
        if what
            .strip_prefix(kind)
            .is_some_and(|rest| rest.starts_with(' '))
        {
            *what = format!("{kind} {ERASED}");
        }
    }
}

/// A link without the words by which it was found: the identifiers stay.
fn forget_words(link: &mut Value) -> bool {
    let before = link.clone();
    if let Some(name) = link.get_mut("name") {
        *name = Value::from(ERASED);
    }
    if let Some(words) = link.pointer_mut("/how/matched/words") {
        *words = Value::Array(Vec::new());
    }
    *link != before
}
