//! Which documents the names of a command line stand for: a document, a batch of a host, or a run.

use std::collections::BTreeMap;

use tieout_core::driver::{
    Batch, Run, Undoable, Wrote, batch_documents, batches, run_documents, runs,
};
use tieout_core::engine::{Binding, BindingKey, Inverse};
use tieout_core::store::{Find, Store};

use crate::cli::NamedAs;
use crate::command::documents;
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output;

/// What was named, each document once.
#[derive(Default)]
pub(crate) struct Named {
    /// What a run wrote of each document, where it came in by a run alone.
    documents: BTreeMap<BindingKey, Option<(String, Wrote)>>,
}

/// One thing that a name may stand for.
enum Thing {
    Document(Vec<Binding>),
    Batch(Batch),
    Run(Run),
}

impl Named {
    /// Documents on their connections.
    pub(crate) fn of(keys: impl IntoIterator<Item = BindingKey>) -> Self {
        Self {
            documents: keys.into_iter().map(|key| (key, None)).collect(),
        }
    }

    /// The documents, in the order of their keys.
    pub(crate) fn keys(&self) -> Vec<BindingKey> {
        self.documents.keys().cloned().collect()
    }

    /// The same, where a run is undone only in what it wrote itself.
    pub(crate) fn confined(&self, mut row: Undoable) -> Undoable {
        let Some(Some((run, wrote))) = self.documents.get(&row.binding.key) else {
            return row;
        };
        let posted = row.binding.posted.as_ref();
        let is_its = posted.is_none_or(|posted| posted.id.as_str() == wrote.provider_id);
        if !is_its && row.inverse.is_possible() {
            row.inverse = Inverse::Nothing(format!(
                "what {run} made ({}) is gone already; what stands now was made later",
                wrote.provider_id
            ));
        }
        row
    }

    /// What a person should know of a document beside what undoing it comes to.
    pub(crate) fn notes(&self, row: &Undoable) -> Vec<String> {
        let mut notes = Vec::new();
        if !row.inverse.is_possible() {
            return notes;
        }
        if let Some(Some((run, wrote))) = self.documents.get(&row.binding.key)
            && !wrote.created
        {
            notes.push(format!(
                "{run} only changed it: what it was before is not known any more, and it goes out of the books as a whole"
            ));
        }
        let edit = row.binding.posted.as_ref().and_then(|it| it.edit.as_ref());
        notes.extend(edit.map(|finding| format!("{}; the edit goes with it", finding.message)));
        notes
    }
}

/// Everything that is named. A name that may stand for several things is an error, unless it is said what it is.
pub(crate) async fn all(
    office: &Office,
    names: &[String],
    named_as: Option<NamedAs>,
) -> Result<Named, Failure> {
    let store = office.store.as_ref();
    let runs = runs(store).await?;
    let mut batches_here = Vec::new();
    for host in office.loaded.config.hosts.keys() {
        batches_here.extend(batches(store, host).await?);
    }
    let mut named = Named::default();
    for name in names {
        let things = meant(store, name, named_as, &runs, &batches_here).await?;
        match <[Thing; 1]>::try_from(things) {
            Ok([thing]) => named.take(store, thing).await?,
            Err(none) if none.is_empty() => return Err(unknown(name, named_as)),
            Err(many) => return Err(ambiguous(name, &many)),
        }
    }
    Ok(named)
}

impl Named {
    async fn take(&mut self, store: &dyn Store, thing: Thing) -> Result<(), Failure> {
        match thing {
            Thing::Document(bindings) => {
                for binding in bindings {
                    self.documents.insert(binding.key, None);
                }
            }
            Thing::Batch(batch) => {
                for document in batch_documents(store, &batch).await? {
                    let keys = store.find(&Find::Document(document)).await?;
                    let bindings = store.bindings(&keys).await?.into_iter().flatten();
                    for binding in documents::here(bindings.collect()) {
                        self.documents.insert(binding.key, None);
                    }
                }
            }
            Thing::Run(run) => {
                for wrote in run_documents(store, &run).await? {
                    let by_run = Some((run.id.clone(), wrote.clone()));
                    self.documents.entry(wrote.binding).or_insert(by_run);
                }
            }
        }
        Ok(())
    }
}

async fn meant(
    store: &dyn Store,
    name: &str,
    named_as: Option<NamedAs>,
    runs: &[Run],
    batches: &[Batch],
) -> Result<Vec<Thing>, Failure> {
    let is = |what: NamedAs| named_as.is_none_or(|named_as| named_as == what);
    let mut things = Vec::new();
    if is(NamedAs::Document) {
        let bindings = documents::here(documents::find(store, name).await?);
        things.extend(bindings.into_iter().map(|one| Thing::Document(vec![one])));
    }
    if is(NamedAs::Batch) {
        let fits = |batch: &&Batch| batch.name == name || full(batch) == name;
        things.extend(batches.iter().filter(fits).cloned().map(Thing::Batch));
    }
    if is(NamedAs::Run) {
        let fits = |run: &&Run| run.id == name;
        things.extend(runs.iter().filter(fits).cloned().map(Thing::Run));
    }
    Ok(things)
}

/// A batch as nobody can confuse it.
pub(super) fn full(batch: &Batch) -> String {
    format!("{}/{}", batch.host, batch.name)
}

fn unknown(name: &str, named_as: Option<NamedAs>) -> Failure {
    let what = match named_as {
        None => "no document, batch or run",
        Some(NamedAs::Document) => "no document",
        Some(NamedAs::Batch) => "no batch",
        Some(NamedAs::Run) => "no run",
    };
    Failure::new(format!("{what} `{}` is known", output::short(name))).advise(
        "`tieout undo --list` shows the latest runs and batches; a document is named by its number, or as host/kind/id.",
    )
}

fn ambiguous(name: &str, things: &[Thing]) -> Failure {
    let told = things.iter().map(|thing| match thing {
        Thing::Document(bindings) => {
            let keys: Vec<String> = bindings.iter().map(|it| it.key.to_string()).collect();
            format!("document {}", keys.join(", "))
        }
        Thing::Batch(batch) => format!("batch {}", full(batch)),
        Thing::Run(run) => format!("run {}", run.id),
    });
    let told: Vec<String> = told.collect();
    let mut failure = Failure::new(format!(
        "`{}` names {}: {}",
        output::short(name),
        things.len(),
        told.join("; ")
    ));
    failure.exit = Exit::Misconfigured;
    failure.advise(
        "Say which: a document as host/kind/id, a batch as host/name; `--as document`, `--as batch` or `--as run` says what it is.",
    )
}
