//! How part of a credit note is put against an invoice.

use http::{Method, StatusCode};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use tieout_core::provider::{AllocationOrder, ErrorKind, ProviderError, Rejection};

use crate::client::{Call, Client};
use crate::error;
use crate::wire::document::Allocation;
use crate::wire::payment_request::{InvoiceById, NewAllocation, NewAllocations};
use crate::wire::problem::Remarks;
use crate::wire::{Page, Resource};

const ALLOCATE: &str = "allocate a credit note";
/// The list of the body and of the reply.
const LIST: &str = "Allocations";

/// Allocates once.
pub(super) async fn allocate(
    client: &Client,
    key: &str,
    order: &AllocationOrder,
) -> Result<Result<(), Rejection>, ProviderError> {
    if order.amount <= Decimal::ZERO {
        let message = "nothing is to be allocated";
        return Err(ProviderError::new(ErrorKind::Refused, ALLOCATE, message));
    }
    let invoice = InvoiceById {
        id: order.invoice.as_str().to_owned(),
    };
    let body = NewAllocations {
        allocations: vec![NewAllocation {
            invoice,
            amount: order.amount,
            date: order.date,
        }],
    };
    let notes = Resource::of(tieout_core::document::DocumentKind::CreditNote).list;
    let route = "PUT /CreditNotes/{id}/Allocations";
    let call = Call::write(ALLOCATE, Method::PUT, notes, route, &body)?
        .of(order.credit_note.as_str())
        .of(LIST);
    let call = call.idempotent(client.idempotency_key(key));
    let reply = client.send(&call).await?;
    if reply.status() == StatusCode::BAD_REQUEST {
        let problem = reply.problem();
        let elements = problem.elements.iter();
        let mut errors: Vec<String> = elements
            .flat_map(|element| Remarks::of(element).errors)
            .collect();
        if errors.is_empty() && error::is_known(&problem.message) {
            errors.push(problem.message);
        }
        // One allocation was asked for: a refusal that says why is about it, and nothing was done.
        if !errors.is_empty() {
            return Ok(Err(error::rejection(errors)));
        }
    }
    if !reply.is_success() {
        return Err(client.refused(&call, &reply));
    }
    let page = Page::<Value>::raw(reply.body(), LIST).map_err(|error| call.misunderstood(error))?;
    let [element] = page.items.as_slice() else {
        return Err(call.misunderstood(Unproven));
    };
    let errors = Remarks::of(element).errors;
    if !errors.is_empty() {
        return Ok(Err(error::rejection(errors)));
    }
    let made = Allocation::deserialize(element).map_err(|error| call.misunderstood(error))?;
    match made.amount == Some(order.amount) {
        true => Ok(Ok(())),
        // Less, or something else: what was done is for the documents to tell.
        false => Err(call.misunderstood(Unproven)),
    }
}

/// The reply does not prove that what was asked for was done.
#[derive(Debug, thiserror::Error)]
#[error("the allocation that came back is not the one that was sent")]
struct Unproven;
