//! What bookkeepers and administrators do in the Australian organisation.

use rust_decimal::Decimal;
use tieout_sandbox_xero::AUSTRALIA;
use tieout_sandbox_xero::books::payment::PaymentStatus;
use tieout_sandbox_xero::wire::contact::ContactIn;
use tieout_sandbox_xero::wire::invoice::{InvoiceIn, LineIn};
use uuid::Uuid;

use crate::ground::Ground;
use crate::paper::{NUMBER, PARTY, cents, day};

impl Ground {
    /// Enters an approved invoice by hand.
    pub(crate) fn enter(&mut self, number: &str, reference: &str, net: i64) {
        let fields = InvoiceIn {
            kind: Some("ACCREC".to_owned()),
            invoice_number: Some(number.to_owned()),
            reference: Some(reference.to_owned()),
            contact: Some(ContactIn {
                name: Some(PARTY.to_owned()),
                ..ContactIn::default()
            }),
            line_items: Some(lines(net)),
            date: Some(day("2026-11-10").into()),
            due_date: Some(day("2026-12-10").into()),
            line_amount_types: Some("Exclusive".to_owned()),
            status: Some("AUTHORISED".to_owned()),
            ..InvoiceIn::default()
        };
        // Refused where the number is there already; the scenario then shows that it came to nothing.
        let _ = self.people().write_invoice(AUSTRALIA, &fields);
    }

    /// Edits what the invoice comes to.
    pub(crate) fn edit(&mut self, net: i64) {
        let fields = InvoiceIn {
            line_items: Some(lines(net)),
            ..InvoiceIn::default()
        };
        self.people()
            .edit(AUSTRALIA, NUMBER, fields)
            .expect("it is approved and unpaid");
    }

    /// Saves the invoice with another reference.
    pub(crate) fn touch(&mut self) {
        let fields = InvoiceIn {
            reference: Some(self.now().to_rfc3339()),
            ..InvoiceIn::default()
        };
        self.people()
            .edit(AUSTRALIA, NUMBER, fields)
            .expect("a reference may change");
    }

    pub(crate) fn void(&mut self, number: &str) {
        self.people()
            .void(AUSTRALIA, number)
            .expect("it is approved and unpaid");
    }

    /// Pays the whole invoice.
    pub(crate) fn pay(&mut self) {
        self.people()
            .pay(AUSTRALIA, NUMBER, None, None)
            .expect("it is approved");
    }

    /// Pays a part of the only summary.
    pub(crate) fn pay_the_summary(&mut self) {
        let number = self.sandbox.read(AUSTRALIA, |books| {
            let mut rows = books.invoices.ledger.rows().iter();
            let row = rows.find(|row| row.number.starts_with("SUM-"));
            row.map(|row| row.number.clone())
        });
        // Where the invoice went alone there is none; the scenario then shows that it came to nothing.
        if let Some(number) = number.flatten() {
            self.people()
                .pay(AUSTRALIA, &number, Some(cents(100)), None)
                .expect("it is approved");
        }
    }

    /// Every payment that stands.
    pub(crate) fn payments(&self) -> Vec<Uuid> {
        let read = self.sandbox.read(AUSTRALIA, |books| {
            let rows = books.payments.rows().iter();
            let stand = rows.filter(|row| row.status == PaymentStatus::Authorised);
            stand.map(|row| row.id).collect()
        });
        read.unwrap_or_default()
    }

    pub(crate) fn take_back_payments(&mut self) {
        for payment in self.payments() {
            self.people()
                .delete_payment(AUSTRALIA, payment)
                .expect("a payment may be taken back");
        }
    }

    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        self.people()
            .rename_contact(AUSTRALIA, from, to)
            .expect("the name is free");
    }

    pub(crate) fn lock_through(&mut self, last: &str) {
        self.people()
            .set_lock_dates(AUSTRALIA, Some(day(last)), None)
            .expect("the organisation is there");
    }

    pub(crate) fn unlock(&mut self) {
        self.people()
            .set_lock_dates(AUSTRALIA, None, None)
            .expect("the organisation is there");
    }
}

fn lines(net: i64) -> Vec<LineIn> {
    vec![LineIn {
        description: Some("Assessment".to_owned()),
        quantity: Some(Decimal::ONE),
        unit_amount: Some(cents(net)),
        account_code: Some("200".to_owned()),
        tax_type: Some("OUTPUT".to_owned()),
        ..LineIn::default()
    }]
}
