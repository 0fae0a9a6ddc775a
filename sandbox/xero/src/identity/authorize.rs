//! The consent: what is checked before a person is asked, and where the answer goes.

use chrono::{DateTime, Utc};
use http::StatusCode;
use http::request::Parts;
use url::{Url, form_urlencoded};
use uuid::Uuid;

use crate::answer::Answer;
use crate::options::{App, AppKind};
use crate::sandbox::Sandbox;
use crate::sync::lock;

use super::state::Code;
use super::{page, scopes};

/// What a client asks a person for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Client id.
    pub client_id: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// Scopes, space separated.
    pub scope: String,
    /// Returned as it came.
    pub state: String,
    /// PKCE challenge, or empty.
    pub code_challenge: String,
    /// PKCE method, or empty.
    pub code_challenge_method: String,
    /// `code`.
    pub response_type: String,
    /// `bulk_connect:false` asks for one organisation only.
    pub acr_values: String,
}

impl Ask {
    fn read(fields: &[(String, String)]) -> Self {
        let field = |name: &str| {
            fields
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        };
        Self {
            client_id: field("client_id"),
            redirect_uri: field("redirect_uri"),
            scope: field("scope"),
            state: field("state"),
            code_challenge: field("code_challenge"),
            code_challenge_method: field("code_challenge_method"),
            response_type: field("response_type"),
            acr_values: field("acr_values"),
        }
    }
}

/// Answers `GET /identity/connect/authorize` with the consent page, or with an error page that goes nowhere.
#[must_use]
pub fn ask(sandbox: &Sandbox, parts: &Parts) -> Answer {
    let fields: Vec<(String, String)> =
        form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let ask = Ask::read(&fields);
    match check(sandbox, &ask) {
        Ok(app) => Answer::html(
            StatusCode::OK,
            page::consent(&ask, app, &sandbox.organisation_names()),
        ),
        Err(why) => Answer::html(StatusCode::BAD_REQUEST, page::refused(why)),
    }
}

/// Answers the posted consent: back to the app with a code, or with `access_denied`.
#[must_use]
pub fn decide(sandbox: &Sandbox, body: &[u8], now: DateTime<Utc>) -> Answer {
    let fields = super::token::read_form(body);
    let ask = Ask::read(&fields);
    if let Err(why) = check(sandbox, &ask) {
        return Answer::html(StatusCode::BAD_REQUEST, page::refused(why));
    }
    let tenants: Vec<Uuid> = fields
        .iter()
        .filter(|(name, _)| name == "tenant")
        .filter_map(|(_, id)| Uuid::parse_str(id).ok())
        .filter(|id| sandbox.has_organisation(*id))
        .collect();
    let allowed = super::token::field(&fields, "decision") == Some("allow");
    if !allowed || tenants.is_empty() {
        return back(
            &ask,
            &[
                ("error", "access_denied"),
                ("error_description", "TenantConsent status DENIED"),
            ],
        );
    }
    let mut identity = lock(&sandbox.identity);
    let auth_event = identity.next_id();
    identity.connect(&ask.client_id, &tenants, auth_event, now);
    let code = identity.issue_code(Code {
        client_id: ask.client_id.clone(),
        redirect_uri: ask.redirect_uri.clone(),
        scopes: scopes::split(&ask.scope),
        challenge: (!ask.code_challenge.is_empty()).then(|| ask.code_challenge.clone()),
        auth_event,
        issued: now,
    });
    drop(identity);
    back(&ask, &[("code", &code), ("scope", &ask.scope)])
}

fn check<'a>(sandbox: &'a Sandbox, ask: &Ask) -> Result<&'a App, &'static str> {
    let app = sandbox
        .app(&ask.client_id)
        .ok_or("unauthorized_client: Unknown client or client not enabled")?;
    if ask.response_type != "code" {
        return Err("unsupported_response_type");
    }
    if !app.may_return_to(&ask.redirect_uri) {
        return Err("unauthorized_client: Invalid redirect_uri");
    }
    let asked = scopes::split(&ask.scope);
    if asked.is_empty()
        || !asked
            .iter()
            .all(|scope| scopes::exists(scope, app.broad_scopes))
    {
        return Err("invalid_scope: Invalid scope for client");
    }
    let has_proof = !ask.code_challenge.is_empty();
    match app.kind {
        AppKind::Custom { .. } => return Err("unauthorized_client: Invalid grant type for client"),
        AppKind::Pkce if !has_proof => return Err("invalid_request: code challenge required"),
        AppKind::Pkce | AppKind::Web => {}
    }
    if has_proof && ask.code_challenge_method != "S256" {
        return Err("invalid_request: transform algorithm not supported");
    }
    Ok(app)
}

fn back(ask: &Ask, fields: &[(&str, &str)]) -> Answer {
    let Ok(mut address) = Url::parse(&ask.redirect_uri) else {
        return Answer::html(StatusCode::BAD_REQUEST, page::refused("invalid_request"));
    };
    {
        let mut query = address.query_pairs_mut();
        query.extend_pairs(fields);
        if !ask.state.is_empty() {
            query.append_pair("state", &ask.state);
        }
    }
    Answer::see_other(address.as_str())
}
