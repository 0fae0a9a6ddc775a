//! What programs that watch this one ask: figures for Prometheus at `/metrics`, and whether it can do its work at `/ready`.

mod counts;
mod gather;
mod ready;
mod text;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tieout_identity::Scope;

use super::api::{ApiCaller, Problem};
use super::front::Front;
use super::shield;

pub(super) use counts::{Counts, count, method, page, route};

/// What an answer takes.
#[derive(Clone)]
struct Watch {
    front: Arc<Front>,
    counts: Arc<Counts>,
}

/// The addresses for programs that watch.
pub(super) fn routes(front: &Arc<Front>, counts: &Arc<Counts>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/ready", get(ready::show))
        .with_state(Watch {
            front: Arc::clone(front),
            counts: Arc::clone(counts),
        })
}

async fn metrics(
    State(watch): State<Watch>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let told = async {
        if !is_open(&watch.front, peer, &headers) {
            let by = ApiCaller::by_key(&watch.front, peer, &headers).await?;
            by.must(Scope::Read)?;
        }
        let families = gather::gather(&watch.front, &watch.counts).await?;
        Ok::<String, Problem>(text::written(&families))
    };
    match told.await {
        Ok(text) => ([(header::CONTENT_TYPE, text::MEDIA_TYPE)], text).into_response(),
        Err(problem) => problem.finish().into_response(),
    }
}

/// Whether the figures are told without a key: to this machine alone, and not where a proxy on it stands before us, since
/// then everybody comes from this machine.
fn is_open(front: &Front, peer: SocketAddr, headers: &HeaderMap) -> bool {
    let config = &front.shop.loaded().config.metrics;
    let is_meant = config.without_key.unwrap_or(front.public_url().is_none());
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok());
    let is_passed_on = ["forwarded", "x-forwarded-for", "x-real-ip"]
        .iter()
        .any(|name| headers.contains_key(*name));
    is_meant
        && peer.ip().is_loopback()
        && !is_passed_on
        && shield::is_loopback(host.unwrap_or_default())
}
