//! What a test or a demo does to the account over HTTP, where it has no handle of it.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, post};
use serde_json::Value;

use super::account::Iinsight;
use super::fault::Fault;
use super::json::Json;

/// `POST /control/invoices`, `POST /control/invoices/NUMBER/void` and `/reverse`, `DELETE /control/invoices/NUMBER`,
/// `POST /control/payments`, `POST /control/payments/NUMBER/void`, the same of `/control/adjustments`, `POST` and `DELETE /control/faults`, `POST /control/tokens/expire` and `/forget`.
pub(super) fn routes() -> Router<Iinsight> {
    Router::new()
        .route("/control/invoices", post(put_invoice))
        .route("/control/invoices/{number}/void", post(void))
        .route("/control/invoices/{number}/reverse", post(reverse))
        .route("/control/invoices/{number}", delete(remove))
        .route("/control/payments", post(put_payment))
        .route("/control/payments/{number}/void", post(void_payment))
        .route("/control/adjustments", post(put_adjustment))
        .route("/control/adjustments/{number}/void", post(void_adjustment))
        .route("/control/faults", post(fail).delete(heal))
        .route("/control/tokens/expire", post(expire))
        .route("/control/tokens/forget", post(forget))
}

async fn put_invoice(State(account): State<Iinsight>, Json(row): Json<Value>) -> StatusCode {
    if row["invoice_id"].is_string() {
        account.put_invoice(row);
        return StatusCode::NO_CONTENT;
    }
    StatusCode::UNPROCESSABLE_ENTITY
}

async fn void(State(account): State<Iinsight>, Path(number): Path<String>) -> StatusCode {
    found(account.void(&number))
}

async fn reverse(State(account): State<Iinsight>, Path(number): Path<String>) -> StatusCode {
    found(account.reverse(&number))
}

async fn remove(State(account): State<Iinsight>, Path(number): Path<String>) -> StatusCode {
    found(account.delete(&number))
}

async fn put_payment(State(account): State<Iinsight>, Json(row): Json<Value>) -> StatusCode {
    if row["payment_id"].is_string() {
        account.put_payment(row);
        return StatusCode::NO_CONTENT;
    }
    StatusCode::UNPROCESSABLE_ENTITY
}

async fn put_adjustment(State(account): State<Iinsight>, Json(row): Json<Value>) -> StatusCode {
    if row["adjustment_number"].is_string() {
        account.put_adjustment(row);
        return StatusCode::NO_CONTENT;
    }
    StatusCode::UNPROCESSABLE_ENTITY
}

async fn void_adjustment(
    State(account): State<Iinsight>,
    Path(number): Path<String>,
) -> StatusCode {
    found(account.void_adjustment(&number))
}

async fn void_payment(State(account): State<Iinsight>, Path(number): Path<String>) -> StatusCode {
    found(account.void_payment(&number))
}

async fn fail(State(account): State<Iinsight>, Json(fault): Json<Fault>) -> StatusCode {
    account.fail(fault);
    StatusCode::NO_CONTENT
}

async fn heal(State(account): State<Iinsight>) -> StatusCode {
    account.heal();
    StatusCode::NO_CONTENT
}

async fn expire(State(account): State<Iinsight>) -> StatusCode {
    account.expire_tokens();
    StatusCode::NO_CONTENT
}

async fn forget(State(account): State<Iinsight>) -> StatusCode {
    account.forget_tokens();
    StatusCode::NO_CONTENT
}

fn found(is: bool) -> StatusCode {
    if is {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}
