//! `tieout key`: the keys with which programs use the HTTP API.

use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tieout_identity::{Actor, ApiKey, Identity, KeyId, NewKey, Refusal, Scope};

use super::person::{failed, faulty, minute};
use crate::cli::Cli;
use crate::cli::key::{AddKeyArgs, KeyCommand, ListKeysArgs, RevokeKeyArgs, ScopeName};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, say};

/// Does what is asked about keys.
pub(super) async fn run(cli: &Cli, command: &KeyCommand, office: &Office) -> Result<Exit, Failure> {
    match command {
        KeyCommand::Add(args) => add(cli, args, office).await?,
        KeyCommand::List(args) => list(cli, args, office).await?,
        KeyCommand::Revoke(args) => revoke(cli, args, office).await?,
    }
    Ok(Exit::Done)
}

async fn add(cli: &Cli, args: &AddKeyArgs, office: &Office) -> Result<(), Failure> {
    let days = args.days.map(|days| TimeDelta::days(days.into()));
    let new = NewKey {
        name: args.name.clone(),
        scopes: args.scopes.iter().copied().map(scope).collect(),
        expires_at: days.map(|days| office.clock.now() + days),
    };
    let shown = office.identity.add_key(&by(office), new).await;
    let shown = shown.map_err(failed)?;
    let secret = shown.secret.expose_secret();
    if cli.json {
        let mut told = as_json(&shown.key, office);
        told["key"] = json!(secret);
        output::json(&told);
        return Ok(());
    }
    say!(
        "{} The key {} ({}):",
        output::ok(),
        shown.key.name,
        words(&shown.key)
    );
    say!("\n  {secret}\n");
    say!("It is shown this once: keep it where programs keep secrets.");
    Ok(())
}

async fn list(cli: &Cli, args: &ListKeysArgs, office: &Office) -> Result<(), Failure> {
    let now = office.clock.now();
    let keys = office.identity.keys().await.map_err(faulty)?;
    let shown: Vec<&ApiKey> = keys
        .iter()
        .filter(|key| args.all || key.works(now))
        .collect();
    if cli.json {
        for key in shown {
            output::json(&as_json(key, office));
        }
        return Ok(());
    }
    if shown.is_empty() {
        say!("There is no key: `tieout key add NAME --scope read` makes one.");
        return Ok(());
    }
    let mut table = output::table(&["name", "begins", "can", "made by", "used last", ""]);
    for key in shown {
        let note = match (key.revoked_at, key.expires_at) {
            (Some(at), _) => format!("revoked {}", minute(at)),
            (None, Some(at)) if at <= now => format!("expired {}", minute(at)),
            (None, Some(at)) => format!("until {}", minute(at)),
            (None, None) => String::new(),
        };
        table.add_row([
            key.name.clone(),
            key.begins.clone(),
            words(key),
            key.created_by.to_string(),
            key.used_at.map_or("never".to_owned(), minute),
            note,
        ]);
    }
    say!("{table}");
    Ok(())
}

async fn revoke(cli: &Cli, args: &RevokeKeyArgs, office: &Office) -> Result<(), Failure> {
    let id = find(&office.identity, &args.name, office).await?;
    let key = office.identity.revoke_key(&by(office), id).await;
    let key = key.map_err(failed)?;
    if cli.json {
        output::json(&as_json(&key, office));
    } else {
        say!(
            "{} The key {} opens nothing any more.",
            output::ok(),
            key.name
        );
    }
    Ok(())
}

/// The key of an identifier, or of a name: the one in use, else the newest of that name.
async fn find(identity: &Identity, name: &str, office: &Office) -> Result<KeyId, Failure> {
    let now = office.clock.now();
    let keys = identity.keys().await.map_err(faulty)?;
    let is_id = |key: &&ApiKey| name.parse().is_ok_and(|id: KeyId| id == key.id);
    let named = || keys.iter().filter(|key| key.name == name);
    let found = keys
        .iter()
        .find(is_id)
        .or_else(|| named().find(|key| key.works(now)))
        .or_else(|| named().next());
    found.map(|key| key.id).ok_or_else(|| {
        Failure::config(format!("there is no key `{}`", name.escape_debug()))
            .advise(Refusal::KeyMissing.advice())
    })
}

fn by(office: &Office) -> Actor {
    Actor::command_line(office.by.as_str())
}

fn scope(name: ScopeName) -> Scope {
    match name {
        ScopeName::Read => Scope::Read,
        ScopeName::Operate => Scope::Operate,
        ScopeName::Admin => Scope::Admin,
        ScopeName::Panel => Scope::Panel,
    }
}

fn words(key: &ApiKey) -> String {
    let words: Vec<&str> = key.scopes.iter().map(|scope| scope.word()).collect();
    words.join(", ")
}

fn as_json(key: &ApiKey, office: &Office) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "begins": key.begins,
        "scopes": key.scopes,
        "works": key.works(office.clock.now()),
        "created_at": key.created_at,
        "created_by": key.created_by.to_string(),
        "expires_at": key.expires_at,
        "used_at": key.used_at,
        "revoked_at": key.revoked_at,
    })
}
