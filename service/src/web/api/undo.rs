//! Taking out of the books again what was sent: what it comes to, doing it, and letting it be.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::check::Finding;
use tieout_core::document::{ConnectionId, DocumentId, DocumentKey, DocumentKind, HostId, Payment};
use tieout_core::driver::Undoable;
use tieout_core::engine::{BindingKey, Inverse};
use tieout_core::store::{Find, Store};

use super::bindings::reason;
use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::forms::BindingForm;
use super::problem::Problem;
use crate::browse::NoteForm;
use crate::cli::NamedAs;
use crate::command::{Undone, bindings_here, undo_targets};

/// Documents of one request: each may cost a call.
const DOCUMENTS_MAX: usize = 500;

/// What is to be undone: documents, or a run, or a batch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UndoAsked {
    /// Documents.
    #[serde(default)]
    documents: Vec<DocumentAsked>,
    /// A run: everything that it sent.
    #[serde(default)]
    run: Option<String>,
    /// A batch, as host/name: everything in it.
    #[serde(default)]
    batch: Option<String>,
    /// Why, for the stories and the host; at most 500 characters.
    #[serde(default)]
    because: Option<String>,
}

/// A document.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DocumentAsked {
    /// The host.
    host: HostId,
    /// What it is.
    kind: DocumentKind,
    /// Its identifier.
    id: DocumentId,
    /// The connection; without it, where it is now.
    #[serde(default)]
    connection: Option<ConnectionId>,
}

/// What undoing comes to.
#[derive(Debug, Serialize, JsonSchema)]
struct Preview {
    /// Each document.
    documents: Vec<UndoRow>,
    /// Calls that doing it takes at least.
    calls_min: usize,
}

/// Documents that are taken out of the books now.
#[derive(Debug, Serialize, JsonSchema)]
struct Begun {
    /// Each document as it is by now; those that are possible are under way, and `GET /v1/bindings/...` tells how they end.
    documents: Vec<UndoRow>,
}

/// What undoing a document comes to.
#[derive(Debug, Serialize, JsonSchema)]
struct UndoRow {
    /// The document.
    binding: BindingForm,
    /// What is done: `delete`, `void`, `credit_note`, `keep_out`; `underway` since an earlier request; `nothing` or `refused`.
    inverse: &'static str,
    /// Payments of ours that are taken back before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    take_back: Vec<Payment>,
    /// The credit note that is written and allocated to it, where it cannot be voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<NoteForm>,
    /// Why there is nothing to undo.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// What stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<Finding>,
    /// What else is to be known.
    notes: Vec<String>,
}

/// Documents that stay after all.
#[derive(Debug, Serialize, JsonSchema)]
struct Cancelled {
    /// Those that stay.
    stay: Vec<BindingKey>,
    /// Those whose undoing cannot be taken back any more.
    denied: Vec<NotCancelled>,
}

/// A document whose undoing cannot be taken back.
#[derive(Debug, Serialize, JsonSchema)]
struct NotCancelled {
    /// The document.
    binding: BindingKey,
    /// Why, as a fragment.
    why: String,
    /// What is possible.
    instead: String,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/v1/undo/preview",
            "preview_undo",
            "What undoing comes to, document by document, as the provider holds them now. Nothing is done.",
            preview,
        ),
        Endpoint::post(
            "/v1/undo",
            "undo",
            "Takes documents out of the books again: drafts are deleted, what is approved and unpaid is voided, or reversed by a credit note where it cannot be.",
            apply,
        )
        .with_status(StatusCode::ACCEPTED),
        Endpoint::post(
            "/v1/undo/cancel",
            "cancel_undo",
            "Lets documents stay whose undoing is not done yet.",
            cancel,
        ),
    ]
}

async fn preview(call: Call<Nothing, Nothing, UndoAsked>) -> Result<Reply<Preview>, Problem> {
    let (named, rows) = looked_at(&call).await?;
    let costs = call.desk.world().undo_cost(&rows);
    Ok(Reply::of(Preview {
        documents: rows.iter().map(|row| UndoRow::of(row, &named)).collect(),
        calls_min: costs.iter().map(|cost| cost.calls_min).sum(),
    }))
}

