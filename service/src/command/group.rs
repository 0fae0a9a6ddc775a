//! `tieout group`: who gets mail about what, managed while the program runs.

use serde_json::{Value, json};
use tieout_core::document::{ConnectionId, HostId};
use tieout_notices::{
    DeskError, EmailAddress, Filter, Group, GroupDraft, GroupId, MailKept, Member, RecipientState,
    Wants, add_group, change_group, group, groups, mails, relay, remove_group, try_group,
};

use crate::cli::{Cli, GroupAddArgs, GroupChangeArgs, GroupCommand, OnlyArgs, WantName};
use crate::exit::{Exit, Failure, sentence};
use crate::notify;
use crate::office::Office;
use crate::output::{self, counted, say, short};

/// Mails that are looked at for how it stands with a group's mail.
const MAILS_LOOKED_AT: usize = 100;

/// Runs what was asked of groups.
pub(super) async fn run(
    cli: &Cli,
    command: &GroupCommand,
    office: &Office,
) -> Result<Exit, Failure> {
    match command {
        GroupCommand::List => list(cli, office).await,
        GroupCommand::Add(args) => add(cli, args, office).await,
        GroupCommand::Change(args) => change(cli, args, office).await,
        GroupCommand::Remove { name } => remove(cli, name, office).await,
        GroupCommand::Test { name } => test(cli, name, office).await,
    }
}

async fn list(cli: &Cli, office: &Office) -> Result<Exit, Failure> {
    let store = office.store.as_ref();
    let (groups, relay) = (groups(store).await?, relay(store).await?);
    let latest = mails(store, None, MAILS_LOOKED_AT).await?;
    if cli.json {
        let groups: Vec<Value> = groups
            .iter()
            .map(|group| {
                let last = latest.iter().find(|mail| mail.group == group.id);
                json!({ "group": group, "last_mail": last.map(mail_as_json) })
            })
            .collect();
        output::json(&json!({ "groups": groups, "mail_server": relay }));
        return Ok(Exit::Done);
    }
    if groups.is_empty() {
        say!("There are no groups: `tieout group add` adds one.");
        return Ok(Exit::Done);
    }
    let mut table = output::table(&["Group", "Members", "Is told", "About", "Last mail"]);
    for group in &groups {
        let members: Vec<String> = group
            .members
            .iter()
            .map(|member| short(&shown(member)))
            .collect();
        let last = latest.iter().find(|mail| mail.group == group.id);
        table.add_row([
            short(&format!("{} ({})", group.id, group.name)),
            members.join("\n"),
            wants(group.wants).join("\n"),
            about(&group.only),
            last.map(last_mail).unwrap_or_default(),
        ]);
    }
    say!("{table}");
    if let Some(since) = relay.failing_since {
        say!(
            "{} the mail server takes no mail since {}: {}",
            output::bad(),
            since.format("%Y-%m-%d %H:%M UTC"),
            short(&relay.said)
        );
    }
    no_server(cli, office);
    Ok(Exit::Done)
}

async fn add(cli: &Cli, args: &GroupAddArgs, office: &Office) -> Result<Exit, Failure> {
    let draft = GroupDraft {
        id: GroupId::new(args.name.as_str()).map_err(failed)?,
        name: args.title.clone().unwrap_or_default(),
        members: args
            .members
            .iter()
            .map(|text| member(text))
            .collect::<Result<_, _>>()?,
        wants: wanted(&args.wants).unwrap_or_default(),
        only: only(office, &args.only)?,
    };
    let (store, now) = (office.store.as_ref(), office.clock.now());
    let group = add_group(store, draft, &office.by, now)
        .await
        .map_err(failed)?;
    tell(cli, &group, "is there");
    no_server(cli, office);
    Ok(Exit::Done)
}

