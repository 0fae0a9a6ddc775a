//! Purchase orders by hand: a person may take every step of their life but the one out of DELETED.

use uuid::Uuid;

use crate::books::purchase_order::OrderStatus;
use crate::rules::contacts::Mode;
use crate::rules::purchase_orders;
use crate::wire::purchase_order::PurchaseOrderIn;

use super::act::{People, Refused, not_found};

impl People<'_> {
    /// Writes a purchase order by hand and returns its id.
    ///
    /// # Errors
    /// Xero's messages.
    pub fn write_purchase_order(
        &self,
        organisation: Uuid,
        fields: &PurchaseOrderIn,
    ) -> Result<Uuid, Refused> {
        self.act(organisation, |books, act| {
            let written = purchase_orders::write(books, act, Mode::Create, fields)?;
            Ok(books.purchase_orders.ledger.row(written.at).id)
        })
    }

    /// Edits a purchase order: what is set in `fields` changes. `key` is its id or number.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn edit_purchase_order(
        &self,
        organisation: Uuid,
        key: &str,
        fields: PurchaseOrderIn,
    ) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            let at = match Uuid::parse_str(key) {
                Ok(id) => books.purchase_orders.ledger.find(id),
                Err(_) => purchase_orders::by_number(books, key),
            }
            .ok_or_else(|| not_found("purchase order", key))?;
            let sent = PurchaseOrderIn {
                id: Some(books.purchase_orders.ledger.row(at).id),
                ..fields
            };
            purchase_orders::write(books, act, Mode::Upsert, &sent)?;
            Ok(())
        })
    }

    /// Submits, approves, marks as billed, or deletes a purchase order.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn move_purchase_order(
        &self,
        organisation: Uuid,
        key: &str,
        to: OrderStatus,
    ) -> Result<(), Refused> {
        let fields = PurchaseOrderIn {
            status: Some(to.name().to_owned()),
            ..PurchaseOrderIn::default()
        };
        self.edit_purchase_order(organisation, key, fields)
    }
}
