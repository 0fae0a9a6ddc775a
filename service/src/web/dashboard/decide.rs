//! The deeds that somebody does about one document, and about many with a look at them first.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use tieout_core::driver::{Choice, World};
use tieout_core::engine::{Binding, BindingKey, Denied, Manner};
use tieout_core::store::Store;

use super::filters::value;
use super::flash::{self, Went};
use crate::browse::{Row, Wanted, Which, keys_of, rows, spelled, spelled_key};
use crate::command::{Decided, Decision, decide as carry_out};
use crate::exit::{Failure, sentence};
use crate::output::counted;
use crate::web::entry::{Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Page, Place, empty, token};
use crate::web::trouble::Trouble;

type Form = Vec<(String, String)>;

/// Documents that are decided about at once.
const MANY_MAX: usize = 20_000;
/// Documents that are looked for at the provider at once: each is asked for by itself.
const ADOPTED_MAX: usize = 100;
/// Documents that a preview shows one by one.
const SHOWN_MAX: usize = 20;
/// Denied ones that are told one by one.
const DENIED_SHOWN_MAX: usize = 10;

/// Decides about one document.
pub(super) async fn one(
    State(front): State<Arc<Front>>,
    signed: Signed<Form>,
) -> Result<Redirect, Trouble> {
    let (caller, form) = (signed.caller, signed.form);
    caller.must(Role::Operator)?;
    let key = named(&form)?;
    let (went, words) = match value(&form, "act") {
        "retry" => decided(&front, &caller, &[key], Decision::Retry).await?,
        "skip" => {
            let because = reason(&form);
            decided(&front, &caller, &[key], Decision::Skip(because)).await?
        }
        "detach" => decided(&front, &caller, &[key], Decision::Detach).await?,
        act => asked(&front, &caller, (act, &key), value(&form, "as")).await?,
    };
    Ok(flash::back(&caller, value(&form, "back"), went, words))
}

/// The document that a form is about.
pub(super) fn named(form: &[(String, String)]) -> Result<BindingKey, Trouble> {
    spelled_key(value(form, "key")).ok_or_else(|| Trouble::not_found("the form names no document"))
}

/// Why, in the person's words, where any were given.
pub(super) fn reason(form: &[(String, String)]) -> Option<&str> {
    Some(value(form, "because").trim()).filter(|it| !it.is_empty())
}

async fn decided(
    front: &Front,
    caller: &Caller,
    keys: &[BindingKey],
    decision: Decision<'_>,
) -> Result<(Went, Vec<String>), Trouble> {
    let office = front.office(&caller.name);
    let decided = carry_out(&office, keys, decision).await?;
    front.shop.staff().world.work_now();
    Ok(told(&decided, decision))
}

fn told(decided: &Decided, decision: Decision<'_>) -> (Went, Vec<String>) {
    let done = counted(decided.done, "document", "documents");
    let mut words = Vec::new();
    if decided.done > 0 {
        words.push(match decision {
            Decision::Retry => format!("{done} to be planned anew now."),
            Decision::Skip(_) => format!("{done} not to be sent until somebody tries again."),
            Decision::Detach => format!("{done} left alone from now on."),
        });
    }
    let denied = decided.denied.iter().take(DENIED_SHOWN_MAX);
    words.extend(denied.map(|(binding, denied)| why_not(binding, denied)));
    if decided.denied.len() > DENIED_SHOWN_MAX {
        words.push(format!(
            "And {} more.",
            decided.denied.len() - DENIED_SHOWN_MAX
        ));
    }
    if decided.gone > 0 {
        words.push(format!(
            "{} not known any more.",
            counted(decided.gone, "document", "documents")
        ));
    }
    let went = match decided.denied.is_empty() && decided.done > 0 {
        true => Went::Well,
        false => Went::Badly,
    };
    (went, words)
}

fn why_not(binding: &Binding, denied: &Denied) -> String {
    format!(
        "{}: {} {}",
        binding.number,
        sentence(&denied.why),
        denied.instead
    )
}

