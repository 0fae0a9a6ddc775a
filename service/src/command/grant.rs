//! How the access of a connection stands, from the store alone, and what somebody must do about it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tieout_core::document::ConnectionId;
use tieout_xero::auth::{AuthError, ConnectionRecord, GrantStatus};

use crate::config::ConnectionConfig;
use crate::exit::{Failure, chain, sentence};
use crate::office::Office;
use crate::output::counted;

/// How the access of a connection stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct GrantStanding {
    /// In one word.
    pub(crate) state: GrantState,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<DateTime<Utc>>,
    /// Why, as a fragment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// What to do, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
}

/// How the access of a connection stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GrantState {
    /// It works, as far as the last use shows.
    Live,
    /// A renewal is under way, or its reply was lost and it is tried again.
    Renewing,
    /// Somebody must connect again.
    Broken,
    /// The store holds no tokens for it, or those of another app.
    Missing,
    /// The stored tokens cannot be read.
    Unreadable,
}

impl GrantStanding {
    /// Whether it stays as it is until somebody does something.
    pub(crate) fn needs_somebody(&self) -> bool {
        match self.state {
            GrantState::Broken | GrantState::Missing => true,
            // Without the key nothing is known: a look at the status alone may well be without it.
            GrantState::Live | GrantState::Renewing | GrantState::Unreadable => false,
        }
    }

    /// What is to be told of it; `None` when nothing is.
    pub(crate) fn message(&self) -> Option<String> {
        let words = match self.state {
            GrantState::Live => return None,
            GrantState::Renewing => "the renewal of the access is tried again",
            GrantState::Broken => "the access does not work any more",
            GrantState::Missing => "the access is not there",
            GrantState::Unreadable => "whether the access works is not known",
        };
        let since = self
            .since
            .map(|since| format!(" since {}", since.format("%Y-%m-%d %H:%M:%S UTC")))
            .unwrap_or_default();
        let reason = self
            .reason
            .as_ref()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        Some(format!("{words}{since}{reason}"))
    }
}

/// Looks the access of a connection up in the store. Asks nobody and renews nothing.
pub(crate) async fn look(
    office: &mut Office,
    name: &ConnectionId,
    connection: &ConnectionConfig,
    record: &ConnectionRecord,
) -> Result<GrantStanding, Failure> {
    let config = office.loaded.config.clone();
    if config.secrets.key.is_none() {
        let reason = "the key that the tokens are sealed with is not at hand".to_owned();
        let remedy = "Give `secrets.key` to this command too, to see it.".to_owned();
        return Ok(standing(GrantState::Unreadable, None, reason, remedy));
    }
    let again = || format!("Run `tieout connect {name} --again`.");
    let desk = office.apps.app(&config, connection)?;
    Ok(match desk.keeper.status(&record.grant).await {
        Ok(GrantStatus::Live { .. }) => GrantStanding {
            state: GrantState::Live,
            since: None,
            reason: None,
            remedy: None,
        },
        Ok(GrantStatus::Refreshing { since, attempts }) => {
            let reason = format!(
                "{} without an answer so far",
                counted(attempts, "try", "tries")
            );
            let remedy = "Nothing: it is tried again by the next run.".to_owned();
            standing(GrantState::Renewing, Some(since), reason, remedy)
        }
        Ok(GrantStatus::Broken { since, reason }) => {
            standing(GrantState::Broken, Some(since), reason.to_string(), again())
        }
        Err(error @ AuthError::UnknownGrant(_)) => {
            standing(GrantState::Missing, None, chain(&error), again())
        }
        Err(error @ AuthError::OtherApp(_)) => {
            let remedy = sentence(error.advice());
            standing(GrantState::Missing, None, chain(&error), remedy)
        }
        Err(error) => {
            let remedy = sentence(error.advice());
            standing(GrantState::Unreadable, None, chain(&error), remedy)
        }
    })
}

fn standing(
    state: GrantState,
    since: Option<DateTime<Utc>>,
    reason: String,
    remedy: String,
) -> GrantStanding {
    GrantStanding {
        state,
        since,
        reason: Some(reason),
        remedy: Some(remedy),
    }
}
