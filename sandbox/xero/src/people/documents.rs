//! Invoices and bills by hand.

use uuid::Uuid;

use crate::books::Organisation;
use crate::books::invoice::Status;
use crate::rules::contacts::Mode;
use crate::rules::{Act, invoices};
use crate::wire::invoice::InvoiceIn;

use super::act::{People, Refused, not_found};

impl People<'_> {
    /// Voids an approved invoice, or deletes one that is not approved yet.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn void(&self, organisation: Uuid, key: &str) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            let at = invoice(books, key)?;
            let status = match books.invoices.ledger.row(at).status {
                Status::Draft | Status::Submitted | Status::Deleted => Status::Deleted,
                Status::Authorised | Status::Paid | Status::Voided => Status::Voided,
            };
            change(
                books,
                act,
                at,
                InvoiceIn {
                    status: Some(status.name().to_owned()),
                    ..InvoiceIn::default()
                },
            )
        })
    }

    /// Approves a draft.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn approve(&self, organisation: Uuid, key: &str) -> Result<(), Refused> {
        self.edit(
            organisation,
            key,
            InvoiceIn {
                status: Some(Status::Authorised.name().to_owned()),
                ..InvoiceIn::default()
            },
        )
    }

    /// Edits an invoice: what is set in `fields` changes, under the rules for its status.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn edit(&self, organisation: Uuid, key: &str, fields: InvoiceIn) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            let at = invoice(books, key)?;
            change(books, act, at, fields)
        })
    }

    /// Writes an invoice or bill by hand and returns its id.
    ///
    /// # Errors
    /// Xero's messages.
    pub fn write_invoice(&self, organisation: Uuid, fields: &InvoiceIn) -> Result<Uuid, Refused> {
        self.act(organisation, |books, act| {
            let written = invoices::write(books, act, Mode::Create, fields)?;
            Ok(books.invoices.ledger.row(written.at).id)
        })
    }
}

fn change(
    books: &mut Organisation,
    act: &Act<'_>,
    at: usize,
    fields: InvoiceIn,
) -> Result<(), Refused> {
    let sent = InvoiceIn {
        id: Some(books.invoices.ledger.row(at).id),
        ..fields
    };
    invoices::write(books, act, Mode::Upsert, &sent)?;
    Ok(())
}

/// The invoice or bill with this id or number.
pub(super) fn invoice(books: &Organisation, key: &str) -> Result<usize, Refused> {
    match Uuid::parse_str(key) {
        Ok(id) => books.invoices.ledger.find(id),
        Err(_) => invoices::by_number(books, key, None),
    }
    .ok_or_else(|| not_found("invoice", key))
}
