//! The stage on which promises are tried: an organisation to write to, and the documents that it takes and refuses.
//!
//! Write here what your organisation takes: its accounts, its tax types, two parties, and identifiers in its own form.

pub(crate) mod backstage;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use tieout_conformance::provider::{Backstage, Stage};
use tieout_core::document::{
    AmountsAre, Currency, DocumentKind, LineId, ProviderContactId, ProviderDocumentId, Totals,
};
use tieout_core::provider::{AccountingProvider, Posting, PostingLine, RejectionKind};
use tieout_core::settings::CreateStatus;

use self::backstage::Organisation;

/// The organisation's currency, and one that it has not.
pub(crate) const CURRENCY: &str = "NZD";
const NO_CURRENCY: &str = "ISK";
/// Who is billed and who bills, and another party.
const CUSTOMER: &str = "c-1";
const SUPPLIER: &str = "c-2";
const OTHER: &str = "c-3";
/// The identifier of nobody, in the provider's own form.
const NOBODY: &str = "nobody";
/// Accounts and tax types of a sale and a purchase; the tax is fifteen per cent.
const SALE: (&str, &str) = ("200", "OUTPUT");
const PURCHASE: (&str, &str) = ("400", "INPUT");

pub(crate) fn stage() -> Arc<dyn Stage> {
    Arc::new(Organisation::open())
}

impl Stage for Organisation {
    fn provider(&self) -> &dyn AccountingProvider {
        &self.provider
    }

    fn now(&self) -> DateTime<Utc> {
        self.time()
    }

    fn number(&self, name: &str) -> String {
        format!("T-{}", name.replace(' ', "-"))
    }

    fn posting(&self, kind: DocumentKind, number: &str, nets: &[Decimal]) -> Posting {
        posting(kind, number, nets)
    }

    fn other_party(&self, _kind: DocumentKind) -> ProviderContactId {
        OTHER.parse().unwrap()
    }

    fn unknown_document(&self) -> ProviderDocumentId {
        NOBODY.parse().unwrap()
    }

    fn refused(&self, kind: DocumentKind, number: &str) -> Vec<(RejectionKind, Posting)> {
        let refuse = |reason, spoil: fn(&mut Posting)| {
            let mut document = posting(kind, number, &[Decimal::ONE_HUNDRED]);
            spoil(&mut document);
            (reason, document)
        };
        vec![
            refuse(RejectionKind::AccountInvalid, |document| {
                "99999".clone_into(&mut document.lines[0].account_code);
            }),
            refuse(RejectionKind::TaxInvalid, |document| {
                document.lines[0].tax_type = Some("NOSUCH".to_owned());
            }),
            refuse(RejectionKind::ContactInvalid, |document| {
                document.contact = NOBODY.parse().unwrap();
            }),
            refuse(RejectionKind::CurrencyNotEnabled, |document| {
                document.currency = Currency::from_code(NO_CURRENCY).unwrap();
            }),
        ]
    }

    fn keeps_approved(&self, _kind: DocumentKind) -> bool {
        false
    }

    fn backstage(&self) -> Option<&dyn Backstage> {
        Some(self)
    }
}

/// An approved document that the organisation takes: a line of each net amount, with its tax.
fn posting(kind: DocumentKind, number: &str, nets: &[Decimal]) -> Posting {
    let (party, (account, tax)) = match kind {
        DocumentKind::Invoice | DocumentKind::CreditNote => (CUSTOMER, SALE),
        DocumentKind::Bill | DocumentKind::PurchaseOrder => (SUPPLIER, PURCHASE),
    };
    let line = |(index, net): (usize, &Decimal)| PostingLine {
        line: LineId::new(index.to_string()).unwrap(),
        description: format!("Work {index}"),
        quantity: Decimal::ONE,
        unit_amount: *net,
        discount_amount: None,
        account_code: account.to_owned(),
        tax_type: Some(tax.to_owned()),
        tax_amount: None,
        item_code: None,
        tracking: Vec::new(),
    };
    let net: Decimal = nets.iter().sum();
    let tax = net * Decimal::new(15, 2);
    Posting {
        kind,
        number: number.to_owned(),
        contact: party.parse().unwrap(),
        reference: Some(format!("PO {number}")),
        date: day(2026, 11, 20),
        due_date: Some(day(2026, 12, 20)),
        delivery_date: None,
        status: CreateStatus::Authorised,
        currency: Currency::from_code(CURRENCY).unwrap(),
        amounts_are: AmountsAre::TaxExclusive,
        lines: nets.iter().enumerate().map(line).collect(),
        totals: Totals {
            net,
            tax,
            gross: net + tax,
        },
        url: Some(format!("https://app.example.org/i/{number}")),
        branding_theme: None,
        explanation: Vec::new(),
    }
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}
