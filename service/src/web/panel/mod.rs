//! The panel that a product puts into its own record pages: the script, the page for a frame, and the stream of news. What it
//! shows and does goes through the API, with a token for one record.

mod frame;
mod news;

use std::sync::Arc;

use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Router, middleware};

use super::api::{Origins, allow};
use super::front::Front;

/// The panel. Other sites may load its script; they may ask and frame it where the configuration names them.
pub(super) fn routes(front: &Arc<Front>) -> Router {
    let origins = Origins::of(&front.shop.loaded().config.api);
    let news = Router::new()
        .route("/panel/news", get(news::stream).options(|| async {}))
        .layer(middleware::from_fn_with_state(origins, allow));
    Router::new()
        .route(
            "/panel.js",
            get(|| {
                script(concat!(
                    // A block of its own: nothing of it is seen by the page around, and it may be loaded twice.
                    "\"use strict\";\n{\n",
                    include_str!("../assets/panel-parts.js"),
                    include_str!("../assets/panel.js"),
                    "}\n",
                ))
            }),
        )
        .route(
            "/panel/frame.js",
            get(|| script(include_str!("../assets/panel-frame.js"))),
        )
        .route("/panel/frame", get(frame::show))
        .merge(news)
        .with_state(Arc::clone(front))
}

async fn script(content: &'static str) -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=3600"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            // A page that isolates itself may load it all the same.
            (
                header::HeaderName::from_static("cross-origin-resource-policy"),
                "cross-origin",
            ),
        ],
        content,
    )
}
