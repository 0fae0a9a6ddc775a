//! How endpoints are kept: a record each, their secrets sealed beside it, each change with who made it in the journal.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tieout_core::store::{Store, StoreError};
use tieout_core::vault::Vault;

use super::endpoint::{Endpoint, EndpointDraft, Standing, ThisMachine};
use super::groups::noted;
use super::name::EndpointId;
use super::secret::{ShownOnce, SigningSecrets};
use crate::error::DeskError;
use crate::hooks::forget_queue;
use crate::keys;

/// Endpoints at most.
const ENDPOINTS_MAX: usize = 50;

/// An endpoint that was added, with its secret.
pub struct Added {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Its secret, which is never shown again.
    pub secret: ShownOnce,
}

/// Every endpoint with how it stands, by name.
///
/// # Errors
/// The store fails, or holds what cannot be read.
pub async fn endpoints(store: &dyn Store) -> Result<Vec<(Endpoint, Standing)>, StoreError> {
    let mut found = Vec::new();
    for (key, value) in store.records(keys::ENDPOINTS, ENDPOINTS_MAX).await? {
        let endpoint: Endpoint = keys::parse(&key, &value)?;
        let standing = keys::read(store, &keys::standing(&endpoint.id)).await?;
        let standing = Standing::kept(standing, &endpoint);
        found.push((endpoint, standing));
    }
    Ok(found)
}

/// The endpoint of a name, with how it stands.
///
/// # Errors
/// There is none, or the store fails.
pub async fn endpoint(
    store: &dyn Store,
    id: &EndpointId,
) -> Result<(Endpoint, Standing), DeskError> {
    let found: Option<Endpoint> = keys::read(store, &keys::endpoint(id)).await?;
    let found = found.ok_or_else(|| unknown(id))?;
    let standing = keys::read(store, &keys::standing(id)).await?;
    let standing = Standing::kept(standing, &found);
    Ok((found, standing))
}

/// Adds an endpoint with a secret of its own, durably. It is told what happens from then on.
///
/// # Errors
/// The name is taken, something given cannot be kept, there is no key to seal with, or the store fails; nothing is kept
/// then.
pub async fn add_endpoint(
    store: &dyn Store,
    vault: Option<&Arc<Vault>>,
    draft: EndpointDraft,
    machine: ThisMachine,
    by: &str,
    at: DateTime<Utc>,
) -> Result<Added, DeskError> {
    let vault = vault.ok_or(DeskError::NoKey)?;
    let draft = draft.checked(machine)?;
    let known = endpoints(store).await?;
    if known.iter().any(|(endpoint, _)| endpoint.id == draft.id) {
        return Err(DeskError::Taken {
            what: "webhook",
            name: draft.id.to_string(),
        });
    }
    if known.len() >= ENDPOINTS_MAX {
        return Err(DeskError::bad(
            "webhook",
            format!("there are at most {ENDPOINTS_MAX} webhooks"),
        ));
    }
    let endpoint = Endpoint {
        id: draft.id,
        url: draft.url,
        events: draft.events,
        only: draft.only,
        groups: draft.groups,
        disabled: draft.disabled,
        enabled_at: None,
        added_by: by.to_owned(),
        added_at: at,
        changed_by: None,
        changed_at: None,
    };
    // What a process that served left while an endpoint of that name was removed.
    forget_queue(store, &endpoint.id).await?;
    let secrets = SigningSecrets::new()?;
    let key = keys::secrets(&endpoint.id);
    let sealed = vault.seal(&key, &secrets.to_text())?;
    let records = vec![
        keys::record(keys::endpoint(&endpoint.id), &endpoint),
        (key, Some(sealed)),
    ];
    let done = format!(
        "{by} added the webhook {} to {}",
        endpoint.id,
        place(&endpoint)
    );
    store.commit(noted(records, done, at)).await?;
    Ok(Added {
        endpoint,
        secret: secrets.newest(),
    })
}