async fn apply(call: Call<Nothing, Nothing, UndoAsked>) -> Result<Reply<Begun>, Problem> {
    let because = reason(call.body.because.as_deref())?;
    let (named, rows) = looked_at(&call).await?;
    let world = call.desk.world();
    let rows = world.mark_undone(rows, &call.by.name, because).await?;
    world.work_now();
    Ok(Reply::of(Begun {
        documents: rows.iter().map(|row| UndoRow::of(row, &named)).collect(),
    }))
}

async fn cancel(call: Call<Nothing, Nothing, UndoAsked>) -> Result<Reply<Cancelled>, Problem> {
    let named = named(&call).await?;
    let world = call.desk.world();
    let (mut stay, mut denied) = (Vec::new(), Vec::new());
    for key in named.keys() {
        match world.cancel_undo(&key, &call.by.name).await? {
            Ok(_) => stay.push(key),
            Err(why) => denied.push(NotCancelled {
                binding: key,
                why: why.why,
                instead: why.instead,
            }),
        }
    }
    world.work_now();
    Ok(Reply::of(Cancelled { stay, denied }))
}

async fn looked_at(
    call: &Call<Nothing, Nothing, UndoAsked>,
) -> Result<(Undone, Vec<Undoable>), Problem> {
    let named = named(call).await?;
    let looked = call.desk.world().look_at_undo(&named.keys()).await?;
    let rows = looked.into_iter().map(|row| named.confined(row)).collect();
    Ok((named, rows))
}

/// The documents that were named, which must all be known.
async fn named(call: &Call<Nothing, Nothing, UndoAsked>) -> Result<Undone, Problem> {
    let asked = &call.body;
    let ways = [
        !asked.documents.is_empty(),
        asked.run.is_some(),
        asked.batch.is_some(),
    ];
    if ways.into_iter().filter(|is| *is).count() != 1 {
        return Err(Problem::not_usable(
            "name `documents`, or a `run`, or a `batch`: one of the three",
        ));
    }
    let office = call.desk.office(&call.by);
    let named = match (&asked.run, &asked.batch) {
        (Some(run), _) => {
            undo_targets(&office, std::slice::from_ref(run), Some(NamedAs::Run)).await
        }
        (None, Some(batch)) => {
            undo_targets(&office, std::slice::from_ref(batch), Some(NamedAs::Batch)).await
        }
        (None, None) => Ok(Undone::of(keys(call.desk.store(), &asked.documents).await?)),
    };
    // A name that nobody knows is no fault of this side.
    let named = named.map_err(|failure| {
        Problem::not_usable(failure.message).advise("GET /v1/runs and GET /v1/batches list them.")
    })?;
    match named.keys().len() {
        0 => Err(Problem::not_usable("there is no document in it")),
        many if many > DOCUMENTS_MAX => Err(Problem::not_usable(format!(
            "it holds {many} documents, and one request takes {DOCUMENTS_MAX}"
        ))
        .advise("Name some of its documents at a time; GET /v1/runs/{run}/documents lists them.")),
        _ => Ok(named),
    }
}

async fn keys(store: &dyn Store, asked: &[DocumentAsked]) -> Result<Vec<BindingKey>, Problem> {
    let mut keys = Vec::new();
    for one in asked {
        let document = DocumentKey {
            host: one.host.clone(),
            kind: one.kind,
            id: one.id.clone(),
        };
        let found = store.find(&Find::Document(document.clone())).await?;
        let found = store.bindings(&found).await?.into_iter().flatten();
        let mut here = bindings_here(found.collect());
        if let Some(connection) = &one.connection {
            here.retain(|it| it.key.connection == *connection);
        }
        if here.is_empty() {
            return Err(Problem::not_usable(format!(
                "no document {document} is known"
            )));
        }
        keys.extend(here.into_iter().map(|binding| binding.key));
    }
    Ok(keys)
}

impl UndoRow {
    fn of(row: &Undoable, named: &Undone) -> Self {
        let mut told = Self {
            binding: BindingForm::of(&row.binding),
            inverse: row.inverse.as_str(),
            take_back: Vec::new(),
            note: None,
            why: None,
            finding: None,
            notes: named.notes(row),
        };
        match &row.inverse {
            Inverse::Void { take_back } => told.take_back.clone_from(take_back),
            Inverse::CreditNote(note) => told.note = Some(NoteForm::of(note)),
            Inverse::Nothing(why) => told.why = Some(why.clone()),
            Inverse::Refused(finding) => told.finding = Some(finding.clone()),
            Inverse::Delete | Inverse::KeepOut | Inverse::Underway => {}
        }
        told
    }
}
