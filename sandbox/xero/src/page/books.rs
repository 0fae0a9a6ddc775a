//! The main part of the page: figures of one organisation, its invoices and bills, its payments, its contacts.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use rust_decimal::Decimal;

use crate::books::Organisation;
use crate::books::contact::ContactStatus;
use crate::books::invoice::{Invoice, Kind, Status};
use crate::books::payment::{PaymentStatus, Target};
use crate::sandbox::Sandbox;

use super::figures::{day, money};
use super::{View, credits, layout, orders, side};

/// Most rows of a table; the rest is told in a line below.
pub(super) const ROWS_MAX: usize = 100;

/// The whole page, or nothing when there is no such organisation.
pub(super) fn page(sandbox: &Sandbox, view: &View, now: DateTime<Utc>) -> Option<String> {
    let side = side::column(sandbox, view, now)?;
    let main = sandbox.read(view.tenant, |books| main(books, view))?;
    let tabs = tabs(sandbox, view);
    Some(layout::page(
        "Books",
        &html! {
            a.skip href="#books" { "Skip to the books" }
            header.top {
                div.brand { span.mark aria-hidden="true" { "X" } div { strong { "Local Xero" } small { "A stand-in with invented books" } } }
                (tabs)
            }
            main.columns {
                div #books { (flash(view)) (main) }
                (side)
            }
        },
    ))
}

fn tabs(sandbox: &Sandbox, view: &View) -> Markup {
    html! {
        nav.tabs aria-label="Organisations" {
            @for (id, name) in sandbox.organisation_names() {
                a href={ "/?org=" (id) } aria-current=[(id == view.tenant).then_some("page")] { (name) }
            }
        }
    }
}

fn flash(view: &View) -> Markup {
    html! {
        @if !view.done.is_empty() { p.flash role="status" { (view.done) } }
        @if !view.refused.is_empty() { p.flash.bad role="alert" { (view.refused) } }
    }
}

fn main(books: &Organisation, view: &View) -> Markup {
    html! {
        h1 { (books.profile.name) " " small { (books.profile.base_currency) " · " (books.profile.country) } }
        (tiles(books))
        (invoices(books, view))
        (orders::section(books))
        (credits::section(books))
        (payments(books))
        (contacts(books))
    }
}

fn tiles(books: &Organisation) -> Markup {
    let rows = books.invoices.ledger.rows();
    let owed = |kind: Kind| -> Decimal {
        rows.iter()
            .filter(|row| row.kind == kind && matches!(row.status, Status::Authorised))
            .map(|row| row.amount_due() / row.currency_rate)
            .sum()
    };
    let count = |status: Status| rows.iter().filter(|row| row.status == status).count();
    html! {
        ul.tiles {
            li { span { "Owed to us" } strong { (money(owed(Kind::Receivable))) } }
            li { span { "We owe" } strong { (money(owed(Kind::Payable))) } }
            li { span { "Awaiting payment" } strong { (count(Status::Authorised)) } }
            li { span { "Paid" } strong { (count(Status::Paid)) } }
        }
    }
}

fn invoices(books: &Organisation, view: &View) -> Markup {
    let term = view.search.to_lowercase();
    let mut rows: Vec<&Invoice> = books
        .invoices
        .ledger
        .rows()
        .iter()
        .filter(|row| {
            let contact = &books.contacts.ledger.row(row.contact).name;
            term.is_empty()
                || row.number.to_lowercase().contains(&term)
                || row.reference.to_lowercase().contains(&term)
                || contact.to_lowercase().contains(&term)
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.updated_ms));
    let more = rows.len().saturating_sub(ROWS_MAX);
    html! {
        section.card aria-labelledby="invoices" {
            div.head {
                h2 #invoices { "Invoices and bills" }
                form.search method="get" action="/" role="search" {
                    input type="hidden" name="org" value=(view.tenant);
                    label.hidden for="q" { "Number, reference or contact" }
                    input #q type="search" name="q" value=(view.search) placeholder="Number, reference or contact";
                    button type="submit" { "Search" }
                }
            }
            @if rows.is_empty() {
                p.empty { "Nothing here yet. Invoices appear as soon as something sends them." }
            } @else {
                div.scroll tabindex="0" role="region" aria-labelledby="invoices" {
                    table {
                        thead { tr {
                            th scope="col" { "Number" } th scope="col" { "Contact" } th scope="col" { "Date" }
                            th.num scope="col" { "Total" } th.num scope="col" { "Paid" } th.num scope="col" { "Open" }
                            th scope="col" { "Status" } th scope="col" { span.hidden { "What you can do" } }
                        } }
                        tbody { @for row in rows.iter().take(ROWS_MAX) { (invoice(books, row)) } }
                    }
                }
                @if more > 0 { p.more { "and " (more) " more; search to find them" } }
            }
        }
    }
}

