//! The files that pages need, from inside the program: one sheet of style, one small script.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

/// The files.
pub(super) fn routes() -> Router {
    Router::new()
        .route(
            "/assets/tieout.css",
            get(|| file("text/css; charset=utf-8", include_str!("assets/tieout.css"))),
        )
        .route(
            "/assets/tieout.js",
            get(|| {
                file(
                    "text/javascript; charset=utf-8",
                    include_str!("assets/tieout.js"),
                )
            }),
        )
        .route(
            "/assets/tieout.svg",
            get(|| file("image/svg+xml", include_str!("assets/tieout.svg"))),
        )
}

/// The address of a file, which a new version of the program changes.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{name}?{}", env!("CARGO_PKG_VERSION"))
}

async fn file(kind: &'static str, content: &'static str) -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        content,
    )
}
