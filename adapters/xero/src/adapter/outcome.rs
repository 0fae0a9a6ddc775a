//! What became of each order of a write: proven by its own element of the reply, or not at all.

use serde::Deserialize;
use serde_json::Value;
use tieout_core::provider::{Order, Rejection, Snapshot};

use crate::error;
use crate::map;
use crate::map::SnapshotError;
use crate::wire::document::Document;
use crate::wire::problem::{Problem, Remarks};
use crate::wire::{Page, Resource, WireError};

/// Why a reply proves nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unproven {
    /// It cannot be read.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// It has more or fewer elements than the request.
    #[error("{orders} documents were sent and {elements} came back")]
    Count {
        /// Orders of the request.
        orders: usize,
        /// Elements of the reply.
        elements: usize,
    },
    /// An element is not that of the order at its position.
    #[error("element {0} is of another document than the order at its place")]
    Misplaced(usize),
    /// An element neither failed nor names a document.
    #[error("element {0} neither failed nor carries an identifier")]
    Nameless(usize),
    /// An element cannot be read.
    #[error("element {index}: {source}")]
    Element {
        /// Its position.
        index: usize,
        /// What is wrong with it.
        source: SnapshotError,
    },
}

/// One outcome for each order, from the reply to a write of which every element reports for itself.
pub(super) fn outcomes(
    resource: &'static Resource,
    orders: &[Order],
    body: &[u8],
) -> Result<Vec<Result<Snapshot, Rejection>>, Unproven> {
    if let Some(snapshots) = all_made(resource, orders, body) {
        return Ok(snapshots.into_iter().map(Ok).collect());
    }
    let page = Page::<Value>::raw(body, resource.list)?;
    if page.rows != orders.len() {
        return Err(Unproven::Count {
            orders: orders.len(),
            elements: page.rows,
        });
    }
    orders
        .iter()
        .zip(&page.items)
        .enumerate()
        .map(|(index, (order, element))| outcome(resource, index, order, element))
        .collect()
}

/// One rejection for each order, when a refusal of the whole request proves that every one failed.
///
/// Xero may refuse a request and keep its valid elements, so only a refusal that lists an error for
/// every single order proves that nothing was kept.
pub(super) fn all_rejected(
    resource: &Resource,
    orders: &[Order],
    problem: &Problem,
) -> Option<Vec<Rejection>> {
    let is_validation =
        problem.number == Some(10) || problem.kind.as_deref() == Some("ValidationException");
    if !is_validation || problem.elements.len() != orders.len() {
        return None;
    }
    orders
        .iter()
        .zip(&problem.elements)
        .map(|(order, element)| {
            let errors = Remarks::of(element).errors;
            (belongs(order, Name::of(resource, element)) && !errors.is_empty())
                .then(|| error::rejection(errors))
        })
        .collect()
}

/// The snapshots of a reply in which nothing is amiss; none when a closer look is needed.
fn all_made(resource: &'static Resource, orders: &[Order], body: &[u8]) -> Option<Vec<Snapshot>> {
    let page = Page::<Option<Document>>::whole(body, resource.list)?;
    if page.rows != orders.len() {
        return None;
    }
    let snapshots = orders.iter().zip(&page.items).map(|(order, document)| {
        let document = document.as_ref()?;
        let name = Name {
            id: document.id.as_deref().filter(|id| is_some_id(id)),
            number: document.number.as_deref(),
        };
        name.id?;
        if !document.is_without_remarks() || !belongs(order, name) {
            return None;
        }
        map::snapshot(document, resource.kind).ok().flatten()
    });
    snapshots.collect()
}

fn outcome(
    resource: &'static Resource,
    index: usize,
    order: &Order,
    element: &Value,
) -> Result<Result<Snapshot, Rejection>, Unproven> {
    let name = Name::of(resource, element);
    if !belongs(order, name) {
        return Err(Unproven::Misplaced(index));
    }
    let remarks = Remarks::of(element);
    if has_failed(element) {
        return Ok(Err(error::rejection(remarks.errors)));
    }
    if name.id.is_none() {
        // An element that failed always says why; without a word it may stand for anything.
        return match remarks.errors.is_empty() {
            true => Err(Unproven::Nameless(index)),
            false => Ok(Err(error::rejection(remarks.errors))),
        };
    }
    if !remarks.warnings.is_empty() {
        tracing::info!(
            element = index,
            warnings = remarks.warnings.len(),
            "xero took a document with warnings"
        );
    }
    let unreadable = |message: String| {
        Unproven::Wire(WireError::Element {
            list: resource.list,
            index,
            message,
        })
    };
    let document = Document::deserialize(element).map_err(|error| unreadable(error.to_string()))?;
    match map::snapshot(&document, resource.kind)
        .map_err(|source| Unproven::Element { index, source })?
    {
        Some(snapshot) => Ok(Ok(snapshot)),
        None => Err(Unproven::Misplaced(index)),
    }
}

fn has_failed(element: &Value) -> bool {
    let flag = |name: &str| {
        element
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or_default()
    };
    let status = element
        .get("StatusAttributeString")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let own_errors = element
        .get("ValidationErrors")
        .and_then(Value::as_array)
        .is_some_and(|list| !list.is_empty());
    status.eq_ignore_ascii_case("ERROR")
        || flag("HasErrors")
        || flag("HasValidationErrors")
        || own_errors
}

/// What an element is called by.
#[derive(Clone, Copy)]
struct Name<'a> {
    id: Option<&'a str>,
    number: Option<&'a str>,
}

impl<'a> Name<'a> {
    fn of(resource: &Resource, element: &'a Value) -> Self {
        let text = |field: &str| element.get(field)?.as_str();
        Self {
            id: text(resource.id_field).filter(|id| is_some_id(id)),
            number: text(resource.number_field).filter(|number| !number.is_empty()),
        }
    }
}

/// Whether an element is the one of an order. A failed one may leave out what names it.
fn belongs(order: &Order, name: Name<'_>) -> bool {
    let Name { id, number } = name;
    let same_number = |wanted: &str| {
        number.is_none_or(|number| number.trim().to_lowercase() == wanted.trim().to_lowercase())
    };
    match order {
        Order::Create(posting) => {
            same_number(&posting.number) && (number.is_some() || id.is_none())
        }
        Order::Update {
            id: wanted,
            posting,
            ..
        } => match id {
            Some(id) => id.eq_ignore_ascii_case(wanted.as_str()),
            None => same_number(&posting.number),
        },
        Order::Void { id: wanted, .. } => {
            id.is_none_or(|id| id.eq_ignore_ascii_case(wanted.as_str()))
        }
    }
}

/// Whether a text is an identifier, and not the zero that stands for none.
fn is_some_id(id: &str) -> bool {
    id.bytes()
        .any(|byte| byte.is_ascii_hexdigit() && byte != b'0')
}
