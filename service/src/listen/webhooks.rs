//! How a webhook of Xero is answered: checked, its hints stored, and 200, within milliseconds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use tieout_core::document::{ConnectionId, DocumentKind, ProviderDocumentId};
use tieout_core::driver::World;
use tieout_core::provider::Hint;
use tieout_xero::webhook::{
    BODY_BYTES_MAX, Category, Event, Received, Refusal, SIGNATURE_HEADER, WebhookKeys, coalesced,
    receive,
};

use crate::config::Config;
use crate::exit::Failure;
use crate::office::Staff;

/// What answering takes.
pub(super) struct Desk {
    world: Arc<World>,
    /// The keys of each app.
    keys: Vec<WebhookKeys>,
    /// The connections of each organisation.
    connections: BTreeMap<String, Vec<ConnectionId>>,
}

/// Xero gives up after five seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The address to enter at Xero, below the public name of this server.
pub(crate) const PATH: &str = "/webhooks/xero";

pub(super) fn routes(desk: Arc<Desk>) -> Router {
    Router::new()
        .route(PATH, post(answer))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn(in_time))
        .with_state(desk)
}

impl Desk {
    pub(super) fn new(config: &Config, staff: &Staff) -> Result<Self, Failure> {
        let apps = config.connections.values().map(|it| it.xero.as_ref());
        let apps = apps.chain([config.xero.as_ref()]).flatten();
        let keys = apps
            .filter_map(|app| app.webhook_key.as_ref())
            .map(keys_of)
            .collect::<Result<Vec<WebhookKeys>, Failure>>()?;
        let mut connections: BTreeMap<String, Vec<ConnectionId>> = BTreeMap::new();
        for (name, organisation) in &staff.organisations {
            if let Some(record) = organisation.record() {
                let tenant = record.tenant_id.to_string();
                connections.entry(tenant).or_default().push(name.clone());
            }
        }
        Ok(Self {
            world: Arc::clone(&staff.world),
            keys,
            connections,
        })
    }

    /// Stores what a delivery hints at. What is stored when it returns survives a crash.
    async fn keep(&self, received: Received) -> Result<(), tieout_core::driver::DriverError> {
        let now = self.world.clock.now();
        let mut hints: BTreeMap<&ConnectionId, Vec<Hint>> = BTreeMap::new();
        let events = coalesced(received.events);
        for event in &events {
            for connection in self.connections.get(&event.tenant).into_iter().flatten() {
                if is_of_something_else(event) {
                    self.world.look_soon(connection);
                }
                hints
                    .entry(connection)
                    .or_default()
                    .extend(hint(event, now));
            }
        }
        for (connection, hints) in hints {
            self.world.keep_hints(connection, &hints).await?;
        }
        if received.unread > 0 {
            let all = self.connections.values().flatten();
            all.for_each(|connection| self.world.look_soon(connection));
        }
        Ok(())
    }
}

/// Nobody holds a request open for longer than Xero would wait for its answer.
async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// Answers one delivery. Xero repeats what is not answered with 2xx for a day and then ends the deliveries of
/// every organisation, so what is signed is taken whatever it says.
async fn answer(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get(SIGNATURE_HEADER).map(|value| value.as_bytes());
    let mut turned_away = Refusal::WronglySigned;
    let received = desk
        .keys
        .iter()
        .find_map(|keys| match receive(keys, signature, &body) {
            Ok(received) => Some(received),
            Err(refusal) => {
                turned_away = refusal;
                None
            }
        });
    let Some(received) = received else {
        let apps = desk.keys.len();
        tracing::info!(refusal = %turned_away, apps, "a webhook was turned away");
        return StatusCode::from_u16(turned_away.status()).unwrap_or(StatusCode::UNAUTHORIZED);
    };
    match desk.keep(received).await {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            tracing::error!(error = %error.chain(), "a webhook could not be stored");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// The keys of one app: the one in use, and the next while it is being changed.
fn keys_of(written: &SecretString) -> Result<WebhookKeys, Failure> {
    let keys: Vec<SecretString> = written
        .expose_secret()
        .split(',')
        .map(SecretString::from)
        .collect();
    WebhookKeys::new(&keys).map_err(|error| Failure::config(format!("xero.webhook_key: {error}")))
}

/// The document that an event says has changed, if it is one that is kept.
fn hint(event: &Event, now: DateTime<Utc>) -> Option<Hint> {
    let kind = match &event.category {
        // A sales invoice or a bill: the binding knows.
        Category::Invoice => None,
        Category::CreditNote => Some(DocumentKind::CreditNote),
        Category::Contact
        | Category::Prepayment
        | Category::Overpayment
        | Category::Subscription
        | Category::Other(_) => return None,
    };
    Some(Hint {
        kind,
        id: ProviderDocumentId::new(&event.resource).ok()?,
        at: event.at.unwrap_or(now),
    })
}

/// Whether documents may have changed that the event does not name: credits settle invoices, and what a new
/// category is about nobody knows yet.
fn is_of_something_else(event: &Event) -> bool {
    match &event.category {
        Category::CreditNote
        | Category::Prepayment
        | Category::Overpayment
        | Category::Other(_) => true,
        Category::Invoice | Category::Contact | Category::Subscription => false,
    }
}
