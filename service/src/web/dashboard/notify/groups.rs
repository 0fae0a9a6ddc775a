//! Groups of people who get mail: who belongs to one, what it wants, and whether its mail arrives.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use maud::{Markup, html};
use tieout_notices::{
    Group, GroupDraft, GroupId, MailKept, RecipientState, Wants, add_group, change_group, group,
    groups, mails, relay, remove_group,
};

use super::{about, failed, only, only_fields, page};
use crate::command::group_member;
use crate::exit::Failure;
use crate::setup::fields::Entered;
use crate::web::dashboard::kit;
use crate::web::entry::{AdminClick, Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Tone, card, chip, empty, moment, scroll, token, words as with_code};
use crate::web::trouble::Trouble;

/// Mails that are looked at.
const MAILS_LOOKED_AT: usize = 100;
/// Mails of one group that are shown.
const MAILS_SHOWN: usize = 20;

/// What a group may want, each with its name in the form.
const WANTS: [(&str, &str); 4] = [
    ("needs_somebody", "What needs somebody, soon after it does"),
    (
        "daily",
        "Once a day: what was not sent because of an error, and what could not be taken back",
    ),
    (
        "periodic",
        "What was sent and paid, every so often and only when something happened",
    ),
    (
        "grant_expiring",
        "An access to an organisation that lapses, or did",
    ),
];

/// Every group, and the form for a new one.
pub(super) async fn all(front: &Front, caller: &Caller) -> Result<Markup, Trouble> {
    let store = front.store();
    let known = groups(store.as_ref()).await?;
    let (relay, latest) = (
        relay(store.as_ref()).await?,
        mails(store.as_ref(), None, MAILS_LOOKED_AT).await?,
    );
    let config = &front.shop.loaded().config;
    Ok(html! {
        @if let Some(since) = relay.failing_since {
            p class="flash bad" { "The mail server takes no mail since " (moment(since)) ": " (relay.said) }
        }
        @if config.notify.smtp.is_none() {
            p class="flash bad" { (with_code("The configuration names no mail server: no mail leaves before `host` and `from` stand under `[notify.smtp]`.")) }
        }
        @if known.is_empty() { (empty("Nobody gets mail yet.")) }
        @else { (scroll("Groups", &html! {
            table {
                thead { tr { th { "Group" } th { "Members" } th { "Is told" } th { "About" } th { "Last mail" } } }
                tbody { @for group in &known { tr {
                    th scope="row" { a href={ "/notifications/groups/" (group.id) } { (group.name) } }
                    td { (group.members.len()) }
                    td { @for word in words(group.wants) { (word) br; } }
                    td { (about(&group.only)) }
                    td class="date" {
                        @match latest.iter().find(|mail| mail.group == group.id) {
                            Some(mail) => { (moment(mail.made_at)) " " (arrived(mail)) }
                            None => { span class="quiet" { "none" } }
                        }
                    }
                } } }
            }
        })) }
        details {
            summary { "Make a group" }
            form method="post" action="/notifications/groups" {
                (token(caller))
                (kit::field("id", "Short name", "Small letters, figures and hyphens; it stays.", "", &kit::line("id", "", "")))
                (fields(front, None))
                button class="primary" { "Make it" }
            }
        }
    })
}

/// Shows one.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Html<String>, Trouble> {
    caller.must(Role::Admin)?;
    one(&front, &caller, &id, &html! {}).await
}

async fn one(
    front: &Front,
    caller: &Caller,
    id: &str,
    above: &Markup,
) -> Result<Html<String>, Trouble> {
    let store = front.store();
    let id = GroupId::new(id).map_err(failed)?;
    let group = group(store.as_ref(), &id).await.map_err(failed)?;
    let latest = mails(store.as_ref(), None, MAILS_LOOKED_AT).await?;
    let own: Vec<&MailKept> = latest
        .iter()
        .filter(|mail| mail.group == id)
        .take(MAILS_SHOWN)
        .collect();
    let base = format!("/notifications/groups/{id}");
    let content = html! {
        p { a href="/notifications" { "Who is told what" } }
        h1 { (group.name) }
        (above)
        (card("Who and what", &html! {
            form method="post" action=(base) {
                (token(caller))
                (fields(front, Some(&group)))
                button class="primary" { "Save" }
            }
        }))
        div class="actions" {
            form method="post" action={ (base) "/test" } { (token(caller)) button { "Send everybody a trial now" } }
            form method="post" action={ (base) "/remove" } data-sure={ "Nobody of " (group.name) " gets mail any more. Remove it?" } {
                (token(caller)) button { "Remove the group" }
            }
        }
        (card("Mail", &letters(&own)))
    };
    Ok(page(caller, &group.name, &content))
}

/// Makes a group.
pub(super) async fn add(
    State(front): State<Arc<Front>>,
    Signed { caller, form }: Signed<Vec<(String, String)>>,
) -> Result<Redirect, Trouble> {
    caller.must(Role::Admin)?;
    let form = Entered(form);
    let draft = draft(form.get("id"), &form)?;
    let group = add_group(front.store().as_ref(), draft, &caller.name, front.now()).await;
    let group = group.map_err(failed)?;
    Ok(Redirect::to(&format!("/notifications/groups/{}", group.id)))
}

/// Changes one.
pub(super) async fn change(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    Signed { caller, form }: Signed<Vec<(String, String)>>,
) -> Result<Redirect, Trouble> {
    caller.must(Role::Admin)?;
    let draft = draft(&id, &Entered(form))?;
    let group = change_group(front.store().as_ref(), draft, &caller.name, front.now()).await;
    let group = group.map_err(failed)?;
    Ok(Redirect::to(&format!("/notifications/groups/{}", group.id)))
}

