//! The dashboard: one file a page.

mod beside;
mod decide;
mod document;
mod documents;
mod edit_parts;
mod filters;
mod findings;
mod flash;
mod mend;
mod news;
mod overview;
mod rows;
mod story_parts;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::front::Front;

pub(super) fn routes(front: &Arc<Front>) -> Router {
    Router::new()
        .route("/", get(overview::show))
        .route("/news", get(news::stream))
        .merge(of_documents())
        .with_state(Arc::clone(front))
}

/// The pages about documents.
fn of_documents() -> Router<Arc<Front>> {
    Router::new()
        .route("/findings", get(findings::show))
        .route("/findings/many", post(decide::many))
        .route("/findings/mend", get(mend::show).post(mend::set))
        .route("/documents", get(documents::show))
        .route("/documents/decide", post(decide::one))
        .route("/documents/undo", post(beside::undo))
        .route("/documents/{host}/{kind}/{id}", get(document::show))
        .route("/documents/{host}/{kind}/{id}/adopt", get(beside::adoption))
        .route("/documents/{host}/{kind}/{id}/undo", get(beside::undoing))
        .route("/layouts/save", post(filters::save))
        .route("/layouts/delete", post(filters::delete))
}
