//! The dashboard: one file a page.

mod backfill;
mod chart;
mod connect;
mod connections;
mod kit;
mod news;
mod overview;
mod plan;
mod settings;
mod usage;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::front::Front;

pub(super) fn routes(front: &Arc<Front>) -> Router {
    Router::new()
        .route("/", get(overview::show))
        .route("/news", get(news::stream))
        .route("/usage", get(usage::show))
        .route("/backfill", get(backfill::show).post(backfill::act))
        .merge(connections::routes())
        .merge(connect::routes())
        .route(
            "/connections/{name}/settings",
            get(settings::show).post(settings::look),
        )
        .route("/connections/{name}/chart", post(settings::read_chart))
        .route("/connections/{name}/plan", post(plan::begin))
        .route("/plans/{id}", get(plan::show))
        .route("/plans/{id}/save", post(plan::save))
        .with_state(Arc::clone(front))
}
