//! How queue, indices, lists and counts are made from bindings and documents: of a store of another version, and at a
//! restore.

use std::ops::Bound;
use std::time::{Duration, Instant};

use ::sled::{Batch, IVec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::StoreError;
use super::super::rules::JSON_NEVER_FAILS;
use super::envelope;
use super::index::{self, Changes, Count, INDEX_RULES};
use super::keys::{self, tag};
use super::open::SCHEMA_NEWEST;
use super::reader::{Reader, bad_key, failed};
use crate::document::{Document, DocumentKey};
use crate::engine::{Binding, BindingKey};

/// Bindings or documents that are taken in one step.
const STEP_MAX: usize = if cfg!(test) { 50 } else { 1_000 };

/// Entries that are cleared in one step.
const CLEAR_MAX: usize = 5_000;

/// How often the log tells how far it is.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// What lies under [`keys::SCHEMA`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Schema {
    pub(super) format: u32,
    /// The rules by which everything here is made; zero while that is not so.
    #[serde(default)]
    pub(super) index_rules: u32,
    /// How far it is made, after a crash in the middle of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) making: Option<Making>,
}

/// How far everything is made, as it is stored with each step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Making {
    rules: u32,
    next: Next,
    /// Bindings and documents so far.
    taken: u64,
}

/// What is taken next.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Next {
    /// What another version made is cleared away.
    Clearing,
    /// The bindings after this one.
    Bindings(Option<BindingKey>),
    /// The documents after this one.
    Documents(Option<DocumentKey>),
}

/// Makes everything anew, or goes on where a crash ended it. The schema says that it is whole only once the caller has
/// written it so.
pub(super) fn run(reader: &Reader, schema: Schema) -> Result<(), StoreError> {
    let began = Instant::now();
    let mut told = began;
    let mut making = begun(schema);
    tracing::info!(
        done = making.taken,
        "lists and counts of the store are made from its documents; this happens once"
    );
    while let Some(next) = step(reader, &making)? {
        making = next;
        if told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            tracing::info!(done = making.taken, "lists and counts are being made");
        }
    }
    tracing::info!(
        done = making.taken,
        seconds = began.elapsed().as_secs(),
        "lists and counts are made"
    );
    Ok(())
}

/// Where to go on: at the beginning, unless the same rules were at work before.
fn begun(schema: Schema) -> Making {
    let before = schema.making.filter(|it| it.rules == INDEX_RULES);
    before.unwrap_or(Making {
        rules: INDEX_RULES,
        next: Next::Clearing,
        taken: 0,
    })
}

/// Does one step and says what is next; `None` when everything is made.
///
/// What is made and how far that is are one batch, so a crash repeats no step that was done.
fn step(reader: &Reader, making: &Making) -> Result<Option<Making>, StoreError> {
    let mut batch = Batch::default();
    let (next, taken) = match &making.next {
        Next::Clearing => match clear(reader, &mut batch)? {
            true => (Next::Bindings(None), 0),
            false => (Next::Clearing, 0),
        },
        Next::Bindings(after) => match take_bindings(reader, after.as_ref(), &mut batch)? {
            (Some(last), taken) => (Next::Bindings(Some(last)), taken),
            (None, _) => (Next::Documents(None), 0),
        },
        Next::Documents(after) => match take_documents(reader, after.as_ref(), &mut batch)? {
            (Some(last), taken) => (Next::Documents(Some(last)), taken),
            (None, _) => return Ok(None),
        },
    };
    let making = Making {
        rules: making.rules,
        next,
        taken: making.taken + u64::try_from(taken).unwrap_or_default(),
    };
    let schema = Schema {
        format: SCHEMA_NEWEST,
        index_rules: 0,
        making: Some(making.clone()),
    };
    put(&mut batch, keys::SCHEMA.to_vec(), &schema);
    apply(reader, batch)?;
    Ok(Some(making))
}

/// Takes out some of what was made before; whether nothing of it is left.
fn clear(reader: &Reader, batch: &mut Batch) -> Result<bool, StoreError> {
    let mut count = 0;
    for tag in index::TAGS {
        for key in reader.db.scan_prefix([tag]).keys() {
            if count == CLEAR_MAX {
                return Ok(false);
            }
            batch.remove(key.map_err(|error| failed("clearing the lists", error))?);
            count += 1;
        }
    }
    Ok(true)
}

/// The last binding that was taken, and how many were.
fn take_bindings(
    reader: &Reader,
    after: Option<&BindingKey>,
    batch: &mut Batch,
) -> Result<(Option<BindingKey>, usize), StoreError> {
    let mut counts = Changes::default();
    let after = after.map(keys::binding);
    let (last, taken) = take(reader, tag::BINDING, after, |_, binding: Binding| {
        for key in index::entries(&binding) {
            batch.insert(key, IVec::default());
        }
        counts.add(&binding);
        Ok(())
    })?;
    for (key, change) in counts.into_changes() {
        let count: Option<Count> = reader.get(&key)?;
        if let Some(count) = change.of(&key, count)? {
            put(batch, key, &count);
        }
    }
    let last = last.map(|key| keys::read_binding(&key)).transpose();
    Ok((last.map_err(bad_key)?, taken))
}

