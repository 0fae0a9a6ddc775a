//! One document: where it stands, both sides beside each other, what can be decided, and everything that is known of it.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Html;
use maud::{Markup, html};
use rust_decimal::Decimal;
use tieout_core::check::kinds::Act;
use tieout_core::document::{
    ConnectionId, Currency, Document, DocumentKind, ProviderDocumentId, PurchaseOrder, Totals,
};
use tieout_core::driver::remembered_chart;
use tieout_core::engine::{Binding, Posted, companions_told, detach, retry, skip, snapshot_fields};
use tieout_core::provider::Opened;
use tieout_core::settings::Settings;
use tieout_core::store::Find;

use super::rows::{buttons, figure, found, path_with, shown};
use super::{flash, story_parts};
use crate::browse::{Row, document_key, document_path, totals};
use crate::exit::sentence;
use crate::story::{Told, tell_inside};
use crate::web::entry::{Caller, Role};
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, card, chip, empty, moment, scroll};
use crate::web::trouble::Trouble;

/// Shows it, on each connection that it ever went to.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    caller: Caller,
    Path((host, kind, id)): Path<(String, String, String)>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Html<String>, Trouble> {
    let nowhere = || Trouble::not_found("no such document has come");
    let key = document_key(&host, &kind, &id).ok_or_else(nowhere)?;
    let store = front.store();
    let keys = store.find(&Find::Document(key.clone())).await?;
    let bindings: Vec<Binding> = store.bindings(&keys).await?.into_iter().flatten().collect();
    let number = bindings.first().ok_or_else(nowhere)?.number.clone();
    // That no connection claimed it once tells nothing when one has it.
    let was_unclaimed =
        |it: &Binding| it.has_left() && it.key.connection == ConnectionId::unrouted();
    let is_read = pairs.iter().any(|(name, _)| name == "now");
    let mut parts = Vec::new();
    for binding in bindings.into_iter().filter(|it| !was_unclaimed(it)) {
        parts.push(part(&front, &caller, binding, is_read).await?);
    }
    let content = html! {
        div class="head" {
            h1 { (shown(&number)) " " small { (key) } }
        }
        (flash::said(&caller, &pairs))
        @for part in &parts { (part) }
    };
    let title = format!("{} {}", shown(&number), key.kind.as_str().replace('_', " "));
    let page = Page {
        title: &title,
        place: Place::Documents,
        caller: &caller,
        live: !is_read,
    };
    Ok(page.show(&content))
}

/// The document on one connection.
async fn part(
    front: &Front,
    caller: &Caller,
    binding: Binding,
    is_read: bool,
) -> Result<Markup, Trouble> {
    let office = front.office(&caller.name);
    let told = tell_inside(&office, binding).await?;
    let binding = &told.binding;
    let connection = front
        .shop
        .loaded()
        .config
        .connections
        .get(&binding.key.connection);
    let default = Settings::default();
    let settings = connection.map_or(&default, |it| &it.settings);
    let beside = companions_told(binding, told.document.as_ref(), settings);
    let address = match &binding.posted {
        Some(posted) => opens(front, binding, &posted.id).await?,
        None => None,
    };
    let now = if is_read {
        read_now(front, binding).await?
    } else {
        None
    };
    let row = Row::of(binding, told.document.as_ref());
    let file = front
        .shop
        .loaded()
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    Ok(html! {
        (stands(caller, (&told, &row), address.as_deref()))
        (card("Both sides", &sides(&told)))
        @if let Some(posted) = &binding.posted { (card("Payments", &payments(&told, posted))) }
        @if !beside.is_empty() {
            (card("Beside the document", &html! {
                dl class="facts" { @for (what, standing) in &beside { dt { (what) } dd { (standing) } } }
            }))
        }
        @if let Some(document) = &told.document { (card("Lines of the product", &lines(document))) }
        @if let Some(now) = &now { (card("In the books, just now", now)) }
        @if let Some(mapping) = &told.explanation.mapping { (card("What makes each field", &story_parts::mapping(mapping, &file))) }
        @if told.explanation.revisions.len() > 1 { (card("What the product said over time", &story_parts::revisions(&told.explanation.revisions))) }
        (card("Story", &story_parts::timeline(&told)))
        @if !told.explanation.exchanges.is_empty() { (card("What was said to the books", &story_parts::exchanges(&told.explanation.exchanges))) }
    })
}

