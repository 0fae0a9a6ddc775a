//! Who may sign in and what each may do: people, the links that let them in, the keys of programs, and who changed what.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use maud::{Markup, html};
use secrecy::ExposeSecret;
use serde::Deserialize;
use tieout_identity::{
    ApiKey, AuditEntry, AuditId, Email, Identity, NewKey, NewPerson, Person, PersonChange,
    PersonId, RoleBy, Scope, SessionLine,
};

use super::kit;
use crate::exit::Failure;
use crate::setup::fields::Entered;
use crate::web::entry::{AdminClick, Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, card, chip, empty, moment, moment_or, scroll, token};
use crate::web::trouble::Trouble;

/// Lines of the audit on a page.
const AUDIT_SHOWN: usize = 50;

/// How far back the audit is looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Before {
    before: Option<String>,
}

/// Somebody new.
#[derive(Debug, Deserialize)]
pub(super) struct Invited {
    email: String,
    #[serde(default)]
    name: String,
    role: Role,
}

/// What becomes of somebody.
#[derive(Debug, Deserialize)]
pub(super) struct Changed {
    role: Role,
    name: String,
}

/// Shows everybody, the keys and what was done.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    Query(Before { before }): Query<Before>,
    caller: Caller,
) -> Result<Html<String>, Trouble> {
    caller.must(Role::Admin)?;
    page(
        &front,
        &caller,
        before
            .and_then(|before| before.parse::<AuditId>().ok())
            .as_ref(),
        &html! {},
    )
    .await
}

/// Lets somebody in from now on, and shows the link once.
pub(super) async fn invite(
    State(front): State<Arc<Front>>,
    Signed { caller, form }: Signed<Invited>,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    let email = form.email.trim().parse::<Email>();
    let email = email.map_err(|error| Failure::config(error.to_string()))?;
    let new = NewPerson {
        email,
        name: form.name.trim().to_owned(),
        role: form.role,
    };
    let person = front.identity.add_person(&caller.actor, new).await;
    let person = person?;
    linked(&front, &caller, person.id).await
}

/// Makes a link that lets somebody in once, and shows it once.
pub(super) async fn link(
    State(front): State<Arc<Front>>,
    Path(id): Path<PersonId>,
    AdminClick(caller): AdminClick,
) -> Result<Response, Trouble> {
    linked(&front, &caller, id).await
}

async fn linked(front: &Arc<Front>, caller: &Caller, id: PersonId) -> Result<Response, Trouble> {
    let link = front.identity.make_link(&caller.actor, id).await?;
    let address = link.address(&front.base());
    let told = html! {
        section class="card" role="status" {
            h2 { "A link for " (link.person.email) }
            p { "It lets whoever opens it in as " (link.person.name) ", once, until " (moment(link.expires_at)) ". It is shown here and nowhere else: send it on a way that only " (link.person.name) " reads." }
            p { (kit::copied(&address)) }
        }
    };
    Ok(secret_page(page(front, caller, None, &told).await?))
}

/// Changes what somebody may do, and what they are called.
pub(super) async fn change(
    State(front): State<Arc<Front>>,
    Path(id): Path<PersonId>,
    Signed { caller, form }: Signed<Changed>,
) -> Result<Redirect, Trouble> {
    caller.must(Role::Admin)?;
    let wanted = PersonChange {
        role: Some(form.role),
        name: Some(form.name.trim().to_owned()).filter(|name| !name.is_empty()),
        ..PersonChange::default()
    };
    front
        .identity
        .change_person(&caller.actor, id, wanted)
        .await?;
    Ok(Redirect::to(&format!("/people/{id}")))
}

/// Keeps somebody out from now on; the sessions end too.
pub(super) async fn disable(
    State(front): State<Arc<Front>>,
    Path(id): Path<PersonId>,
    AdminClick(caller): AdminClick,
) -> Result<Redirect, Trouble> {
    front.identity.disable_person(&caller.actor, id).await?;
    Ok(Redirect::to(&format!("/people/{id}")))
}

/// Lets somebody in again.
pub(super) async fn enable(
    State(front): State<Arc<Front>>,
    Path(id): Path<PersonId>,
    AdminClick(caller): AdminClick,
) -> Result<Redirect, Trouble> {
    front.identity.enable_person(&caller.actor, id).await?;
    Ok(Redirect::to(&format!("/people/{id}")))
}

/// Ends the sessions of somebody.
pub(super) async fn end_sessions(
    State(front): State<Arc<Front>>,
    Path(id): Path<PersonId>,
    AdminClick(caller): AdminClick,
) -> Result<Redirect, Trouble> {
    front.identity.end_sessions(&caller.actor, id).await?;
    Ok(Redirect::to(&format!("/people/{id}")))
}

