//! The credits on the page, and what a person does with them: approve, allocate, take an allocation back, refund, void.

use maud::{Markup, html};

use crate::books::Organisation;
use crate::books::credit::Credit;
use crate::books::invoice::{Invoice, Status};
use crate::rules::settlement::live_allocations;

use super::books::ROWS_MAX;
use super::figures::{day, money};

/// The table; nothing while there is no credit.
pub(super) fn section(books: &Organisation) -> Markup {
    let rows = books.credits.ledger.rows();
    html! {
        @if !rows.is_empty() {
            section.card aria-labelledby="credits" {
                h2 #credits { "Credit notes, overpayments and prepayments" }
                div.scroll tabindex="0" role="region" aria-labelledby="credits" {
                    table {
                        thead { tr {
                            th scope="col" { "Credit" } th scope="col" { "Contact" } th scope="col" { "Date" }
                            th.num scope="col" { "Total" } th.num scope="col" { "Remaining" } th scope="col" { "Status" }
                            th scope="col" { span.hidden { "What you can do" } }
                        } }
                        tbody { @for row in rows.iter().rev().take(ROWS_MAX) { (credit(books, row)) } }
                    }
                }
            }
        }
    }
}

/// What a credit is called: its number, else its kind.
fn label(row: &Credit) -> &str {
    if row.number.is_empty() {
        row.source.label()
    } else {
        &row.number
    }
}

fn credit(books: &Organisation, row: &Credit) -> Markup {
    let (class, words) = match row.status {
        Status::Draft => ("chip", "Draft"),
        Status::Submitted => ("chip", "Awaiting approval"),
        Status::Authorised => ("chip open", "Open"),
        Status::Paid => ("chip good", "Used up"),
        Status::Voided => ("chip gone", "Voided"),
        Status::Deleted => ("chip gone", "Deleted"),
    };
    html! {
        tr {
            th scope="row" { (label(row)) small { (row.type_name()) } }
            td { (books.contacts.ledger.row(row.contact).name) }
            td.date { (day(row.date)) }
            td.num { (money(row.total)) @if row.currency != books.profile.base_currency { small { (row.currency) } } }
            td.num { (money(row.remaining())) }
            td { span class=(class) { (words) } }
            td { (buttons(books, row)) }
        }
        @for allocation in live_allocations(books, &row.allocations) {
            @let number = &books.invoices.ledger.row(allocation.invoice).number;
            tr {
                td colspan="4" { small { (money(allocation.amount)) " of " (label(row)) " on " (number) " since " (day(allocation.date)) } }
                td colspan="3" {
                    form method="post" action={ "/books/" (books.profile.id) "/remove-allocation" } {
                        input type="hidden" name="allocation" value=(allocation.id);
                        input type="hidden" name="label" value=(number);
                        button.plain type="submit" { "Take off" span.hidden { " " (number) } }
                    }
                }
            }
        }
    }
}

fn buttons(books: &Organisation, row: &Credit) -> Markup {
    let act = |name: &str, words: &str, class: &str| {
        html! {
            form method="post" action={ "/books/" (books.profile.id) "/" (name) } {
                input type="hidden" name="credit" value=(row.id);
                input type="hidden" name="label" value=(label(row));
                button class=[(!class.is_empty()).then_some(class)] type="submit" { (words) span.hidden { " " (label(row)) } }
            }
        }
    };
    html! {
        div.row-actions {
            @match row.status {
                Status::Draft | Status::Submitted => {
                    (act("approve-credit", "Approve", ""))
                    (act("void-credit", "Delete", "plain"))
                }
                Status::Authorised => {
                    (allocate(books, row))
                    (act("refund", "Refund", "plain"))
                    @if !row.is_used() { (act("void-credit", "Void", "plain")) }
                }
                Status::Paid | Status::Voided | Status::Deleted => span.quiet { "–" },
            }
        }
    }
}

/// Puts as much as fits against one of the contact's open invoices.
fn allocate(books: &Organisation, row: &Credit) -> Markup {
    let open: Vec<&Invoice> = books
        .invoices
        .of_contact(row.contact)
        .iter()
        .map(|at| books.invoices.ledger.row(*at))
        .filter(|invoice| {
            invoice.kind == row.kind
                && invoice.currency == row.currency
                && invoice.status == Status::Authorised
        })
        .take(ROWS_MAX)
        .collect();
    let id = format!("allocate-{}", row.id.simple());
    html! {
        @if !open.is_empty() {
            form method="post" action={ "/books/" (books.profile.id) "/allocate" } {
                input type="hidden" name="credit" value=(row.id);
                input type="hidden" name="label" value=(label(row));
                label.hidden for=(id) { "Invoice to put " (label(row)) " against" }
                select #(id) name="invoice" {
                    @for invoice in open {
                        option value=(invoice.id) {
                            @if invoice.number.is_empty() { "no number" } @else { (invoice.number) }
                            " (" (money(invoice.amount_due())) ")"
                        }
                    }
                }
                button type="submit" { "Allocate" span.hidden { " " (label(row)) } }
            }
        }
    }
}