/// Where it stands and what can be done.
fn stands(caller: &Caller, (told, row): (&Told, &Row), address: Option<&str>) -> Markup {
    let (binding, standing) = (&told.binding, &told.explanation.standing);
    let back = document_path(&binding.key.document);
    let is_live = binding
        .posted
        .as_ref()
        .is_some_and(|it| it.status.is_live());
    html! {
        section class="card" {
            h2 { "On " (binding.key.connection) " " (chip(Tone::of_state(row.state), row.state)) }
            dl class="facts" {
                dt { "State" } dd { (sentence(&standing.state)) }
                dt { "Next" } dd { (sentence(&standing.next)) }
                dt { "Last change" } dd { (moment(binding.changed_at)) }
                @if let Some(posted) = &binding.posted {
                    dt { "In the books" }
                    dd {
                        @match address {
                            Some(address) => { a href=(address) rel="noreferrer" { (posted.number) } },
                            None => { (posted.number) },
                        }
                        " " span class="quiet" { (posted.status) " · " code { (posted.id) } }
                    }
                }
                @if let Some(url) = told.document.as_ref().and_then(url) { dt { "In the product" } dd { a href=(url) rel="noreferrer" { (url) } } }
                @if !told.explanation.runs.is_empty() { dt { "Runs" } dd { (told.explanation.runs.join(", ")) } }
                @if let Some(revision) = binding.again { dt { "Again" } dd { "Revision " (revision) " was handed over again and changes nothing." } }
            }
            @if row.findings.is_empty() {
                @if caller.may(Role::Operator) {
                    div class="actions" {
                        (buttons(caller, row, &possible(binding), &back))
                        @if is_live { a class="button" href=(path_with(row, "undo", &back)) { "Undo …" } }
                    }
                }
            } @else { (found(caller, row, &back)) }
            @if is_live && caller.may(Role::Operator) {
                p { a href={ (back) "?now=1" } { "Read it in the books now" } " " span class="quiet" { "(1 call)" } }
            }
        }
    }
}

/// What a document without a finding allows.
fn possible(binding: &Binding) -> Vec<Act> {
    let at = binding.changed_at;
    let open = [
        (Act::Retry, retry(binding, "", at).is_ok()),
        (Act::Skip, skip(binding, "", None, at).is_ok()),
        (Act::Detach, detach(binding, "", at).is_ok()),
    ];
    open.into_iter()
        .filter(|(_, is_open)| *is_open)
        .map(|(act, _)| act)
        .collect()
}

/// A link of the host is shown as one only where it leads to a page.
fn url(document: &Document) -> Option<&str> {
    let url = match document {
        Document::Invoice(it) => it.url.as_deref(),
        Document::Bill(_) | Document::PurchaseOrder(_) => None,
    };
    url.filter(|it| it.starts_with("https://") || it.starts_with("http://"))
}

/// What both sides come to.
fn sides(told: &Told) -> Markup {
    let host = told.document.as_ref().and_then(totals);
    let posted = told.binding.posted.as_ref();
    let currency = host
        .map(|(_, it)| it)
        .or(posted.map(|it| it.settlement.currency));
    let Some(currency) = currency else {
        return empty("Neither side says what it comes to.");
    };
    let is_order = told.binding.key.document.kind == DocumentKind::PurchaseOrder;
    let of_host = |of: fn(&Totals) -> Decimal| host.as_ref().map(|(totals, _)| of(totals));
    let of_books = |of: fn(&Totals) -> Decimal| posted.map(|it| of(&it.totals));
    let settled = told.binding.told.settlement.as_ref();
    html! {
        (scroll("Both sides", &html! {
            table {
                thead { tr { th { span class="hidden" { "Amount" } } th class="num" { "Product" } th class="num" { "Books" } th class="num" { "Difference" } } }
                tbody {
                    (side("Net", currency, of_host(|it| it.net), of_books(|it| it.net)))
                    (side("Tax", currency, of_host(|it| it.tax), of_books(|it| it.tax)))
                    (side("Total", currency, of_host(|it| it.gross), of_books(|it| it.gross)))
                    @if let (Some(posted), false) = (posted, is_order) {
                        @let held = &posted.settlement;
                        (side("Paid", currency, settled.map(|it| it.amount_paid), Some(held.amount_paid)))
                        (side("Credited", currency, settled.map(|it| it.amount_credited), Some(held.amount_credited)))
                        (side("Due", currency, settled.map(|it| it.amount_due), Some(held.amount_due)))
                    }
                }
            }
        }))
        @if let Some(posted) = posted {
            p class="quiet" { "The books as of " (moment(posted.updated_at)) "." }
            @if let Some(edit) = &posted.edit { p { (chip(Tone::Bad, "edited there")) " " (sentence(&edit.message)) } }
        }
    }
}

fn side(name: &str, currency: Currency, host: Option<Decimal>, books: Option<Decimal>) -> Markup {
    let show =
        |amount: Option<Decimal>| amount.map_or_else(|| "–".to_owned(), |it| figure(it, currency));
    let difference = host.zip(books).map(|(host, books)| books - host);
    html! {
        tr {
            th scope="row" { (name) " " small { (currency) } }
            td class="num" { (show(host)) }
            td class="num" { (show(books)) }
            td class="num" {
                @match difference {
                    Some(difference) if difference.is_zero() => { (chip(Tone::Good, "the same")) },
                    Some(difference) => { (chip(Tone::Bad, &figure(difference, currency))) },
                    None => { "–" },
                }
            }
        }
    }
}

