//! What is told of an order: its purchase order, its invoice or the one that it shares, and what cannot be read of them.

use tieout_core::document::{Document, DocumentId, DocumentKind, PurchaseOrderStatus};
use tieout_core::host::Record;

use super::invoice::invoice;
use super::purchase_order::{self, purchase_order};
use crate::book::{Group, Order};
use crate::config::{InvoicePer, KornitXConfig};
use crate::wire::{Problem, Standing};

/// An order with those that it may share an invoice with.
pub(crate) struct Family {
    /// The order.
    pub(crate) order: Order,
    /// The group that it belongs to, if it has one.
    pub(crate) group: Option<Group>,
    /// The orders that share an invoice in that group, in its sequence.
    pub(crate) members: Vec<Order>,
}

/// Everything that is told of an order, and whether something of it cannot be read.
pub(crate) fn tell(family: &Family, config: &KornitXConfig) -> (Vec<Record>, bool) {
    let order = &family.order;
    let late = document_id(&format!("callback-{}", order.id));
    if order.form.is_none() {
        let records = order.came_late.then(|| {
            if let Some(fault) = order.faults.first() {
                return unreadable(order.name(), fault.clone(), Some(&late));
            }
            let message = format!(
                "it is told as {} ({}), and the order itself never came: this is kept until it does",
                order.status.name(),
                order.status.0
            );
            unreadable(order.name(), Problem::new("", message), Some(&late))
        });
        return (records.into_iter().collect(), false);
    }
    let mut told = Vec::new();
    if order.came_late {
        // Nothing is to be complained of any more.
        told.push(removed(DocumentKind::Invoice, late, order.revision));
    }
    if let Some(end) = order.contradicted {
        let message = format!(
            "it was told as {}, and then as {} ({}): it stays as it was; see what is right, and mend it by hand",
            order.status.name(),
            end.name(),
            end.0
        );
        told.push(unreadable(
            order.name(),
            Problem::new("status", message),
            None,
        ));
    }
    told.extend(of_purchase_order(family, config));
    told.push(of_invoice(family, config));
    let is_stuck = told
        .iter()
        .any(|record| matches!(record, Record::Unreadable { id: Some(_), .. }));
    (told, is_stuck)
}

fn of_purchase_order(family: &Family, config: &KornitXConfig) -> Option<Record> {
    let order = &family.order;
    let cost_field = config.cost_field.as_deref()?;
    let id = document_id(&format!("po-{}", order.id));
    let group = family.group.as_ref();
    match purchase_order(id.clone(), order, group, cost_field, config) {
        Ok(order) => Some(Record::Document(Box::new(Document::PurchaseOrder(order)))),
        Err(problem) => match purchase_order::status(order, config) {
            // It is not due, and may be readable when it is.
            PurchaseOrderStatus::Draft => None,
            // What cannot be read must not keep an order alive.
            PurchaseOrderStatus::Cancelled => {
                Some(removed(DocumentKind::PurchaseOrder, id, order.revision))
            }
            PurchaseOrderStatus::Final | PurchaseOrderStatus::Other(_) => {
                Some(unreadable(order.name(), problem, Some(&id)))
            }
        },
    }
}

fn of_invoice(family: &Family, config: &KornitXConfig) -> Record {
    let order = &family.order;
    let group = family.group.as_ref();
    let is_member = group.is_some_and(|group| group.members().contains(&order.id));
    let is_shared =
        config.invoice_per == InvoicePer::ExternalRef && is_member && !family.members.is_empty();
    let (id, orders) = match is_shared {
        true => {
            let first = &family.members[0].id;
            (
                document_id(&format!("group-{first}")),
                family.members.as_slice(),
            )
        }
        false => (document_id(&order.id), std::slice::from_ref(order)),
    };
    match invoice(id.clone(), orders, group, config) {
        Ok(invoice) => Record::Document(Box::new(Document::Invoice(invoice))),
        Err((name, problem)) => {
            let is_cancelled = |order: &Order| order.status.standing() == Standing::Cancelled;
            match orders.iter().all(is_cancelled) {
                true => {
                    let revision = orders.iter().map(|order| order.revision).sum();
                    removed(DocumentKind::Invoice, id, revision)
                }
                false => unreadable(name, problem, Some(&id)),
            }
        }
    }
}

fn unreadable(place: String, problem: Problem, id: Option<&DocumentId>) -> Record {
    Record::Unreadable {
        place,
        field: problem.field,
        message: problem.message,
        id: id.map(ToString::to_string),
    }
}

fn removed(kind: DocumentKind, id: DocumentId, revision: u64) -> Record {
    Record::Removed {
        kind,
        id,
        revision: Some(revision),
    }
}

fn document_id(text: &str) -> DocumentId {
    DocumentId::new(text).expect("identifiers of orders are checked when they are read")
}
