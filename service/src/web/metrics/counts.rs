//! How many requests came to which address, how they were answered, and how long that took.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

/// Which requests: the method, the address as it is in the table of addresses, the status.
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

/// Counts a request. Only addresses of the table are named, so what strangers make up takes no memory.
pub(crate) async fn count(
    State(counts): State<Arc<Counts>>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("other", |path| path.as_str()).to_owned();
    let method = match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    };
    let method = method.to_owned();
    let response = next.run(request).await;
    counts.add((method, path, response.status().as_u16()), began.elapsed());
    response
}
