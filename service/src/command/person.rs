//! `tieout person`: who may sign in at the front of a process that serves, and the links with which they do.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tieout_identity::{
    Actor, Email, Error, Identity, Kind, NewPerson, Person, PersonChange, PersonId, Refusal, Role,
    SignInLink,
};

use crate::cli::Cli;
use crate::cli::person::{
    AddPersonArgs, ChangePersonArgs, LogArgs, PersonArgs, PersonCommand, RoleArgs, RoleName,
};
use crate::exit::{Exit, Failure};
use crate::office::{Office, front_address};
use crate::output::{self, counted, say};

/// Does what is asked about people.
pub(super) async fn run(
    cli: &Cli,
    command: &PersonCommand,
    office: &Office,
) -> Result<Exit, Failure> {
    let people = People {
        cli,
        office,
        by: Actor::command_line(office.by.as_str()),
    };
    match command {
        PersonCommand::Add(args) => people.add(args).await?,
        PersonCommand::List => people.list().await?,
        PersonCommand::Role(args) => people.role(args).await?,
        PersonCommand::Change(args) => people.change(args).await?,
        PersonCommand::Disable(args) => people.disable(args).await?,
        PersonCommand::Enable(args) => people.enable(args).await?,
        PersonCommand::Link(args) => people.link(args).await?,
        PersonCommand::SignOut(args) => people.sign_out(args).await?,
        PersonCommand::Unlink(args) => people.unlink(args).await?,
        PersonCommand::Log(args) => people.log(args).await?,
    }
    Ok(Exit::Done)
}

struct People<'a> {
    cli: &'a Cli,
    office: &'a Office,
    by: Actor,
}

