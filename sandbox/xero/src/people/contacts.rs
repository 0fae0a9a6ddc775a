//! Contacts by hand: archive, restore, merge, rename.

use uuid::Uuid;

use crate::books::Organisation;
use crate::books::contact::{Contact, ContactStatus};
use crate::rules::Act;
use crate::rules::contacts::{self, Mode};
use crate::wire::contact::ContactIn;

use super::act::{People, Refused, not_found};

impl People<'_> {
    /// Puts a contact away; `key` is its id, number or name.
    ///
    /// # Errors
    /// Not found.
    pub fn archive_contact(&self, organisation: Uuid, key: &str) -> Result<(), Refused> {
        self.set_status(organisation, key, ContactStatus::Archived)
    }

    /// Brings a contact back.
    ///
    /// # Errors
    /// Not found, merged, or Xero's message when an active contact has its name by now.
    pub fn restore_contact(&self, organisation: Uuid, key: &str) -> Result<(), Refused> {
        self.set_status(organisation, key, ContactStatus::Active)
    }

    /// Merges one contact into another: it is archived, points to the other, and its documents move.
    ///
    /// # Errors
    /// Not found, or not two different active contacts.
    pub fn merge_contact(&self, organisation: Uuid, from: &str, into: &str) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            let from = contact(books, from)?;
            let into = contact(books, into)?;
            let (gone, kept) = (
                books.contacts.ledger.row(from),
                books.contacts.ledger.row(into),
            );
            let active = |contact: &Contact| contact.status == ContactStatus::Active;
            if from == into || !active(gone) || !active(kept) {
                return Err(Refused::ByXero(vec![
                    "Only two different active contacts can be merged.".to_owned(),
                ]));
            }
            let into_id = kept.id;
            let (customer, supplier) = (gone.is_customer, gone.is_supplier);
            // Which sides of the books a contact is on is no change that Xero counts.
            let survivor = books.contacts.ledger.row_mut(into);
            survivor.is_customer |= customer;
            survivor.is_supplier |= supplier;
            books.contacts.change(from, |contact| {
                contact.status = ContactStatus::Archived;
                contact.merged_to = Some(into_id);
            });
            books.contacts.ledger.touch(from, act.now);
            for at in books.invoices.of_contact(from).to_vec() {
                let mut moved = books.invoices.ledger.row(at).clone();
                moved.contact = into;
                books.invoices.replace(at, moved);
                books.invoices.ledger.touch(at, act.now);
            }
            move_orders_and_credits(books, act, from, into);
            Ok(())
        })
    }

    /// Gives a contact another name.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn rename_contact(&self, organisation: Uuid, key: &str, name: &str) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            let at = contact(books, key)?;
            let sent = ContactIn {
                id: Some(books.contacts.ledger.row(at).id),
                name: Some(name.to_owned()),
                ..ContactIn::default()
            };
            contacts::write(books, act, Mode::Upsert, &sent)?;
            Ok(())
        })
    }

    fn set_status(
        &self,
        organisation: Uuid,
        key: &str,
        status: ContactStatus,
    ) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            let at = contact(books, key)?;
            let name = books.contacts.ledger.row(at).name.clone();
            let taken = books
                .contacts
                .active_named(&name)
                .is_some_and(|other| other != at);
            let merged = books.contacts.ledger.row(at).merged_to.is_some();
            if status == ContactStatus::Active && merged {
                return Err(Refused::ByXero(vec![
                    "A merged contact cannot be restored.".to_owned(),
                ]));
            }
            if status == ContactStatus::Active && taken {
                return Err(Refused::ByXero(vec![contacts::name_taken(&name)]));
            }
            books.contacts.change(at, |contact| contact.status = status);
            books.contacts.ledger.touch(at, act.now);
            Ok(())
        })
    }
}

fn move_orders_and_credits(books: &mut Organisation, act: &Act<'_>, from: usize, into: usize) {
    for at in 0..books.purchase_orders.ledger.rows().len() {
        if books.purchase_orders.ledger.row(at).contact == from {
            books.purchase_orders.ledger.row_mut(at).contact = into;
            books.purchase_orders.ledger.touch(at, act.now);
        }
    }
    for at in 0..books.credits.ledger.rows().len() {
        if books.credits.ledger.row(at).contact == from {
            books.credits.ledger.row_mut(at).contact = into;
            books.credits.ledger.touch(at, act.now);
        }
    }
}

/// The contact with this id, number or name.
pub(super) fn contact(books: &Organisation, key: &str) -> Result<usize, Refused> {
    match Uuid::parse_str(key) {
        Ok(id) => books.contacts.ledger.find(id),
        Err(_) => books
            .contacts
            .numbered(key)
            .or_else(|| books.contacts.active_named(key))
            .or_else(|| books.contacts.archived_named(key)),
    }
    .ok_or_else(|| not_found("contact", key))
}
