//! The stream by which an open page hears that something was written.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};

use crate::web::entry::Caller;
use crate::web::front::Front;

/// A proxy before this server closes what is silent for a minute.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

/// Says `written` with the newest page of the journal, whenever there is a newer one. Names nothing of what was written.
pub(super) async fn stream(
    State(front): State<Arc<Front>>,
    _caller: Caller,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (mut newest, end) = (front.news.listen(), front.renewal.end());
    newest.mark_unchanged();
    let pages = stream::unfold((newest, end), async |(mut newest, end)| {
        tokio::select! {
            changed = newest.changed() => changed.ok()?,
            () = end.cancelled() => return None,
        }
        let page = *newest.borrow_and_update();
        let event = Event::default()
            .event("written")
            .id(page.to_string())
            .data("{}");
        Some((Ok(event), (newest, end)))
    });
    Sse::new(pages).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE))
}