fn payments(told: &Told, posted: &Posted) -> Markup {
    let known = &told.binding.told.payments;
    let status = posted.settlement.status;
    html! {
        p {
            (chip(Tone::of_settlement(status), status.as_str())) " "
            @match &told.binding.told.settlement {
                Some(settlement) => { "The product was told: " (settlement.status.as_str().replace('_', " ")) "." },
                None => { "The product was told nothing of it yet." },
            }
            @if told.binding.deliver_at.is_some() { " It is still to be told something." }
        }
        @if posted.payments.is_empty() { (empty("Nothing was paid or allocated.")) }
        @else {
            (scroll("Payments", &html! {
                table class="stack" {
                    thead { tr { th { "Date" } th { "What" } th { "Reference" } th class="num" { "Amount" } th { "The product" } } }
                    tbody {
                        @for payment in &posted.payments {
                            tr {
                                td class="date" { (payment.date) }
                                td { (payment.kind.as_str().replace('_', " ")) }
                                td { (payment.reference.as_deref().unwrap_or_default()) }
                                td class="num" { (figure(payment.amount, payment.currency)) " " (payment.currency) }
                                td { @if known.contains_key(&payment.id) { "was told" } @else { span class="quiet" { "not told" } } }
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn lines(document: &Document) -> Markup {
    let (lines, currency) = match document {
        Document::Invoice(it) => (&it.lines, it.currency),
        Document::Bill(it) => (&it.lines, it.currency),
        Document::PurchaseOrder(it) => return ordered(it),
    };
    scroll(
        "Lines",
        &html! {
            table class="stack" {
                thead { tr { th { "What" } th { "Codes" } th class="num" { "Quantity" } th class="num" { "Price" } th class="num" { "Net" } th class="num" { "Tax" } } }
                tbody {
                    @for line in lines {
                        tr {
                            td { (line.description) }
                            td {
                                @for (name, code) in [("charge", &line.charge_code), ("account", &line.account_code), ("tax", &line.tax_code), ("case", &line.case_number)] {
                                    @if let Some(code) = code { span class="count" { small { (name) } " " code { (code) } } }
                                }
                            }
                            td class="num" data-name="Quantity" { (line.quantity.normalize()) }
                            td class="num" data-name="Price" { (figure(line.unit_price, currency)) }
                            td class="num" data-name="Net" { (figure(line.net_amount, currency)) }
                            td class="num" data-name="Tax" { (figure(line.tax_amount, currency)) }
                        }
                    }
                }
            }
        },
    )
}

/// The lines of an order: it has prices, and no taxes of its own.
fn ordered(order: &PurchaseOrder) -> Markup {
    scroll(
        "Lines",
        &html! {
            table class="stack" {
                thead { tr { th { "What" } th { "Article" } th class="num" { "Quantity" } th class="num" { "Arrived" } th class="num" { "Price" } } }
                tbody {
                    @for line in &order.lines {
                        tr {
                            td { (line.description) }
                            td { code { (line.sku) } }
                            td class="num" data-name="Quantity" { (line.quantity.normalize()) }
                            td class="num" data-name="Arrived" { @if let Some(arrived) = line.received_quantity { (arrived.normalize()) } }
                            td class="num" data-name="Price" { (figure(line.unit_price, order.currency)) }
                        }
                    }
                }
            }
        },
    )
}

/// Where a document of a binding opens at its provider.
pub(super) async fn opens(
    front: &Front,
    binding: &Binding,
    id: &ProviderDocumentId,
) -> Result<Option<String>, Trouble> {
    let connection = &binding.key.connection;
    let Some(site) = front.shop.staff().world.connections.get(connection) else {
        return Ok(None);
    };
    let chart = remembered_chart(front.store().as_ref(), connection).await?;
    let browse = site.provider.clerk().and_then(|clerk| clerk.browse());
    Ok(browse.zip(chart).and_then(|(browse, chart)| {
        let of = Opened::Document(binding.key.document.kind, id);
        browse.address(&chart.organisation, &of)
    }))
}

/// The document as the provider holds it now: one call.
async fn read_now(front: &Front, binding: &Binding) -> Result<Option<Markup>, Trouble> {
    let site = front
        .shop
        .staff()
        .world
        .connections
        .get(&binding.key.connection);
    let Some((site, posted)) = site.zip(binding.posted.as_ref()) else {
        return Ok(None);
    };
    let chart = remembered_chart(front.store().as_ref(), &site.id).await?;
    let read = site
        .provider
        .read(binding.key.document.kind, std::slice::from_ref(&posted.id))
        .await;
    Ok(Some(match (read, chart) {
        (Err(error), _) => {
            html! { p { (sentence(&format!("it could not be read: {}", crate::exit::chain(&error)))) } }
        }
        (Ok(held), Some(chart)) => match held.first() {
            None => empty("It is not there."),
            Some(held) => html! {
                dl class="facts" { @for (field, value) in snapshot_fields(held, &chart) { dt { (field) } dd { (value) } } }
            },
        },
        (Ok(_), None) => empty("The chart was never read."),
    }))
}
