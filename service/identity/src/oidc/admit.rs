//! Which person an account at the identity provider is, whether they come in, and with which role.

use super::claims::Claims;
use super::{OidcError, OidcRefusal};
use crate::audit::Act;
use crate::identity::Change;
use crate::people::{change_role, link_subject};
use crate::stored;
use crate::{
    Actor, Email, Identity, NewPerson, OidcConfig, Person, PersonId, Refusal, Role, RoleBy,
    SignInBy, SignedIn, Subject, Visitor,
};

/// An account that the provider vouches for.
pub(super) struct Account {
    subject: Subject,
    /// An address that counts: verified, or taken at its word.
    email: Option<Email>,
    /// Why there is none.
    no_email: OidcRefusal,
    name: String,
    /// What the rules come to.
    role: Option<Role>,
}

impl Account {
    /// What the claims of a checked token say under a configuration.
    pub(super) fn of(claims: &Claims, config: &OidcConfig) -> Self {
        let told = claims.email();
        let counts = config.unverified_email || claims.email_verified();
        let no_email = match &told {
            Some(email) => OidcRefusal::Unverified(email.clone()),
            None => OidcRefusal::NoEmail,
        };
        let email = told.filter(|_| counts);
        let groups = claims.groups(&config.roles.claim);
        let role = config.role_of(&groups, email.as_ref().map(Email::domain));
        Self {
            subject: Subject {
                issuer: config.issuer.clone(),
                subject: claims.subject().to_owned(),
            },
            email,
            no_email,
            name: fitting(claims.name()),
            role,
        }
    }
}

impl Identity {
    /// Lets an account in, if it is somebody here or becomes somebody by the rules.
    pub(super) async fn admit(
        &self,
        account: Account,
        visitor: &Visitor,
    ) -> Result<SignedIn, OidcError> {
        let mut alone = self.alone().await;
        let by = Actor::Provider {
            issuer: account.subject.issuer.clone(),
        };
        let mut change = Change::default();
        let mut person = self.person_of(&mut change, &account).await?;
        if person.disabled() {
            return Err(OidcRefusal::Person(Refusal::PersonDisabled).into());
        }
        match (person.role_by, account.role) {
            (RoleBy::Rules, Some(role)) if role != person.role => {
                change_role(&mut change, &mut person, role);
            }
            (RoleBy::Rules, None) => {
                // What let them in does not any more: nor do sessions that are open elsewhere.
                let mut change = Change::default();
                let count = self.drop_sessions(&mut change, person.id).await?;
                if count > 0 {
                    let person = person.id;
                    change.act(Act::SessionsEnded { person, count });
                }
                self.commit(&mut alone, &by, change).await?;
                return Err(OidcRefusal::NoRole(person.email).into());
            }
            (RoleBy::Rules, Some(_)) | (RoleBy::Hand, _) => {}
        }
        let signed_in = self
            .open_session(&mut change, &mut person, SignInBy::Oidc, visitor)
            .await?;
        self.commit(&mut alone, &by, change).await?;
        Ok(signed_in)
    }

    /// The person of an account: the one it is linked to, whatever addresses became of; else the one with its address,
    /// who is linked from now on; else a new one, where a rule says so.
    async fn person_of(&self, change: &mut Change, account: &Account) -> Result<Person, OidcError> {
        let subject = &account.subject;
        let linked: Option<PersonId> =
            stored::read(self.store.as_ref(), &stored::subject(subject)).await?;
        if let Some(id) = linked {
            return Ok(self.known(id).await?);
        }
        let email = account
            .email
            .clone()
            .ok_or_else(|| account.no_email.clone())?;
        let Some(mut person) = self.person_with(&email).await? else {
            let role = account
                .role
                .ok_or_else(|| OidcRefusal::NotInvited(email.clone()))?;
            let new = NewPerson {
                email,
                name: account.name.clone(),
                role,
            };
            let person = self
                .new_person(change, new, RoleBy::Rules, Some(subject.clone()))
                .await?;
            return Ok(person);
        };
        // An address that was given to somebody else at the provider must not open the old person's account here.
        if person.subject_at(&subject.issuer).is_some() {
            return Err(OidcRefusal::OtherAccount(email).into());
        }
        if !person.disabled() {
            link_subject(change, &mut person, subject.clone());
        }
        Ok(person)
    }
}

/// A name from outside, without what no page can show.
fn fitting(name: &str) -> String {
    let printable = name.chars().filter(|c| !c.is_control());
    printable.take(100).collect::<String>().trim().to_owned()
}
