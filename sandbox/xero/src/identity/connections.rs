//! Which organisations a token reaches, and how one is disconnected.

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use url::form_urlencoded;
use uuid::Uuid;

use crate::answer::Answer;
use crate::sandbox::Sandbox;
use crate::sync::lock;

use super::state::Connection;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionOut<'a> {
    id: Uuid,
    auth_event_id: Uuid,
    tenant_id: Uuid,
    tenant_type: &'static str,
    tenant_name: &'a str,
    created_date_utc: String,
    updated_date_utc: String,
}

/// Answers `GET /connections`, of one consent only when `authEventId` is asked for.
#[must_use]
pub fn list(sandbox: &Sandbox, client_id: &str, query: &str) -> Answer {
    let wanted = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name.eq_ignore_ascii_case("authEventId"))
        .map(|(_, id)| Uuid::parse_str(&id).unwrap_or_default());
    let names = sandbox.organisation_names();
    let identity = lock(&sandbox.identity);
    let shown: Vec<ConnectionOut<'_>> = identity
        .connections_of(client_id)
        .filter(|known| wanted.is_none_or(|wanted| known.auth_event == wanted))
        .map(|known| show(known, &names))
        .collect();
    Answer::json(StatusCode::OK, &shown)
}

/// Answers `DELETE /connections/{id}`: 204, or 404 when this app has no such connection.
#[must_use]
pub fn remove(sandbox: &Sandbox, client_id: &str, id: &str) -> Answer {
    let Ok(id) = Uuid::parse_str(id) else {
        return Answer::not_found();
    };
    let gone =
        lock(&sandbox.identity).disconnect(|known| known.id == id && known.client_id == client_id);
    if gone == 0 {
        Answer::not_found()
    } else {
        Answer::no_content()
    }
}

fn show<'a>(known: &Connection, names: &'a [(Uuid, &'static str)]) -> ConnectionOut<'a> {
    ConnectionOut {
        id: known.id,
        auth_event_id: known.auth_event,
        tenant_id: known.tenant,
        tenant_type: "ORGANISATION",
        tenant_name: names
            .iter()
            .find(|(id, _)| *id == known.tenant)
            .map_or("", |(_, name)| name),
        created_date_utc: seven_digits(known.created),
        updated_date_utc: seven_digits(known.updated),
    }
}

/// Xero writes these instants with seven digits and no zone.
fn seven_digits(at: DateTime<Utc>) -> String {
    format!(
        "{}.{:07}",
        at.format("%Y-%m-%dT%H:%M:%S"),
        at.timestamp_subsec_nanos() / 100
    )
}