/// Sends each member a trial, and shows what the mail server said.
pub(super) async fn test(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    AdminClick(caller): AdminClick,
) -> Result<Html<String>, Trouble> {
    let id = GroupId::new(id).map_err(failed)?;
    let answer = front
        .command(&["group", "test", "--", &id.to_string()], &caller.name)
        .await?;
    let members = answer
        .values
        .last()
        .and_then(|value| value["members"].as_array());
    let told = html! {
        section class="card" role="status" {
            h2 { "The trial" }
            @for member in members.into_iter().flatten() {
                p {
                    @match member["error"].as_str() {
                        None => { (chip(Tone::Good, "taken")) }
                        Some(_) => { (chip(Tone::Bad, "refused")) }
                    }
                    " " (member["email"].as_str().unwrap_or_default())
                    @if let Some(error) = member["error"].as_str() { ": " (error) }
                }
            }
        }
    };
    one(&front, &caller, &id.to_string(), &told).await
}

/// Removes one.
pub(super) async fn remove(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    AdminClick(caller): AdminClick,
) -> Result<Redirect, Trouble> {
    let id = GroupId::new(id).map_err(failed)?;
    let removed = remove_group(front.store().as_ref(), &id, &caller.name, front.now()).await;
    removed.map_err(failed)?;
    Ok(Redirect::to("/notifications"))
}

fn draft(id: &str, form: &Entered) -> Result<GroupDraft, Trouble> {
    let members = form
        .get("members")
        .lines()
        .filter(|line| !line.trim().is_empty());
    let members = members.map(group_member).collect::<Result<_, Failure>>()?;
    let wants = |name: &str| form.get(name) == "yes";
    Ok(GroupDraft {
        id: GroupId::new(id).map_err(failed)?,
        name: form.get("name").to_owned(),
        members,
        wants: Wants {
            periodic: wants("periodic"),
            daily: wants("daily"),
            needs_somebody: wants("needs_somebody"),
            grant_expiring: wants("grant_expiring"),
        },
        only: only(form)?,
    })
}

fn wants(wants: Wants, name: &str) -> bool {
    match name {
        "periodic" => wants.periodic,
        "daily" => wants.daily,
        "needs_somebody" => wants.needs_somebody,
        _ => wants.grant_expiring,
    }
}

fn words(of: Wants) -> impl Iterator<Item = &'static str> {
    let wanted = WANTS.into_iter().filter(move |(name, _)| wants(of, name));
    wanted.map(|(_, words)| words.split([':', ',']).next().unwrap_or(words))
}

fn fields(front: &Front, group: Option<&Group>) -> Markup {
    let name = group.map(|group| group.name.as_str()).unwrap_or_default();
    let members: Vec<String> = group
        .into_iter()
        .flat_map(|group| &group.members)
        .map(|member| match member.name.is_empty() {
            true => member.email.to_string(),
            false => format!("{} <{}>", member.name, member.email),
        })
        .collect();
    let area = html! {
        textarea id="members" name="members" rows="4" required aria-describedby="members-help" { (members.join("\n")) }
    };
    let known = group.map_or_else(Wants::default, |group| group.wants);
    let filter = group.map(|group| group.only.clone()).unwrap_or_default();
    html! {
        (kit::field("name", "Name", "", "", &kit::line("name", name, "")))
        (kit::field("members", "Members", "One a line: an address, or Ann <ann@example.com>.", "", &area))
        fieldset {
            legend { "Is told" }
            @for (name, words) in WANTS {
                p { label class="beside" { input type="checkbox" name=(name) value="yes" checked[wants(known, name)]; " " (words) } }
            }
        }
        (only_fields(&front.shop.loaded().config, &filter))
    }
}

fn letters(mails: &[&MailKept]) -> Markup {
    html! {
        @if mails.is_empty() { (empty("No mail was made for it yet.")) }
        @for mail in mails {
            details {
                summary { (moment(mail.made_at)) " " (mail.subject) " " (arrived(mail)) }
                ul class="plain" { @for recipient in &mail.recipients {
                    li { (recipient.email) ": " (stands(&recipient.state)) }
                } }
                pre { (mail.text) }
            }
        }
    }
}

/// Whether a mail reached everybody.
fn arrived(mail: &MailKept) -> Markup {
    let of = |wanted: fn(&RecipientState) -> bool| {
        mail.recipients.iter().map(move |it| wanted(&it.state))
    };
    let mut sent = of(|state| matches!(state, RecipientState::Sent { .. }));
    let mut waiting = of(|state| matches!(state, RecipientState::Waiting { .. }));
    match (sent.all(|it| it), waiting.any(|it| it)) {
        (true, _) => chip(Tone::Good, "taken"),
        (false, true) => chip(Tone::Open, "waiting"),
        (false, false) => chip(Tone::Bad, "refused"),
    }
}

fn stands(state: &RecipientState) -> Markup {
    html! {
        @match state {
            RecipientState::Waiting { next_at, said, .. } => { "waits until " (moment(*next_at)) @if !said.is_empty() { ": " (said) } }
            RecipientState::Sent { at } => { "taken by the mail server at " (moment(*at)) }
            RecipientState::Refused { at, code, said } => { "refused at " (moment(*at)) " with " (code) ": " (said) }
            RecipientState::GivenUp { at, said } => { "given up at " (moment(*at)) ": " (said) }
        }
    }
}
