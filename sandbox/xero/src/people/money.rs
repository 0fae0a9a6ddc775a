//! Payments by hand.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::rules::payments;
use crate::wire::payment::{AccountRef, InvoiceRef, PaymentIn};

use super::act::{People, Refused, not_found};
use super::credits::BANK;
use super::documents::invoice;

impl People<'_> {
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
                    code: Some(BANK.to_owned()),
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
}
