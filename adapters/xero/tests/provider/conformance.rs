//! The promises of the port, each on a sandbox of its own: `provider_promises!` makes a test of every one.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use tieout_conformance::provider::{Act, At, Backstage, Can, Stage, Trouble};
use tieout_core::document::{
    Currency, DocumentKind, ProviderContactId, ProviderDocumentId, Totals,
};
use tieout_core::provider::{AccountingProvider, Posting, RejectionKind};
use tieout_core::settings::CreateStatus;
use tieout_sandbox_xero::books::purchase_order::OrderStatus;
use tieout_sandbox_xero::wire::credit::CreditNoteIn;
use tieout_sandbox_xero::wire::invoice::InvoiceIn;
use tieout_sandbox_xero::wire::purchase_order::PurchaseOrderIn;
use tieout_sandbox_xero::{Fault, FaultRule, NEW_ZEALAND};
use uuid::Uuid;

use crate::postings::{line, money, posting};
use crate::sandboxed::Books;

tieout_conformance::provider_promises!(crate::conformance::make);

/// The identifier of nobody's document.
pub(crate) const NOBODY: &str = "11111111-2222-4333-8444-555555555555";

/// A sandbox whose people and faults a promise commands.
struct Sandboxed {
    books: Books,
    paid: Mutex<Vec<(ProviderDocumentId, Uuid)>>,
}

pub(crate) fn make() -> Arc<dyn Stage> {
    Arc::new(Sandboxed {
        books: Books::open(),
        paid: Mutex::default(),
    })
}

/// What Xero takes on a document of each kind: a bill carries no reference, a purchase order neither link nor due date.
pub(crate) fn fit(mut document: Posting, kind: DocumentKind) -> Posting {
    document.kind = kind;
    match kind {
        DocumentKind::Invoice => {}
        DocumentKind::CreditNote => (document.due_date, document.url) = (None, None),
        DocumentKind::Bill => document.reference = None,
        DocumentKind::PurchaseOrder => {
            document.delivery_date = document.due_date.take();
            document.url = None;
        }
    }
    document
}

/// Whether a document is written to a supplier.
pub(crate) fn is_purchase(kind: DocumentKind) -> bool {
    match kind {
        DocumentKind::Invoice | DocumentKind::CreditNote => false,
        DocumentKind::Bill | DocumentKind::PurchaseOrder => true,
    }
}

impl Stage for Sandboxed {
    fn provider(&self) -> &dyn AccountingProvider {
        &self.books.provider
    }

    fn now(&self) -> DateTime<Utc> {
        self.books.now()
    }

    fn number(&self, name: &str) -> String {
        format!("T-{}", name.replace(' ', "-"))
    }

    fn posting(&self, kind: DocumentKind, number: &str, nets: &[Decimal]) -> Posting {
        let party = if is_purchase(kind) {
            "SP-004"
        } else {
            "HT-001"
        };
        let party = self.books.contact(party);
        let mut document = posting(number, &party, CreateStatus::Authorised);
        let lines = nets.iter().enumerate().map(|(index, net)| {
            let mut line = line(&index.to_string(), "1", "1");
            line.unit_amount = *net;
            if is_purchase(kind) {
                line.account_code = "400".to_owned();
                line.tax_type = Some("INPUT2".to_owned());
            }
            line
        });
        document.lines = lines.collect();
        let (net, rate) = (nets.iter().sum::<Decimal>(), money("0.15"));
        document.totals = Totals {
            net,
            tax: net * rate,
            gross: net + net * rate,
        };
        fit(document, kind)
    }

    fn other_party(&self, _kind: DocumentKind) -> ProviderContactId {
        self.books.contact("TM-002")
    }

    fn unknown_document(&self) -> ProviderDocumentId {
        ProviderDocumentId::new(NOBODY).unwrap()
    }

    fn refused(&self, kind: DocumentKind, number: &str) -> Vec<(RejectionKind, Posting)> {
        let refuse = |reason, spoil: fn(&mut Posting)| {
            let mut document = self.posting(kind, number, &[money("100")]);
            spoil(&mut document);
            (reason, document)
        };
        // What Xero says to an unknown item or tracking option is not published.
        vec![
            refuse(RejectionKind::AccountInvalid, |document| {
                "99999".clone_into(&mut document.lines[0].account_code);
            }),
            refuse(RejectionKind::TaxInvalid, |document| {
                document.lines[0].tax_type = Some("NOSUCH".to_owned());
            }),
            refuse(RejectionKind::ContactInvalid, |document| {
                document.contact = ProviderContactId::new(NOBODY).unwrap();
            }),
            refuse(RejectionKind::CurrencyNotEnabled, |document| {
                document.currency = Currency::from_code("ISK").unwrap();
            }),
        ]
    }

