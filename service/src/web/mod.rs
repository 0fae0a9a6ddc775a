//! What people see in a browser, and what programs ask over HTTP: which parts there are, and what stands round all of them.

mod api;
mod assets;
mod dashboard;
mod entry;
mod followed;
mod front;
mod metrics;
mod news;
mod page;
mod panel;
mod shield;
mod trouble;
mod writes;

use std::sync::Arc;

use axum::{Router, middleware};

pub(crate) use api::{binding_told, openapi};
pub(crate) use followed::followed;
pub(crate) use front::{Front, Renewal};
pub(crate) use writes::Writes;

/// Everything that is answered for people.
pub(crate) fn routes(front: &Arc<Front>) -> Router {
    let counts = Arc::new(metrics::Counts::default());
    Router::new()
        .merge(dashboard::routes(front))
        .merge(entry::routes(front))
        .merge(assets::routes())
        .fallback(trouble::nowhere)
        .layer(middleware::from_fn_with_state(
            Arc::clone(front),
            shield::guard,
        ))
        // Programs come from anywhere, with a key: what stands before pages does not stand before them.
        .merge(api::routes(front))
        .merge(panel::routes(front))
        .merge(metrics::routes(front, &counts))
        .layer(middleware::from_fn_with_state(counts, metrics::count))
}
