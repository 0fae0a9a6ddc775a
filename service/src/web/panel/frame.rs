//! The page for products that let in frames only.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use maud::{DOCTYPE, html};

use crate::web::front::Front;

/// Shows a page with nothing but the panel; its token stands in the fragment of the address, which nobody logs.
pub(super) async fn show(State(front): State<Arc<Front>>) -> impl IntoResponse {
    let origins = front.shop.loaded().config.api.origins();
    let around = match origins.is_empty() {
        true => "'self'".to_owned(),
        false => origins.join(" "),
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors {around}"
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Accounting" }
                script src="/panel.js" defer {}
                script src="/panel/frame.js" defer {}
            }
            body { tieout-panel {} }
        }
    };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    (headers, Html(page.into_string()))
}
