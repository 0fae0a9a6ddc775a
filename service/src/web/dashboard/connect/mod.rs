//! The guided way to connect a company: the app, the company, the consent, the organisation, and what is seen before the first send.

mod app;
mod company;
mod consent;
mod organisation;
mod ready;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::setup::consent::CALLBACK;
use crate::web::front::Front;

pub(super) fn routes() -> Router<Arc<Front>> {
    Router::new()
        .route("/connections/new", get(app::show).post(app::save))
        .route(
            "/connections/new/company",
            get(company::show).post(company::save),
        )
        .route(
            "/connections/{name}/consent",
            get(consent::show).post(consent::begin),
        )
        .route(CALLBACK, get(consent::answer))
        .route(
            "/connections/{name}/organisation",
            get(organisation::show).post(organisation::choose),
        )
        .route("/connections/{name}/ready", get(ready::show))
}
