//! The two pages beside a document: what it may be bound to, and what undoing it comes to.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use maud::{Markup, html};
use tieout_core::document::{ConnectionId, ProviderDocumentId};
use tieout_core::driver::Undoable;
use tieout_core::engine::{Binding, BindingKey, ContentHash, Inverse};
use tieout_core::provider::Snapshot;
use tieout_core::store::Store;

use super::decide::{binding, named, reason};
use super::document::opens;
use super::filters::value;
use super::flash::{self, Went};
use super::rows::figure;
use crate::browse::{document_key, note_in_words, spelled};
use crate::exit::{Failure, sentence};
use crate::output::counted;
use crate::web::entry::{Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, card, chip, empty, scroll, token};
use crate::web::trouble::Trouble;

type Pairs = Vec<(String, String)>;

/// The document of an address, on the connection that it names.
async fn meant(
    store: &dyn Store,
    (host, kind, id): &(String, String, String),
    pairs: &[(String, String)],
) -> Result<Binding, Trouble> {
    let document = document_key(host, kind, id);
    let connection = ConnectionId::new(value(pairs, "connection")).ok();
    let key = document
        .zip(connection)
        .map(|(document, connection)| BindingKey {
            document,
            connection,
        });
    let key = key.ok_or_else(|| Trouble::not_found("there is no such document"))?;
    binding(store, &key).await
}

/// Shows what a document may be bound to.
pub(super) async fn adoption(
    State(front): State<Arc<Front>>,
    caller: Caller,
    Path(parts): Path<(String, String, String)>,
    Query(pairs): Query<Pairs>,
) -> Result<Html<String>, Trouble> {
    caller.must(Role::Operator)?;
    let binding = meant(front.store().as_ref(), &parts, &pairs).await?;
    let ids: Vec<ProviderDocumentId> = binding
        .findings()
        .flat_map(|finding| &finding.others)
        .filter_map(|id| ProviderDocumentId::new(id.clone()).ok())
        .collect();
    let site = front
        .shop
        .staff()
        .world
        .connections
        .get(&binding.key.connection);
    let (mut held, mut unread) = (Vec::new(), None);
    if let (Some(site), false) = (site, ids.is_empty()) {
        match site.provider.read(binding.key.document.kind, &ids).await {
            Ok(found) => held = found,
            Err(error) => unread = Some(crate::exit::chain(&error)),
        }
    }
    let mut candidates = Vec::new();
    for snapshot in &held {
        let address = opens(&front, &binding, &snapshot.id).await?;
        candidates.push((snapshot, address));
    }
    let back = value(&pairs, "back");
    let content = html! {
        h1 { "Is " (binding.number) " there already?" }
        @if let Some(why) = &unread { div class="flash bad" { (sentence(&format!("the books could not be asked: {why}"))) } }
        (card("In the books", &there(&caller, &binding, &candidates, back)))
        (card("Another one", &another(&caller, &binding, back)))
        @if !ids.is_empty() { (card("None of them", &none(&caller, &binding, back))) }
        p { a href=(back_or(back)) { "Back" } }
    };
    let page = Page {
        title: "Is it there already?",
        place: Place::Documents,
        caller: &caller,
        live: false,
    };
    Ok(page.show(&content))
}

fn back_or(back: &str) -> &str {
    match back.starts_with('/') && !back.starts_with("//") && !back.contains('\\') {
        true => back,
        false => "/documents",
    }
}

