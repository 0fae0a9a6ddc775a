//! The stream by which an open panel hears that something changed beside its record.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tieout_core::driver::RecordDesk;
use tieout_identity::PanelGrant;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::web::api::panel_refused;
use crate::web::front::Front;

/// A proxy before this server closes what is silent for a minute.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);
/// Says `changed` when something was heard of the organisation, or a draft of the record moved on.
pub(super) async fn stream(State(front): State<Arc<Front>>, headers: HeaderMap) -> Response {
    let token = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    let token = token.and_then(|it| it.strip_prefix("Bearer "));
    let (grant, until) = match front.panels.check_until(token.unwrap_or_default()) {
        Ok(granted) => granted,
        Err(refusal) => return panel_refused(&refusal),
    };
    // No longer than its token: then the panel comes again, with one that holds.
    let lasts = (until - front.now()).to_std().unwrap_or_default();
    let heard = Heard {
        known: mark(&front, &grant).await,
        news: front.news.listen(),
        ends: Instant::now() + lasts,
        front,
        grant,
    };
    let changes = Sse::new(stream::unfold(heard, Heard::next));
    changes
        .keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE))
        .into_response()
}

/// One open panel, and what it knows.
struct Heard {
    front: Arc<Front>,
    grant: PanelGrant,
    known: Option<String>,
    news: watch::Receiver<u64>,
    ends: Instant,
}

impl Heard {
    /// Waits until there is something new beside the record; nothing once the stream is over.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let end = self.front.renewal.end();
        loop {
            tokio::select! {
                changed = self.news.changed() => changed.ok()?,
                () = end.cancelled() => return None,
                () = tokio::time::sleep_until(self.ends) => return None,
            }
            let now = mark(&self.front, &self.grant).await;
            if now != self.known {
                self.known = now;
                return Some((Ok(Event::default().event("changed").data("{}")), self));
            }
        }
    }
}

/// What differs when there is something new to see; nothing where the record cannot be looked at now.
async fn mark(front: &Front, grant: &PanelGrant) -> Option<String> {
    let world = &front.shop.staff().world;
    let desk = RecordDesk::open(world, &grant.host, grant.connection.as_ref(), "").ok()?;
    desk.mark(&grant.record).await.ok()
}