/// Makes an endpoint what the draft says, durably. Switched on again, it goes on with what waited.
///
/// # Errors
/// There is none of that name, something given cannot be kept, or the store fails; nothing is changed then.
pub async fn change_endpoint(
    store: &dyn Store,
    draft: EndpointDraft,
    machine: ThisMachine,
    by: &str,
    at: DateTime<Utc>,
) -> Result<Endpoint, DeskError> {
    let draft = draft.checked(machine)?;
    let (old, _) = endpoint(store, &draft.id).await?;
    let switched_on = old.disabled && !draft.disabled;
    let changed = Endpoint {
        url: draft.url,
        events: draft.events,
        only: draft.only,
        groups: draft.groups,
        disabled: draft.disabled,
        enabled_at: if switched_on {
            Some(at)
        } else {
            old.enabled_at
        },
        changed_by: Some(by.to_owned()),
        changed_at: Some(at),
        ..old
    };
    let done = format!(
        "{by} changed the webhook {} to {}",
        changed.id,
        place(&changed)
    );
    let record = keys::record(keys::endpoint(&changed.id), &changed);
    store.commit(noted(vec![record], done, at)).await?;
    Ok(changed)
}

/// Switches an endpoint on again, durably, whoever had switched it off. A repeat changes only who and when.
///
/// # Errors
/// There is none of that name, or the store fails.
pub async fn enable_endpoint(
    store: &dyn Store,
    id: &EndpointId,
    by: &str,
    at: DateTime<Utc>,
) -> Result<Endpoint, DeskError> {
    let (old, _) = endpoint(store, id).await?;
    let changed = Endpoint {
        disabled: false,
        enabled_at: Some(at),
        changed_by: Some(by.to_owned()),
        changed_at: Some(at),
        ..old
    };
    let done = format!("{by} switched the webhook {id} on again");
    let record = keys::record(keys::endpoint(id), &changed);
    store.commit(noted(vec![record], done, at)).await?;
    Ok(changed)
}

/// Gives an endpoint a new secret, durably; the one before signs beside it for a day. A repeat makes another one, and
/// the one before the last then counts no more.
///
/// # Errors
/// There is none of that name, there is no key to seal with, or the store fails.
pub async fn rotate_secret(
    store: &dyn Store,
    vault: Option<&Arc<Vault>>,
    id: &EndpointId,
    by: &str,
    at: DateTime<Utc>,
) -> Result<ShownOnce, DeskError> {
    let vault = vault.ok_or(DeskError::NoKey)?;
    endpoint(store, id).await?;
    let key = keys::secrets(id);
    let old = vault.read(&key).await?;
    let old = old.as_ref().and_then(SigningSecrets::from_text);
    let secrets = match old {
        Some(old) => old.rotated(at)?,
        None => SigningSecrets::new()?,
    };
    let sealed = vault.seal(&key, &secrets.to_text())?;
    let done = format!("{by} gave the webhook {id} a new secret");
    store
        .commit(noted(vec![(key, Some(sealed))], done, at))
        .await?;
    Ok(secrets.newest())
}

/// Removes an endpoint with its secrets, its queue and its log, durably.
///
/// # Errors
/// There is none of that name, or the store fails; what was removed by then stays removed, and a repeat goes on.
pub async fn remove_endpoint(
    store: &dyn Store,
    id: &EndpointId,
    by: &str,
    at: DateTime<Utc>,
) -> Result<Endpoint, DeskError> {
    let (old, _) = endpoint(store, id).await?;
    forget_queue(store, id).await?;
    let records = vec![
        (keys::endpoint(id), None),
        (keys::secrets(id), None),
        (keys::standing(id), None),
    ];
    let done = format!("{by} removed the webhook {id}");
    store.commit(noted(records, done, at)).await?;
    // What was queued while the queue was emptied.
    forget_queue(store, id).await?;
    Ok(old)
}

/// Where an endpoint is, without what its address may keep secret.
fn place(endpoint: &Endpoint) -> String {
    endpoint.url.origin().ascii_serialization()
}

fn unknown(id: &EndpointId) -> DeskError {
    DeskError::Unknown {
        what: "webhook",
        name: id.to_string(),
    }
}