/// Makes a key for a program, and shows it once.
pub(super) async fn add_key(
    State(front): State<Arc<Front>>,
    Signed { caller, form }: Signed<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    let form = Entered(form);
    let scopes = Scope::ALL
        .into_iter()
        .filter(|scope| form.get(&format!("scope-{scope}")) == "yes");
    let until = match form.get("expires_on") {
        "" => None,
        day => Some(
            day.parse::<NaiveDate>()
                .map_err(|_| Failure::config("write the day as 2026-01-31"))?,
        ),
    };
    let new = NewKey {
        name: form.get("name").to_owned(),
        scopes: scopes.collect::<BTreeSet<_>>(),
        expires_at: until.map(|day| {
            DateTime::<Utc>::from_naive_utc_and_offset(day.and_time(NaiveTime::MIN), Utc)
        }),
    };
    let made = front.identity.add_key(&caller.actor, new).await?;
    let told = html! {
        section class="card" role="status" {
            h2 { "The key " (made.key.name) }
            p { "It is shown here and nowhere else: put it where the program keeps its secrets." }
            p { (kit::copied(made.secret.expose_secret())) }
        }
    };
    Ok(secret_page(page(&front, &caller, None, &told).await?))
}

/// Ends a key.
pub(super) async fn revoke_key(
    State(front): State<Arc<Front>>,
    Path(id): Path<String>,
    AdminClick(caller): AdminClick,
) -> Result<Redirect, Trouble> {
    let keys = front.identity.keys().await?;
    let key = keys.into_iter().find(|key| key.id.to_string() == id);
    let key = key.ok_or_else(|| Trouble::not_found("there is no such key"))?;
    front.identity.revoke_key(&caller.actor, key.id).await?;
    Ok(Redirect::to("/people"))
}

/// Shows one person.
pub(super) async fn one(
    State(front): State<Arc<Front>>,
    Path(id): Path<PersonId>,
    caller: Caller,
) -> Result<Html<String>, Trouble> {
    caller.must(Role::Admin)?;
    let identity = &front.identity;
    let person = identity.person(id).await?;
    let person = person.ok_or_else(|| Trouble::not_found("there is no such person"))?;
    let sessions = identity.sessions(id).await?;
    let page = Page {
        title: &person.name,
        place: Place::People,
        caller: &caller,
        live: false,
    };
    let content = html! {
        p { a href="/people" { "Everybody" } }
        h1 { (person.name) " " (standing(&person)) }
        (card("What this person may do", &changeable(&person, &caller)))
        (card("Signed in", &signed_in(&person, &sessions, &caller)))
    };
    Ok(page.show(&content))
}

async fn page(
    front: &Arc<Front>,
    caller: &Caller,
    before: Option<&AuditId>,
    above: &Markup,
) -> Result<Html<String>, Trouble> {
    let identity: &Identity = &front.identity;
    let people = identity.people().await?;
    let keys = identity.keys().await?;
    let audit = identity.audit(before, AUDIT_SHOWN).await?;
    let now = front.office(&caller.name).clock.now();
    let page = Page {
        title: "People",
        place: Place::People,
        caller,
        live: false,
    };
    let content = html! {
        h1 { "People" }
        p { a href="/notifications" { "Who is told what" } }
        (above)
        (card("Who may sign in", &html! { (everybody(&people)) (invitation(caller)) }))
        (card("Keys of programs", &html! { (all_keys(&keys, now, caller)) (new_key(caller)) }))
        (card("What was done", &done(&audit)))
    };
    Ok(page.show(&content))
}

fn everybody(people: &[Person]) -> Markup {
    if people.is_empty() {
        return empty("Nobody may sign in yet.");
    }
    scroll(
        "People",
        &html! {
            table class="named" {
                thead { tr { th { "Name" } th { "Address" } th { "Role" } th { "Signed in last" } } }
                tbody { @for person in people { tr {
                    th scope="row" { a href={ "/people/" (person.id) } { (person.name) } }
                    td { (person.email) }
                    td { (standing(person)) }
                    td class="date" { (moment_or(person.signed_in_at, "never")) }
                } } }
            }
        },
    )
}

fn standing(person: &Person) -> Markup {
    match person.disabled() {
        true => chip(Tone::Bad, "kept out"),
        false => chip(Tone::Good, person.role.word()),
    }
}

fn roles(chosen: Role) -> Markup {
    let told = |role: Role| match role {
        Role::Viewer => "Viewer: sees everything and changes nothing",
        Role::Operator => "Operator: decides about documents too",
        Role::Admin => "Admin: decides about people, keys, connections and settings too",
    };
    html! {
        select id="role" name="role" {
            @for role in Role::ALL { option value=(role.word()) selected[role == chosen] { (told(role)) } }
        }
    }
}

fn invitation(caller: &Caller) -> Markup {
    let email = html! { input id="email" name="email" type="email" required autocomplete="off"; };
    html! {
        details {
            summary { "Let somebody in" }
            form method="post" action="/people" {
                (token(caller))
                (kit::field("email", "E-mail address", "By which the sign-in knows this person.", "", &email))
                (kit::field("name", "Name", "", "", &kit::line("name", "", "")))
                (kit::field("role", "Role", "", "", &roles(Role::Viewer)))
                button class="primary" { "Let in, and make a link" }
            }
        }
    }
}

