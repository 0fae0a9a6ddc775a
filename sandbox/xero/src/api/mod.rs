//! The accounting API: who may pass, in which order the gates stand, and which file answers which path.

mod allocations;
pub mod bank_transactions;
pub mod chart;
pub mod contacts;
pub mod credit_notes;
mod credits;
pub mod envelope;
pub mod filter;
pub mod invoices;
pub mod listing;
pub mod on_account;
pub mod organisation;
mod papers;
pub mod payments;
pub mod purchase_orders;
pub mod query;
pub mod show;
mod tracking;
pub mod where_clause;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::credit::Source;
use crate::idempotency::{KEY_CHARS_MAX, Known, ScopedKey, fingerprint};
use crate::identity::scopes;
use crate::limits::{InFlight, Limits, Problem, Refused, Remaining};
use crate::rules::Act;
use crate::sandbox::Sandbox;
use crate::switches::{RateLimitWords, ScopeRefusal, Switches};
use crate::sync::lock;
use crate::wire::{xml, xml_in};

use query::Query;

/// Where the accounting API begins.
pub const BASE: &str = "/api.xro/2.0/";

/// Endpoints that Xero has and this sandbox has not: 501 tells them from a wrong address.
const NOT_MODELLED: [&str; 10] = [
    "banktransfers",
    "batchpayments",
    "contactgroups",
    "items",
    "journals",
    "linkedtransactions",
    "manualjournals",
    "quotes",
    "reports",
    "users",
];

/// A call that has passed the gates.
pub struct Call<'a> {
    /// What was asked.
    pub parts: &'a Parts,
    /// Parameters behind the question mark.
    pub query: &'a Query,
    /// Parts of the path behind the endpoint.
    pub rest: &'a [&'a str],
    /// The body.
    pub body: &'a [u8],
    /// The app that calls.
    pub client_id: &'a str,
    /// Its name, which replies carry as `ProviderName`.
    pub provider: &'a str,
    /// The choices in force.
    pub switches: &'a Switches,
    /// The budgets in force.
    pub limits: &'a Limits,
    /// When it arrived.
    pub now: DateTime<Utc>,
    /// Id of the reply.
    pub id: Uuid,
}

impl Call<'_> {
    /// The circumstances of a write by this call.
    #[must_use]
    pub fn act(&self) -> Act<'_> {
        Act {
            switches: self.switches,
            now: self.now,
            app: self.client_id,
            unit_decimals: self.query.unit_decimals(),
            approvals_max: self.limits.approvals_max(),
        }
    }
}

/// An answer with the place in the air that its request holds.
pub(crate) struct Handled {
    pub(crate) answer: Answer,
    pub(crate) in_flight: Option<InFlight>,
    /// The organisation and the endpoint, once the caller is known.
    pub(crate) reached: Option<(Uuid, String)>,
    pub(crate) id: Uuid,
}

/// Passes a call through the gates: token, tenant, scope, budgets, preconditions, idempotency, endpoint.
pub(crate) fn handle(sandbox: &Sandbox, parts: &Parts, body: &[u8], now: DateTime<Utc>) -> Handled {
    let wants_json = wants_json(parts);
    let mut handled = gates(sandbox, parts, body, now);
    if !wants_json {
        handled.answer = to_xml(handled.answer);
    }
    handled
}

