//! Webhooks: which systems are told what, what came back, and what is sent again.

use axum::http::Method;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tieout_identity::Scope;
use tieout_notices::{
    Attempt, Endpoint as Webhook, EndpointDraft, EndpointId, EventType, Filter, GroupId,
    ReplayWhat, Standing, add_endpoint, attempts, change_endpoint, enable_endpoint, endpoint,
    endpoints as webhooks, remove_endpoint, replay, rotate_secret,
};
use url::Url;

use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::forms::PageAsked;
use super::groups::must_be_configured;
use super::paging::{Page, page_of};
use super::problem::{Problem, Sort, refused_by_notices};

/// A webhook, as an address names it.
#[derive(Debug, Deserialize, JsonSchema)]
struct WebhookPath {
    /// Its short name.
    webhook: String,
}

/// A webhook, and how it stands with it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Webhook")]
struct WebhookForm {
    /// Where and what.
    webhook: Webhook,
    /// What was delivered, what waits, and whether it rests.
    standing: Standing,
    /// What signs its events, when it was just made: it is shown in this reply and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// What a webhook is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WebhookBody {
    /// Where events go: https, outside this network.
    url: Url,
    /// Which events; all where it is empty.
    #[serde(default)]
    events: Vec<EventType>,
    /// About which documents; everything where it is empty. Hosts and connections must be in the configuration.
    #[serde(default)]
    only: Filter,
    /// Groups whose documents it is about.
    #[serde(default)]
    groups: Vec<GroupId>,
    /// Whether it is switched off.
    #[serde(default)]
    disabled: bool,
}

/// What goes there again: one event, or a stretch of time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgainBody {
    /// One event, by its identifier.
    #[serde(default)]
    event: Option<String>,
    /// Everything that was told from then on.
    #[serde(default)]
    since: Option<DateTime<Utc>>,
    /// Up to then; to now where it is absent.
    #[serde(default)]
    until: Option<DateTime<Utc>>,
}

/// How many go there again.
#[derive(Debug, Serialize, JsonSchema)]
struct Again {
    /// At most so many, as far as the webhook wanted them.
    events_at_most: u64,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let all = vec![
        Endpoint::get(
            "/v1/webhooks",
            "list_webhooks",
            "The webhooks by name, and how it stands with each.",
            list,
        ),
        Endpoint::get("/v1/webhooks/{webhook}", "read_webhook", "One webhook.", one),
        Endpoint::post(
            "/v1/webhooks/{webhook}",
            "put_webhook",
            "Makes a webhook and shows its secret this once, or changes it to be this. A repeat changes nothing more.",
            put,
        )
        .by(Method::PUT),
        Endpoint::post(
            "/v1/webhooks/{webhook}",
            "remove_webhook",
            "Removes a webhook, with everything that waits for it.",
            remove,
        )
        .by(Method::DELETE),
        Endpoint::post(
            "/v1/webhooks/{webhook}/enable",
            "enable_webhook",
            "Switches a webhook on again that stopped or was switched off.",
            enable,
        ),
        Endpoint::post(
            "/v1/webhooks/{webhook}/rotate",
            "rotate_webhook_secret",
            "Makes a new secret and shows it this once; the one before signs beside it for 24 hours.",
            rotate,
        )
        .once(),
        Endpoint::post(
            "/v1/webhooks/{webhook}/test",
            "try_webhook",
            "Sends a trial now, and says what came back. A repeat sends another.",
            test,
        )
        .once(),
        Endpoint::get(
            "/v1/webhooks/{webhook}/attempts",
            "list_webhook_attempts",
            "What was tried lately, the newest first, with what came back.",
            tried,
        ),
        Endpoint::post(
            "/v1/webhooks/{webhook}/replay",
            "replay_webhook",
            "Sends events of the last 30 days again, under the identifiers that they had.",
            again,
        ),
    ];
    let for_admins = |endpoint: Endpoint| endpoint.for_scope(Scope::Admin);
    all.into_iter().map(for_admins).collect()
}

async fn list(call: Call<Nothing, PageAsked>) -> Result<Reply<Page<WebhookForm>>, Problem> {
    let all = webhooks(call.desk.store()).await?;
    let all: Vec<WebhookForm> = all.into_iter().map(WebhookForm::of).collect();
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    Ok(page_of(all, limit, after, |it| it.webhook.id.to_string())?.reply(&call.asked))
}

async fn one(call: Call<WebhookPath>) -> Result<Reply<WebhookForm>, Problem> {
    let found = endpoint(call.desk.store(), &named(&call.path)?).await;
    Ok(Reply::of(WebhookForm::of(
        found.map_err(refused_by_notices)?,
    )))
}

