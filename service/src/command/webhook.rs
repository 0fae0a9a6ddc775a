//! `tieout webhook`: which systems are told what, managed while the program runs.

use secrecy::ExposeSecret;
use serde_json::json;
use tieout_notices::{
    Attempt, Endpoint, EndpointDraft, EndpointId, EventType, GroupId, Outcome, ReplayWhat,
    ShownOnce, Standing, add_endpoint, attempts, change_endpoint, enable_endpoint, endpoint,
    endpoints, remove_endpoint, replay, rotate_secret, try_endpoint,
};

use super::group::{about, failed, only};
use crate::cli::{Cli, ReplayEventsArgs, WebhookAddArgs, WebhookChangeArgs, WebhookCommand};
use crate::exit::{Exit, Failure};
use crate::notify;
use crate::office::Office;
use crate::output::{self, counted, say, short};

/// Runs what was asked of webhooks.
pub(super) async fn run(
    cli: &Cli,
    command: &WebhookCommand,
    office: &Office,
) -> Result<Exit, Failure> {
    match command {
        WebhookCommand::List => list(cli, office).await,
        WebhookCommand::Add(args) => add(cli, args, office).await,
        WebhookCommand::Change(args) => change(cli, args, office).await,
        WebhookCommand::Remove { name } => remove(cli, name, office).await,
        WebhookCommand::Test { name } => test(cli, name, office).await,
        WebhookCommand::Log { name, limit } => log(cli, name, *limit, office).await,
        WebhookCommand::Replay(args) => again(cli, args, office).await,
    }
}

async fn list(cli: &Cli, office: &Office) -> Result<Exit, Failure> {
    let known = endpoints(office.store.as_ref()).await?;
    let is_stopped = |(endpoint, standing): &(Endpoint, Standing)| {
        !endpoint.disabled && standing.stopped(endpoint).is_some()
    };
    let exit = match known.iter().any(is_stopped) {
        true => Exit::NeedsSomebody,
        false => Exit::Done,
    };
    if cli.json {
        let known: Vec<_> = known
            .iter()
            .map(|(endpoint, standing)| json!({ "webhook": endpoint, "standing": standing }))
            .collect();
        output::json(&json!({ "webhooks": known }));
        return Ok(exit);
    }
    if known.is_empty() {
        say!("There are no webhooks: `tieout webhook add` adds one.");
        return Ok(exit);
    }
    let mut table = output::table(&["Webhook", "To", "Events", "About", "Stands"]);
    for (endpoint, standing) in &known {
        let events: Vec<&str> = endpoint.events.iter().map(EventType::as_str).collect();
        let groups: Vec<String> = endpoint
            .groups
            .iter()
            .map(|group| format!("group {group}"))
            .collect();
        table.add_row([
            endpoint.id.to_string(),
            short(endpoint.url.as_str()),
            match events.is_empty() {
                true => "all".to_owned(),
                false => events.join("\n"),
            },
            match groups.is_empty() {
                true => about(&endpoint.only),
                false => format!("{}\n{}", about(&endpoint.only), groups.join("\n")),
            },
            stands(endpoint, standing),
        ]);
    }
    say!("{table}");
    Ok(exit)
}

async fn add(cli: &Cli, args: &WebhookAddArgs, office: &Office) -> Result<Exit, Failure> {
    let draft = EndpointDraft {
        id: id(&args.name)?,
        url: args.url.clone(),
        events: events(&args.events),
        only: only(office, &args.only)?,
        groups: groups(&args.groups)?,
        disabled: false,
    };
    let machine = office.loaded.config.notify.this_machine();
    let (store, now) = (office.store.as_ref(), office.clock.now());
    let vault = office.apps.vault();
    let added = add_endpoint(store, vault, draft, machine, &office.by, now)
        .await
        .map_err(failed)?;
    if cli.json {
        output::json(&json!({
            "webhook": added.endpoint,
            "secret": added.secret.0.expose_secret(),
        }));
    } else {
        say!("The webhook {} is there.", added.endpoint.id);
        tell_secret(&added.secret);
    }
    Ok(Exit::Done)
}

async fn change(cli: &Cli, args: &WebhookChangeArgs, office: &Office) -> Result<Exit, Failure> {
    let (store, now, by) = (office.store.as_ref(), office.clock.now(), &office.by);
    let id = id(&args.name)?;
    let (known, _) = endpoint(store, &id).await.map_err(failed)?;
    let mut draft = EndpointDraft::from(&known);
    if let Some(url) = &args.url {
        draft.url = url.clone();
    }
    if args.all_events || !args.events.is_empty() {
        draft.events = events(&args.events);
    }
    if args.everything || !args.groups.is_empty() {
        draft.groups = groups(&args.groups)?;
    }
    let chosen = only(office, &args.only)?;
    if args.everything || !chosen.is_everything() {
        draft.only = chosen;
    }
    draft.disabled |= args.disable;
    let mut changed = known.clone();
    if draft != EndpointDraft::from(&known) {
        let machine = office.loaded.config.notify.this_machine();
        changed = change_endpoint(store, draft, machine, by, now)
            .await
            .map_err(failed)?;
    }
    if args.enable {
        changed = enable_endpoint(store, &id, by, now).await.map_err(failed)?;
    }
    let mut secret = None;
    if args.rotate {
        let vault = office.apps.vault();
        let made = rotate_secret(store, vault, &id, by, now).await;
        secret = Some(made.map_err(failed)?);
    }
    if cli.json {
        let secret = secret.as_ref().map(|secret| secret.0.expose_secret());
        output::json(&json!({ "webhook": changed, "secret": secret }));
        return Ok(Exit::Done);
    }
    say!("The webhook {id} is changed.");
    if let Some(secret) = secret {
        tell_secret(&secret);
        say!("The secret before it signs beside it for 24 hours.");
    }
    Ok(Exit::Done)
}