/// What is asked of the provider first, or settled with what it showed.
async fn asked(
    front: &Front,
    caller: &Caller,
    (act, key): (&str, &BindingKey),
    chosen: &str,
) -> Result<(Went, Vec<String>), Trouble> {
    let world = &front.shop.staff().world;
    let binding = binding(front.store().as_ref(), key).await?;
    let by = caller.name.as_str();
    let done: Result<String, Denied> = match act {
        "undo_cancel" => world
            .cancel_undo(key, by)
            .await?
            .map(|now| format!("{} stays in the books.", now.number)),
        "adopt_none" => world.tell_apart(&binding, by).await?.map(|(now, others)| {
            format!(
                "{} is none of the {others} found: it is sent beside them.",
                now.number
            )
        }),
        "adopt" | "adopt_overwrite" => {
            let manner = match act {
                "adopt_overwrite" => Manner::Overwrite,
                _ => Manner::AsItIs,
            };
            adopted(world, &binding, chosen, (manner, by)).await?
        }
        _ => return Err(Trouble::not_found("there is no such deed")),
    };
    world.work_now();
    Ok(match done {
        Ok(words) => (Went::Well, vec![words]),
        Err(denied) => (Went::Badly, vec![why_not(&binding, &denied)]),
    })
}

async fn adopted(
    world: &World,
    binding: &Binding,
    chosen: &str,
    decided: (Manner, &str),
) -> Result<Result<String, Denied>, Trouble> {
    let choice = match chosen.trim() {
        "" => Choice::Found,
        named => Choice::Named(named),
    };
    let bound = world.adopt(binding, choice, decided).await?;
    Ok(bound.map(|now| {
        let held = now.posted.as_ref();
        let held = held.map_or_else(String::new, |it| format!(" {} ({})", it.number, it.id));
        let left = match now.findings().count() {
            0 => String::new(),
            many => format!(" {} left.", counted(many, "finding is", "findings are")),
        };
        format!("{} is bound to{held}.{left}", now.number)
    }))
}

/// A document as it is now.
pub(super) async fn binding(store: &dyn Store, key: &BindingKey) -> Result<Binding, Trouble> {
    let known = store.bindings(std::slice::from_ref(key)).await?;
    let known = known.into_iter().flatten().next();
    known.ok_or_else(|| Trouble::not_found(format!("{key} is not known")))
}

/// Shows what a decision about many would be about; with the go-ahead, carries it out.
pub(super) async fn many(
    State(front): State<Arc<Front>>,
    signed: Signed<Form>,
) -> Result<Response, Trouble> {
    let (caller, form) = (signed.caller, signed.form);
    caller.must(Role::Operator)?;
    let act = value(&form, "act");
    let query: Form = url::form_urlencoded::parse(value(&form, "query").as_bytes())
        .into_owned()
        .collect();
    let mut wanted = Wanted::read(&query)?;
    let back = format!("/findings?{}", wanted.query());
    let is_all = value(&form, "which") == "all";
    let most = if act == "adopt" {
        ADOPTED_MAX
    } else {
        MANY_MAX
    };
    let (keys, is_cut) = if is_all {
        // What a person saw is what is decided about: nothing that changed since.
        let seen = value(&form, "seen").parse().ok();
        wanted.before = Some(seen.unwrap_or_else(|| front.shop.staff().world.clock.now()));
        keys_of(front.store().as_ref(), &wanted, Which::InNeed, most).await?
    } else {
        let ticked = form.iter().filter(|(name, _)| name == "key");
        let keys: Vec<BindingKey> = ticked.filter_map(|(_, key)| spelled_key(key)).collect();
        let is_cut = keys.len() > most;
        (keys.into_iter().take(most).collect(), is_cut)
    };
    if keys.is_empty() {
        let words = vec![
            "Nothing is ticked: tick some documents, or choose everything that the filter shows."
                .to_owned(),
        ];
        return Ok(flash::back(&caller, &back, Went::Badly, words).into_response());
    }
    if value(&form, "go") == "yes" {
        let (went, words) = go(&front, &caller, (act, &form), &keys).await?;
        return Ok(flash::back(&caller, &back, went, words).into_response());
    }
    let bindings = front
        .store()
        .bindings(&keys[..keys.len().min(SHOWN_MAX)])
        .await?;
    let bindings: Vec<Binding> = bindings.into_iter().flatten().collect();
    let first = rows(front.store().as_ref(), &bindings).await?;
    let preview = Preview {
        act,
        keys: &keys,
        is_all,
        is_cut,
        first: &first,
        back: &back,
        wanted: &wanted,
    };
    Ok(preview.show(&caller)?.into_response())
}

