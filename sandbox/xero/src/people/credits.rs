//! Credits by hand: write, allocate, refund, void, and money that is more than what was due.

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::books::Organisation;
use crate::books::credit::Source;
use crate::books::invoice::{Kind, Status};
use crate::rules::contacts::Mode;
use crate::rules::{Act, allocations, credit_notes, payments, received};
use crate::wire::allocation::AllocationIn;
use crate::wire::bank_transaction::BankTransactionIn;
use crate::wire::contact::ContactIn;
use crate::wire::credit::CreditNoteIn;
use crate::wire::invoice::LineIn;
use crate::wire::payment::{
    AccountRef, CreditNoteRef, InvoiceRef, OverpaymentRef, PaymentIn, PrepaymentRef,
};

use super::act::{People, Refused, not_found};
use super::contacts::contact;
use super::documents::invoice;

/// The bank account that people use.
pub(super) const BANK: &str = "090";

impl People<'_> {
    /// Writes a credit note by hand and returns its id.
    ///
    /// # Errors
    /// Xero's messages.
    pub fn write_credit_note(
        &self,
        organisation: Uuid,
        fields: &CreditNoteIn,
    ) -> Result<Uuid, Refused> {
        self.act(organisation, |books, act| {
            let written = credit_notes::write(books, act, Mode::Create, fields)?;
            Ok(books.credits.ledger.row(written.at).id)
        })
    }

    /// Edits a credit note: what is set in `fields` changes, under the rules for its status. `key` is its id or number.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn edit_credit_note(
        &self,
        organisation: Uuid,
        key: &str,
        fields: CreditNoteIn,
    ) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            let at = credit(books, key)?;
            let sent = CreditNoteIn {
                id: Some(books.credits.ledger.row(at).id),
                ..fields
            };
            credit_notes::write(books, act, Mode::Upsert, &sent)?;
            Ok(())
        })
    }

    /// Approves a credit note; `key` is its id or number.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn approve_credit_note(&self, organisation: Uuid, key: &str) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            let at = credit(books, key)?;
            move_note(books, act, at, Status::Authorised)
        })
    }

    /// Voids an approved credit of any kind, or deletes a credit note that is not approved yet; `key` is its id, or the number
    /// of a credit note.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn void_credit(&self, organisation: Uuid, key: &str) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            let at = credit(books, key)?;
            let row = books.credits.ledger.row(at);
            match (row.source, row.status) {
                (Source::Overpayment | Source::Prepayment, _) => {
                    received::void(books, act, at)?;
                    Ok(())
                }
                (Source::CreditNote, Status::Draft | Status::Submitted | Status::Deleted) => {
                    move_note(books, act, at, Status::Deleted)
                }
                (Source::CreditNote, Status::Authorised | Status::Paid | Status::Voided) => {
                    move_note(books, act, at, Status::Voided)
                }
            }
        })
    }

    /// Puts a credit against an invoice or bill and returns the id of the allocation; as much as both allow when no amount is
    /// given.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn allocate(
        &self,
        organisation: Uuid,
        credit_key: &str,
        invoice_key: &str,
        amount: Option<Decimal>,
    ) -> Result<Uuid, Refused> {
        self.act(organisation, |books, act| {
            let (credit, invoice) = (credit(books, credit_key)?, invoice(books, invoice_key)?);
            let invoice = books.invoices.ledger.row(invoice);
            let all = books
                .credits
                .ledger
                .row(credit)
                .remaining()
                .min(invoice.amount_due());
            let sent = AllocationIn {
                invoice: Some(InvoiceRef {
                    id: Some(invoice.id),
                    invoice_number: None,
                }),
                amount: Some(amount.unwrap_or(all)),
                date: Some(books.profile.zone.day(act.now).into()),
            };
            let at = allocations::create(books, act, credit, &sent)?;
            Ok(books.allocations.row(at).id)
        })
    }

    /// Takes an allocation back.
    ///
    /// # Errors
    /// Not found, or Xero's message.
    pub fn remove_allocation(&self, organisation: Uuid, allocation: Uuid) -> Result<(), Refused> {
        self.act(organisation, |books, act| {
            let missing = || not_found("allocation", &allocation.to_string());
            let at = books.allocations.find(allocation).ok_or_else(missing)?;
            let credit = books.allocations.row(at).credit;
            allocations::remove(books, act, credit, allocation)?.ok_or_else(missing)?;
            Ok(())
        })
    }

    /// Pays what remains of a credit, or part of it, back from the main bank account and returns the payment's id.
    ///
    /// # Errors
    /// Not found, or Xero's messages.
    pub fn refund(
        &self,
        organisation: Uuid,
        key: &str,
        amount: Option<Decimal>,
    ) -> Result<Uuid, Refused> {
        self.act(organisation, |books, act| {
            let row = books.credits.ledger.row(credit(books, key)?);
            let id = Some(row.id);
            let only = |source: Source| row.source == source;
            let sent = PaymentIn {
                credit_note: only(Source::CreditNote).then_some(CreditNoteRef {
                    id,
                    credit_note_number: None,
                }),
                overpayment: only(Source::Overpayment).then_some(OverpaymentRef { id }),
                prepayment: only(Source::Prepayment).then_some(PrepaymentRef { id }),
                account: Some(bank()),
                amount: Some(amount.unwrap_or_else(|| row.remaining())),
                date: Some(books.profile.zone.day(act.now).into()),
                reference: Some("Refunded in Xero".to_owned()),
                ..PaymentIn::default()
            };
            let at = payments::create(books, act, &sent)?;
            Ok(books.payments.row(at).id)
        })
    }

    /// Books money from or to a contact as an overpayment or a prepayment and returns the id of the credit. Prepayments stand
    /// on the ordinary sales or purchases account, tax inside.
    ///
    /// # Errors
    /// Not found, or Xero's messages. A credit note is refused: it is no money.
    pub fn receive(
        &self,
        organisation: Uuid,
        source: Source,
        kind: Kind,
        contact_key: &str,
        amount: Decimal,
    ) -> Result<Uuid, Refused> {
        self.act(organisation, |books, act| {
            let at = contact(books, contact_key)?;
            receive(books, act, (source, kind), at, amount)
        })
    }

    /// Pays more on an invoice than is due, as a person can and the API cannot: the rest becomes an overpayment, whose id is
    /// returned.
    ///
    /// # Errors
    /// Not found, not more than is due, or Xero's messages.
    pub fn overpay(&self, organisation: Uuid, key: &str, amount: Decimal) -> Result<Uuid, Refused> {
        self.act(organisation, |books, act| {
            let at = invoice(books, key)?;
            let row = books.invoices.ledger.row(at);
            let (due, kind, contact) = (row.amount_due(), row.kind, row.contact);
            if row.status != Status::Authorised {
                return Err(Refused::ByXero(vec![
                    "Payments can only be made against Authorised documents".to_owned(),
                ]));
            }
            if amount <= due {
                return Err(Refused::ByXero(vec![format!(
                    "{amount:.2} is not more than the {due:.2} that is due"
                )]));
            }
            let sent = PaymentIn {
                invoice: Some(InvoiceRef {
                    id: Some(row.id),
                    invoice_number: None,
                }),
                account: Some(bank()),
                amount: Some(due),
                date: Some(books.profile.zone.day(act.now).into()),
                reference: Some("Paid in Xero".to_owned()),
                ..PaymentIn::default()
            };
            // The rest first: it can be refused for more reasons than the payment, and then nothing is booked.
            let rest = receive(
                books,
                act,
                (Source::Overpayment, kind),
                contact,
                amount - due,
            )?;
            payments::create(books, act, &sent)?;
            Ok(rest)
        })
    }
}

