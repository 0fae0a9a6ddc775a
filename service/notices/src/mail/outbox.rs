//! What mail waits, went, or was refused: each a record, made in the commit that decided on it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::store::{Store, StoreError};

use crate::circle::{Circle, Cursor};
use crate::keys;
use crate::letters::Letter;
use crate::people::{EmailAddress, Group, GroupId};

/// Mails that are remembered; the oldest goes first.
const MAILS_KEPT: u64 = 500;

/// Why a mail was made.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MailSort {
    /// Something happened.
    Periodic,
    /// The day is over.
    Daily,
    /// Something needs somebody.
    NeedsSomebody,
    /// The access to an organisation lapses soon.
    GrantExpiring,
}

impl MailSort {
    /// The word in output and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Periodic => "periodic",
            Self::Daily => "daily",
            Self::NeedsSomebody => "needs_somebody",
            Self::GrantExpiring => "grant_expiring",
        }
    }
}

/// A mail as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailKept {
    /// Its number; later ones have higher ones.
    pub number: u64,
    /// Whom it is for.
    pub group: GroupId,
    /// What people call the group.
    pub group_name: String,
    /// Why it was made.
    pub sort: MailSort,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The same for a browser.
    pub html: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// How it stands with each member that the group had then.
    pub recipients: Vec<Recipient>,
}

/// One recipient of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recipient {
    /// The person's name; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where it goes.
    pub email: EmailAddress,
    /// How it stands.
    pub state: RecipientState,
}

/// How it stands with one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecipientState {
    /// It is to leave.
    Waiting {
        /// Tries that this recipient's server put off.
        attempts: u32,
        /// Not before this time.
        next_at: DateTime<Utc>,
        /// What was said at the last try.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        said: String,
    },
    /// The server took it.
    Sent {
        /// When.
        at: DateTime<Utc>,
    },
    /// The server refused it for good.
    Refused {
        /// When.
        at: DateTime<Utc>,
        /// With which code.
        code: u16,
        /// In which words.
        said: String,
    },
    /// It was tried for two days.
    GivenUp {
        /// When.
        at: DateTime<Utc>,
        /// What was said at the last try.
        said: String,
    },
}

/// How it stands with the mail server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RelayStanding {
    /// When it last took a mail.
    pub took_at: Option<DateTime<Utc>>,
    /// Since when no mail can be handed over.
    pub failing_since: Option<DateTime<Utc>>,
    /// How often in a row.
    pub failures: u32,
    /// Why, in its words or ours.
    pub said: String,
    /// Not tried before this time.
    pub rests_until: Option<DateTime<Utc>>,
}

impl MailKept {
    /// When it is next to be tried; `None` when nobody waits for it any more.
    #[must_use]
    pub fn next_at(&self) -> Option<DateTime<Utc>> {
        let waiting = self.recipients.iter().filter_map(|it| match &it.state {
            RecipientState::Waiting { next_at, .. } => Some(*next_at),
            RecipientState::Sent { .. }
            | RecipientState::Refused { .. }
            | RecipientState::GivenUp { .. } => None,
        });
        waiting.min()
    }

    /// Whether the mail server was told of nobody yet: it has not been reached since.
    pub(crate) fn is_stuck(&self) -> bool {
        self.recipients.iter().all(|it| match &it.state {
            RecipientState::Waiting { attempts, .. } => *attempts == 0,
            RecipientState::Sent { .. }
            | RecipientState::Refused { .. }
            | RecipientState::GivenUp { .. } => false,
        })
    }
}

/// Mails before a number, or the newest, the newest first; at most `limit` of the last 500.
///
/// # Errors
/// The store fails.
pub async fn mails(
    store: &dyn Store,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<MailKept>, StoreError> {
    let cursor: Option<Cursor> = keys::read(store, &keys::cursor()).await?;
    let end = cursor.unwrap_or_default().next_mail;
    let mut number = before.unwrap_or(end).min(end);
    let mut found = Vec::new();
    while number > end.saturating_sub(MAILS_KEPT) && found.len() < limit {
        number -= 1;
        found.extend(keys::read::<MailKept>(store, &keys::mail(number)).await?);
    }
    Ok(found)
}

/// How it stands with the mail server.
///
/// # Errors
/// The store fails.
pub async fn relay(store: &dyn Store) -> Result<RelayStanding, StoreError> {
    Ok(keys::read(store, &keys::relay()).await?.unwrap_or_default())
}

/// Adds a mail for a group to what the circle commits next, and lets the oldest one go. Gives its number.
pub(crate) async fn queue(
    store: &dyn Store,
    circle: &mut Circle,
    group: &Group,
    sort: MailSort,
    letter: &Letter,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let cursor = circle.cursor.get_or_insert_default();
    let number = cursor.next_mail;
    cursor.next_mail += 1;
    let recipients = group.members.iter().map(|member| Recipient {
        name: member.name.clone(),
        email: member.email.clone(),
        state: RecipientState::Waiting {
            attempts: 0,
            next_at: now,
            said: String::new(),
        },
    });
    let mail = MailKept {
        number,
        group: group.id.clone(),
        group_name: group.name.clone(),
        sort,
        subject: letter.subject.clone(),
        text: letter.text(&group.name),
        html: letter.html(&group.name),
        made_at: now,
        recipients: recipients.collect(),
    };
    circle.records.push(keys::record(keys::mail(number), &mail));
    circle
        .records
        .push(keys::record(keys::mail_due(now, number), &number));
    if let Some(old) = number.checked_sub(MAILS_KEPT) {
        let kept: Option<MailKept> = keys::read(store, &keys::mail(old)).await?;
        let due = kept.and_then(|mail| mail.next_at());
        circle
            .records
            .extend(due.map(|at| (keys::mail_due(at, old), None)));
        circle.records.push((keys::mail(old), None));
    }
    Ok(number)
}
