//! The addresses of the API, and what meets a request before it is answered: faults, and whether it is let in.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;

use super::account::Iinsight;
use super::fault::{Kind, met};
use super::json::Json;
use super::{access, control, create, lists};

/// Bytes of a reply that is cut.
const REPLY_BYTES_MAX: usize = 64 << 20;

impl Iinsight {
    /// The routes of the API, and below `/control` those of whoever tests against it.
    pub fn routes(&self) -> Router {
        let api = Router::new()
            .route("/auth/login", post(access::login))
            .route("/auth/refresh", post(access::refresh))
            .route("/api1/invoices", get(lists::invoices_1))
            .route("/api2/invoices", get(lists::invoices_2))
            .route("/api1/payments", get(lists::payments))
            .route("/api2/payments", get(lists::payments))
            .route("/api1/payments/create", post(create::create))
            .route("/api1/adjustments", get(lists::adjustments))
            .route("/api1/cases", get(lists::cases))
            .route("/api2/cases", get(lists::cases))
            .route("/api1/{name}", get(lists::directory))
            .layer(from_fn_with_state(self.clone(), gate));
        api.merge(control::routes()).with_state(self.clone())
    }
}

async fn gate(State(account): State<Iinsight>, request: Request, next: Next) -> Response {
    let path = request
        .uri()
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let asked = format!("{} {path}", request.method());
    let (fault, is_let_in) = {
        let mut books = account.books();
        books.asked.push(asked.clone());
        let is_let_in =
            path.starts_with("/auth/") || books.access.lets_in(request.headers(), books.now());
        (met(&mut books.faults, &asked), is_let_in)
    };
    let answered =
        |status: StatusCode, why: &str| (status, Json(json!({ "error": why }))).into_response();
    match fault {
        Some(Kind::Down) => return answered(StatusCode::SERVICE_UNAVAILABLE, "down"),
        Some(Kind::Failure) => return answered(StatusCode::INTERNAL_SERVER_ERROR, "failed"),
        Some(Kind::Unauthorised) => return answered(StatusCode::UNAUTHORIZED, "unauthorised"),
        Some(Kind::Refused) => {
            return answered(StatusCode::UNPROCESSABLE_ENTITY, "the period is locked");
        }
        Some(Kind::BadRequest) => return answered(StatusCode::BAD_REQUEST, "no such criteria"),
        Some(Kind::Forbidden) => return answered(StatusCode::FORBIDDEN, "not for you"),
        Some(Kind::Missing) => return answered(StatusCode::NOT_FOUND, "not here"),
        Some(Kind::Throttled) => return answered(StatusCode::TOO_MANY_REQUESTS, "too much"),
        Some(Kind::Page) => return "<html>Welcome</html>".into_response(),
        Some(Kind::Slow) => tokio::time::sleep(std::time::Duration::from_secs(1)).await,
        Some(Kind::Cut | Kind::Empty | Kind::ReplyLost | Kind::Wordless) | None => {}
    }
    if !is_let_in {
        return answered(StatusCode::UNAUTHORIZED, "invalid_token");
    }
    let reply = next.run(request).await;
    let mut reply = match fault {
        Some(Kind::Cut) => cut(reply).await,
        Some(Kind::Empty) => Json(json!([])).into_response(),
        Some(Kind::ReplyLost) => answered(StatusCode::GATEWAY_TIMEOUT, "too late"),
        Some(Kind::Wordless) => StatusCode::OK.into_response(),
        _ => reply,
    };
    let now = account
        .books()
        .now()
        .format("%a, %d %b %Y %H:%M:%S GMT")
        .to_string();
    if let Ok(now) = HeaderValue::from_str(&now) {
        reply.headers_mut().insert(header::DATE, now);
    }
    reply
}

async fn cut(reply: Response) -> Response {
    let body = to_bytes(reply.into_body(), REPLY_BYTES_MAX)
        .await
        .unwrap_or_default();
    let half = body.slice(..body.len() / 2);
    (
        [(header::CONTENT_TYPE, "application/json")],
        Body::from(half),
    )
        .into_response()
}
