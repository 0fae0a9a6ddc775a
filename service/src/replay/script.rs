//! What a replay tells: the host's revisions as they are kept, grouped as they were sent, and what is missing of them.

use tieout_core::document::{Document, DocumentKey};
use tieout_core::driver::OldRevision;
use tieout_core::engine::{Binding, Entry, Event, Wanted};
use tieout_core::host::Record;

/// The steps of a replay.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// What the host tells before each run.
    pub(crate) steps: Vec<Vec<Record>>,
    /// The revisions in them.
    pub(crate) revisions: Vec<u64>,
    /// What is missing, in words.
    pub(crate) missing: Vec<String>,
}

/// The steps: whatever the host told between two requests is told at once, since only the last of it was sent.
pub(crate) fn script(
    binding: &Binding,
    entries: &[Entry],
    old: Vec<OldRevision>,
    document: Document,
) -> Script {
    if is_summary(&document) {
        return of_summary(entries, &document);
    }
    let mut kept: Vec<Document> = old.into_iter().map(|it| it.document).collect();
    kept.push(document);
    let mut script = Script::default();
    let mut told: Vec<Record> = Vec::new();
    let mut kept = kept.into_iter().peekable();
    for entry in entries {
        match &entry.event {
            Event::HostChanged { revision } => {
                let mut found = false;
                while let Some(next) = kept.next_if(|it| it.revision() <= *revision) {
                    found = next.revision() == *revision;
                    script.revisions.push(next.revision());
                    told.push(Record::Document(Box::new(next)));
                    if found {
                        break;
                    }
                }
                let is_last = binding.revision == *revision && kept.peek().is_none();
                if !found && is_last && binding.wanted == Wanted::Gone {
                    told.push(removal(&binding.key.document, *revision));
                } else if !found {
                    script
                        .missing
                        .push(format!("revision {revision} of the host is not kept"));
                }
            }
            Event::Departed { .. } if !told.is_empty() => {
                script.steps.push(std::mem::take(&mut told));
            }
            _ => {}
        }
    }
    for rest in kept {
        script.revisions.push(rest.revision());
        told.push(Record::Document(Box::new(rest)));
    }
    if !told.is_empty() {
        script.steps.push(told);
    }
    script
}

/// Whether the engine made a document of several.
pub(super) fn is_summary(document: &Document) -> bool {
    match document {
        Document::Invoice(invoice) => invoice.is_summary(),
        Document::Bill(_) | Document::PurchaseOrder(_) => false,
    }
}

/// No host tells of a summary, and what it was before it was written anew is not kept: it is made as it is now.
fn of_summary(entries: &[Entry], document: &Document) -> Script {
    let left = |entry: &&Entry| matches!(entry.event, Event::Departed { .. });
    let earlier = entries.iter().filter(left).count() > 1;
    let missing = "what the summary was before its last change is not kept".to_owned();
    Script {
        steps: Vec::new(),
        revisions: vec![document.revision()],
        missing: earlier.then_some(missing).into_iter().collect(),
    }
}

fn removal(key: &DocumentKey, revision: u64) -> Record {
    Record::Removed {
        kind: key.kind,
        id: key.id.clone(),
        revision: Some(revision),
    }
}