fn invoice(books: &Organisation, row: &Invoice) -> Markup {
    let contact = &books.contacts.ledger.row(row.contact).name;
    let foreign = (row.currency != books.profile.base_currency).then_some(&row.currency);
    let side = match row.kind {
        Kind::Receivable => "Sale",
        Kind::Payable => "Bill",
    };
    html! {
        tr {
            th scope="row" {
                @if row.number.is_empty() { span.quiet { "no number" } } @else { (row.number) }
                small { (side) @if !row.reference.is_empty() { " · " (row.reference) } }
            }
            td { (contact) }
            td.date {
                (day(row.date))
                small { @if let Some(due) = row.due_date { "due " (day(due)) } @else { "no due date" } }
            }
            td.num { (money(row.total)) @if let Some(code) = foreign { small { (code) } } }
            td.num { (money(row.amount_paid + row.amount_credited)) @if !row.amount_credited.is_zero() { small { "credit" } } }
            td.num { (money(row.amount_due())) }
            td { (chip(row)) }
            td { (buttons(books, row)) }
        }
    }
}

fn chip(row: &Invoice) -> Markup {
    let (class, words) = match row.status {
        Status::Draft => ("chip", "Draft"),
        Status::Submitted => ("chip", "Awaiting approval"),
        Status::Authorised if !row.is_settled_in_part() => ("chip open", "Unpaid"),
        Status::Authorised => ("chip open", "Part paid"),
        Status::Paid => ("chip good", "Paid"),
        Status::Voided => ("chip gone", "Voided"),
        Status::Deleted => ("chip gone", "Deleted"),
    };
    html! { span class=(class) { (words) } }
}

fn buttons(books: &Organisation, row: &Invoice) -> Markup {
    let tenant = books.profile.id;
    let label = if row.number.is_empty() {
        "the bill"
    } else {
        &row.number
    };
    let amount_id = format!("pay-{}", row.id.simple());
    let hidden = html! {
        input type="hidden" name="invoice" value=(row.id);
        input type="hidden" name="label" value=(label);
    };
    match row.status {
        Status::Authorised => html! {
            div.row-actions {
                form method="post" action={ "/books/" (tenant) "/pay" } {
                    (hidden)
                    label.hidden for=(amount_id) { "Amount to pay on " (label) }
                    input.amount #(amount_id) name="amount" inputmode="decimal" value=(format!("{:.2}", row.amount_due()));
                    button type="submit" { "Pay" span.hidden { " " (label) } }
                }
                @if !row.is_settled_in_part() {
                    form method="post" action={ "/books/" (tenant) "/void" } {
                        (hidden) button.plain type="submit" { "Void" span.hidden { " " (label) } }
                    }
                }
            }
        },
        Status::Draft | Status::Submitted => html! {
            div.row-actions {
                form method="post" action={ "/books/" (tenant) "/approve" } {
                    (hidden) button type="submit" { "Approve" span.hidden { " " (label) } }
                }
                form method="post" action={ "/books/" (tenant) "/void" } {
                    (hidden) button.plain type="submit" { "Delete" span.hidden { " " (label) } }
                }
            }
        },
        Status::Paid | Status::Voided | Status::Deleted => html! { span.quiet { "–" } },
    }
}

