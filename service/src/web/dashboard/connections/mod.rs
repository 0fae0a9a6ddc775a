//! The pages of connections: what there is, how each stands, and what is done with it.

mod acts;
mod list;
mod one;
mod wait;

pub(super) use acts::Nothing;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::web::front::Front;

pub(super) fn routes() -> Router<Arc<Front>> {
    Router::new()
        .route("/connections", get(list::show))
        .route("/connections/wait/{id}", get(wait::show))
        .route("/connections/take-on", post(acts::take_on))
        .route("/connections/{name}", get(one::show))
        .route("/connections/{name}/check", post(one::check))
        .route("/connections/{name}/switch", post(acts::switch_connection))
        .route("/connections/{name}/disconnect", post(acts::disconnect))
        .route("/hosts/{name}/switch", post(acts::switch_host))
}
