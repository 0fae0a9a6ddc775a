//! Sign-in links: how one is made for a person, and that it opens one session, once, within a quarter of an hour.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::audit::Act;
use crate::identity::Change;
use crate::secret::{Purpose, Secret};
use crate::stored::{self, LINKS};
use crate::{
    Actor, Error, Fault, Identity, Person, PersonId, Refusal, SignInBy, SignedIn, Visitor,
};

/// How long a link can be followed.
const LINK_LIFE: TimeDelta = TimeDelta::minutes(15);

/// For how long it is known that a link was used or is too old, so that whoever follows it is told.
const LINK_REMEMBERED: TimeDelta = TimeDelta::days(1);

/// A link as it is stored, under the mark of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StoredLink {
    person: PersonId,
    expires_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used_at: Option<DateTime<Utc>>,
}

/// A link that was just made. Its token is nowhere else.
#[derive(Clone)]
pub struct SignInLink {
    /// The secret in it.
    pub token: SecretString,
    /// Whom it lets in.
    pub person: Person,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl SignInLink {
    /// The path below the public address, before the token.
    pub const PATH: &str = "sign-in/link/";

    /// The address to open, below the public address of the service.
    #[must_use]
    pub fn address(&self, public_url: &Url) -> String {
        let base = public_url.as_str().trim_end_matches('/');
        format!("{base}/{}{}", Self::PATH, self.token.expose_secret())
    }
}

impl fmt::Debug for SignInLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInLink")
            .field("person", &self.person.id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// Makes a link with which a person can sign in once, within 15 minutes. Older ones of theirs open nothing any more.
    ///
    /// # Errors
    /// [`Refusal::PersonUnknown`], [`Refusal::PersonDisabled`], or a fault. A repeat makes another one.
    pub async fn make_link(&self, by: &Actor, person: PersonId) -> Result<SignInLink, Error> {
        let mut alone = self.alone().await;
        let person = self.known(person).await?;
        if person.disabled() {
            return Err(Refusal::PersonDisabled.into());
        }
        let secret = Secret::random()?;
        let expires_at = self.now() + LINK_LIFE;
        let mut change = Change::default();
        self.drop_links(&mut change, person.id).await?;
        let link = StoredLink {
            person: person.id,
            expires_at,
            used_at: None,
        };
        change.set(stored::link(&secret.mark(Purpose::Link)), &link);
        change.act(Act::LinkMade {
            person: person.id,
            email: person.email.clone(),
            expires_at,
        });
        self.commit(&mut alone, by, change).await?;
        Ok(SignInLink {
            token: secret.to_text(),
            person,
            expires_at,
        })
    }

    /// Whom a link would let in, without using it: for the page that asks whether to. Programs that open links in
    /// mails to look for harm must not use them up.
    ///
    /// # Errors
    /// As [`Identity::follow_link`].
    pub async fn look_at_link(&self, token: &str) -> Result<Person, Error> {
        let (_, _, person) = self.open_link(token).await?;
        Ok(person)
    }

    /// Signs in by a link, which opens nothing afterwards.
    ///
    /// # Errors
    /// [`Refusal::LinkUnknown`], [`Refusal::LinkUsed`], [`Refusal::LinkExpired`], [`Refusal::PersonDisabled`], or a
    /// fault, after which the link can be followed again unless the store did keep the change.
    pub async fn follow_link(&self, token: &str, visitor: &Visitor) -> Result<SignedIn, Error> {
        let mut alone = self.alone().await;
        let (mark, mut link, mut person) = self.open_link(token).await?;
        link.used_at = Some(self.now());
        let mut change = Change::default();
        change.set(stored::link(&mark), &link);
        let signed_in = self
            .open_session(&mut change, &mut person, SignInBy::Link, visitor)
            .await?;
        self.commit(&mut alone, &person.actor(), change).await?;
        Ok(signed_in)
    }

    async fn open_link(&self, token: &str) -> Result<(String, StoredLink, Person), Error> {
        let secret = Secret::parse(token).ok_or(Refusal::LinkUnknown)?;
        let mark = secret.mark(Purpose::Link);
        let link: Option<StoredLink> =
            stored::read(self.store.as_ref(), &stored::link(&mark)).await?;
        let link = link.ok_or(Refusal::LinkUnknown)?;
        if link.used_at.is_some() {
            return Err(Refusal::LinkUsed.into());
        }
        if link.expires_at <= self.now() {
            return Err(Refusal::LinkExpired.into());
        }
        let person = self.known(link.person).await?;
        if person.disabled() {
            return Err(Refusal::PersonDisabled.into());
        }
        Ok((mark, link, person))
    }

    /// Removes the links of a person that were not used, and everybody's that are too old to be told of.
    pub(crate) async fn drop_links(
        &self,
        change: &mut Change,
        person: PersonId,
    ) -> Result<(), Fault> {
        let now = self.now();
        let links = stored::read_readable::<StoredLink>(self.store.as_ref(), LINKS).await?;
        for (key, link) in links {
            let open = link.person == person && link.used_at.is_none();
            if open || link.expires_at + LINK_REMEMBERED <= now {
                change.remove(key);
            }
        }
        Ok(())
    }
}