impl People<'_> {
    fn identity(&self) -> &Identity {
        &self.office.identity
    }

    async fn add(&self, args: &AddPersonArgs) -> Result<(), Failure> {
        let new = NewPerson {
            email: email(&args.email)?,
            name: args.name.clone(),
            role: role(args.role),
        };
        let added = self.identity().add_person(&self.by, new).await;
        let person = added.map_err(failed)?;
        let front = front_address(self.office);
        let link = match &front {
            Ok(_) => Some(self.make_link(person.id).await?),
            Err(_) => None,
        };
        let address = link.as_ref().zip(front.as_ref().ok());
        let address = address.map(|(link, front)| (link, link.address(front)));
        if self.cli.json {
            let mut told = as_json(&person);
            told["link"] = json!(address.as_ref().map(|(_, address)| address));
            output::json(&told);
            return Ok(());
        }
        let (email, role) = (&person.email, person.role);
        say!("{} {email} may sign in as {role}.", output::ok());
        match (address, front) {
            (Some((link, address)), _) => self.tell_link(link, &address),
            (None, Err(failure)) => {
                let advice = failure.advice.unwrap_or_default();
                say!(
                    "There is no page to sign in at yet: {}. {advice}",
                    failure.message
                );
                say!("Then `tieout person link {email}` prints a link.");
            }
            (None, Ok(_)) => {}
        }
        Ok(())
    }

    async fn list(&self) -> Result<(), Failure> {
        let people = self.identity().people().await.map_err(faulty)?;
        if self.cli.json {
            for person in &people {
                output::json(&as_json(person));
            }
            return Ok(());
        }
        if people.is_empty() {
            say!("Nobody may sign in yet: `tieout person add EMAIL --role admin` adds the first.");
            return Ok(());
        }
        let mut table = output::table(&["e-mail", "name", "role", "signed in last", ""]);
        for person in &people {
            let signed_in = person.signed_in_at.map_or("never".to_owned(), minute);
            let note = person
                .disabled_at
                .map_or_else(String::new, |at| format!("disabled since {}", minute(at)));
            table.add_row([
                person.email.to_string(),
                person.name.clone(),
                person.role.to_string(),
                signed_in,
                note,
            ]);
        }
        say!("{table}");
        Ok(())
    }

    async fn role(&self, args: &RoleArgs) -> Result<(), Failure> {
        let wanted = PersonChange {
            role: Some(role(args.role)),
            ..PersonChange::default()
        };
        let person = self.changed(&args.who, wanted).await?;
        self.tell(&person, &format!("is {} from now on.", person.role));
        Ok(())
    }

    async fn change(&self, args: &ChangePersonArgs) -> Result<(), Failure> {
        let wanted = PersonChange {
            email: args.email.as_deref().map(email).transpose()?,
            name: args.name.clone(),
            role: None,
        };
        let person = self.changed(&args.who, wanted).await?;
        self.tell(&person, &format!("is called {}.", person.name));
        Ok(())
    }

    async fn changed(&self, who: &PersonArgs, wanted: PersonChange) -> Result<Person, Failure> {
        let id = self.find(who).await?.id;
        let changed = self.identity().change_person(&self.by, id, wanted).await;
        changed.map_err(failed)
    }

    async fn disable(&self, args: &PersonArgs) -> Result<(), Failure> {
        let id = self.find(args).await?.id;
        let person = self.identity().disable_person(&self.by, id).await;
        let person = person.map_err(failed)?;
        let keys = self.keys_of(&person).await?;
        if self.cli.json {
            let mut told = as_json(&person);
            told["keys_that_work"] = json!(keys);
            output::json(&told);
            return Ok(());
        }
        self.tell(
            &person,
            "may not sign in any more, and is signed out everywhere.",
        );
        if !keys.is_empty() {
            let names = keys.join(", ");
            say!("Keys of this person work on: {names}. `tieout key revoke NAME` ends one.");
        }
        Ok(())
    }

    async fn enable(&self, args: &PersonArgs) -> Result<(), Failure> {
        let id = self.find(args).await?.id;
        let person = self.identity().enable_person(&self.by, id).await;
        let person = person.map_err(failed)?;
        self.tell(&person, &format!("may sign in as {} again.", person.role));
        Ok(())
    }

    async fn link(&self, args: &PersonArgs) -> Result<(), Failure> {
        // Before a link is made that leads nowhere.
        let front = front_address(self.office)?;
        let person = self.find(args).await?;
        let link = self.make_link(person.id).await?;
        let address = link.address(&front);
        if self.cli.json {
            output::json(&json!({
                "link": address, "expires_at": link.expires_at, "person": as_json(&link.person),
            }));
        } else {
            self.tell_link(&link, &address);
        }
        Ok(())
    }

    async fn sign_out(&self, args: &PersonArgs) -> Result<(), Failure> {
        let person = self.find(args).await?;
        let ended = self.identity().end_sessions(&self.by, person.id).await;
        let count = ended.map_err(failed)?;
        if self.cli.json {
            output::json(&json!({ "person": as_json(&person), "sessions_ended": count }));
        } else {
            let sessions = counted(count, "session", "sessions");
            say!("{} {}: {sessions} ended.", output::ok(), person.email);
        }
        Ok(())
    }

    async fn unlink(&self, args: &PersonArgs) -> Result<(), Failure> {
        let id = self.find(args).await?.id;
        let person = self.identity().unlink_person(&self.by, id).await;
        let person = person.map_err(failed)?;
        self.tell(
            &person,
            "is linked to no account at an identity provider; the next one with this address is linked.",
        );
        Ok(())
    }

    async fn log(&self, args: &LogArgs) -> Result<(), Failure> {
        let lines = self.identity().audit(None, args.limit.into()).await;
        let lines = lines.map_err(faulty)?;
        for line in &lines {
            let (by, act) = (line.by.to_string(), line.act.to_string());
            if self.cli.json {
                let told = json!({ "at": line.at, "by": by, "what": act, "who": line.by, "act": line.act });
                output::json(&told);
            } else {
                let at = line.at.format("%Y-%m-%d %H:%M:%S");
                say!("{at}  {by}: {act}");
            }
        }
        if lines.is_empty() && !self.cli.json {
            say!("Nothing was done about people or keys yet.");
        }
        Ok(())
    }

    /// The names of the keys that a person made and that work. Programs go on when a person goes.
    async fn keys_of(&self, person: &Person) -> Result<Vec<String>, Failure> {
        let now = self.office.clock.now();
        let keys = self.identity().keys().await.map_err(faulty)?;
        let theirs = keys.into_iter().filter(|key| {
            let by = matches!(&key.created_by, Actor::Person { id, .. } if *id == person.id);
            by && key.works(now)
        });
        Ok(theirs.map(|key| key.name).collect())
    }

    async fn make_link(&self, person: PersonId) -> Result<SignInLink, Failure> {
        let made = self.identity().make_link(&self.by, person).await;
        made.map_err(failed)
    }

    /// The person of an address or an identifier.
    async fn find(&self, args: &PersonArgs) -> Result<Person, Failure> {
        let text = args.person.trim();
        let found = match text.parse::<PersonId>() {
            Ok(id) => self.identity().person(id).await,
            Err(_) => self.identity().person_with(&email(text)?).await,
        };
        found.map_err(faulty)?.ok_or_else(|| {
            Failure::config(format!("there is no person `{text}` here")).advise(format!(
                "{} `tieout person add EMAIL` adds one.",
                Refusal::PersonUnknown.advice()
            ))
        })
    }

    fn tell(&self, person: &Person, words: &str) {
        if self.cli.json {
            output::json(&as_json(person));
        } else {
            say!("{} {} {words}", output::ok(), person.email);
        }
    }

    fn tell_link(&self, link: &SignInLink, address: &str) {
        let until = link.expires_at.format("%H:%M UTC");
        let email = &link.person.email;
        say!(
            "Whoever opens this address before {until}, once, is signed in as {email}:\n\n  {address}\n"
        );
        if !self.office.is_lent() {
            say!("`tieout serve` answers there, and is not at work now: start it first.");
        }
    }
}

/// The address of a person as it was written.
fn email(text: &str) -> Result<Email, Failure> {
    text.parse()
        .map_err(|error| Failure::config(format!("`{}`: {error}", text.escape_debug())))
}

fn role(name: RoleName) -> Role {
    match name {
        RoleName::Viewer => Role::Viewer,
        RoleName::Operator => Role::Operator,
        RoleName::Admin => Role::Admin,
    }
}

fn as_json(person: &Person) -> Value {
    json!({
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "role": person.role,
        "role_by": person.role_by,
        "created_at": person.created_at,
        "signed_in_at": person.signed_in_at,
        "disabled_at": person.disabled_at,
    })
}

/// What a refusal or a fault comes to on the command line.
pub(super) fn failed(error: Error) -> Failure {
    match error {
        Error::Fault(fault) => faulty(fault),
        Error::Refused(refusal) => {
            let failure = match refusal.kind() {
                Kind::Malformed | Kind::Missing => Failure::config(refusal.to_string()),
                Kind::SignIn | Kind::Forbidden | Kind::Conflict => {
                    Failure::new(refusal.to_string())
                }
            };
            failure.advise(refusal.advice())
        }
    }
}

/// A fault with its causes.
pub(super) fn faulty(fault: tieout_identity::Fault) -> Failure {
    Failure::of(&fault)
}

/// A moment to the minute.
pub(super) fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}
