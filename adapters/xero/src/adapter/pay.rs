//! How payments that the host made go out, are known again by their marker, and are taken back.

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use tieout_core::document::{DocumentKind, ProviderDocumentId, ProviderPaymentId};
use tieout_core::provider::{ErrorKind, MadePayment, PaymentOrder, ProviderError, Rejection};

use crate::capability::CAPABILITY;
use crate::client::{Call, Client};
use crate::error;
use crate::limit::Purpose;
use crate::wire::payment::{Payment, PaymentStatus};
use crate::wire::payment_request::{
    AccountByCode, CreditNoteById, InvoiceById, NewPayment, NewPayments, PaymentTakenBack,
};
use crate::wire::problem::Remarks;
use crate::wire::{Listed, Page};

const PAY: &str = "make payments";
const FIND: &str = "look payments up";
const TAKE_BACK: &str = "take a payment back";
/// Characters of a marker. How many Xero keeps of a reference is not published; a cut marker finds nothing.
const MARKER_CHARS_MAX: usize = 100;

/// Makes payments once: one outcome for each order, in order.
pub(super) async fn pay(
    client: &Client,
    key: &str,
    orders: &[PaymentOrder],
) -> Result<Vec<Result<MadePayment, Rejection>>, ProviderError> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let refused = |message: String| ProviderError::new(ErrorKind::Refused, PAY, message);
    if orders.len() > CAPABILITY.batch_documents_max {
        return Err(refused("more payments than one request takes".to_owned()));
    }
    let payments = orders
        .iter()
        .map(|order| new_payment(order).map_err(refused));
    let body = NewPayments {
        payments: payments.collect::<Result<_, _>>()?,
    };
    let call = Call::write_each(PAY, Method::PUT, "Payments", "PUT /Payments", &body)?;
    let call = call.idempotent(client.idempotency_key(key));
    let reply = client.send(&call).await?;
    if !reply.is_success() {
        return Err(client.refused(&call, &reply));
    }
    let page = Page::<Value>::raw(reply.body(), Payment::LIST)
        .map_err(|error| call.misunderstood(error))?;
    if page.rows != orders.len() {
        return Err(call.misunderstood(Unproven));
    }
    orders
        .iter()
        .zip(&page.items)
        .map(|(order, element)| outcome(order, element))
        .collect::<Result<_, _>>()
        .map_err(|error| call.misunderstood(error))
}

