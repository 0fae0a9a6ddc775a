//! People and keys: who may come in, and taking a key away. Both are made on the dashboard or on the command line, where a key
//! is shown to a person and kept nowhere else.

use axum::http::Method;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_identity::{ApiKey, Error, KeyId, Kind, Person, Scope};

use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::forms::PageAsked;
use super::paging::{Page, page_of};
use super::problem::{Problem, Sort};

/// A person who may come in.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Person")]
struct PersonForm {
    /// Which.
    id: String,
    /// The address.
    email: String,
    /// The name.
    name: String,
    /// `viewer`, `operator` or `admin`.
    role: &'static str,
    /// Since when they are known.
    created_at: DateTime<Utc>,
    /// Since when they may not come in any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<DateTime<Utc>>,
}

/// A key, without what opens anything.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Key")]
struct KeyForm {
    /// Which.
    id: String,
    /// What it is called.
    name: String,
    /// Its first characters.
    begins: String,
    /// What it may do.
    scopes: Vec<&'static str>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Who made it.
    created_by: String,
    /// When it stops working by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
    /// When it was used last, up to ten minutes behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
}

/// A key, as an address names it.
#[derive(Debug, Deserialize, JsonSchema)]
struct KeyPath {
    /// Its identifier.
    key: String,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/people",
            "list_people",
            "The people who may come in.",
            people,
        )
        .for_scope(Scope::Admin),
        Endpoint::get(
            "/v1/keys",
            "list_keys",
            "The keys that were ever made, the newest first; none of what opens anything.",
            keys,
        )
        .for_scope(Scope::Admin),
        Endpoint::post(
            "/v1/keys/{key}",
            "revoke_key",
            "Revokes a key: it opens nothing from this moment on.",
            revoke,
        )
        .by(Method::DELETE)
        .for_scope(Scope::Admin),
    ]
}

async fn people(call: Call<Nothing, PageAsked>) -> Result<Reply<Page<PersonForm>>, Problem> {
    let all = call.desk.front.identity.people().await;
    let all = all.map_err(|fault| told(fault.into()))?;
    let all: Vec<PersonForm> = all.iter().map(PersonForm::of).collect();
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    Ok(page_of(all, limit, after, |it| it.id.clone())?.reply(&call.asked))
}

async fn keys(call: Call<Nothing, PageAsked>) -> Result<Reply<Page<KeyForm>>, Problem> {
    let all = call.desk.front.identity.keys().await;
    let all = all.map_err(|fault| told(fault.into()))?;
    let all: Vec<KeyForm> = all.iter().map(KeyForm::of).collect();
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    Ok(page_of(all, limit, after, |it| it.id.clone())?.reply(&call.asked))
}

async fn revoke(call: Call<KeyPath>) -> Result<Reply<KeyForm>, Problem> {
    let id: Result<KeyId, _> = call.path.key.parse();
    let id = id.map_err(|_| Problem::not_found("there is no such key"))?;
    let revoked = call
        .desk
        .front
        .identity
        .revoke_key(&call.by.actor, id)
        .await;
    Ok(Reply::of(KeyForm::of(&revoked.map_err(told)?)))
}

/// What people and keys refuse, as this API says it.
fn told(error: Error) -> Problem {
    let refusal = match error {
        Error::Refused(refusal) => refusal,
        Error::Fault(fault) => {
            tracing::error!(error = %fault, "people and keys cannot be read");
            return Problem::new(Sort::Broken, "people and keys cannot be read");
        }
    };
    let sort = match refusal.kind() {
        Kind::SignIn => Sort::NotSignedIn,
        Kind::Forbidden => Sort::NotAllowed,
        Kind::Missing => Sort::NotFound,
        Kind::Conflict => Sort::NotPossible,
        Kind::Malformed => Sort::NotUsable,
    };
    Problem::new(sort, refusal.to_string()).advise(refusal.advice())
}

impl PersonForm {
    fn of(person: &Person) -> Self {
        Self {
            id: person.id.to_string(),
            email: person.email.to_string(),
            name: person.name.clone(),
            role: person.role.word(),
            created_at: person.created_at,
            disabled_at: person.disabled_at,
        }
    }
}

impl KeyForm {
    fn of(key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            begins: key.begins.clone(),
            scopes: key.scopes.iter().map(|scope| scope.word()).collect(),
            created_at: key.created_at,
            created_by: key.created_by.to_string(),
            expires_at: key.expires_at,
            used_at: key.used_at,
            revoked_at: key.revoked_at,
        }
    }
}
