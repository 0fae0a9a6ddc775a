//! The HTTP API below `/v1`: which endpoints there are, and how they and their description are put at their addresses.

mod access;
mod answer;
mod bindings;
mod browse;
mod connections;
mod cors;
mod describe;
mod desk;
mod documents;
mod endpoint;
mod findings;
mod forms;
mod groups;
mod jobs;
mod journal;
mod me;
mod paging;
mod panel;
mod people;
mod plans;
mod problem;
mod records;
mod replies;
mod runs;
mod sync;
mod tie_outs;
mod undo;
mod usage;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{Method, header};
use axum::routing::{MethodFilter, MethodRouter, any, get};
use axum::{Router, middleware};
use bytes::Bytes;
use serde_json::Value;

pub(super) use self::access::ApiCaller;
pub(super) use self::answer::Route;
pub(super) use self::problem::Problem;

use self::desk::Desk;
use self::endpoint::Endpoint;
use super::front::Front;

pub(super) use self::cors::{Origins, allow};
pub(crate) use self::forms::binding_told;
pub(super) use self::panel::panel_refused;

/// Every endpoint, in the order in which they are described.
fn endpoints() -> Vec<Endpoint> {
    let parts = [
        me::endpoints(),
        connections::endpoints(),
        documents::endpoints(),
        bindings::endpoints(),
        findings::endpoints(),
        plans::endpoints(),
        runs::endpoints(),
        undo::endpoints(),
        journal::endpoints(),
        tie_outs::endpoints(),
        usage::endpoints(),
        sync::endpoints(),
        records::endpoints(),
        panel::endpoints(),
        people::endpoints(),
        groups::endpoints(),
        webhooks::endpoints(),
    ];
    parts.into_iter().flatten().collect()
}

/// The description of the API in OpenAPI 3.1.
pub(crate) fn openapi() -> Value {
    describe::describe(&endpoints())
}

/// The API, its description and a page of it for people.
pub(super) fn routes(front: &Arc<Front>) -> Router {
    let desk = Desk::new(front);
    let description = openapi();
    let page = browse::page(&description).into_string();
    let json = Bytes::from(description.to_string());
    let mut router = Router::new()
        .route(
            "/v1/openapi.json",
            get(move || async move { ([(header::CONTENT_TYPE, "application/json")], json) })
                .fallback(answer_get_only),
        )
        .route("/v1", get(move || async { page_reply(page) }))
        .route("/v1/{*rest}", any(answer::nowhere));
    let mut by_path: BTreeMap<&'static str, Vec<Endpoint>> = BTreeMap::new();
    for endpoint in endpoints() {
        by_path.entry(endpoint.path).or_default().push(endpoint);
    }
    for (path, all) in by_path {
        router = router.route(path, at_one_address(&desk, all));
    }
    let origins = Origins::of(&front.shop.loaded().config.api);
    router.layer(middleware::from_fn_with_state(origins, allow))
}

/// The methods of one address.
fn at_one_address(desk: &Arc<Desk>, all: Vec<Endpoint>) -> MethodRouter {
    let mut known: Vec<Method> = all.iter().map(|it| it.method.clone()).collect();
    if known.contains(&Method::GET) {
        known.push(Method::HEAD);
    }
    let mut route = MethodRouter::new();
    for endpoint in all {
        let filter = MethodFilter::try_from(endpoint.method.clone());
        let filter = filter.expect("the table has methods that HTTP knows by name");
        let (desk, endpoint) = (Arc::clone(desk), Arc::new(endpoint));
        route = route.on(filter, move |request: Request| {
            answer::answer(Arc::clone(&desk), Arc::clone(&endpoint), request)
        });
    }
    route.fallback(move |request: Request| async move {
        answer::no_such_method(request.method(), &known)
    })
}

async fn answer_get_only(request: Request) -> axum::response::Response {
    answer::no_such_method(request.method(), &[Method::GET, Method::HEAD])
}

fn page_reply(page: String) -> impl axum::response::IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, super::shield::POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, page)
}