/// The last document that was taken, and how many were.
fn take_documents(
    reader: &Reader,
    after: Option<&DocumentKey>,
    batch: &mut Batch,
) -> Result<(Option<DocumentKey>, usize), StoreError> {
    let after = after.map(keys::document);
    let (last, taken) = take(reader, tag::DOCUMENT, after, |key, document: Document| {
        let of = keys::read_document(key).map_err(bad_key)?;
        for entry in index::entries_of_document(&of, &document) {
            batch.insert(entry, IVec::default());
        }
        Ok(())
    })?;
    let last = last.map(|key| keys::read_document(&key)).transpose();
    Ok((last.map_err(bad_key)?, taken))
}

/// Hands on what lies behind a key, a step of it: the last key, and how many there were.
///
/// What cannot be read is left out: a store that opened before still does, whoever reads the value is told, and so is
/// `verify-store`. No commit takes out of a count what it never came into, since it would have to read it.
fn take<T: DeserializeOwned>(
    reader: &Reader,
    tag: u8,
    after: Option<Vec<u8>>,
    mut each: impl FnMut(&[u8], T) -> Result<(), StoreError>,
) -> Result<(Option<IVec>, usize), StoreError> {
    let from = after.map_or(Bound::Included(vec![tag]), Bound::Excluded);
    let to = Bound::Excluded(vec![tag + 1]);
    let (mut last, mut taken) = (None, 0);
    for found in reader.db.range((from, to)).take(STEP_MAX) {
        let (key, entry) = found.map_err(|error| failed("reading everything", error))?;
        match reader.decode(&key, entry) {
            Ok(value) => each(&key, value)?,
            Err(StoreError::Corrupt { place, message }) => {
                tracing::warn!(place, message, "it cannot be read, and is in no list");
            }
            Err(error) => return Err(error),
        }
        last = Some(key);
        taken += 1;
    }
    Ok((last, taken))
}

fn put<T: Serialize>(batch: &mut Batch, key: Vec<u8>, value: &T) {
    let json = serde_json::to_vec(value).expect(JSON_NEVER_FAILS);
    for (key, entry) in envelope::wrap(key, &json) {
        batch.insert(key, entry);
    }
}

fn apply(reader: &Reader, batch: Batch) -> Result<(), StoreError> {
    let applied = reader.db.apply_batch(batch);
    applied.map_err(|error| failed("making the lists", error))
}

#[cfg(test)]
mod tests {
    use super::super::audit;
    use super::*;
    use crate::engine::sample;

    fn filled(count: usize) -> Reader {
        let db = ::sled::Config::new().temporary(true).open().unwrap();
        let mut batch = Batch::default();
        for number in 0..count {
            let mut binding = sample::waiting();
            let id = format!("{number:05}");
            binding.key.document.id = crate::document::DocumentId::new(id).unwrap();
            put(&mut batch, keys::binding(&binding.key), &binding);
        }
        db.apply_batch(batch).unwrap();
        Reader::of(db)
    }

    #[test]
    fn after_a_crash_at_any_step_it_goes_on_and_counts_nothing_twice() {
        for crash_at in 0..8 {
            let reader = filled(2 * STEP_MAX + 7);
            // What another version left.
            let stale = list_entry_of_nobody();
            reader.db.insert(stale, IVec::default()).unwrap();
            let mut making = begun(Schema::default());
            for _ in 0..crash_at {
                match step(&reader, &making).unwrap() {
                    Some(next) => making = next,
                    None => break,
                }
            }
            let schema: Option<Schema> = reader.get(keys::SCHEMA).unwrap();
            run(&reader, schema.unwrap_or_default()).unwrap();
            let audit = audit::run(&reader).unwrap();
            assert_eq!(audit.problems, [""; 0], "after {crash_at} steps");
            let counted = reader.tallies().unwrap();
            let all = counted.sum(&crate::store::Filter::default());
            assert_eq!(all.documents, 2 * STEP_MAX as u64 + 7);
        }
    }

    #[test]
    fn what_other_rules_began_is_begun_again() {
        let making = Making {
            rules: INDEX_RULES - 1,
            next: Next::Documents(None),
            taken: 9,
        };
        let schema = Schema {
            making: Some(making),
            ..Schema::default()
        };
        let begun = begun(schema);
        assert!(matches!(begun.next, Next::Clearing));
        assert_eq!((begun.rules, begun.taken), (INDEX_RULES, 0));
    }

    fn list_entry_of_nobody() -> Vec<u8> {
        let binding = sample::waiting();
        index::entries(&binding).pop().unwrap()
    }
}
