//! The page that waits while the program begins anew, and goes on where that was done.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;

use crate::setup::Outcome;
use crate::web::entry::Caller;
use crate::web::front::Front;
use crate::web::page::{Page, Place};
use crate::web::trouble::Trouble;

/// Looks, a second apart, before it is said that nothing is known.
const LOOKS_MAX: u32 = 60;

#[derive(Debug, Default, Deserialize)]
pub(in crate::web::dashboard) struct Looks {
    #[serde(default)]
    looks: u32,
}

/// Goes on as soon as it is known what became of a wish; until then it looks again by itself, without a script too.
pub(in crate::web::dashboard) async fn show(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    Query(Looks { looks }): Query<Looks>,
    caller: Caller,
) -> Result<Response, Trouble> {
    let store = front.store();
    if let Some(outcome) = Outcome::read(store.as_ref(), &id).await? {
        let joined = if outcome.then.contains('?') { '&' } else { '?' };
        return Ok(Redirect::to(&format!("{}{joined}told={id}", outcome.then)).into_response());
    }
    let is_known = id.chars().all(|char| char.is_ascii_hexdigit());
    if looks >= LOOKS_MAX || !is_known {
        let told = "what was asked is not known here any more: the program may have been stopped in between";
        return Err(Trouble::not_found(told));
    }
    let page = Page {
        title: "A moment",
        place: Place::Connections,
        caller: &caller,
        live: false,
    };
    let content = html! {
        h1 { "A moment" }
        p { "The program finishes what is in the air and begins anew. This page goes on by itself." }
        p { a href={ "/connections/wait/" (id) "?looks=" (looks + 1) } { "Look again" } }
    };
    let again = format!("1; url=/connections/wait/{id}?looks={}", looks + 1);
    let mut response = page.show(&content).into_response();
    if let Ok(again) = HeaderValue::from_str(&again) {
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("refresh"), again);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}
