//! The purchase order of an order: when it is due, whom it is for, and what its pieces cost.

use rust_decimal::Decimal;
use tieout_core::document::{
    DocumentId, LineId, PartyId, PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Supplier,
};

use super::invoice::{day, ordered_on};
use super::item::{Item, items, product, sum};
use super::{contact, currency, number};
use crate::book::{Group, Order};
use crate::config::KornitXConfig;
use crate::wire::{Problem, Standing};

/// The purchase order of an order; its items hold what a piece costs in `cost_field`.
///
/// Fails with the field that cannot be read: a cost that is not told is never taken to be nothing.
pub(super) fn purchase_order(
    id: DocumentId,
    order: &Order,
    group: Option<&Group>,
    cost_field: &str,
    config: &KornitXConfig,
) -> Result<PurchaseOrder, Problem> {
    // What it is about, or how far it came, is not known whole.
    if let Some(fault) = order.faults.iter().find(|it| !it.is_of_the_dispatch()) {
        return Err(fault.clone());
    }
    let lines: Result<Vec<PurchaseOrderLine>, Problem> = items(order)?
        .into_iter()
        .map(|item| line(item, cost_field, &config.cost_tax_field))
        .collect();
    let lines = lines?;
    let costs: Result<Vec<Decimal>, Problem> = lines
        .iter()
        .map(|line| product(line.quantity, line.unit_price))
        .collect();
    sum(costs?)?;
    Ok(PurchaseOrder {
        id,
        revision: order.revision,
        number: number(order, group, config),
        status: status(order, config),
        supplier: supplier(order, config)?,
        business_division: order.word("company_ref_id"),
        order_ref: order.word("external_ref"),
        issue_date: ordered_on(order)?,
        delivery_date: day(order, "required_dispatch_date")?,
        currency: currency(order, config)?,
        lines,
        totals: None,
        updated_at: order.changed_at,
    })
}

/// Where the purchase order of an order stands.
pub(super) fn status(order: &Order, config: &KornitXConfig) -> PurchaseOrderStatus {
    if order.status.standing() == Standing::Cancelled {
        PurchaseOrderStatus::Cancelled
    } else if order.reached >= config.purchase_order_at.step() {
        PurchaseOrderStatus::Final
    } else {
        PurchaseOrderStatus::Draft
    }
}

fn supplier(order: &Order, config: &KornitXConfig) -> Result<Supplier, Problem> {
    let company = order.word("secondary_company_ref_id");
    let named = company.as_ref().and_then(|id| config.suppliers.get(id));
    let id = company.as_ref().and_then(|id| PartyId::new(id).ok());
    Ok(match named.or(config.supplier.as_ref()) {
        Some(name) => Supplier {
            id,
            name: name.clone(),
        },
        // The product knows one contact for both.
        None => Supplier {
            id: None,
            name: contact(order, config)?,
        },
    })
}

fn line(item: Item<'_>, cost_field: &str, rate_field: &str) -> Result<PurchaseOrderLine, Problem> {
    let (unit_price, tax_rate): (Decimal, Option<Decimal>) = item.cost(cost_field, rate_field)?;
    let id = LineId::new(item.id).map_err(|error| Problem::new("items.id", error.to_string()))?;
    Ok(PurchaseOrderLine {
        id,
        sku: item.sku.unwrap_or_default(),
        description: item.description,
        quantity: item.quantity,
        unit_price,
        tax_rate,
        expense_account: None,
        asset_account: None,
        received_quantity: None,
    })
}