    fn keeps_approved(&self, kind: DocumentKind) -> bool {
        kind == DocumentKind::PurchaseOrder
            && !self
                .books
                .sandbox
                .switches()
                .purchase_order_approved_to_deleted
    }

    fn backstage(&self) -> Option<&dyn Backstage> {
        Some(self)
    }
}

impl Backstage for Sandboxed {
    fn person(&self, act: Act<'_>) {
        let people = self.books.people();
        match act {
            Act::Pay { kind, id, amount } => {
                let paid = match kind {
                    DocumentKind::Invoice | DocumentKind::Bill => {
                        people.pay(NEW_ZEALAND, id.as_str(), Some(amount), None)
                    }
                    DocumentKind::CreditNote => {
                        people.refund(NEW_ZEALAND, id.as_str(), Some(amount))
                    }
                    DocumentKind::PurchaseOrder => panic!("nobody pays an order"),
                };
                self.paid.lock().unwrap().push((id.clone(), paid.unwrap()));
            }
            Act::TakePaymentsBack { id, .. } => {
                let mut paid = self.paid.lock().unwrap();
                let (theirs, others): (Vec<_>, Vec<_>) =
                    paid.drain(..).partition(|(document, _)| document == id);
                assert!(!theirs.is_empty(), "nobody has paid it");
                for (_, payment) in theirs {
                    people.delete_payment(NEW_ZEALAND, payment).unwrap();
                }
                *paid = others;
            }
            Act::Remove { kind, id } => match kind {
                DocumentKind::Invoice | DocumentKind::Bill => people.void(NEW_ZEALAND, id.as_str()),
                DocumentKind::CreditNote => people.void_credit(NEW_ZEALAND, id.as_str()),
                DocumentKind::PurchaseOrder => {
                    people.move_purchase_order(NEW_ZEALAND, id.as_str(), OrderStatus::Deleted)
                }
            }
            .unwrap(),
            Act::Redate { kind, id, date } => self.redate(kind, id, date),
            Act::ArchiveContact(id) => people.archive_contact(NEW_ZEALAND, id.as_str()).unwrap(),
            Act::MergeContacts(from, into) => people
                .merge_contact(NEW_ZEALAND, from.as_str(), into.as_str())
                .unwrap(),
            Act::CloseBooks(through) => people
                .set_lock_dates(NEW_ZEALAND, Some(through), None)
                .unwrap(),
        }
    }

    fn trouble(&self, trouble: Trouble, at: At) -> Can {
        let fault = match trouble {
            Trouble::LostBefore => Fault::LostBeforeCommit,
            Trouble::LostAfter => Fault::LostAfterCommit,
            Trouble::FailedBefore => Fault::ErrorBeforeCommit { status: 500 },
            Trouble::FailedAfter => Fault::ErrorAfterCommit { status: 504 },
            Trouble::FailedMidway => Fault::ErrorMidBatch {
                status: 500,
                elements: 1,
            },
            Trouble::CutShort => Fault::Truncated,
            Trouble::Garbled => Fault::ProxyHtml,
            Trouble::Throttled => Fault::ErrorBeforeCommit { status: 429 },
            Trouble::Expired => Fault::Unauthorized,
        };
        let (method, path) = match at {
            At::Create(kind) => ("PUT", path(kind)),
            At::Change(kind) => ("POST", path(kind)),
            At::Read(kind) => ("GET", path(kind)),
            At::MakeContacts => ("PUT", "/Contacts"),
        };
        self.books.fault(FaultRule::once(method, path, fault));
        Can::Done
    }

    fn pass(&self, time: TimeDelta) {
        self.books.pass_by(time);
    }

    fn writes(&self) -> usize {
        self.books.writes()
    }

    fn crowd(&self) -> usize {
        1_050
    }
}

impl Sandboxed {
    fn redate(&self, kind: DocumentKind, id: &ProviderDocumentId, date: NaiveDate) {
        let (people, date) = (self.books.people(), Some(date.into()));
        match kind {
            DocumentKind::Invoice | DocumentKind::Bill => people.edit(
                NEW_ZEALAND,
                id.as_str(),
                InvoiceIn {
                    date,
                    ..InvoiceIn::default()
                },
            ),
            DocumentKind::CreditNote => people.edit_credit_note(
                NEW_ZEALAND,
                id.as_str(),
                CreditNoteIn {
                    date,
                    ..CreditNoteIn::default()
                },
            ),
            DocumentKind::PurchaseOrder => people.edit_purchase_order(
                NEW_ZEALAND,
                id.as_str(),
                PurchaseOrderIn {
                    date,
                    ..PurchaseOrderIn::default()
                },
            ),
        }
        .unwrap();
    }
}

fn path(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Invoice | DocumentKind::Bill => "/Invoices",
        DocumentKind::CreditNote => "/CreditNotes",
        DocumentKind::PurchaseOrder => "/PurchaseOrders",
    }
}
