//! Sessions: how one is opened, recognised, kept alive and ended, and what a form must carry to belong to it.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::audit::Act;
use crate::identity::Change;
use crate::secret::{Purpose, Secret, same};
use crate::stored::{self, SESSIONS};
use crate::{Actor, Caller, Error, Fault, Identity, Lifetimes, Person, PersonId, Refusal};

/// How often at most a session that is used is written.
const TOUCHED_EVERY: TimeDelta = TimeDelta::minutes(5);

/// Sessions of one person; the oldest end when there are more.
const SESSIONS_EACH_MAX: usize = 20;

/// Longest description of a browser, in characters.
const AGENT_CHARS_MAX: usize = 200;

/// A session as it is stored, under the mark of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StoredSession {
    person: PersonId,
    how: SignInBy,
    created_at: DateTime<Utc>,
    /// Behind the truth by up to [`TOUCHED_EVERY`].
    seen_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    agent: String,
}

/// A session, without what opens it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(String);

impl SessionId {
    /// The text: 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for SessionId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// How somebody signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInBy {
    /// By a one-time link.
    Link,
    /// By the identity provider.
    Oidc,
}

impl fmt::Display for SignInBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link => "link",
            Self::Oidc => "identity provider",
        })
    }
}

/// What the browser of whoever signs in told by itself.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The cookie of an earlier session in this browser: that one ends.
    pub former: Option<String>,
    /// Its `User-Agent`, for the list of sessions.
    pub agent: Option<String>,
}

/// A session that was just opened.
pub struct SignedIn {
    /// The value of its cookie. It is nowhere else.
    pub cookie: SecretString,
    /// The session.
    pub session: Session,
}

/// A session that is open, with its person as they are at this moment.
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub person: Person,
    /// How they signed in.
    pub how: SignInBy,
    /// When they did.
    pub created_at: DateTime<Utc>,
    /// When it ends at the latest if it is not used again.
    pub expires_at: DateTime<Utc>,
    form_token: SecretString,
}

/// A line of the list of sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionLine {
    /// Which.
    pub id: SessionId,
    /// How they signed in.
    pub how: SignInBy,
    /// When they did.
    pub created_at: DateTime<Utc>,
    /// When it was used last, up to five minutes behind.
    pub seen_at: DateTime<Utc>,
    /// What the browser called itself.
    pub agent: String,
}

