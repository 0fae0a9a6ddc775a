//! How a request of the engine leaves: creates by PUT, which cannot overwrite, all else by POST.

use http::Method;
use tieout_core::provider::{ErrorKind, Order, ProviderError, Rejection, Request, Snapshot};

use super::outcome::{all_rejected, outcomes};
use crate::capability::CAPABILITY;
use crate::client::{Call, Client};
use crate::map;
use crate::wire::invoice_request::{InvoiceToWrite, InvoicesToWrite};

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

    fn operation(self) -> &'static str {
        match self {
            Self::Create => "create invoices",
            Self::Update => "update invoices",
            Self::Void => "remove invoices",
        }
    }

    fn method(self) -> (Method, &'static str) {
        match self {
            Self::Create => (Method::PUT, "PUT /Invoices"),
            Self::Update | Self::Void => (Method::POST, "POST /Invoices"),
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
    let body = body(manner, &request.orders)?;
    let (method, route) = manner.method();
    let call = Call::write(manner.operation(), method, "Invoices", route, &body)?
        .with("unitdp", "4")
        .idempotent(client.idempotency_key(&request.idempotency_key));
    let reply = client.send(&call).await?;
    if reply.is_success() {
        return outcomes(&request.orders, reply.body()).map_err(|error| call.misunderstood(error));
    }
    if reply.status() == http::StatusCode::BAD_REQUEST
        && let Some(rejections) = all_rejected(&request.orders, &reply.problem())
    {
        return Ok(rejections.into_iter().map(Err).collect());
    }
    Err(client.refused(&call, &reply))
}

fn body(manner: Manner, orders: &[Order]) -> Result<InvoicesToWrite, ProviderError> {
    let refused =
        |message: &str| ProviderError::new(ErrorKind::Refused, manner.operation(), message);
    if orders.len() > CAPABILITY.batch_documents_max {
        return Err(refused("more documents than one request takes"));
    }
    if orders.iter().any(|order| Manner::of(order) != manner) {
        return Err(refused("orders of several kinds in one request"));
    }
    let invoices = orders
        .iter()
        .map(|order| match order {
            Order::Create(posting) => Ok(InvoiceToWrite::Content(Box::new(map::content(
                posting, None,
            )))),
            Order::Update {
                posting, line_ids, ..
            } if posting.lines.len() != line_ids.len() => Err(refused(
                "an update does not say for each line whether it exists",
            )),
            Order::Update {
                id,
                posting,
                line_ids,
            } => Ok(InvoiceToWrite::Content(Box::new(map::content(
                posting,
                Some((id, line_ids)),
            )))),
            Order::Void { id, status } => Ok(InvoiceToWrite::Status(map::removal(id, status))),
        })
        .collect::<Result<_, _>>()?;
    Ok(InvoicesToWrite { invoices })
}
