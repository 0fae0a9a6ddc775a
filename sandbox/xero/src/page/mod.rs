//! The pages: the books at `/` with the buttons for what a person does, and the switches at `/sandbox/switches`.

mod acts;
mod books;
mod credits;
mod figures;
pub(crate) mod layout;
mod order_acts;
mod orders;
mod side;
mod switches;

use chrono::{DateTime, Utc};
use http::request::Parts;
use http::{Method, StatusCode};
use url::form_urlencoded;
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::seed::NEW_ZEALAND;
use crate::sandbox::Sandbox;
use crate::sync::lock;

/// What the page is asked to show.
pub(crate) struct View {
    tenant: Uuid,
    search: String,
    done: String,
    refused: String,
}

pub(crate) fn answer(
    sandbox: &Sandbox,
    parts: &Parts,
    body: &[u8],
    now: DateTime<Utc>,
) -> Option<Answer> {
    let path = parts.uri.path();
    if path == "/" && parts.method == Method::GET {
        let view = View::read(sandbox, parts.uri.query().unwrap_or_default());
        return books::page(sandbox, &view, now)
            .map(|page| Answer::html(StatusCode::OK, page))
            .or_else(|| Some(Answer::not_found()));
    }
    if path == switches::PATH {
        if parts.method == Method::POST {
            let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
            switches::set(sandbox, &form);
            return Some(Answer::see_other(switches::PATH));
        }
        return Some(Answer::html(StatusCode::OK, switches::page(sandbox)));
    }
    let rest = path.strip_prefix("/books/")?;
    if parts.method != Method::POST {
        return Some(Answer::see_other("/"));
    }
    let (tenant, act) = rest.split_once('/')?;
    let tenant = Uuid::parse_str(tenant).ok()?;
    let form: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let outcome = acts::perform(sandbox, tenant, act, &form, now);
    Some(Answer::see_other(&back(tenant, &outcome)))
}

impl View {
    /// The organisation that was asked for; else one that an app is connected to; else the New Zealand one.
    fn read(sandbox: &Sandbox, query: &str) -> Self {
        let field = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default()
        };
        let connected = lock(&sandbox.identity)
            .connections()
            .first()
            .map(|known| known.tenant);
        Self {
            tenant: Uuid::parse_str(&field("org"))
                .ok()
                .or(connected)
                .unwrap_or(NEW_ZEALAND),
            search: field("q"),
            done: field("done"),
            refused: field("refused"),
        }
    }
}

fn back(tenant: Uuid, outcome: &Result<String, String>) -> String {
    let (name, text) = match outcome {
        Ok(done) => ("done", done),
        Err(refused) => ("refused", refused),
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("org", &tenant.to_string())
        .append_pair(name, text)
        .finish();
    format!("/?{query}")
}
