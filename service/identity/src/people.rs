//! Who may sign in: how people are listed, added, changed, turned away and let in again.

use crate::audit::Act;
use crate::identity::Change;
use crate::stored::{self, PEOPLE};
use crate::{
    Actor, Email, Error, Fault, Identity, NewPerson, Person, PersonId, Refusal, Role, RoleBy,
    Subject,
};

/// People that one store may know.
const PEOPLE_MAX: usize = 10_000;

/// Longest name of a person or a key, in characters.
const NAME_CHARS_MAX: usize = 100;

/// What to change about a person. What is absent stays.
#[derive(Clone, Debug, Default)]
pub struct PersonChange {
    /// Another address; must be nobody else's.
    pub email: Option<Email>,
    /// Another name.
    pub name: Option<String>,
    /// Another role. It is then decided by hand: an identity provider does not change it any more.
    pub role: Option<Role>,
}

impl Identity {
    /// Everybody, by address; those who may not sign in too.
    ///
    /// # Errors
    /// When the store fails or a record cannot be read.
    pub async fn people(&self) -> Result<Vec<Person>, Fault> {
        let found = stored::read_all(self.store.as_ref(), PEOPLE).await?;
        let mut people: Vec<Person> = found.into_iter().map(|(_, person)| person).collect();
        people.sort_by(|left, right| left.email.cmp(&right.email));
        Ok(people)
    }

    /// A person as they are now.
    ///
    /// # Errors
    /// When the store fails or the record cannot be read.
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>, Fault> {
        stored::read(self.store.as_ref(), &stored::person(id)).await
    }

    /// Whose address this is now.
    ///
    /// # Errors
    /// When the store fails or a record cannot be read.
    pub async fn person_with(&self, email: &Email) -> Result<Option<Person>, Fault> {
        let id: Option<PersonId> = stored::read(self.store.as_ref(), &stored::email(email)).await?;
        match id {
            Some(id) => self.person(id).await,
            None => Ok(None),
        }
    }

    /// Adds a person, who can sign in by a link or by the identity provider from now on.
    ///
    /// # Errors
    /// [`Refusal::EmailTaken`], [`Refusal::NameUnfit`], [`Refusal::TooMany`], or a fault. A repeat is refused.
    pub async fn add_person(&self, by: &Actor, new: NewPerson) -> Result<Person, Error> {
        let mut alone = self.alone().await;
        let mut change = Change::default();
        let person = self
            .new_person(&mut change, new, RoleBy::Hand, None)
            .await?;
        self.commit(&mut alone, by, change).await?;
        Ok(person)
    }

    /// Changes a person. A change of the role takes effect at once, in open sessions too.
    ///
    /// # Errors
    /// [`Refusal::PersonUnknown`], [`Refusal::EmailTaken`], [`Refusal::NameUnfit`], [`Refusal::LastAdmin`], or a
    /// fault. A repeat changes nothing.
    pub async fn change_person(
        &self,
        by: &Actor,
        id: PersonId,
        wanted: PersonChange,
    ) -> Result<Person, Error> {
        let mut alone = self.alone().await;
        let before = self.known(id).await?;
        let mut person = before.clone();
        let mut change = Change::default();
        if let Some(email) = wanted.email.filter(|email| *email != before.email) {
            self.free(&email).await?;
            change.remove(stored::email(&before.email));
            change.set(stored::email(&email), &id);
            change.act(Act::EmailChanged {
                person: id,
                from: before.email.clone(),
                to: email.clone(),
            });
            person.email = email;
        }
        if let Some(name) = wanted.name {
            person.name = fit_name(&name)?;
            if person.name != before.name {
                change.act(Act::Renamed {
                    person: id,
                    email: person.email.clone(),
                });
            }
        }
        if let Some(role) = wanted.role {
            person.role_by = RoleBy::Hand;
            if role != before.role {
                self.leaves_an_admin(&before, role).await?;
                change_role(&mut change, &mut person, role);
            }
        }
        if person != before {
            change.put_person(&person);
        }
        self.commit(&mut alone, by, change).await?;
        Ok(person)
    }

    /// Turns a person away: every session and link of theirs ends in the same moment.
    ///
    /// # Errors
    /// [`Refusal::PersonUnknown`], [`Refusal::LastAdmin`], or a fault. A repeat changes nothing.
    pub async fn disable_person(&self, by: &Actor, id: PersonId) -> Result<Person, Error> {
        let mut alone = self.alone().await;
        let mut person = self.known(id).await?;
        if person.disabled() {
            return Ok(person);
        }
        self.leaves_an_admin(&person, Role::Viewer).await?;
        let mut change = Change::default();
        self.drop_sessions(&mut change, id).await?;
        self.drop_links(&mut change, id).await?;
        person.disabled_at = Some(self.now());
        change.put_person(&person);
        change.act(Act::PersonDisabled {
            person: id,
            email: person.email.clone(),
        });
        self.commit(&mut alone, by, change).await?;
        Ok(person)
    }