fn payments(books: &Organisation) -> Markup {
    let rows = books.payments.rows();
    let tenant = books.profile.id;
    html! {
        section.card aria-labelledby="payments" {
            h2 #payments { "Payments" }
            @if rows.is_empty() {
                p.empty { "No payments yet. Pay an invoice above." }
            } @else {
                div.scroll tabindex="0" role="region" aria-labelledby="payments" {
                    table {
                        thead { tr {
                            th scope="col" { "Document" } th scope="col" { "Date" } th.num scope="col" { "Amount" }
                            th scope="col" { "Reference" } th scope="col" { "Status" } th scope="col" { span.hidden { "What you can do" } }
                        } }
                        tbody { @for row in rows.iter().rev().take(ROWS_MAX) {
                            @let number = match row.target {
                                Target::Invoice(at) => &books.invoices.ledger.row(at).number,
                                Target::Credit(at, _) => &books.credits.ledger.row(at).number,
                            };
                            tr {
                                th scope="row" { (number) }
                                td.date { (day(row.date)) }
                                td.num { (money(row.amount)) }
                                td { (row.reference) }
                                @match row.status {
                                    PaymentStatus::Authorised => {
                                        td { span class="chip good" { @if row.is_reconciled { "Reconciled" } @else { "Received" } } }
                                        td { form method="post" action={ "/books/" (tenant) "/delete-payment" } {
                                            input type="hidden" name="payment" value=(row.id);
                                            input type="hidden" name="label" value=(number);
                                            button.plain type="submit" { "Take back" span.hidden { " the payment on " (number) } }
                                        } }
                                    }
                                    PaymentStatus::Deleted => {
                                        td { span class="chip gone" { "Taken back" } }
                                        td { span.quiet { "–" } }
                                    }
                                }
                            }
                        } }
                    }
                }
            }
        }
    }
}

fn contacts(books: &Organisation) -> Markup {
    let tenant = books.profile.id;
    let rows = books.contacts.ledger.rows();
    html! {
        section.card aria-labelledby="contacts" {
            h2 #contacts { "Contacts" }
            div.scroll tabindex="0" role="region" aria-labelledby="contacts" {
                table {
                    thead { tr {
                        th scope="col" { "Name" } th scope="col" { "Number" } th scope="col" { "E-mail" }
                        th scope="col" { "Status" } th scope="col" { span.hidden { "What you can do" } }
                    } }
                    tbody { @for row in rows.iter().take(ROWS_MAX) {
                        @let (act, word, class, status) = match (row.status, row.merged_to) {
                            (ContactStatus::Active, _) => ("archive-contact", "Archive", "chip good", "Active"),
                            (ContactStatus::Archived, None) => ("restore-contact", "Restore", "chip gone", "Archived"),
                            (ContactStatus::Archived, Some(_)) => ("", "", "chip gone", "Merged"),
                        };
                        tr {
                            th scope="row" { (row.name) }
                            td { (row.number) }
                            td { (row.email) }
                            td { span class=(class) { (status) } }
                            td { @if act.is_empty() { span.quiet { "–" } } @else {
                                form method="post" action={ "/books/" (tenant) "/" (act) } {
                                    input type="hidden" name="contact" value=(row.id);
                                    input type="hidden" name="label" value=(row.name);
                                    button.plain type="submit" { (word) span.hidden { " " (row.name) } }
                                }
                            } }
                        }
                    } }
                }
            }
            @if rows.len() > ROWS_MAX { p.more { "and " (rows.len() - ROWS_MAX) " more" } }
            (merge(books))
        }
    }
}

/// One form for all contacts: which one goes into which.
fn merge(books: &Organisation) -> Markup {
    let active = || {
        books
            .contacts
            .ledger
            .rows()
            .iter()
            .filter(|row| row.status == ContactStatus::Active)
            .take(ROWS_MAX)
    };
    html! {
        form.search method="post" action={ "/books/" (books.profile.id) "/merge-contact" } {
            label for="merge-from" { "Merge" }
            select #merge-from name="from" { @for row in active() { option value=(row.id) { (row.name) } } }
            label for="merge-into" { "into" }
            select #merge-into name="into" { @for row in active() { option value=(row.id) { (row.name) } } }
            button.plain type="submit" { "Merge" }
        }
    }
}
