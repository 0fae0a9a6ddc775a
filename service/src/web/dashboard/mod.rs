//! The dashboard: one file a page.

mod backfill;
mod beside;
mod chart;
mod connect;
mod connections;
mod decide;
mod document;
mod documents;
mod edit_parts;
mod filters;
mod findings;
mod flash;
mod integrations;
mod journal;
mod kit;
mod mend;
mod news;
mod notify;
mod overview;
mod people;
mod plan;
mod rows;
mod settings;
mod story_parts;
mod tie_out;
mod tie_out_rows;
mod tie_out_run;
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
        .merge(of_documents())
        .merge(of_time())
        .merge(connect::routes())
        .merge(of_people())
        .merge(notify::routes())
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

/// What happened, what was integrated, and whether it agrees.
fn of_time() -> Router<Arc<Front>> {
    Router::new()
        .route("/journal", get(journal::show))
        .route("/integrations", get(integrations::show))
        .route(
            "/exports",
            get(integrations::exports).post(integrations::begin),
        )
        .route("/exports/{name}", get(integrations::download))
        .route("/exports/{name}/delete", post(integrations::delete))
        .route("/tie-out", get(tie_out::newest))
        .route("/tie-out/full", get(tie_out::full))
        .route("/tie-out/run", post(tie_out::run))
        .route("/tie-out/verify", post(tie_out::verify))
        .route("/tie-out/{number}", get(tie_out::one))
        .route("/tie-out/{number}/{file}", get(tie_out::download))
}

/// The pages about people and keys.
fn of_people() -> Router<Arc<Front>> {
    Router::new()
        .route("/people", get(people::show).post(people::invite))
        .route("/people/keys", post(people::add_key))
        .route("/people/keys/{id}/revoke", post(people::revoke_key))
        .route("/people/{id}", get(people::one))
        .route("/people/{id}/change", post(people::change))
        .route("/people/{id}/link", post(people::link))
        .route("/people/{id}/disable", post(people::disable))
        .route("/people/{id}/enable", post(people::enable))
        .route("/people/{id}/sign-out", post(people::end_sessions))
}
