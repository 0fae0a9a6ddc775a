//! What a person does in Xero's own pages: pay, take back, void, edit, archive, merge, lock, disconnect.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::books::Organisation;
use crate::books::contact::ContactStatus;
use crate::books::invoice::Status;
use crate::rules::contacts::{self, Mode};
use crate::rules::{Act, Refusal, invoices, payments};
use crate::sandbox::Sandbox;
use crate::sync::lock;
use crate::wire::contact::ContactIn;
use crate::wire::invoice::InvoiceIn;
use crate::wire::payment::{AccountRef, InvoiceRef, PaymentIn};

/// Why a person could not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No such organisation.
    #[error("no organisation has the id {0}")]
    NoOrganisation(Uuid),
    /// No such invoice, payment or contact.
    #[error("there is no {what} '{key}'")]
    NotFound {
        /// invoice, payment or contact.
        what: &'static str,
        /// What was looked for.
        key: String,
    },
    /// Xero's own messages.
    #[error("{}", .0.join("; "))]
    ByXero(Vec<String>),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::ByXero([refusal.messages, refusal.contact_messages].concat())
    }
}

/// People at work at one moment. Each act obeys the rules that the API obeys and counts as a change made by a person.
#[derive(Debug, Clone, Copy)]
pub struct People<'a> {
    sandbox: &'a Sandbox,
    now: DateTime<Utc>,
}

impl<'a> People<'a> {
    pub(crate) const fn new(sandbox: &'a Sandbox, now: DateTime<Utc>) -> Self {
        Self { sandbox, now }
    }

    /// Pays an invoice or bill in part or in full into the main bank account, and returns the payment's id. `key` is its id
    /// or number; `amount` in its currency, all that is due when missing; `date` today when missing.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn pay(
        &self,
        organisation: Uuid,
        key: &str,
        amount: Option<Decimal>,
        date: Option<NaiveDate>,
    ) -> Result<Uuid, Refused> {
        self.act(organisation, |books, act| {
            let at = invoice(books, key)?;
            let due = books.invoices.ledger.row(at);
            let date = date.unwrap_or_else(|| books.profile.zone.day(act.now));
            let sent = PaymentIn {
                invoice: Some(InvoiceRef {
                    id: Some(due.id),
                    invoice_number: None,
                }),
                account: Some(AccountRef {
                    id: None,
                    code: Some("090".to_owned()),
                }),
                amount: Some(amount.unwrap_or_else(|| due.amount_due())),
                date: Some(date.into()),
                reference: Some("Paid in Xero".to_owned()),
                ..PaymentIn::default()
            };
            let at = payments::create(books, act, &sent)?;
            Ok(books.payments.row(at).id)
        })
    }

    /// Takes a payment back.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn delete_payment(&self, organisation: Uuid, payment: Uuid) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            payments::delete(books, act, payment)?;
            Ok(())
        })
    }

    /// Matches a payment with a bank statement, after which it cannot be taken back.
    ///
    /// # Errors
    /// Not found.
    pub fn reconcile(&self, organisation: Uuid, payment: Uuid) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            let at = books
                .payments
                .find(payment)
                .ok_or_else(|| not_found("payment", &payment.to_string()))?;
            books.payments.row_mut(at).is_reconciled = true;
            books.payments.touch(at, act.now);
            Ok(())
        })
    }

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
    /// Not found, or Xero's message when an active contact has its name by now.
    pub fn restore_contact(&self, organisation: Uuid, key: &str) -> Result<(), Refused> {
        self.set_status(organisation, key, ContactStatus::Active)
    }

    /// Merges one contact into another: it is archived, points to the other, and its documents move.
    ///
    /// # Errors
    /// Not found.
    pub fn merge_contact(&self, organisation: Uuid, from: &str, into: &str) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            let from = contact(books, from)?;
            let into = contact(books, into)?;
            let into_id = books.contacts.ledger.row(into).id;
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

    /// Closes the books up to and including these days; nothing opens them.
    ///
    /// # Errors
    /// No such organisation.
    pub fn set_lock_dates(
        &self,
        organisation: Uuid,
        period: Option<NaiveDate>,
        year: Option<NaiveDate>,
    ) -> Result<(), Refused> {
        self.act(organisation, |books, _| {
            books.profile.period_lock = period;
            books.profile.year_lock = year;
            Ok(())
        })
    }

    /// Subscribes to a currency at this day rate (units of it for one unit of the base currency). A repeat does nothing.
    ///
    /// # Errors
    /// No such organisation.
    pub fn add_currency(
        &self,
        organisation: Uuid,
        code: &str,
        day_rate: Decimal,
    ) -> Result<(), Refused> {
        self.act(organisation, |books, _| {
            crate::api::chart::subscribe(books, code, day_rate);
            Ok(())
        })
    }

    /// Ends the subscription to a currency, which real Xero does not offer; it makes the refusal easy to meet.
    ///
    /// # Errors
    /// No such organisation.
    pub fn remove_currency(&self, organisation: Uuid, code: &str) -> Result<(), Refused> {
        self.act(organisation, |books, _| {
            let base = books.profile.base_currency;
            books
                .chart
                .currencies
                .retain(|known| known.code != code || known.code == base);
            Ok(())
        })
    }

    /// Archives an account of the chart.
    ///
    /// # Errors
    /// Not found.
    pub fn archive_account(&self, organisation: Uuid, code: &str) -> Result<(), Refused> {
        self.act(organisation, |books, _| {
            let account = books
                .chart
                .accounts_mut()
                .iter_mut()
                .find(|account| account.code == code)
                .ok_or_else(|| not_found("account", code))?;
            account.standing = crate::books::chart::Standing::Archived;
            Ok(())
        })
    }

    /// Disconnects every app from the organisation, and says how many there were.
    #[must_use]
    pub fn disconnect(&self, organisation: Uuid) -> usize {
        lock(&self.sandbox.identity).disconnect(|known| known.tenant == organisation)
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
            if status == ContactStatus::Active && taken {
                return Err(Refused::ByXero(vec![contacts::name_taken(&name)]));
            }
            books.contacts.change(at, |contact| contact.status = status);
            books.contacts.ledger.touch(at, act.now);
            Ok(())
        })
    }

    fn act<T>(
        &self,
        organisation: Uuid,
        act: impl FnOnce(&mut Organisation, &Act<'_>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let books = self
            .sandbox
            .books(organisation)
            .ok_or(Refused::NoOrganisation(organisation))?;
        let switches = self.sandbox.switches();
        let circumstances = Act {
            switches: &switches,
            now: self.now,
            app: "",
            unit_decimals: 4,
        };
        act(&mut lock(books), &circumstances)
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

fn invoice(books: &Organisation, key: &str) -> Result<usize, Refused> {
    match Uuid::parse_str(key) {
        Ok(id) => books.invoices.ledger.find(id),
        Err(_) => invoices::by_number(books, key, None),
    }
    .ok_or_else(|| not_found("invoice", key))
}

fn contact(books: &Organisation, key: &str) -> Result<usize, Refused> {
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

fn not_found(what: &'static str, key: &str) -> Refused {
    Refused::NotFound {
        what,
        key: key.to_owned(),
    }
}
