//! What is done between two shifts of the program, while nothing is read or sent: what is connected changes under nobody's hands.

use chrono::{DateTime, Utc};
use tieout_core::document::ConnectionId;
use uuid::Uuid;

use super::{Outcome, PendingGrant};
use crate::command::{disconnect, forget_unused, remember};
use crate::exit::Failure;
use crate::office::Office;

/// Something that somebody wants done before the program begins anew.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// By which its outcome is found.
    pub(crate) id: String,
    /// Who wishes it.
    pub(crate) by: String,
    /// Where that person goes on, as a path of this server.
    pub(crate) then: String,
    /// What is wished.
    pub(crate) deed: Deed,
}

/// What can be done between two shifts.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// The configuration is taken on as it is now.
    TakeOn {
        /// What is said when that was done: a sentence.
        words: String,
    },
    /// The grant that waits for a connection is kept, with this organisation.
    Keep {
        /// The connection.
        connection: ConnectionId,
        /// The organisation; the only one where none is named.
        organisation: Option<Uuid>,
    },
    /// A connection ends at Xero, and is forgotten here.
    Disconnect {
        /// The connection.
        connection: ConnectionId,
    },
}

impl Wish {
    /// A wish under a name that nobody guesses.
    pub(crate) fn new(deed: Deed, by: &str, then: impl Into<String>) -> Self {
        Self {
            id: Uuid::new_v4().simple().to_string(),
            by: by.to_owned(),
            then: then.into(),
            deed,
        }
    }
}

/// Fulfils wishes in their order, and writes down what became of each. `taken` is what became of the configuration.
pub(crate) async fn fulfil(office: &mut Office, wishes: Vec<Wish>, taken: Result<(), Failure>) {
    let refused = taken.err();
    for wish in wishes {
        let done = match (&wish.deed, &refused) {
            (Deed::TakeOn { .. }, Some(failure)) => Err(not_taken(failure)),
            (Deed::TakeOn { words }, None) => Ok(words.clone()),
            (
                Deed::Keep {
                    connection,
                    organisation,
                },
                _,
            ) => keep(office, connection, *organisation).await,
            (Deed::Disconnect { connection }, _) => end(office, connection).await,
        };
        let now: DateTime<Utc> = office.clock.now();
        let outcome = match done {
            Ok(words) => {
                tracing::info!(by = wish.by, outcome = words, "done before beginning anew");
                Outcome::done(words, &wish.by, &wish.then, now)
            }
            Err(failure) => {
                tracing::warn!(
                    by = wish.by,
                    error = failure.message,
                    "not done before beginning anew"
                );
                Outcome::failed(&failure, &wish.by, &wish.then, now)
            }
        };
        if let Err(error) = outcome.keep(office.store.as_ref(), &wish.id).await {
            tracing::error!(%error, "what was done cannot be told to whoever waits for it");
        }
    }
}

/// Writes down the connection that a consent opened.
async fn keep(
    office: &mut Office,
    name: &ConnectionId,
    organisation: Option<Uuid>,
) -> Result<String, Failure> {
    let store = office.port();
    let pending = PendingGrant::read(store.as_ref(), name).await?;
    let pending = pending.ok_or_else(|| {
        Failure::new(format!("no consent waits for {name}")).advise("Begin the consent again.")
    })?;
    let config = office.loaded.config.clone();
    let connection = config.connections.get(name).ok_or_else(|| {
        Failure::config(format!(
            "there is no connection `{name}` in the configuration any more"
        ))
    })?;
    let desk = office.apps.app(&config, connection)?;
    let chosen = organisation.map(|id| id.to_string());
    let remembered = remember(
        office,
        &desk,
        name,
        pending.grant.clone(),
        chosen.as_deref(),
    )
    .await;
    PendingGrant::end(store.as_ref(), name).await?;
    match remembered {
        Ok(record) => {
            let by = record
                .by
                .map(|by| format!(", allowed by {by}"))
                .unwrap_or_default();
            Ok(format!(
                "{name} is connected to {}{by}.",
                record.tenant_name
            ))
        }
        Err(failure) => {
            // Tokens that no connection uses would lie in the store for ever.
            forget_unused(office, &desk, &pending.grant).await?;
            Err(failure)
        }
    }
}

async fn end(office: &mut Office, name: &ConnectionId) -> Result<String, Failure> {
    let ended = disconnect(office, name.as_str()).await?;
    let organisation = &ended.record.tenant_name;
    Ok(match ended.at_xero {
        true => format!("{name} is disconnected from {organisation}, at Xero too."),
        false => format!(
            "{name} is disconnected from {organisation}. The access was gone already: if the organisation still lists \
             the app under its connected apps, remove it there."
        ),
    })
}

/// The configuration cannot be used, and the program goes on with the one before.
fn not_taken(failure: &Failure) -> Failure {
    let told = Failure::config(format!(
        "the changed configuration cannot be used, and the program goes on with the one before: {}",
        failure.message
    ));
    match &failure.advice {
        Some(advice) => told.advise(advice.clone()),
        None => told,
    }
}