async fn put(call: Call<WebhookPath, Nothing, WebhookBody>) -> Result<Reply<WebhookForm>, Problem> {
    must_be_configured(&call.desk, &call.body.only)?;
    let draft = EndpointDraft {
        id: named(&call.path)?,
        url: call.body.url,
        events: call.body.events,
        only: call.body.only,
        groups: call.body.groups,
        disabled: call.body.disabled,
    };
    let (office, now) = (call.desk.office(&call.by), call.desk.front.now());
    let machine = office.loaded.config.notify.this_machine();
    let (store, vault) = (office.store.as_ref(), office.apps.vault());
    let known = webhooks(store).await?;
    match known.into_iter().find(|(known, _)| known.id == draft.id) {
        Some((known, standing)) if EndpointDraft::from(&known) == draft => {
            Ok(Reply::of(WebhookForm::of((known, standing))))
        }
        Some((_, standing)) => {
            let changed = change_endpoint(store, draft, machine, &call.by.name, now).await;
            let changed = changed.map_err(refused_by_notices)?;
            Ok(Reply::of(WebhookForm::of((changed, standing))))
        }
        None => {
            let added = add_endpoint(store, vault, draft, machine, &call.by.name, now).await;
            let added = added.map_err(refused_by_notices)?;
            let mut form = WebhookForm::of((added.endpoint, Standing::default()));
            form.secret = Some(added.secret.0.expose_secret().to_owned());
            Ok(Reply::of(form).shown_once())
        }
    }
}

async fn remove(call: Call<WebhookPath>) -> Result<Reply<Webhook>, Problem> {
    let (store, now) = (call.desk.store(), call.desk.front.now());
    let removed = remove_endpoint(store, &named(&call.path)?, &call.by.name, now).await;
    Ok(Reply::of(removed.map_err(refused_by_notices)?))
}

async fn enable(call: Call<WebhookPath>) -> Result<Reply<WebhookForm>, Problem> {
    let (id, store) = (named(&call.path)?, call.desk.store());
    let enabled = enable_endpoint(store, &id, &call.by.name, call.desk.front.now()).await;
    enabled.map_err(refused_by_notices)?;
    let found = endpoint(store, &id).await.map_err(refused_by_notices)?;
    Ok(Reply::of(WebhookForm::of(found)))
}

async fn rotate(call: Call<WebhookPath>) -> Result<Reply<WebhookForm>, Problem> {
    let id = named(&call.path)?;
    let office = call.desk.office(&call.by);
    let (store, vault) = (office.store.as_ref(), office.apps.vault());
    let secret = rotate_secret(store, vault, &id, &call.by.name, call.desk.front.now()).await;
    let secret = secret.map_err(refused_by_notices)?;
    let found = endpoint(store, &id).await.map_err(refused_by_notices)?;
    let mut form = WebhookForm::of(found);
    form.secret = Some(secret.0.expose_secret().to_owned());
    Ok(Reply::of(form).shown_once())
}

async fn test(call: Call<WebhookPath>) -> Result<Reply<Attempt>, Problem> {
    let id = named(&call.path)?;
    let words = ["webhook", "test", "--", id.as_str()];
    let told = call.desk.front.command(&words, &call.by.name).await?;
    let attempt = told.values.last().map(|value| value["attempt"].clone());
    let attempt = serde_json::from_value(attempt.unwrap_or(Value::Null));
    Ok(Reply::of(attempt.map_err(|error| Problem::broken(&error))?))
}

async fn tried(call: Call<WebhookPath, PageAsked>) -> Result<Reply<Page<Attempt>>, Problem> {
    let (id, store) = (named(&call.path)?, call.desk.store());
    endpoint(store, &id).await.map_err(refused_by_notices)?;
    let all = attempts(store, &id).await?;
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    let place = |it: &Attempt| format!("{} {} {}", it.at.timestamp_micros(), it.event, it.attempt);
    Ok(page_of(all, limit, after, place)?.reply(&call.asked))
}

async fn again(call: Call<WebhookPath, Nothing, AgainBody>) -> Result<Reply<Again>, Problem> {
    let what = match call.body {
        AgainBody {
            event: Some(event),
            since: None,
            until: None,
        } => ReplayWhat::One(event),
        AgainBody {
            event: None,
            since: Some(since),
            until,
        } => ReplayWhat::Range { since, until },
        AgainBody { .. } => {
            let words = "say either `event`, or `since` with or without `until`";
            return Err(Problem::new(Sort::NotUsable, words));
        }
    };
    let (id, store) = (named(&call.path)?, call.desk.store());
    let many = replay(store, &id, &what, call.desk.front.now()).await;
    let events_at_most = many.map_err(refused_by_notices)?;
    Ok(Reply::of(Again { events_at_most }))
}

fn named(path: &WebhookPath) -> Result<EndpointId, Problem> {
    EndpointId::new(path.webhook.as_str()).map_err(refused_by_notices)
}

impl WebhookForm {
    fn of((webhook, standing): (Webhook, Standing)) -> Self {
        Self {
            webhook,
            standing,
            secret: None,
        }
    }
}