impl Session {
    /// The person as one who asks.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller::new(self.person.actor(), self.person.role.scopes())
    }

    /// What each form of this session carries, and no page of another origin knows.
    #[must_use]
    pub fn csrf_token(&self) -> &str {
        self.form_token.expose_secret()
    }

    /// That a form carries it.
    ///
    /// # Errors
    /// [`Refusal::FormForeign`] when it does not.
    pub fn check_form(&self, token: &str) -> Result<(), Refusal> {
        match same(token, self.form_token.expose_secret()) {
            true => Ok(()),
            false => Err(Refusal::FormForeign),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("person", &self.person.id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.session.fmt(f)
    }
}

impl Identity {
    /// The session of a cookie. Writes nothing but, every five minutes at most, that it is used.
    ///
    /// # Errors
    /// [`Refusal::SessionUnknown`], [`Refusal::SessionExpired`], [`Refusal::PersonDisabled`], or a fault.
    pub async fn session(&self, cookie: &str) -> Result<Session, Error> {
        let secret = Secret::parse(cookie).ok_or(Refusal::SessionUnknown)?;
        let mark = secret.mark(Purpose::Session);
        let stored: Option<StoredSession> =
            stored::read(self.store.as_ref(), &stored::session(&mark)).await?;
        let stored = stored.ok_or(Refusal::SessionUnknown)?;
        let now = self.now();
        if self.end_of(&stored) <= now {
            return Err(Refusal::SessionExpired.into());
        }
        let person = self.person(stored.person).await?;
        let person = person.ok_or(Refusal::SessionUnknown)?;
        if person.disabled() {
            return Err(Refusal::PersonDisabled.into());
        }
        if now - stored.seen_at >= TOUCHED_EVERY {
            self.touch(&mark, now).await;
        }
        let used = StoredSession {
            seen_at: now,
            ..stored
        };
        Ok(self.shown(&secret, mark, &used, person))
    }

    /// Signs out: the session of a cookie ends. One that is not there is no error.
    ///
    /// # Errors
    /// A fault of the store: the session is then still open.
    pub async fn sign_out(&self, cookie: &str) -> Result<(), Error> {
        let Some(secret) = Secret::parse(cookie) else {
            return Ok(());
        };
        let mut alone = self.alone().await;
        let key = stored::session(&secret.mark(Purpose::Session));
        let stored: Option<StoredSession> = stored::read(self.store.as_ref(), &key).await?;
        let Some(stored) = stored else {
            return Ok(());
        };
        let person = self.known(stored.person).await?;
        let mut change = Change::default();
        change.remove(key);
        change.act(Act::SignedOut { person: person.id });
        self.commit(&mut alone, &person.actor(), change).await
    }

    /// The open sessions of a person, the newest first.
    ///
    /// # Errors
    /// When the store fails or a record cannot be read.
    pub async fn sessions(&self, person: PersonId) -> Result<Vec<SessionLine>, Fault> {
        let (now, all) = (self.now(), self.stored_sessions().await?);
        let mut lines: Vec<SessionLine> = all
            .into_iter()
            .filter(|(_, stored)| stored.person == person && self.end_of(stored) > now)
            .map(|(mark, stored)| SessionLine {
                id: SessionId(mark),
                how: stored.how,
                created_at: stored.created_at,
                seen_at: stored.seen_at,
                agent: stored.agent,
            })
            .collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.created_at));
        Ok(lines)
    }

    /// Ends one session of a person. One that is not there, or is somebody else's, is left alone.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn end_session(
        &self,
        by: &Actor,
        person: PersonId,
        id: &SessionId,
    ) -> Result<(), Error> {
        let mut alone = self.alone().await;
        let key = stored::session(id.as_str());
        let stored: Option<StoredSession> = stored::read(self.store.as_ref(), &key).await?;
        if stored.is_none_or(|it| it.person != person) {
            return Ok(());
        }
        let mut change = Change::default();
        change.remove(key);
        change.act(Act::SessionsEnded { person, count: 1 });
        self.commit(&mut alone, by, change).await
    }

    /// Ends every session of a person, and tells how many there were.
    ///
    /// # Errors
    /// A fault of the store: none is ended then.
    pub async fn end_sessions(&self, by: &Actor, person: PersonId) -> Result<usize, Error> {
        let mut alone = self.alone().await;
        let mut change = Change::default();
        let count = self.drop_sessions(&mut change, person).await?;
        if count > 0 {
            change.act(Act::SessionsEnded { person, count });
        }
        self.commit(&mut alone, by, change).await?;
        Ok(count)
    }

    /// Opens a session within a change: under a new secret, and in place of the browser's former one.
    pub(crate) async fn open_session(
        &self,
        change: &mut Change,
        person: &mut Person,
        how: SignInBy,
        visitor: &Visitor,
    ) -> Result<SignedIn, Error> {
        let now = self.now();
        self.clear_sessions(change, person.id, visitor).await?;
        let secret = Secret::random()?;
        let stored = StoredSession {
            person: person.id,
            how,
            created_at: now,
            seen_at: now,
            agent: printable(visitor.agent.as_deref().unwrap_or_default()),
        };
        let mark = secret.mark(Purpose::Session);
        change.set(stored::session(&mark), &stored);
        person.signed_in_at = Some(now);
        change.put_person(person);
        let act = Act::SignedIn {
            person: person.id,
            email: person.email.clone(),
            how,
        };
        change.act_of(person.actor(), act);
        Ok(SignedIn {
            cookie: secret.to_text(),
            session: self.shown(&secret, mark, &stored, person.clone()),
        })
    }

    /// Removes every session of a person within a change, and tells how many there are.
    pub(crate) async fn drop_sessions(
        &self,
        change: &mut Change,
        person: PersonId,
    ) -> Result<usize, Fault> {
        let all = self.stored_sessions().await?;
        let theirs = all.into_iter().filter(|(_, it)| it.person == person);
        let marks: Vec<String> = theirs.map(|(mark, _)| mark).collect();
        for mark in &marks {
            change.remove(stored::session(mark));
        }
        Ok(marks.len())
    }

    /// Makes room for a new session: the browser's former one goes, everybody's that expired, and the person's oldest.
    async fn clear_sessions(
        &self,
        change: &mut Change,
        person: PersonId,
        visitor: &Visitor,
    ) -> Result<(), Fault> {
        let former = visitor.former.as_deref().and_then(Secret::parse);
        let former = former.map(|secret| secret.mark(Purpose::Session));
        let now = self.now();
        let mut theirs = Vec::new();
        for (mark, stored) in self.stored_sessions().await? {
            if former.as_ref() == Some(&mark) || self.end_of(&stored) <= now {
                change.remove(stored::session(&mark));
            } else if stored.person == person {
                theirs.push((stored.created_at, mark));
            }
        }
        theirs.sort();
        let too_many = (theirs.len() + 1).saturating_sub(SESSIONS_EACH_MAX);
        for (_, mark) in theirs.into_iter().take(too_many) {
            change.remove(stored::session(&mark));
        }
        Ok(())
    }

    async fn stored_sessions(&self) -> Result<Vec<(String, StoredSession)>, Fault> {
        let found = stored::read_readable(self.store.as_ref(), SESSIONS).await?;
        let mark = |name: &str| name.trim_start_matches(SESSIONS).to_owned();
        Ok(found
            .into_iter()
            .map(|(key, stored)| (mark(key.as_str()), stored))
            .collect())
    }

    /// Writes that a session is used. One that ended in the meantime stays ended.
    async fn touch(&self, mark: &str, now: DateTime<Utc>) {
        let mut alone = self.alone().await;
        let key = stored::session(mark);
        let written = async {
            let stored: Option<StoredSession> = stored::read(self.store.as_ref(), &key).await?;
            let Some(stored) = stored.filter(|it| now - it.seen_at >= TOUCHED_EVERY) else {
                return Ok(());
            };
            let mut change = Change::default();
            let used = StoredSession {
                seen_at: now,
                ..stored
            };
            change.set(key.clone(), &used);
            // No line in the audit, so it does not matter who.
            self.commit(&mut alone, &Actor::command_line(""), change)
                .await
        };
        // Whoever only reads a page must not be turned away because the disk is full.
        if let Err(error) = written.await {
            tracing::warn!(%error, "that a session is used could not be written");
        }
    }

    fn end_of(&self, stored: &StoredSession) -> DateTime<Utc> {
        let Lifetimes { idle, absolute } = self.lifetimes;
        let after = |from: DateTime<Utc>, time| from.checked_add_signed(time);
        let ends = [
            after(stored.seen_at, idle),
            after(stored.created_at, absolute),
        ];
        ends.into_iter()
            .flatten()
            .min()
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    fn shown(
        &self,
        secret: &Secret,
        mark: String,
        stored: &StoredSession,
        person: Person,
    ) -> Session {
        Session {
            id: SessionId(mark),
            person,
            how: stored.how,
            created_at: stored.created_at,
            expires_at: self.end_of(stored),
            form_token: secret.derive("tieout form token 1"),
        }
    }
}

fn printable(agent: &str) -> String {
    let printable = agent.chars().filter(|c| !c.is_control());
    printable.take(AGENT_CHARS_MAX).collect()
}
