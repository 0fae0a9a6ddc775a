//! How a request of the engine leaves: creates by PUT, which cannot overwrite, all else by POST.

use http::Method;
use tieout_core::document::DocumentKind;
use tieout_core::provider::{ErrorKind, Order, ProviderError, Rejection, Request, Snapshot};

use super::outcome::{all_rejected, outcomes};
use crate::capability::CAPABILITY;
use crate::client::{Call, Client};
use crate::map;
use crate::wire::Resource;
use crate::wire::document_request::{DocumentToWrite, DocumentsToWrite};

/// What all orders of a request are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Create,
    Update,
    Void,
}

impl Manner {
    fn of(order: &Order) -> Self {
        match order {
            Order::Create(_) => Self::Create,
            Order::Update { .. } => Self::Update,
            Order::Void { .. } => Self::Void,
        }
    }

    fn operation(self, resource: &Resource) -> &'static str {
        let [create, update, remove, _, _] = resource.operations;
        match self {
            Self::Create => create,
            Self::Update => update,
            Self::Void => remove,
        }
    }

    fn method(self, resource: &Resource) -> (Method, &'static str) {
        let [_, _, put, post] = resource.routes;
        match self {
            Self::Create => (Method::PUT, put),
            Self::Update | Self::Void => (Method::POST, post),
        }
    }
}

/// Sends a request once: one outcome for each order, in order.
pub(super) async fn send(
    client: &Client,
    request: &Request,
) -> Result<Vec<Result<Snapshot, Rejection>>, ProviderError> {
    let Some(manner) = request.orders.first().map(Manner::of) else {
        return Ok(Vec::new());
    };
    let resource = Resource::of(request.kind);
    let operation = manner.operation(resource);
    let refused = |message: String| ProviderError::new(ErrorKind::Refused, operation, message);
    let body = body(resource, manner, &request.orders).map_err(refused)?;
    let (method, route) = manner.method(resource);
    let mut call = Call::write_each(operation, method, resource.list, route, &body)?;
    if resource.takes_price_places {
        call = call.with("unitdp", "4");
    }
    let call = call.idempotent(client.idempotency_key(&request.idempotency_key));
    let reply = client.send(&call).await?;
    if reply.is_success() {
        return outcomes(resource, &request.orders, reply.body())
            .map_err(|error| call.misunderstood(error));
    }
    if reply.status() == http::StatusCode::BAD_REQUEST
        && let Some(rejections) = all_rejected(resource, &request.orders, &reply.problem())
    {
        return Ok(rejections.into_iter().map(Err).collect());
    }
    Err(client.refused(&call, &reply))
}

/// The bytes that a document adds to the body of its request.
pub(super) fn bytes_of(kind: DocumentKind, order: &Order) -> usize {
    let resource = Resource::of(kind);
    let written = document(resource, order).ok().map(|document| {
        let body = DocumentsToWrite {
            resource,
            documents: vec![document],
        };
        serde_json::to_vec(&body).map_or(0, |body| body.len())
    });
    written.unwrap_or_default()
}

fn body(
    resource: &'static Resource,
    manner: Manner,
    orders: &[Order],
) -> Result<DocumentsToWrite, String> {
    if orders.len() > CAPABILITY.batch_documents_max {
        return Err("more documents than one request takes".to_owned());
    }
    if orders.iter().any(|order| Manner::of(order) != manner) {
        return Err("orders of several kinds in one request".to_owned());
    }
    let documents = orders.iter().map(|order| document(resource, order));
    Ok(DocumentsToWrite {
        resource,
        documents: documents.collect::<Result<_, _>>()?,
    })
}

fn document(resource: &Resource, order: &Order) -> Result<DocumentToWrite, String> {
    let (posting, existing) = match order {
        Order::Create(posting) => (posting, None),
        Order::Update {
            id,
            posting,
            line_ids,
        } => (posting, Some((id, line_ids.as_slice()))),
        Order::Void { id, status } => {
            let removal = map::removal(resource.kind, id, status);
            return Ok(DocumentToWrite::Status(removal));
        }
    };
    if posting.kind != resource.kind {
        return Err(format!("a {} among {}", posting.kind, resource.list));
    }
    if existing.is_some_and(|(_, line_ids)| line_ids.len() != posting.lines.len()) {
        return Err("an update does not say for each line whether it exists".to_owned());
    }
    let content = map::content(posting, existing)
        .map_err(|error| format!("{} {}: {error}", posting.kind, posting.number))?;
    Ok(DocumentToWrite::Content(Box::new(content)))
}
