//! Tokens for the panel of one record, which the server of a product asks for with its key; and what one opens here.

use std::collections::BTreeSet;

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tieout_core::document::{ConnectionId, HostId};
use tieout_core::host::RecordRef;
use tieout_identity::{Kind, PanelGrant, PanelRefusal, PanelRight, PanelUser, Scope};

use super::access::{ApiCaller, too_soon};
use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::problem::{Problem, Sort};
use crate::web::front::Front;

/// For whom and for what a token is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TokenAsked {
    /// The host in the configuration.
    host: HostId,
    /// The only record that it opens.
    record: RecordRef,
    /// The connection, where documents of the host may go to several.
    #[serde(default)]
    connection: Option<ConnectionId>,
    /// Who looks, as the product knows them: what they do stands in the journal under this name.
    user: UserAsked,
    /// Whether they may link, pin, draft and copy too.
    #[serde(default = "view")]
    can: PanelRight,
}

/// A user of the product.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UserAsked {
    /// The product's identifier; 1 to 200 characters.
    id: String,
    /// What they are called; 1 to 200 characters, or nothing.
    #[serde(default)]
    name: String,
}

/// A token.
#[derive(Debug, Serialize, JsonSchema)]
struct PanelToken {
    /// To be given to the panel in its page.
    token: String,
    /// Until when it opens the record.
    expires_at: DateTime<Utc>,
}

/// Longest name or identifier of a user, in characters.
const USER_CHARS_MAX: usize = 200;

fn view() -> PanelRight {
    PanelRight::View
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/v1/panel/tokens",
            "make_panel_token",
            "A token with which one user sees the panel of one record, for a quarter of an hour.",
            make,
        )
        .for_scope(Scope::Panel)
        .with_status(StatusCode::CREATED),
    ]
}

async fn make(call: Call<Nothing, Nothing, TokenAsked>) -> Result<Reply<PanelToken>, Problem> {
    let asked = call.body;
    let site = call.desk.host(&asked.host)?;
    if site.host.records().is_none() {
        return Err(Problem::not_usable(format!(
            "host `{}` keeps no records",
            asked.host
        )));
    }
    let is_fit =
        |text: &str| text.chars().count() <= USER_CHARS_MAX && !text.chars().any(char::is_control);
    if asked.user.id.trim().is_empty() || !is_fit(&asked.user.id) || !is_fit(&asked.user.name) {
        return Err(Problem::not_usable(format!(
            "`user.id` has 1 to {USER_CHARS_MAX} characters, `user.name` at most as many, and no control characters"
        )));
    }
    let user = PanelUser {
        name: match asked.user.name.as_str() {
            "" => asked.user.id.clone(),
            name => name.to_owned(),
        },
        id: asked.user.id,
    };
    let grant = PanelGrant {
        host: asked.host,
        connection: asked.connection,
        record: asked.record,
        user,
        can: asked.can,
    };
    let (token, expires_at) = call.desk.front.panels.issue(&grant);
    Ok(Reply::of(PanelToken {
        token: token.expose_secret().to_owned(),
        expires_at,
    }))
}

/// Whoever comes with a token: one user, at one record, and no further.
pub(super) fn by_token(front: &Front, uri: &Uri, token: &str) -> Result<ApiCaller, Problem> {
    let grant = front.panels.check(token).map_err(|it| problem(&it))?;
    if !opens(&grant, uri) {
        return Err(problem(&PanelRefusal::OtherRecord(grant.record)));
    }
    let user = format!("{} {}", grant.host, grant.user.id);
    let pace = front.gate.panel(&user, front.now());
    pace.map_err(too_soon)?;
    let scopes = match grant.can {
        PanelRight::View => BTreeSet::from([Scope::Read]),
        PanelRight::Work => BTreeSet::from([Scope::Read, Scope::Operate]),
    };
    Ok(ApiCaller {
        id: format!("panel {} {}", grant.host, grant.user.id),
        shares_with: "panels".to_owned(),
        name: grant.actor().to_string(),
        actor: grant.actor(),
        scopes,
    })
}

/// Whether an address lies at or below the record of a token; who works there may look for contacts and documents too.
fn opens(grant: &PanelGrant, uri: &Uri) -> bool {
    // Read as the router reads it: by parts, each decoded once.
    let decode = |part| percent_decode_str(part).decode_utf8();
    let parts: Result<Vec<_>, _> = uri.path().split('/').skip(1).map(decode).collect();
    let Ok(parts) = parts else { return false };
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    let record = &grant.record;
    let leads_here = match parts.as_slice() {
        ["v1", "hosts", host, "records", kind, id, ..] => {
            *host == grant.host.as_str()
                && *kind == record.kind.as_str()
                && *id == record.id.as_str()
        }
        ["v1", "hosts", host, "contacts" | "papers"] => {
            *host == grant.host.as_str() && grant.can == PanelRight::Work
        }
        _ => false,
    };
    let query = uri.query().unwrap_or_default().as_bytes();
    let mut named = url::form_urlencoded::parse(query).filter(|(name, _)| name == "connection");
    let connection = grant.connection.as_ref().map(ConnectionId::as_str);
    leads_here
        && match connection {
            Some(wanted) => {
                named.next().is_some_and(|(_, it)| it == wanted) && named.next().is_none()
            }
            None => true,
        }
}

/// The refusal of a token as a reply.
pub(crate) fn panel_refused(refusal: &PanelRefusal) -> Response {
    problem(refusal).finish().into_response()
}

fn problem(refusal: &PanelRefusal) -> Problem {
    let sort = match refusal.kind() {
        Kind::SignIn => Sort::NotSignedIn,
        Kind::Forbidden => Sort::NotAllowed,
        Kind::Missing => Sort::NotFound,
        Kind::Conflict => Sort::NotPossible,
        Kind::Malformed => Sort::NotUsable,
    };
    Problem::new(sort, refusal.to_string()).advise(
        "The server of the product makes tokens: one for each record, user and quarter of an hour.",
    )
}
