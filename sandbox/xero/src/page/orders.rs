//! The purchase orders on the page, and what a person does with them: approve, mark as billed and back, delete.

use maud::{Markup, html};
use uuid::Uuid;

use crate::books::Organisation;
use crate::books::purchase_order::{OrderStatus, PurchaseOrder};

use super::books::ROWS_MAX;
use super::figures::{day, money};

/// The table; nothing while there is no order.
pub(super) fn section(books: &Organisation) -> Markup {
    let rows = books.purchase_orders.ledger.rows();
    html! {
        @if !rows.is_empty() {
            section.card aria-labelledby="orders" {
                h2 #orders { "Purchase orders" }
                div.scroll tabindex="0" role="region" aria-labelledby="orders" {
                    table {
                        thead { tr {
                            th scope="col" { "Number" } th scope="col" { "Supplier" } th scope="col" { "Date" }
                            th.num scope="col" { "Total" } th scope="col" { "Status" }
                            th scope="col" { span.hidden { "What you can do" } }
                        } }
                        tbody { @for row in rows.iter().rev().take(ROWS_MAX) { (order(books, row)) } }
                    }
                }
            }
        }
    }
}

fn order(books: &Organisation, row: &PurchaseOrder) -> Markup {
    let foreign = (row.currency != books.profile.base_currency).then_some(&row.currency);
    let (class, words) = match row.status {
        OrderStatus::Draft => ("chip", "Draft"),
        OrderStatus::Submitted => ("chip", "Awaiting approval"),
        OrderStatus::Authorised => ("chip open", "Approved"),
        OrderStatus::Billed => ("chip good", "Billed"),
        OrderStatus::Deleted => ("chip gone", "Deleted"),
    };
    html! {
        tr {
            th scope="row" { (row.number) @if !row.reference.is_empty() { small { (row.reference) } } }
            td { (books.contacts.ledger.row(row.contact).name) }
            td.date {
                (day(row.date))
                @if let Some(delivery) = row.delivery.date { small { "delivery " (day(delivery)) } }
            }
            td.num { (money(row.total)) @if let Some(code) = foreign { small { (code) } } }
            td { span class=(class) { (words) } }
            td { (buttons(books.profile.id, row)) }
        }
    }
}

fn buttons(tenant: Uuid, row: &PurchaseOrder) -> Markup {
    let act = |to: OrderStatus, words: &str, class: &str| {
        html! {
            form method="post" action={ "/books/" (tenant) "/move-order" } {
                input type="hidden" name="order" value=(row.id);
                input type="hidden" name="to" value=(to.name());
                input type="hidden" name="label" value=(row.number);
                button class=[(!class.is_empty()).then_some(class)] type="submit" { (words) span.hidden { " " (row.number) } }
            }
        }
    };
    html! {
        div.row-actions {
            @match row.status {
                OrderStatus::Draft | OrderStatus::Submitted => (act(OrderStatus::Authorised, "Approve", "")),
                OrderStatus::Authorised => (act(OrderStatus::Billed, "Mark as billed", "")),
                OrderStatus::Billed => (act(OrderStatus::Authorised, "Not billed yet", "plain")),
                OrderStatus::Deleted => span.quiet { "–" },
            }
            @if row.status != OrderStatus::Deleted { (act(OrderStatus::Deleted, "Delete", "plain")) }
        }
    }
}
