//! The control calls under `/_control`: what tests and demos do to the sandbox from outside, as JSON, without any limit.

mod acts;
mod credit_acts;
mod state;

use chrono::{DateTime, TimeDelta, Utc};
use http::request::Parts;
use http::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::faults::FaultRule;
use crate::people::Refused;
use crate::sandbox::Sandbox;
use crate::webhooks::{Registration, WebhookFault};

/// Where control calls begin.
const BASE: &str = "/_control";

/// Why a control call was not carried out.
pub(crate) enum Failed {
    /// No such path.
    NoSuchCall,
    /// The body is not what the call needs.
    Unreadable(String),
    /// The act was refused.
    Refused(Refused),
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

pub(crate) fn answer(
    sandbox: &Sandbox,
    parts: &Parts,
    body: &[u8],
    now: DateTime<Utc>,
) -> Option<Answer> {
    let rest = parts.uri.path().strip_prefix(BASE)?;
    let segments: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    Some(match call(sandbox, &parts.method, &segments, body, now) {
        Ok(value) => Answer::json(StatusCode::OK, &value),
        Err(Failed::NoSuchCall) => error(StatusCode::NOT_FOUND, "there is no such control call"),
        Err(Failed::Unreadable(why)) => error(StatusCode::BAD_REQUEST, &why),
        Err(Failed::Refused(refused)) => {
            let status = match refused {
                Refused::NoOrganisation(_) | Refused::NotFound { .. } => StatusCode::NOT_FOUND,
                Refused::ByXero(_) => StatusCode::UNPROCESSABLE_ENTITY,
            };
            error(status, &refused.to_string())
        }
    })
}

fn error(status: StatusCode, why: &str) -> Answer {
    Answer::json(status, &json!({ "error": why }))
}

fn call(
    sandbox: &Sandbox,
    method: &Method,
    segments: &[&str],
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Value, Failed> {
    match (method, segments) {
        (&Method::GET, [] | ["state"]) => Ok(state::overview(sandbox, now)),
        (&Method::GET, ["switches"]) => Ok(json!(sandbox.switches())),
        (&Method::POST | &Method::PUT, ["switches"]) => {
            sandbox.set_switches(overlay(&sandbox.switches(), body)?);
            Ok(json!(sandbox.switches()))
        }
        (&Method::GET, ["limits"]) => Ok(json!(sandbox.limits())),
        (&Method::POST | &Method::PUT, ["limits"]) => {
            sandbox.set_limits(overlay(&sandbox.limits(), body)?);
            Ok(json!(sandbox.limits()))
        }
        (&Method::GET, ["faults"]) => Ok(json!(sandbox.faults().pending())),
        (&Method::POST, ["faults"]) => {
            sandbox.faults().push(read::<FaultRule>(body)?);
            Ok(json!(sandbox.faults().pending()))
        }
        (&Method::DELETE, ["faults"]) => {
            sandbox.faults().clear();
            Ok(json!([]))
        }
        (&Method::GET, ["webhooks"]) => Ok(json!(sandbox.webhooks().list())),
        (&Method::POST | &Method::PUT, ["webhooks"]) => {
            // The offset is in `now` already.
            let at_callers = now - sandbox.offset();
            sandbox
                .register_webhook(read::<Registration>(body)?, at_callers)
                .map_err(|refused| Failed::Unreadable(refused.to_string()))?;
            Ok(json!(sandbox.webhooks().list()))
        }
        (&Method::DELETE, ["webhooks"]) => {
            sandbox.webhooks().clear();
            Ok(json!([]))
        }
        (&Method::POST, ["webhooks", "faults"]) => {
            sandbox.webhooks().push_fault(read::<WebhookFault>(body)?);
            Ok(json!({"armed": true}))
        }
        (&Method::POST, ["advance"]) => {
            let asked: Advance = read(body)?;
            let by = TimeDelta::try_seconds(asked.seconds)
                .ok_or_else(|| Failed::Unreadable("too many seconds".to_owned()))?;
            sandbox.advance(by);
            Ok(json!({"offset_seconds": sandbox.offset().num_seconds()}))
        }
        (&Method::POST, ["reset"]) => {
            sandbox.reset();
            Ok(json!({"reset": true}))
        }
        (&Method::POST, ["grant"]) => grant(sandbox, body, now),
        (_, [tenant, rest @ ..]) => {
            let tenant = Uuid::parse_str(tenant).map_err(|_| Failed::NoSuchCall)?;
            match (method, rest) {
                (&Method::GET, ["books"]) => state::books(sandbox, tenant)
                    .ok_or(Failed::Refused(Refused::NoOrganisation(tenant))),
                (&Method::POST, [act]) => acts::perform(sandbox, tenant, act, body, now),
                _ => Err(Failed::NoSuchCall),
            }
        }
        _ => Err(Failed::NoSuchCall),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    client_id: String,
    tenants: Vec<Uuid>,
    scope: String,
}

/// Tokens without a browser.
fn grant(sandbox: &Sandbox, body: &[u8], now: DateTime<Utc>) -> Result<Value, Failed> {
    let asked: Grant = read(body)?;
    sandbox
        .grant_at(&asked.client_id, &asked.tenants, &asked.scope, now)
        .map(|tokens| json!(tokens))
        .ok_or_else(|| Failed::Unreadable("no app has this client id".to_owned()))
}

/// Reads the body of a call.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failed> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Failed::Unreadable(error.to_string()))
}

/// The current values with the sent ones over them; unknown names are refused.
fn overlay<T: Serialize + DeserializeOwned>(current: &T, body: &[u8]) -> Result<T, Failed> {
    let sent: Map<String, Value> = read(body)?;
    let mut merged = json!(current);
    if let Value::Object(fields) = &mut merged {
        fields.extend(sent);
    }
    serde_json::from_value(merged).map_err(|error| Failed::Unreadable(error.to_string()))
}