async fn change(cli: &Cli, args: &GroupChangeArgs, office: &Office) -> Result<Exit, Failure> {
    let (store, now) = (office.store.as_ref(), office.clock.now());
    let id = GroupId::new(args.name.as_str()).map_err(failed)?;
    let known = group(store, &id).await.map_err(failed)?;
    let mut draft = GroupDraft::from(&known);
    if let Some(title) = &args.title {
        draft.name.clone_from(title);
    }
    for address in &args.remove {
        let before = draft.members.len();
        draft
            .members
            .retain(|member| !member.email.as_str().eq_ignore_ascii_case(address));
        if draft.members.len() == before {
            let message = format!("`{}` does not belong to `{id}`", short(address));
            return Err(Failure::config(message));
        }
    }
    for text in &args.add {
        draft.members.push(member(text)?);
    }
    draft.wants = wanted(&args.wants).unwrap_or(draft.wants);
    let chosen = only(office, &args.only)?;
    if args.everything || !chosen.is_everything() {
        draft.only = chosen;
    }
    let group = change_group(store, draft, &office.by, now)
        .await
        .map_err(failed)?;
    tell(cli, &group, "is changed");
    Ok(Exit::Done)
}

async fn remove(cli: &Cli, name: &str, office: &Office) -> Result<Exit, Failure> {
    let id = GroupId::new(name).map_err(failed)?;
    let (store, now) = (office.store.as_ref(), office.clock.now());
    let group = remove_group(store, &id, &office.by, now)
        .await
        .map_err(failed)?;
    tell(cli, &group, "is removed");
    Ok(Exit::Done)
}

async fn test(cli: &Cli, name: &str, office: &Office) -> Result<Exit, Failure> {
    let id = GroupId::new(name).map_err(failed)?;
    let group = group(office.store.as_ref(), &id).await.map_err(failed)?;
    let Some(mailer) = notify::mailer(&office.loaded)? else {
        return Err(
            Failure::config("no mail can leave: the configuration names no mail server")
                .advise("Set `host` and `from` under [notify.smtp]."),
        );
    };
    let base = notify::public_url(&office.loaded.config);
    let now = office.clock.now();
    let told = try_group(mailer.as_ref(), &group, base.as_ref(), &office.by, now).await;
    let all_went = told.iter().all(|(_, sent)| sent.is_ok());
    if cli.json {
        let told: Vec<Value> = told
            .iter()
            .map(|(member, sent)| {
                let error = sent.as_ref().err().map(ToString::to_string);
                json!({ "email": member.email, "taken": error.is_none(), "error": error })
            })
            .collect();
        output::json(&json!({ "group": group.id, "members": told }));
    } else {
        for (member, sent) in &told {
            match sent {
                Ok(()) => say!(
                    "{} {}: taken by the mail server",
                    output::ok(),
                    member.email
                ),
                Err(error) => say!("{} {}: {error}", output::bad(), member.email),
            }
        }
    }
    Ok(match all_went {
        true => Exit::Done,
        false => Exit::NeedsSomebody,
    })
}

/// What is given by a person who writes `Ann <ann@example.org>` or just the address.
pub(crate) fn member(text: &str) -> Result<Member, Failure> {
    let (name, email) = match text
        .trim()
        .strip_suffix('>')
        .and_then(|it| it.rsplit_once('<'))
    {
        Some((name, email)) => (name.trim().trim_matches('"').trim(), email),
        None => ("", text.trim()),
    };
    Ok(Member {
        name: name.to_owned(),
        email: EmailAddress::new(email).map_err(failed)?,
    })
}

fn wanted(names: &[WantName]) -> Option<Wants> {
    let has = |name| names.contains(&name);
    (!names.is_empty()).then(|| Wants {
        periodic: has(WantName::Periodic),
        daily: has(WantName::Daily),
        needs_somebody: has(WantName::NeedsSomebody),
        grant_expiring: has(WantName::GrantExpiring),
    })
}

