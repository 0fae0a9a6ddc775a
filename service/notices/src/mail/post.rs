//! How what waits in the outbox is handed to the mail server, one recipient after the other.

use chrono::{DateTime, TimeDelta, Utc};
use tieout_core::clock::Clock;
use tieout_core::store::{ChangeSet, Store, StoreError};

use super::outbox::{MailKept, RecipientState, RelayStanding, relay};
use super::smtp::{MailFailure, Mailer, OutgoingMail};
use crate::keys;

/// Mails that are looked at in one step.
const MAILS_AT_ONCE: usize = 20;
/// How long after each time that a recipient was put off, in minutes; then every hour.
const AFTER_MIN: [i64; 6] = [1, 2, 5, 10, 20, 40];
/// For how long a mail is tried.
const TRIED_FOR: TimeDelta = TimeDelta::hours(48);
/// The longest rest of a mail server that fails.
const REST_MAX: TimeDelta = TimeDelta::minutes(10);
/// How much of what a server says is kept, in characters.
const SAID_CHARS_MAX: usize = 200;

/// Hands over what is due; when to come again, `None` when nothing waits.
///
/// Each recipient's outcome is committed before the next one is tried: a crash between the server's word and the commit
/// repeats one mail to one recipient, under the same Message-ID.
pub(crate) async fn post(
    store: &dyn Store,
    mailer: &dyn Mailer,
    clock: &dyn Clock,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let standing = relay(store).await?;
    if let Some(until) = standing.rests_until.filter(|until| *until > clock.now()) {
        return Ok(Some(until));
    }
    let waiting = store.records(keys::MAILS_DUE, MAILS_AT_ONCE).await?;
    let is_full = waiting.len() == MAILS_AT_ONCE;
    let mut round = Round {
        store,
        mailer,
        clock,
        standing,
    };
    for (key, _) in waiting {
        let Some((at, number)) = keys::place(&key) else {
            continue;
        };
        if at > clock.now().timestamp_millis() {
            return Ok(DateTime::from_timestamp_millis(at));
        }
        let mail: Option<MailKept> = keys::read(store, &keys::mail(number)).await?;
        let Some(mail) = mail else {
            round.commit(vec![(key, None)]).await?;
            continue;
        };
        if let Going::Stops(until) = round.hand_over(mail).await? {
            return Ok(Some(until));
        }
    }
    Ok(is_full.then(|| clock.now()))
}

enum Going {
    On,
    /// The server fails: nothing more before this time.
    Stops(DateTime<Utc>),
}

struct Round<'a> {
    store: &'a dyn Store,
    mailer: &'a dyn Mailer,
    clock: &'a dyn Clock,
    standing: RelayStanding,
}

impl Round<'_> {
    async fn hand_over(&mut self, mut mail: MailKept) -> Result<Going, StoreError> {
        for index in 0..mail.recipients.len() {
            let now = self.clock.now();
            let recipient = &mail.recipients[index];
            let (attempts, said) = match &recipient.state {
                RecipientState::Waiting {
                    attempts,
                    next_at,
                    said,
                } if *next_at <= now => (*attempts, said.clone()),
                RecipientState::Waiting { .. }
                | RecipientState::Sent { .. }
                | RecipientState::Refused { .. }
                | RecipientState::GivenUp { .. } => continue,
            };
            let before = mail.next_at();
            if now - mail.made_at > TRIED_FOR {
                let said = match said.is_empty() {
                    true => self.standing.said.clone(),
                    false => said,
                };
                mail.recipients[index].state = RecipientState::GivenUp { at: now, said };
                self.keep(&mail, before).await?;
                continue;
            }
            let outgoing = OutgoingMail::of(&mail, recipient, self.mailer.from());
            let sent = self.mailer.send(&outgoing).await;
            let at = self.clock.now();
            let state = match sent {
                Ok(()) => RecipientState::Sent { at },
                Err(MailFailure::Refused { code, said }) => {
                    tracing::warn!(group = %mail.group, code, "a member of a group gets no mail: refused for good");
                    RecipientState::Refused {
                        at,
                        code,
                        said: cut(&said),
                    }
                }
                Err(MailFailure::Later { said }) => RecipientState::Waiting {
                    attempts: attempts.saturating_add(1),
                    next_at: at + after(attempts),
                    said: cut(&said),
                },
                Err(MailFailure::Relay { said }) => {
                    return self.rest(&said, at).await.map(Going::Stops);
                }
            };
            mail.recipients[index].state = state;
            self.standing = RelayStanding {
                took_at: Some(at),
                ..RelayStanding::default()
            };
            self.keep(&mail, before).await?;
        }
        Ok(Going::On)
    }

    /// Commits how a mail stands, with its place in the queue.
    async fn keep(&self, mail: &MailKept, before: Option<DateTime<Utc>>) -> Result<(), StoreError> {
        let mut records = Vec::new();
        let now = mail.next_at();
        if before != now {
            records.extend(before.map(|at| (keys::mail_due(at, mail.number), None)));
            let due = now.map(|at| keys::mail_due(at, mail.number));
            records.extend(due.map(|key| keys::record(key, &mail.number)));
        }
        records.push(keys::record(keys::mail(mail.number), mail));
        records.push(keys::record(keys::relay(), &self.standing));
        self.commit(records).await
    }

    /// The server fails, whoever the mail is for: it rests, and nobody's tries are counted.
    async fn rest(&mut self, said: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, StoreError> {
        let failures = self.standing.failures.saturating_add(1);
        let doubled = 1_i32 << failures.saturating_sub(1).min(8);
        let until = now + (TimeDelta::seconds(15) * doubled).min(REST_MAX);
        let said = cut(said);
        tracing::warn!(said, failures, "the mail server takes no mail; tried again");
        self.standing = RelayStanding {
            took_at: self.standing.took_at,
            failing_since: self.standing.failing_since.or(Some(now)),
            failures,
            said,
            rests_until: Some(until),
        };
        let record = keys::record(keys::relay(), &self.standing);
        self.commit(vec![record]).await?;
        Ok(until)
    }

    async fn commit(&self, records: Vec<keys::Record>) -> Result<(), StoreError> {
        self.store
            .commit(ChangeSet {
                records,
                ..ChangeSet::default()
            })
            .await
    }
}

fn after(attempts: u32) -> TimeDelta {
    let index = usize::try_from(attempts).unwrap_or(usize::MAX);
    TimeDelta::minutes(AFTER_MIN.get(index).copied().unwrap_or(60))
}

fn cut(said: &str) -> String {
    let line: String = said
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    line.chars().take(SAID_CHARS_MAX).collect()
}