fn there(
    caller: &Caller,
    binding: &Binding,
    candidates: &[(&Snapshot, Option<String>)],
    back: &str,
) -> Markup {
    if candidates.is_empty() {
        return html! {
            (empty("Nothing that may be it is known yet."))
            p { "It is looked for by link, number and reference, and bound where exactly one fits:" }
            (choose(caller, binding, ("adopt", "Look for it and bind it as it is"), "", back))
        };
    }
    scroll(
        "Candidates",
        &html! {
            table {
                thead { tr { th { "Number" } th { "Status" } th { "Date" } th { "Reference" } th class="num" { "Total" } th class="num" { "Paid" } th { span class="hidden" { "Choose" } } } }
                tbody {
                    @for (held, address) in candidates {
                        tr {
                            th scope="row" {
                                @match address {
                                    Some(address) => { a href=(address) rel="noreferrer" { (held.number) } },
                                    None => { (held.number) },
                                }
                            }
                            td { (held.status) }
                            td class="date" { (held.date) }
                            td { (held.reference.as_deref().unwrap_or_default()) }
                            td class="num" { (figure(held.totals.gross, held.currency)) " " (held.currency) }
                            td class="num" { (figure(held.amount_paid + held.amount_credited, held.currency)) }
                            td class="actions" {
                                (choose(caller, binding, ("adopt", "It is this one, as it is"), held.id.as_str(), back))
                                (choose(caller, binding, ("adopt_overwrite", "Make it equal to the product's"), held.id.as_str(), back))
                            }
                        }
                    }
                }
            }
        },
    )
}

fn another(caller: &Caller, binding: &Binding, back: &str) -> Markup {
    html! {
        form method="post" action="/documents/decide" {
            (token(caller))
            input type="hidden" name="key" value=(spelled(&binding.key));
            input type="hidden" name="back" value=(back_or(back));
            div class="field" {
                label for="as" { "Number or identifier in the books" }
                input id="as" name="as" required maxlength="255";
            }
            div class="actions" {
                button name="act" value="adopt" { "It is that one, as it is" }
                button name="act" value="adopt_overwrite" { "Make that one equal to the product's" }
            }
        }
    }
}

fn none(caller: &Caller, binding: &Binding, back: &str) -> Markup {
    html! {
        p { "It is sent beside them, and is never taken for one of them again." }
        (choose(caller, binding, ("adopt_none", "It is none of them"), "", back))
    }
}

fn choose(
    caller: &Caller,
    binding: &Binding,
    (act, word): (&str, &str),
    id: &str,
    back: &str,
) -> Markup {
    let sure = (act == "adopt_overwrite")
        .then_some("What stands in the books is written over by the next run. Go on?");
    html! {
        form method="post" action="/documents/decide" data-sure=[sure] {
            (token(caller))
            input type="hidden" name="act" value=(act);
            input type="hidden" name="key" value=(spelled(&binding.key));
            input type="hidden" name="as" value=(id);
            input type="hidden" name="back" value=(back_or(back));
            button { (word) }
        }
    }
}

/// Shows what undoing a document comes to. Asks the provider what it holds now; changes nothing.
pub(super) async fn undoing(
    State(front): State<Arc<Front>>,
    caller: Caller,
    Path(parts): Path<(String, String, String)>,
    Query(pairs): Query<Pairs>,
) -> Result<Html<String>, Trouble> {
    caller.must(Role::Operator)?;
    let binding = meant(front.store().as_ref(), &parts, &pairs).await?;
    let world = &front.shop.staff().world;
    let rows = world
        .look_at_undo(std::slice::from_ref(&binding.key))
        .await?;
    let calls: usize = world.undo_cost(&rows).iter().map(|it| it.calls_min).sum();
    let back = back_or(value(&pairs, "back"));
    let content = html! {
        h1 { "Undo " (binding.number) }
        section class="card" {
            @match rows.first() {
                None => { (empty("There is nothing to undo.")) },
                Some(row) => { (comes_to(row)) (ahead(&caller, row, (calls, back))) },
            }
        }
        p { a href=(back) { "Back" } }
    };
    let page = Page {
        title: "Undo",
        place: Place::Documents,
        caller: &caller,
        live: false,
    };
    Ok(page.show(&content))
}