fn changeable(person: &Person, caller: &Caller) -> Markup {
    let base = format!("/people/{}", person.id);
    html! {
        form method="post" action={ (base) "/change" } {
            (token(caller))
            (kit::field("name", "Name", "", "", &kit::line("name", &person.name, "")))
            (kit::field("role", "Role", match person.role_by {
                RoleBy::Hand => "Somebody chose it: what the identity provider says does not change it.",
                RoleBy::Rules => "The rules of the configuration chose it; chosen here, it stays.",
            }, "", &roles(person.role)))
            button class="primary" { "Save" }
        }
        div class="actions" {
            @if person.disabled() {
                form method="post" action={ (base) "/enable" } { (token(caller)) button { "Let in again" } }
            } @else {
                form method="post" action={ (base) "/link" } { (token(caller)) button { "Make a sign-in link" } }
                form method="post" action={ (base) "/disable" } data-sure={ "Every session of " (person.name) " ends at once. Keep this person out?" } {
                    (token(caller)) button { "Keep out" }
                }
            }
        }
    }
}

fn signed_in(person: &Person, sessions: &[SessionLine], caller: &Caller) -> Markup {
    html! {
        @if sessions.is_empty() { (empty("Nowhere at the moment.")) }
        @else {
            (scroll("Sessions", &html! {
                table {
                    thead { tr { th { "Since" } th { "Used last" } th { "Browser" } } }
                    tbody { @for session in sessions { tr {
                        td class="date" { (moment(session.created_at)) }
                        td class="date" { (moment(session.seen_at)) }
                        td { (session.agent) }
                    } } }
                }
            }))
            form method="post" action={ "/people/" (person.id) "/sign-out" } { (token(caller)) button { "Sign out everywhere" } }
        }
    }
}

fn all_keys(keys: &[ApiKey], now: DateTime<Utc>, caller: &Caller) -> Markup {
    if keys.is_empty() {
        return empty("No program has a key.");
    }
    scroll(
        "Keys",
        &html! {
            table {
                thead { tr { th { "Key" } th { "May" } th { "Made" } th { "Used last" } th { "Until" } th { span class="hidden" { "What can be done" } } } }
                tbody { @for key in keys { tr {
                    th scope="row" { (key.name) br; small { code { (key.begins) "…" } } }
                    td { @for scope in &key.scopes { (chip(Tone::Gone, scope.word())) " " } }
                    td class="date" { (moment(key.created_at)) br; small { (key.created_by) } }
                    td class="date" { (moment_or(key.used_at, "never")) }
                    td class="date" { (moment_or(key.expires_at, "for ever")) }
                    td {
                        @if key.works(now) {
                            form method="post" action={ "/people/keys/" (key.id) "/revoke" } data-sure={ "Programs with this key are turned away from now on. End " (key.name) "?" } {
                                (token(caller)) button { "End it" span class="hidden" { ": the key " (key.name) } }
                            }
                        } @else { (chip(Tone::Bad, if key.revoked_at.is_some() { "ended" } else { "expired" })) }
                    }
                } } }
            }
        },
    )
}

fn new_key(caller: &Caller) -> Markup {
    let told = |scope: Scope| match scope {
        Scope::Read => "sees everything",
        Scope::Operate => "decides about documents too",
        Scope::Admin => "decides about people, keys and connections too",
        Scope::Panel => "opens the panel of one record for one user",
    };
    html! {
        details {
            summary { "Make a key" }
            form method="post" action="/people/keys" {
                (token(caller))
                (kit::field("key-name", "Name", "What the program is called.", "", &html! { input id="key-name" name="name" required autocomplete="off"; }))
                fieldset {
                    legend { "What it may do" }
                    @for scope in Scope::ALL {
                        p { label class="beside" { input type="checkbox" name={ "scope-" (scope) } value="yes" checked[scope == Scope::Read]; " " strong { (scope) } ": " (told(scope)) } }
                    }
                }
                (kit::field("expires_on", "Until", "The first day, by UTC, on which it does not work any more; empty for ever.", "",
                    &html! { input id="expires_on" name="expires_on" type="date"; }))
                button class="primary" { "Make it" }
            }
        }
    }
}

fn done(audit: &[AuditEntry]) -> Markup {
    html! {
        @if audit.is_empty() { (empty("Nothing yet.")) }
        ul class="timeline" { @for line in audit {
            li { (moment(line.at)) " " strong { (line.by) } " " (line.act) }
        } }
        @if let Some(last) = audit.last().filter(|_| audit.len() == AUDIT_SHOWN) {
            p { a href={ "/people?before=" (last.id.as_str()) } { "Older" } }
        }
    }
}

/// A page that has a secret on it is kept by nobody.
fn secret_page(page: Html<String>) -> Response {
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}