/// The filter that was named; hosts and connections must be in the configuration.
pub(super) fn only(office: &Office, args: &OnlyArgs) -> Result<Filter, Failure> {
    let config = &office.loaded.config;
    let no = |what: &str, name: &str| {
        Failure::config(format!("the configuration has no {what} `{}`", short(name)))
    };
    let host = |name: &String| {
        let known = config.hosts.keys().find(|it| it.as_str() == name);
        known.cloned().ok_or_else(|| no("host", name))
    };
    let connection = |name: &String| {
        let known = config.connections.keys().find(|it| it.as_str() == name);
        known.cloned().ok_or_else(|| no("connection", name))
    };
    Ok(Filter {
        hosts: args.hosts.iter().map(host).collect::<Result<_, _>>()?,
        connections: args
            .connections
            .iter()
            .map(connection)
            .collect::<Result<_, _>>()?,
        divisions: args.divisions.clone(),
    })
}

/// An error of the desk with what to do.
pub(crate) fn failed(error: DeskError) -> Failure {
    match error {
        DeskError::Store(error) => error.into(),
        DeskError::Bad { .. } | DeskError::Taken { .. } | DeskError::Unknown { .. } => {
            Failure::config(error.to_string())
        }
        DeskError::NoKey => Failure::config(error.to_string())
            .advise(sentence("`tieout init` in another folder writes one")),
        DeskError::Vault(error) => Failure::of(&error),
    }
}

fn tell(cli: &Cli, group: &Group, done: &str) {
    if cli.json {
        output::json(&json!({ "group": group }));
        return;
    }
    say!(
        "The group {} {done}: {}, told {}.",
        group.id,
        counted(group.members.len(), "member", "members"),
        match wants(group.wants).as_slice() {
            [] => "nothing".to_owned(),
            some => some.join(", "),
        }
    );
}

/// Says that mail cannot leave, where it cannot.
fn no_server(cli: &Cli, office: &Office) {
    if office.loaded.config.notify.smtp.is_none() {
        output::notice(
            cli.json,
            "no mail leaves: the configuration names no mail server under [notify.smtp]",
        );
    }
}

fn wants(wants: Wants) -> Vec<&'static str> {
    let all = [
        (wants.periodic, "periodic"),
        (wants.daily, "daily"),
        (wants.needs_somebody, "needs-somebody"),
        (wants.grant_expiring, "grant-expiring"),
    ];
    let wanted = all.into_iter().filter(|(is_wanted, _)| *is_wanted);
    wanted.map(|(_, name)| name).collect()
}

/// A filter in words.
pub(super) fn about(only: &Filter) -> String {
    if only.is_everything() {
        return "everything".to_owned();
    }
    let hosts = only.hosts.iter().map(HostId::as_str);
    let connections = only.connections.iter().map(ConnectionId::as_str);
    let divisions = only.divisions.iter().map(String::as_str);
    hosts
        .chain(connections)
        .chain(divisions)
        .map(short)
        .collect::<Vec<_>>()
        .join("\n")
}

fn shown(member: &Member) -> String {
    match member.name.is_empty() {
        true => member.email.to_string(),
        false => format!("{} <{}>", member.name, member.email),
    }
}

/// How it stands with a mail, in a few words.
fn last_mail(mail: &MailKept) -> String {
    let mut counts = [(0, "sent"), (0, "waiting"), (0, "refused"), (0, "given up")];
    for recipient in &mail.recipients {
        let place = match &recipient.state {
            RecipientState::Sent { .. } => 0,
            RecipientState::Waiting { .. } => 1,
            RecipientState::Refused { .. } => 2,
            RecipientState::GivenUp { .. } => 3,
        };
        counts[place].0 += 1;
    }
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!(
        "{} {}: {}",
        mail.made_at.format("%Y-%m-%d %H:%M"),
        mail.sort.as_str(),
        told.join(", ")
    )
}

/// A mail without its text, which is long.
fn mail_as_json(mail: &MailKept) -> Value {
    json!({
        "number": mail.number,
        "sort": mail.sort,
        "subject": mail.subject,
        "made_at": mail.made_at,
        "recipients": mail.recipients,
    })
}