fn gates(sandbox: &Sandbox, parts: &Parts, body: &[u8], now: DateTime<Utc>) -> Handled {
    let id = sandbox.next_correlation_id();
    let refuse = |answer| Handled {
        answer,
        in_flight: None,
        reached: None,
        id,
    };
    let path = parts.uri.path().get(BASE.len()..).unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let Some((endpoint, rest)) = segments.split_first() else {
        return refuse(Answer::not_found());
    };
    let endpoint = endpoint.to_ascii_lowercase();
    let switches = sandbox.switches();
    // Files have a scope of their own, whatever they are pinned to.
    let scoped = match rest {
        [_, part, ..] if part.eq_ignore_ascii_case("attachments") => "attachments",
        _ => endpoint.as_str(),
    };
    let (client_id, tenant) = match identify(sandbox, parts, scoped, &switches, now, id) {
        Ok(identified) => identified,
        Err(answer) => return refuse(answer),
    };
    sandbox
        .counters()
        .count(tenant, &parts.method, &endpoint, body.len());
    let limits = sandbox.limits();
    let (in_flight, remaining) = match sandbox.governor.admit(&client_id, tenant, &limits, now) {
        Ok(admitted) => admitted,
        Err(refused) => {
            sandbox.counters().count_refusal(tenant, refused.problem);
            return Handled {
                answer: too_many(&refused, &switches),
                in_flight: None,
                reached: Some((tenant, endpoint)),
                id,
            };
        }
    };
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let reply_to = |answer| Handled {
        answer: with_remaining(answer, remaining),
        in_flight: Some(in_flight),
        reached: Some((tenant, endpoint.clone())),
        id,
    };
    let body = match readable(body, scoped) {
        Ok(body) => body,
        Err(answer) => return reply_to(answer),
    };
    let call = Call {
        parts,
        query: &query,
        rest,
        body: &body,
        client_id: &client_id,
        provider: sandbox.app(&client_id).map_or("", |app| &app.name),
        switches: &switches,
        limits: &limits,
        now,
        id,
    };
    let answer = idempotently(sandbox, &call, tenant, &endpoint);
    reply_to(answer)
}

/// The body as JSON; files stay as they are.
fn readable<'a>(body: &'a [u8], scoped: &str) -> Result<Cow<'a, [u8]>, Answer> {
    if scoped == "attachments" || !xml_in::is_xml(body) {
        return Ok(Cow::Borrowed(body));
    }
    xml_in::to_json(body).map(Cow::Owned).map_err(|why| {
        Answer::exception(
            14,
            "PostDataInvalidException",
            &format!("XML for post data was invalid,{why}"),
        )
    })
}

fn identify(
    sandbox: &Sandbox,
    parts: &Parts,
    endpoint: &str,
    switches: &Switches,
    now: DateTime<Utc>,
    id: Uuid,
) -> Result<(String, Uuid), Answer> {
    let session = sandbox.session(parts, now, id)?;
    let tenant = parts
        .headers
        .get("xero-tenant-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| Uuid::parse_str(value.trim()).ok())
        .filter(|tenant| lock(&sandbox.identity).is_connected(&session.client_id, *tenant))
        .ok_or_else(|| Answer::problem(StatusCode::FORBIDDEN, "AuthenticationUnsuccessful", id))?;
    if !scopes::allow(&session.scopes, endpoint, &parts.method) {
        let status = match switches.scope_refusal {
            ScopeRefusal::Unauthorized => StatusCode::UNAUTHORIZED,
            ScopeRefusal::Forbidden => StatusCode::FORBIDDEN,
        };
        return Err(Answer::problem(status, "AuthorizationUnsuccessful", id));
    }
    Ok((session.client_id, tenant))
}

/// The key is looked up behind the limiter, so that replays use up the budget too.
fn idempotently(sandbox: &Sandbox, call: &Call<'_>, tenant: Uuid, endpoint: &str) -> Answer {
    let Some(books) = sandbox.books(tenant) else {
        return Answer::not_found();
    };
    let mut organisation = lock(books);
    let writes = matches!(
        call.parts.method,
        Method::PUT | Method::POST | Method::PATCH
    );
    let key = call
        .parts
        .headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok())
        .filter(|key| writes && !key.is_empty());
    let Some(key) = key else {
        return carried_out(sandbox, call, &mut organisation, endpoint);
    };
    if key.chars().count() > KEY_CHARS_MAX {
        return Answer::exception(
            10,
            "ValidationException",
            &format!("Idempotency Key must be {KEY_CHARS_MAX} characters or less."),
        );
    }
    let scoped = ScopedKey::new(call.switches.idempotency_scope, call.client_id, tenant, key);
    let address = call
        .parts
        .uri
        .path_and_query()
        .map_or("", |address| address.as_str());
    let print = fingerprint(&call.parts.method, tenant, address, call.body);
    match lock(&sandbox.replies).look_up(&scoped, print, call.now) {
        Known::Replay(answer) => return answer,
        Known::Different => {
            return Answer::exception(
                10,
                "ValidationException",
                &format!("Idempotency Key: {key} is used with a different request."),
            );
        }
        Known::New => {}
    }
    let answer = carried_out(sandbox, call, &mut organisation, endpoint);
    lock(&sandbox.replies).remember(scoped, print, answer.clone(), call.now);
    answer
}

