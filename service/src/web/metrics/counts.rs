//! How many requests came to which address, how they were answered, and how long that took.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use crate::web::api::Route;

/// Which requests: the method, the address without what it names, the status.
pub(super) type Sort = (String, String, u16);

/// What requests of a sort come to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) requests: u64,
    pub(super) took: Duration,
}

/// What came since the process began, or began anew.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<BTreeMap<Sort, Count>>);

impl Counts {
    pub(super) fn all(&self) -> BTreeMap<Sort, Count> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn add(&self, sort: Sort, took: Duration) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(sort).or_default();
        count.requests += 1;
        count.took += took;
    }
}

/// Counts a request.
pub(crate) async fn count(
    State(counts): State<Arc<Counts>>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let method = method(request.method()).unwrap_or("other").to_owned();
    let page = page(request.uri().path());
    let response = next.run(request).await;
    let route = route(&response, page).unwrap_or_else(|| "other".to_owned());
    counts.add((method, route, response.status().as_u16()), began.elapsed());
    response
}

/// A method that programs use.
pub(crate) fn method(method: &Method) -> Option<&'static str> {
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
    known.into_iter().find(|known| *known == method.as_str())
}

/// The address of a reply without what it names: that of the table, or the page that was asked for.
pub(crate) fn route(response: &Response, page: String) -> Option<String> {
    let status = response.status();
    match response.extensions().get::<Route>() {
        Some(Route(path)) => Some((*path).to_owned()),
        // What strangers make up must not take memory: a page is named when it was there.
        None if status.is_success() || status.is_redirection() => Some(page),
        None => None,
    }
}

/// A page by the first part of its address; what is behind it names documents and people.
pub(crate) fn page(path: &str) -> String {
    let first = path.split('/').nth(1).unwrap_or_default();
    format!("/{first}")
}
