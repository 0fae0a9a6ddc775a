//! The dashboard: one file a page.

mod backfill;
mod chart;
mod connections;
mod kit;
mod news;
mod overview;
mod usage;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::front::Front;

pub(super) fn routes(front: &Arc<Front>) -> Router {
    Router::new()
        .route("/", get(overview::show))
        .route("/news", get(news::stream))
        .route("/usage", get(usage::show))
        .route("/backfill", get(backfill::show).post(backfill::act))
        .merge(connections::routes())
        .with_state(Arc::clone(front))
}