/// Every payment of a marker, those that were taken back too.
pub(super) async fn marked(
    client: &Client,
    markers: &[String],
) -> Result<Vec<MadePayment>, ProviderError> {
    let mut found = Vec::new();
    for marker in markers {
        if let Some(problem) = marker_problem(marker) {
            return Err(ProviderError::new(ErrorKind::Refused, FIND, problem));
        }
        let call = Call::read(FIND, Purpose::Documents, "Payments", "GET /Payments")
            .with("where", format!(r#"Reference=="{marker}""#));
        let payments = client.every::<Payment>(&call).await?;
        for payment in &payments {
            let Some(made) = made(payment) else {
                let message = "a payment has no identifier, date or amount";
                return Err(ProviderError::new(ErrorKind::BadReply, FIND, message));
            };
            if made.marker == *marker {
                found.push(made);
            }
        }
    }
    Ok(found)
}

/// Takes a payment back.
pub(super) async fn take_back(
    client: &Client,
    key: &str,
    payment: &ProviderPaymentId,
) -> Result<Result<(), Rejection>, ProviderError> {
    let body = PaymentTakenBack { status: "DELETED" };
    let route = "POST /Payments/{id}";
    let call = Call::write(TAKE_BACK, Method::POST, "Payments", route, &body)?.of(payment.as_str());
    let call = call.idempotent(client.idempotency_key(key));
    let reply = client.send(&call).await?;
    if reply.status() == StatusCode::BAD_REQUEST {
        let problem = reply.problem();
        let errors = problem
            .elements
            .iter()
            .flat_map(|element| Remarks::of(element).errors)
            .collect::<Vec<_>>();
        // One payment was asked for: a refusal that says why is about it, and nothing was done.
        if !errors.is_empty() {
            return refused_or_gone(client, payment, errors).await;
        }
    }
    if !reply.is_success() {
        return Err(client.refused(&call, &reply));
    }
    let page = Page::<Value>::raw(reply.body(), Payment::LIST)
        .map_err(|error| call.misunderstood(error))?;
    let [element] = page.items.as_slice() else {
        return Err(call.misunderstood(Unproven));
    };
    let remarks = Remarks::of(element);
    if !remarks.errors.is_empty() {
        return refused_or_gone(client, payment, remarks.errors).await;
    }
    let taken = Payment::deserialize(element).map_err(|error| call.misunderstood(error))?;
    match taken.status {
        Some(PaymentStatus::Deleted) => Ok(Ok(())),
        Some(PaymentStatus::Authorised | PaymentStatus::Other(_)) | None => {
            Err(call.misunderstood(Unproven))
        }
    }
}

/// A payment that was taken back before is refused, and is what was asked for all the same.
async fn refused_or_gone(
    client: &Client,
    payment: &ProviderPaymentId,
    errors: Vec<String>,
) -> Result<Result<(), Rejection>, ProviderError> {
    let call = Call::read(FIND, Purpose::Documents, "Payments", "GET /Payments/{id}");
    let held = client
        .one::<Payment>(&call.of(payment.as_str()), Payment::LIST)
        .await?;
    let is_gone = held.is_some_and(|held| held.status == Some(PaymentStatus::Deleted));
    Ok(if is_gone {
        Ok(())
    } else {
        Err(error::rejection(errors))
    })
}

fn new_payment(order: &PaymentOrder) -> Result<NewPayment, String> {
    if let Some(problem) = marker_problem(&order.marker) {
        return Err(problem.to_owned());
    }
    let id = order.document.as_str().to_owned();
    let (invoice, credit_note) = match order.kind {
        DocumentKind::Invoice | DocumentKind::Bill => (Some(InvoiceById { id }), None),
        DocumentKind::CreditNote => (None, Some(CreditNoteById { id })),
        DocumentKind::PurchaseOrder => return Err("nobody pays a purchase order".to_owned()),
    };
    Ok(NewPayment {
        invoice,
        credit_note,
        account: AccountByCode {
            code: order.account_code.clone(),
        },
        date: order.date,
        amount: order.amount,
        reference: order.marker.clone(),
    })
}

/// Why a text cannot be a marker. How quotes are escaped in a condition is not documented.
fn marker_problem(marker: &str) -> Option<&'static str> {
    let length = marker.chars().count();
    if length == 0 || length > MARKER_CHARS_MAX {
        return Some("a marker has one to a hundred characters");
    }
    let plain = |char: char| (char.is_ascii_graphic() || char == ' ') && !"\"\\".contains(char);
    (!marker.chars().all(plain) || marker.trim() != marker)
        .then_some("a marker is plain text without quotes")
}

fn outcome(
    order: &PaymentOrder,
    element: &Value,
) -> Result<Result<MadePayment, Rejection>, Unproven> {
    let remarks = Remarks::of(element);
    let status = element.get("StatusAttributeString").and_then(Value::as_str);
    let flagged = element
        .get("HasValidationErrors")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    if flagged
        || !remarks.errors.is_empty()
        || status.is_some_and(|it| it.eq_ignore_ascii_case("ERROR"))
    {
        return Ok(Err(error::rejection(remarks.errors)));
    }
    let payment = Payment::deserialize(element).map_err(|_| Unproven)?;
    // A payment of a failed batch has come back without an identifier and without an error.
    let made = made(&payment).ok_or(Unproven)?;
    let is_ours = made.amount == order.amount
        && made
            .document
            .as_ref()
            .is_none_or(|id| id.as_str().eq_ignore_ascii_case(order.document.as_str()));
    if is_ours { Ok(Ok(made)) } else { Err(Unproven) }
}

fn made(payment: &Payment) -> Option<MadePayment> {
    let id = payment.id.as_deref().filter(|id| {
        id.bytes()
            .any(|byte| byte.is_ascii_hexdigit() && byte != b'0')
    })?;
    let document = payment.invoice.as_ref().or(payment.credit_note.as_ref());
    Some(MadePayment {
        id: ProviderPaymentId::new(id).ok()?,
        marker: payment.reference.clone().unwrap_or_default(),
        document: document.and_then(|paid| ProviderDocumentId::new(paid.id.as_deref()?).ok()),
        date: payment.date?,
        amount: payment.amount?,
        stands: payment.status != Some(PaymentStatus::Deleted),
    })
}

/// The reply does not prove what became of each payment.
#[derive(Debug, thiserror::Error)]
#[error("the payments that came back are not those that were sent")]
struct Unproven;
