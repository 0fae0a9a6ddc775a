//! The dashboard: one file a page.

mod news;
mod overview;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::front::Front;

pub(super) fn routes(front: &Arc<Front>) -> Router {
    Router::new()
        .route("/", get(overview::show))
        .route("/news", get(news::stream))
        .with_state(Arc::clone(front))
}