/// Does the work and raises the events of what it changed.
fn carried_out(
    sandbox: &Sandbox,
    call: &Call<'_>,
    organisation: &mut Organisation,
    endpoint: &str,
) -> Answer {
    let answer = dispatch(call, organisation, endpoint);
    if call.parts.method != Method::GET {
        sandbox.tell(organisation, call.client_id, call.now);
    }
    answer
}

fn dispatch(call: &Call<'_>, organisation: &mut Organisation, endpoint: &str) -> Answer {
    let precondition = [
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        header::IF_UNMODIFIED_SINCE,
    ]
    .into_iter()
    .any(|name| call.parts.headers.contains_key(name));
    if precondition {
        return Answer::text(StatusCode::PRECONDITION_FAILED, "Precondition Failed");
    }
    if let Some(answer) = papers::answer(call, organisation, endpoint) {
        return answer;
    }
    match endpoint {
        "organisation" | "organisations" => organisation::answer(call, organisation),
        "accounts" | "taxrates" | "currencies" | "trackingcategories" | "brandingthemes" => {
            chart::answer(call, organisation, endpoint)
        }
        "contacts" => contacts::answer(call, organisation),
        "banktransactions" => bank_transactions::answer(call, organisation),
        "overpayments" => on_account::answer(call, organisation, Source::Overpayment),
        "prepayments" => on_account::answer(call, organisation, Source::Prepayment),
        "creditnotes" => credit_notes::answer(call, organisation),
        "invoices" => invoices::answer(call, organisation),
        "payments" => payments::answer(call, organisation),
        "purchaseorders" => purchase_orders::answer(call, organisation),
        known if NOT_MODELLED.contains(&known) => {
            Answer::text(StatusCode::NOT_IMPLEMENTED, "not modelled by this sandbox")
        }
        _ => Answer::not_found(),
    }
}

fn too_many(refused: &Refused, switches: &Switches) -> Answer {
    let word = match (refused.problem, switches.rate_limit_words) {
        (Problem::Minute, RateLimitWords::Lower) => "minute",
        (Problem::Minute, RateLimitWords::Capitalised) => "Minute",
        (Problem::Day, RateLimitWords::Lower) => "day",
        (Problem::Day, RateLimitWords::Capitalised) => "Daily",
        (Problem::Concurrent, RateLimitWords::Lower) => "concurrent",
        (Problem::Concurrent, RateLimitWords::Capitalised) => "Concurrent",
        (Problem::AppMinute, RateLimitWords::Lower) => "appminute",
        (Problem::AppMinute, RateLimitWords::Capitalised) => "AppMinute",
    };
    let mut answer = Answer::text(
        StatusCode::TOO_MANY_REQUESTS,
        "oauth_problem=rate limit exceeded&oauth_problem_advice=please wait before retrying the xero api",
    )
    .with_header(
        HeaderName::from_static("x-rate-limit-problem"),
        HeaderValue::from_static(word),
    );
    if let Some(seconds) = refused.retry_after_s {
        answer = answer.with_header(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    with_remaining(answer, refused.remaining)
}

fn with_remaining(answer: Answer, remaining: Remaining) -> Answer {
    answer
        .with_header(
            HeaderName::from_static("x-daylimit-remaining"),
            HeaderValue::from(remaining.day),
        )
        .with_header(
            HeaderName::from_static("x-minlimit-remaining"),
            HeaderValue::from(remaining.minute),
        )
        .with_header(
            HeaderName::from_static("x-appminlimit-remaining"),
            HeaderValue::from(remaining.app_minute),
        )
}

fn wants_json(parts: &Parts) -> bool {
    parts
        .headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.to_ascii_lowercase().contains("json"))
}

fn to_xml(answer: Answer) -> Answer {
    if answer.content_type != crate::answer::JSON {
        return answer;
    }
    let root = if answer.status == StatusCode::BAD_REQUEST {
        "ApiException"
    } else {
        "Response"
    };
    Answer {
        content_type: "text/xml; charset=utf-8".into(),
        body: xml::from_json(root, &answer.body).into(),
        ..answer
    }
}