fn comes_to(row: &Undoable) -> Markup {
    html! {
        @match &row.inverse {
            Inverse::Delete => p { "It is deleted in the books: nobody approved it yet." },
            Inverse::Void { take_back } => {
                p { "It is voided in the books." }
                @if !take_back.is_empty() {
                    p { "These payments, which were made from here, are taken back before:" }
                    ul { @for payment in take_back { li { (payment.date) ": " (figure(payment.amount, payment.currency)) " " (payment.currency) } } }
                }
            },
            Inverse::CreditNote(note) => {
                p { "It cannot be voided, and nothing settles it. It is reversed by a document of its own:" }
                p { (sentence(&note_in_words(note).0)) }
                ul { @for line in note_in_words(note).1 { li { (line) } } }
            },
            Inverse::KeepOut => p { "It is out of the books already; it is kept from being sent again." },
            Inverse::Underway => p { "It is under way: a request is in the air or in doubt, and goes on by itself." },
            Inverse::Nothing(why) => p { (sentence(&format!("nothing is to be undone: {why}"))) },
            Inverse::Refused(finding) => {
                p { (chip(Tone::Bad, "not as it stands")) }
                div class="finding" {
                    p { (sentence(&finding.message)) }
                    p class="remedy" { (finding.remedy) }
                    @if !finding.detail.is_empty() { pre { (finding.detail.join("\n")) } }
                }
            },
        }
    }
}

/// What a person was shown, as the form brings it back.
fn shown_as(inverse: &Inverse) -> String {
    match inverse {
        Inverse::CreditNote(note) => {
            let hash = ContentHash::of(note);
            format!("{} {hash}", inverse.as_str())
        }
        Inverse::Delete
        | Inverse::Void { .. }
        | Inverse::KeepOut
        | Inverse::Underway
        | Inverse::Nothing(_)
        | Inverse::Refused(_) => inverse.as_str().to_owned(),
    }
}

fn ahead(caller: &Caller, row: &Undoable, (calls, back): (usize, &str)) -> Markup {
    html! {
        @if row.inverse.is_possible() {
            p class="quiet" {
                "It is not sent again by itself after that, and the product is told that it is voided. It takes "
                (counted(calls, "call", "calls")) " or a few more."
            }
            form method="post" action="/documents/undo" {
                (token(caller))
                input type="hidden" name="key" value=(spelled(&row.binding.key));
                input type="hidden" name="back" value=(back);
                input type="hidden" name="inverse" value=(shown_as(&row.inverse));
                div class="field" {
                    label for="because" { "Why" }
                    input id="because" name="because" maxlength="200";
                }
                button class="primary" { "Undo it" }
            }
        }
    }
}

/// Marks a document as one that is to be taken out of the books; the loops go on with it.
pub(super) async fn undo(
    State(front): State<Arc<Front>>,
    signed: Signed<Pairs>,
) -> Result<Redirect, Trouble> {
    let (caller, form) = (signed.caller, signed.form);
    caller.must(Role::Operator)?;
    let key = named(&form)?;
    let world = &front.shop.staff().world;
    let rows = world.look_at_undo(std::slice::from_ref(&key)).await?;
    // A credit note is written only as this person was shown it.
    let is_unseen = |row: &Undoable| {
        let is_note = matches!(row.inverse, Inverse::CreditNote(_));
        is_note && shown_as(&row.inverse) != value(&form, "inverse")
    };
    if rows.iter().any(is_unseen) {
        let words = "It comes to something else by now: look at it once more.".to_owned();
        let back = value(&form, "back");
        return Ok(flash::back(&caller, back, Went::Badly, vec![words]));
    }
    let rows = world.mark_undone(rows, &caller.name, reason(&form)).await?;
    world.work_now();
    let (went, words) = match rows.first() {
        Some(row) if row.is_at_work() => {
            let words = format!(
                "{} is being taken out of the books; its story tells how far it is.",
                row.binding.number
            );
            (Went::Well, words)
        }
        Some(Undoable {
            inverse: Inverse::Refused(finding),
            ..
        }) => (
            Went::Badly,
            format!("{} {}", sentence(&finding.message), finding.remedy),
        ),
        Some(_) => (Went::Badly, "There is nothing to undo.".to_owned()),
        None => return Err(Failure::new("the document is not known any more").into()),
    };
    Ok(flash::back(
        &caller,
        value(&form, "back"),
        went,
        vec![words],
    ))
}