async fn go(
    front: &Front,
    caller: &Caller,
    (act, form): (&str, &[(String, String)]),
    keys: &[BindingKey],
) -> Result<(Went, Vec<String>), Trouble> {
    match act {
        "retry" => decided(front, caller, keys, Decision::Retry).await,
        "skip" => decided(front, caller, keys, Decision::Skip(reason(form))).await,
        "adopt" => adopt_many(front, caller, keys).await,
        _ => Err(Trouble::not_found("there is no such deed")),
    }
}

/// Binds each to the one that is found for it, as it is. What several fit, or none, is told.
async fn adopt_many(
    front: &Front,
    caller: &Caller,
    keys: &[BindingKey],
) -> Result<(Went, Vec<String>), Trouble> {
    let world = &front.shop.staff().world;
    let (mut bound, mut denied) = (0_usize, Vec::new());
    for binding in front.store().bindings(keys).await?.into_iter().flatten() {
        let decided = (Manner::AsItIs, caller.name.as_str());
        match world.adopt(&binding, Choice::Found, decided).await {
            Ok(Ok(_)) => bound += 1,
            Ok(Err(why)) => denied.push(why_not(&binding, &why)),
            Err(error) => {
                // The others would fare no better; what is bound stays bound.
                denied.push(sentence(&Failure::from(error).message));
                break;
            }
        }
    }
    world.work_now();
    let mut words = vec![format!(
        "{} bound as the books have them.",
        counted(bound, "document is", "documents are")
    )];
    let went = if denied.is_empty() {
        Went::Well
    } else {
        Went::Badly
    };
    let more = denied.len().saturating_sub(DENIED_SHOWN_MAX);
    words.extend(denied.into_iter().take(DENIED_SHOWN_MAX));
    if more > 0 {
        words.push(format!("And {more} more."));
    }
    Ok((went, words))
}

/// What a decision about many would be about.
struct Preview<'a> {
    act: &'a str,
    keys: &'a [BindingKey],
    is_all: bool,
    is_cut: bool,
    first: &'a [Row],
    back: &'a str,
    wanted: &'a Wanted,
}

impl Preview<'_> {
    fn show(&self, caller: &Caller) -> Result<Html<String>, Trouble> {
        let (head, sure) = match self.act {
            "retry" => (
                "Plan anew",
                "Each is planned with document, settings and chart as they are now, and sent where nothing stands in the way.",
            ),
            "skip" => (
                "Never send",
                "None of them is sent, whatever the product changes, until somebody tries again.",
            ),
            "adopt" => (
                "Bind to what is there",
                "Each is looked for in the books; where exactly one fits, it is bound as it is there. Nothing is written there. This takes some calls for each.",
            ),
            _ => return Err(Trouble::not_found("there is no such deed")),
        };
        let count = counted(self.keys.len(), "document", "documents");
        let content = html! {
            h1 { (head) ": " (count) }
            section class="card" {
                p { (sure) }
                @if self.is_cut { p { strong { "There are more than can be decided about at once: these are the first " (self.keys.len()) "." } } }
                (self.list())
                form method="post" action="/findings/many" {
                    (token(caller))
                    input type="hidden" name="act" value=(self.act);
                    input type="hidden" name="go" value="yes";
                    @if self.is_all {
                        input type="hidden" name="which" value="all";
                        @if let Some(before) = self.wanted.before { input type="hidden" name="seen" value=(before.to_rfc3339()); }
                    } @else {
                        @for key in self.keys { input type="hidden" name="key" value=(spelled(key)); }
                    }
                    input type="hidden" name="query" value=(self.back.split_once('?').map_or("", |(_, query)| query));
                    @if self.act == "skip" {
                        div class="field" {
                            label for="because" { "Why" }
                            input id="because" name="because" maxlength="200";
                        }
                    }
                    div class="actions" {
                        button class="primary" { (head) ": " (count) }
                        a class="button" href=(self.back) { "Not now" }
                    }
                }
            }
        };
        let page = Page {
            title: head,
            place: Place::Findings,
            caller,
            live: false,
        };
        Ok(page.show(&content))
    }

    fn list(&self) -> Markup {
        let more = self.keys.len().saturating_sub(self.first.len());
        html! {
            @if self.first.is_empty() { (empty("None of them is known any more.")) }
            ul {
                @for row in self.first {
                    li { (row.number) " " span class="quiet" { (row.contact) " · " (row.key.document) " on " (row.key.connection) } }
                }
            }
            @if more > 0 { p class="quiet" { "and " (more) " more" } }
        }
    }
}