    /// Lets a person sign in again.
    ///
    /// # Errors
    /// [`Refusal::PersonUnknown`], or a fault. A repeat changes nothing.
    pub async fn enable_person(&self, by: &Actor, id: PersonId) -> Result<Person, Error> {
        let mut alone = self.alone().await;
        let mut person = self.known(id).await?;
        if person.disabled_at.take().is_none() {
            return Ok(person);
        }
        let mut change = Change::default();
        change.put_person(&person);
        change.act(Act::PersonEnabled {
            person: id,
            email: person.email.clone(),
        });
        self.commit(&mut alone, by, change).await?;
        Ok(person)
    }

    /// Forgets whom identity providers know a person as: the next account with their verified address is linked
    /// anew. For whoever was moved to another account.
    ///
    /// # Errors
    /// [`Refusal::PersonUnknown`], or a fault. A repeat changes nothing.
    pub async fn unlink_person(&self, by: &Actor, id: PersonId) -> Result<Person, Error> {
        let mut alone = self.alone().await;
        let mut person = self.known(id).await?;
        let subjects = std::mem::take(&mut person.subjects);
        if subjects.is_empty() {
            return Ok(person);
        }
        let mut change = Change::default();
        for subject in &subjects {
            change.remove(stored::subject(subject));
        }
        // Who came in by the account that is let go must come in anew.
        self.drop_sessions(&mut change, id).await?;
        change.put_person(&person);
        change.act(Act::ProvidersUnlinked {
            person: id,
            email: person.email.clone(),
        });
        self.commit(&mut alone, by, change).await?;
        Ok(person)
    }

    /// A person that must be there.
    pub(crate) async fn known(&self, id: PersonId) -> Result<Person, Error> {
        let person = self.person(id).await?;
        Ok(person.ok_or(Refusal::PersonUnknown)?)
    }

    /// Puts a new person into a change.
    pub(crate) async fn new_person(
        &self,
        change: &mut Change,
        new: NewPerson,
        role_by: RoleBy,
        subject: Option<Subject>,
    ) -> Result<Person, Error> {
        self.free(&new.email).await?;
        let known = self.store.records(PEOPLE, PEOPLE_MAX).await?.len();
        if known >= PEOPLE_MAX {
            return Err(Refusal::TooMany { limit: PEOPLE_MAX }.into());
        }
        let name = match new.name.trim() {
            "" => new.email.to_string().chars().take(NAME_CHARS_MAX).collect(),
            name => fit_name(name)?,
        };
        let person = Person {
            id: PersonId::fresh(),
            email: new.email,
            name,
            role: new.role,
            role_by,
            created_at: self.now(),
            disabled_at: None,
            signed_in_at: None,
            subjects: Vec::new(),
        };
        change.set(stored::email(&person.email), &person.id);
        change.act(Act::PersonAdded {
            person: person.id,
            email: person.email.clone(),
            role: person.role,
        });
        let mut person = person;
        if let Some(subject) = subject {
            link_subject(change, &mut person, subject);
        }
        change.put_person(&person);
        Ok(person)
    }

    async fn free(&self, email: &Email) -> Result<(), Error> {
        match self.person_with(email).await? {
            Some(_) => Err(Refusal::EmailTaken(email.clone()).into()),
            None => Ok(()),
        }
    }

    /// That somebody can decide about people when this person has another role.
    async fn leaves_an_admin(&self, person: &Person, role: Role) -> Result<(), Error> {
        let admin = |it: &Person| it.role == Role::Admin && !it.disabled();
        if role == Role::Admin || !admin(person) {
            return Ok(());
        }
        let others = self.people().await?;
        match others.iter().any(|it| it.id != person.id && admin(it)) {
            true => Ok(()),
            false => Err(Refusal::LastAdmin(person.email.clone()).into()),
        }
    }
}

/// Gives a person another role within a change.
pub(crate) fn change_role(change: &mut Change, person: &mut Person, role: Role) {
    change.act(Act::RoleChanged {
        person: person.id,
        email: person.email.clone(),
        from: person.role,
        to: role,
    });
    person.role = role;
}

/// Lets an identity provider's account open a person from now on, within a change.
pub(crate) fn link_subject(change: &mut Change, person: &mut Person, subject: Subject) {
    change.set(stored::subject(&subject), &person.id);
    change.act(Act::ProviderLinked {
        person: person.id,
        email: person.email.clone(),
        issuer: subject.issuer.clone(),
    });
    person.subjects.push(subject);
}

/// A name as it is kept.
pub(crate) fn fit_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Refusal::NameUnfit);
    }
    Ok(name.to_owned())
}