async fn remove(cli: &Cli, name: &str, office: &Office) -> Result<Exit, Failure> {
    let id = id(name)?;
    let (store, now) = (office.store.as_ref(), office.clock.now());
    let removed = remove_endpoint(store, &id, &office.by, now)
        .await
        .map_err(failed)?;
    if cli.json {
        output::json(&json!({ "webhook": removed }));
    } else {
        say!("The webhook {id} is removed, with everything that waited for it.");
    }
    Ok(Exit::Done)
}

async fn test(cli: &Cli, name: &str, office: &Office) -> Result<Exit, Failure> {
    let id = id(name)?;
    let transport = notify::outbound(&office.loaded)?;
    let base = notify::public_url(&office.loaded.config);
    let attempt = try_endpoint(
        office.store.as_ref(),
        office.apps.vault(),
        transport.as_ref(),
        office.clock.as_ref(),
        base.as_ref(),
        &id,
        &office.by,
    )
    .await
    .map_err(failed)?;
    if cli.json {
        output::json(&json!({ "attempt": attempt }));
    } else {
        say!("{} {}", mark(&attempt), line(&attempt));
    }
    Ok(match attempt.outcome {
        Outcome::Taken => Exit::Done,
        Outcome::Failed | Outcome::GivenUp | Outcome::Gone => Exit::NeedsSomebody,
    })
}

async fn log(cli: &Cli, name: &str, limit: u16, office: &Office) -> Result<Exit, Failure> {
    let id = id(name)?;
    let store = office.store.as_ref();
    let (known, standing) = endpoint(store, &id).await.map_err(failed)?;
    let mut attempts = attempts(store, &id).await?;
    attempts.truncate(usize::from(limit));
    if cli.json {
        output::json(&json!({
            "webhook": known, "standing": standing, "attempts": attempts,
        }));
        return Ok(Exit::Done);
    }
    say!("{id}: {}", stands(&known, &standing).replace('\n', ", "));
    for attempt in &attempts {
        say!(
            "{} {}  {}  {}, try {}: {}",
            mark(attempt),
            attempt.at.format("%Y-%m-%d %H:%M:%S"),
            short(&attempt.event),
            short(attempt.kind.as_str()),
            attempt.attempt,
            line(attempt)
        );
    }
    Ok(Exit::Done)
}

async fn again(cli: &Cli, args: &ReplayEventsArgs, office: &Office) -> Result<Exit, Failure> {
    let id = id(&args.name)?;
    let what = match (&args.event, args.since) {
        (Some(event), _) => ReplayWhat::One(event.clone()),
        (None, Some(since)) => ReplayWhat::Range {
            since,
            until: args.until,
        },
        (None, None) => return Err(Failure::config("say which event, or --since when")),
    };
    let (store, now) = (office.store.as_ref(), office.clock.now());
    let many = replay(store, &id, &what, now).await.map_err(failed)?;
    if cli.json {
        output::json(&json!({ "webhook": id, "events_at_most": many }));
    } else if many == 0 {
        say!("Nothing was told in that time.");
    } else {
        say!(
            "At most {} go to {id} again, as far as it wanted them, while `tieout serve` runs.",
            counted(many, "event", "events")
        );
    }
    Ok(Exit::Done)
}

fn id(name: &str) -> Result<EndpointId, Failure> {
    EndpointId::new(name).map_err(failed)
}

fn events(names: &[String]) -> Vec<EventType> {
    let names = names.iter().map(String::as_str);
    names.map(EventType::from).collect()
}

fn groups(names: &[String]) -> Result<Vec<GroupId>, Failure> {
    let group = |name: &String| GroupId::new(name.as_str()).map_err(failed);
    names.iter().map(group).collect()
}

fn tell_secret(secret: &ShownOnce) {
    say!(
        "Its secret, which is never shown again: {}",
        secret.0.expose_secret()
    );
}

fn mark(attempt: &Attempt) -> String {
    match attempt.outcome {
        Outcome::Taken => output::ok(),
        Outcome::Failed | Outcome::GivenUp | Outcome::Gone => output::bad(),
    }
}

/// What came back of an attempt.
fn line(attempt: &Attempt) -> String {
    let status = match attempt.status {
        Some(status) => format!("answered {status}"),
        None => "no answer".to_owned(),
    };
    let said = match attempt.said.is_empty() {
        true => String::new(),
        false => format!(": {}", short(&attempt.said)),
    };
    let then = match attempt.outcome {
        Outcome::Taken | Outcome::Failed => String::new(),
        Outcome::GivenUp => ", given up".to_owned(),
        Outcome::Gone => ", switched off".to_owned(),
    };
    format!("{status} after {} ms{said}{then}", attempt.ms)
}

/// How an endpoint stands, in a few lines.
fn stands(endpoint: &Endpoint, standing: &Standing) -> String {
    let mut told = Vec::new();
    match (endpoint.disabled, standing.stopped(endpoint)) {
        (true, _) => told.push("switched off".to_owned()),
        (false, Some(stopped)) => told.push(format!("switched off: {}", stopped.why)),
        (false, None) => {}
    }
    let counts = [
        (standing.delivered, "taken"),
        (standing.waiting, "waiting"),
        (standing.given_up, "given up"),
        (standing.passed_over, "passed over"),
    ];
    for (count, word) in counts {
        if count > 0 || word == "taken" {
            told.push(format!("{count} {word}"));
        }
    }
    if let Some(since) = standing.failing_since {
        told.push(format!(
            "fails since {}",
            since.format("%Y-%m-%d %H:%M UTC")
        ));
    }
    told.join("\n")
}
