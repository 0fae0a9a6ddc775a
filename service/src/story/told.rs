//! What a story is put together from: the binding, the journal, revisions, the mapping and what was said.

use serde_json::Value;
use tieout_core::advice::advise;
use tieout_core::document::Document;
use tieout_core::driver::old_revisions;
use tieout_core::engine::{Binding, Entry, Event};
use tieout_core::exchange::masked;
use tieout_core::settings::Settings;
use tieout_core::store::Store;

use super::differences::{differences, hidden};
use super::exchanges::said;
use super::form::{Explanation, Revision, Standing};
use super::mapping::mapping;
use super::summary::{inside, members};
use super::words;
use crate::command::runs_of;
use crate::exit::Failure;
use crate::office::Office;
use crate::output;

/// Whether what names people is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Masking {
    /// It is masked.
    Masked,
    /// It is shown, to somebody who may see it.
    Open,
}

/// A story with what it was made from.
pub(crate) struct Told {
    /// The binding.
    pub(crate) binding: Binding,
    /// The document, as the host has it now.
    pub(crate) document: Option<Document>,
    /// Everything that happened, oldest first.
    pub(crate) entries: Vec<Entry>,
    /// The documented form.
    pub(crate) explanation: Explanation,
}

/// The story of a document on one connection.
pub(crate) async fn tell(
    office: &Office,
    binding: Binding,
    masking: Masking,
) -> Result<Told, Failure> {
    told(office, binding, (masking, masking)).await
}

/// The same for somebody who may see documents: what they say is shown, and what was said to the provider is masked.
pub(crate) async fn tell_inside(office: &Office, binding: Binding) -> Result<Told, Failure> {
    told(office, binding, (Masking::Open, Masking::Masked)).await
}

async fn told(
    office: &Office,
    binding: Binding,
    (masking, of_calls): (Masking, Masking),
) -> Result<Told, Failure> {
    let store: &dyn Store = office.store.as_ref();
    let documents = [binding.key.document.clone()];
    let document = store
        .documents(&documents)
        .await?
        .into_iter()
        .flatten()
        .next();
    let default = Settings::default();
    let connection = office
        .loaded
        .config
        .connections
        .get(&binding.key.connection);
    let settings = connection.map_or(&default, |connection| &connection.settings);
    let entries = entries(store, &binding).await?;
    let said = said(store, &binding, document.as_ref(), settings, &entries).await?;
    let from = (store, &office.loaded);
    let mapping = match (&document, connection) {
        (Some(document), Some(_)) => mapping(from, &binding, document, settings, masking).await?,
        (Some(_) | None, _) => None,
    };
    let explanation = Explanation {
        standing: Standing {
            state: output::state(&binding.state),
            next: words::next(&binding),
        },
        summary: inside(&binding),
        members: members(store, &binding).await?,
        findings: advise(&binding).iter().map(value).collect(),
        story: entries.iter().map(value).collect(),
        document: document.as_ref().map(|document| shown(document, masking)),
        mapping,
        runs: runs_of(store, &binding).await?,
        revisions: revisions(store, &binding, document.as_ref(), &entries, masking).await?,
        exchanges: said.iter().map(|it| it.shown(of_calls)).collect(),
        binding: value(&binding),
    };
    Ok(Told {
        binding,
        document,
        entries,
        explanation,
    })
}

/// Everything that the journal has about a binding, oldest first.
pub(crate) async fn entries(store: &dyn Store, binding: &Binding) -> Result<Vec<Entry>, Failure> {
    let pages = store.journal(&binding.story).await?;
    let entries = pages.into_iter().flat_map(|page| page.entries);
    Ok(entries
        .filter(|entry| entry.binding.as_ref() == Some(&binding.key))
        .collect())
}

/// What the host said over time, each with what it changed.
async fn revisions(
    store: &dyn Store,
    binding: &Binding,
    document: Option<&Document>,
    entries: &[Entry],
    masking: Masking,
) -> Result<Vec<Revision>, Failure> {
    let old = old_revisions(store, &binding.key.document).await?;
    // Compared as they are: two names of the same length look alike once they are masked.
    let kept: Vec<(u64, Value)> = old
        .iter()
        .map(|old| &old.document)
        .chain(document)
        .map(|document| (document.revision(), shown(document, Masking::Open)))
        .collect();
    let changes = |before: &Value, value: &Value| {
        let changes = differences(before, value).into_iter();
        changes.map(|change| hidden(change, masking)).collect()
    };
    let mut told: Vec<(u64, _)> = entries
        .iter()
        .filter_map(|entry| match entry.event {
            Event::HostChanged { revision } => Some((revision, entry.at)),
            _ => None,
        })
        .collect();
    let mut revisions = Vec::new();
    let mut before: Option<&Value> = None;
    for (revision, value) in &kept {
        while let Some((earlier, at)) = told.first().copied().filter(|(it, _)| it < revision) {
            told.remove(0);
            before = None;
            revisions.push(Revision {
                revision: earlier,
                taken_at: Some(at),
                kept: false,
                changed: Vec::new(),
            });
        }
        let is_told = told.first().is_some_and(|(it, _)| it == revision);
        let taken_at = is_told.then(|| told.remove(0).1);
        revisions.push(Revision {
            revision: *revision,
            taken_at,
            kept: true,
            changed: before.map_or_else(Vec::new, |before| changes(before, value)),
        });
        before = Some(value);
    }
    revisions.extend(told.into_iter().map(|(revision, at)| Revision {
        revision,
        taken_at: Some(at),
        kept: false,
        changed: Vec::new(),
    }));
    Ok(revisions)
}

/// A document as it may be shown.
fn shown(document: &Document, masking: Masking) -> Value {
    let value = value(document);
    // The kind that it is wrapped in says nothing that its key does not.
    let inner = match value {
        Value::Object(fields) if fields.len() == 1 => {
            fields.into_iter().next().map_or(Value::Null, |(_, it)| it)
        }
        other => other,
    };
    match masking {
        Masking::Masked => masked(&inner),
        Masking::Open => inner,
    }
}

fn value<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("stored types have string keys and no failing serializer")
}
