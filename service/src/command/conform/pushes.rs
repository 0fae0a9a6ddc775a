//! Where a product pushes while its promises are tried: an address of this machine, open for as long as the run takes.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tieout_core::clock::{Clock, SystemClock};
use tieout_core::host::Push;
use tieout_host_contract::conform::{Arrival, Hearing};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::exit::Failure;

/// Bytes of one push, as `serve` takes them.
const BODY_BYTES_MAX: usize = 5 << 20;
/// Pushes that wait to be looked at.
const WAITING_MAX: usize = 64;

/// Opens the address and listens until the process ends.
///
/// Fails when the address cannot be opened.
pub(super) async fn open(address: SocketAddr, patience: Duration) -> Result<Hearing, Failure> {
    let cannot =
        |error: std::io::Error| Failure::new(format!("{address} cannot be opened: {error}"));
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    let (sender, arrivals) = mpsc::channel(WAITING_MAX);
    let router = Router::new().fallback(take).with_state(sender);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::warn!(%error, "pushes are not taken any more");
        }
    });
    Ok(Hearing {
        address: format!("http://{address}/"),
        arrivals,
        patience,
    })
}

/// Hands a push over, whatever its path, and answers what came of it.
async fn take(State(pushes): State<mpsc::Sender<Arrival>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let allowed = allowed(&parts.method, &parts.headers);
    let push = Push {
        method: parts.method,
        path: parts.uri.path().trim_start_matches('/').to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body,
        at: SystemClock.now(),
    };
    let (answer, answered) = oneshot::channel();
    // Nobody listens any more when the run is over.
    let status = match pushes.send(Arrival { push, answer }).await {
        Ok(()) => answered.await.unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, allowed, Body::empty()).into_response()
}

/// What senders of CloudEvents ask before they send anything.
fn allowed(method: &Method, asked: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let origin = asked
        .get("webhook-request-origin")
        .filter(|_| *method == Method::OPTIONS);
    if let Some(origin) = origin {
        headers.insert("webhook-allowed-origin", origin.clone());
        headers.insert("webhook-allowed-rate", HeaderValue::from_static("*"));
    }
    headers
}