fn receive(
    books: &mut Organisation,
    act: &Act<'_>,
    (source, kind): (Source, Kind),
    contact: usize,
    amount: Decimal,
) -> Result<Uuid, Refused> {
    let account_code = match kind {
        Kind::Receivable => "200",
        Kind::Payable => "429",
    };
    let sent = BankTransactionIn {
        kind: Some(
            match (source, kind) {
                (Source::Overpayment, Kind::Receivable) => "RECEIVE-OVERPAYMENT",
                (Source::Overpayment, Kind::Payable) => "SPEND-OVERPAYMENT",
                (Source::Prepayment, Kind::Receivable) => "RECEIVE-PREPAYMENT",
                (Source::Prepayment, Kind::Payable) => "SPEND-PREPAYMENT",
                (Source::CreditNote, _) => "",
            }
            .to_owned(),
        ),
        contact: Some(ContactIn {
            id: Some(books.contacts.ledger.row(contact).id),
            ..ContactIn::default()
        }),
        bank_account: Some(bank()),
        line_items: Some(vec![LineIn {
            description: Some(source.label().to_owned()),
            line_amount: Some(amount),
            account_code: Some(account_code.to_owned()),
            ..LineIn::default()
        }]),
        ..BankTransactionIn::default()
    };
    let at = received::create(books, act, &sent)?;
    let credit = books.bank_transactions.row(at).credit;
    Ok(books.credits.ledger.row(credit).id)
}

fn bank() -> AccountRef {
    AccountRef {
        id: None,
        code: Some(BANK.to_owned()),
    }
}

fn move_note(
    books: &mut Organisation,
    act: &Act<'_>,
    at: usize,
    to: Status,
) -> Result<(), Refused> {
    let sent = CreditNoteIn {
        id: Some(books.credits.ledger.row(at).id),
        status: Some(to.name().to_owned()),
        ..CreditNoteIn::default()
    };
    credit_notes::write(books, act, Mode::Upsert, &sent)?;
    Ok(())
}

/// The credit with this id, or the credit note with this number.
fn credit(books: &Organisation, key: &str) -> Result<usize, Refused> {
    match Uuid::parse_str(key) {
        Ok(id) => books.credits.ledger.find(id),
        Err(_) => credit_notes::named(books, None, Some(key)),
    }
    .ok_or_else(|| not_found("credit", key))
}
