//! Which status of a purchase order may follow which: Xero publishes no table, so almost every step is a switch.

use crate::books::purchase_order::OrderStatus::{
    self, Authorised, Billed, Deleted, Draft, Submitted,
};

use super::Act;

/// Whether a write may take an order from one status to another, or edit it where it is. A person may take every step but
/// the one out of DELETED.
#[must_use]
pub const fn may_follow(act: &Act<'_>, from: OrderStatus, to: OrderStatus) -> bool {
    let switches = act.switches;
    let person = act.app.is_empty();
    match (from, to) {
        (Draft, Draft | Submitted | Authorised | Deleted) | (Submitted, Submitted | Authorised) => {
            true
        }
        (Submitted, Draft) => switches.purchase_order_submitted_to_draft || person,
        (Submitted, Deleted) => switches.purchase_order_submitted_to_deleted || person,
        (Draft | Submitted, Billed) => switches.purchase_order_billed_early,
        (Authorised, Authorised) => switches.purchase_order_approved_editable || person,
        (Authorised, Draft | Submitted) => switches.purchase_order_approved_to_draft || person,
        (Authorised, Billed) => switches.purchase_order_approved_to_billed || person,
        (Authorised, Deleted) => switches.purchase_order_approved_to_deleted || person,
        (Billed, Billed) => switches.purchase_order_billed_editable || person,
        (Billed, Authorised | Deleted) => switches.purchase_order_billed_back || person,
        (Billed, Draft | Submitted)
        | (Deleted, Draft | Submitted | Authorised | Billed | Deleted) => false,
    }
}

/// Whether an order may be created in this status.
#[must_use]
pub const fn may_begin(act: &Act<'_>, status: OrderStatus) -> bool {
    match status {
        Draft | Submitted | Authorised => true,
        Billed => act.switches.purchase_order_billed_early,
        Deleted => false,
    }
}
