//! The host's papers: what the host itself says of a document, and the sums as the host works them out.

use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use tieout_core::document::{
    AmountsAre, Bill, BillTo, Currency, Document, DocumentId, DocumentKey, DocumentKind, HostId,
    HostPayment, HostPaymentId, Invoice, InvoiceKind, InvoiceStatus, Line, LineId, PurchaseOrder,
    PurchaseOrderLine, PurchaseOrderStatus, References, Supplier, Totals,
};

/// The name of the only host.
pub(crate) const HOST: &str = "desk";

/// The part of the business that a paper belongs to, which decides the organisation and the tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Division {
    /// Kept in the Australian organisation.
    North,
    /// Kept in the New Zealand organisation.
    South,
    /// Claimed by nobody.
    Nowhere,
}

impl Division {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::North => "North",
            Self::South => "South",
            Self::Nowhere => "Nowhere",
        }
    }

    /// Hundredths of tax.
    fn percent(self) -> i64 {
        match self {
            Self::North | Self::Nowhere => 10,
            Self::South => 15,
        }
    }
}

/// Where a paper stands in the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Draft,
    Final,
    Voided,
    Reversed,
    /// A status that the contract does not know.
    Odd,
    /// Deleted altogether.
    Deleted,
}

/// A line of a paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PaperLine {
    pub(crate) id: u64,
    pub(crate) quantity: Decimal,
    pub(crate) price: Decimal,
    pub(crate) free_of_tax: bool,
    /// Cents by which the host's tax is not what the rate comes to: it rounds in its own way.
    pub(crate) tax_off: i64,
}

/// A payment that was made in the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PaperPayment {
    pub(crate) id: u64,
    pub(crate) date: NaiveDate,
    pub(crate) amount: Decimal,
}

/// A document as its host holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paper {
    pub(crate) kind: DocumentKind,
    pub(crate) id: u64,
    pub(crate) revision: u64,
    pub(crate) number: String,
    pub(crate) party: String,
    pub(crate) division: Division,
    pub(crate) standing: Standing,
    pub(crate) issue_date: NaiveDate,
    pub(crate) lines: Vec<PaperLine>,
    /// Whether the host tells what was paid of it.
    pub(crate) tells_payments: bool,
    pub(crate) payments: Vec<PaperPayment>,
    /// Whether its totals are not what its lines come to.
    pub(crate) crooked: bool,
}

impl Paper {
    pub(crate) fn key(&self) -> DocumentKey {
        DocumentKey {
            host: host_id(),
            kind: self.kind,
            id: self.document_id(),
        }
    }

    pub(crate) fn document_id(&self) -> DocumentId {
        DocumentId::new(self.id.to_string()).expect("digits")
    }

    /// The sums, tax line by line, half a cent away from zero.
    pub(crate) fn totals(&self) -> Totals {
        let net: Decimal = self.lines.iter().map(|line| self.net(line)).sum();
        let tax: Decimal = self.lines.iter().map(|line| self.tax(line)).sum();
        let wrong = if self.crooked {
            Decimal::new(1, 2)
        } else {
            Decimal::ZERO
        };
        Totals {
            net,
            tax,
            gross: net + tax + wrong,
        }
    }

    /// What the host was paid.
    pub(crate) fn paid(&self) -> Decimal {
        self.payments.iter().map(|payment| payment.amount).sum()
    }

    /// What the host hands over.
    pub(crate) fn document(&self, at: DateTime<Utc>) -> Document {
        match self.kind {
            DocumentKind::Invoice => Document::Invoice(self.invoice(InvoiceKind::Sales, at)),
            DocumentKind::CreditNote => {
                Document::Invoice(self.invoice(InvoiceKind::SalesCredit, at))
            }
            DocumentKind::Bill => Document::Bill(self.bill(at)),
            DocumentKind::PurchaseOrder => Document::PurchaseOrder(self.order(at)),
        }
    }

    fn net(&self, line: &PaperLine) -> Decimal {
        cents(line.quantity * line.price)
    }

    pub(crate) fn tax(&self, line: &PaperLine) -> Decimal {
        let tax = cents(self.net(line) * self.rate(line));
        // The provider works out the tax of an order itself.
        if line.free_of_tax || self.kind == DocumentKind::PurchaseOrder {
            tax
        } else {
            tax + Decimal::new(line.tax_off, 2)
        }
    }

    fn rate(&self, line: &PaperLine) -> Decimal {
        if line.free_of_tax {
            Decimal::ZERO
        } else {
            Decimal::new(self.division.percent(), 2)
        }
    }

    fn invoice(&self, kind: InvoiceKind, at: DateTime<Utc>) -> Invoice {
        Invoice {
            id: self.document_id(),
            revision: self.revision,
            kind,
            number: self.number.clone(),
            status: self.invoice_status(),
            business_division: Some(self.division.name().to_owned()),
            issue_date: self.issue_date,
            due_date: self.issue_date.checked_add_days(Days::new(30)),
            payment_terms_days: None,
            currency: currency(),
            amounts_are: AmountsAre::TaxExclusive,
            bill_to: BillTo {
                name: self.party.clone(),
                ..BillTo::default()
            },
            references: References::default(),
            grouped: false,
            group_sources: Vec::new(),
            // Several documents in a row come together.
            batch_id: Some(format!("B{}", self.id / 3)),
            tracking: Vec::new(),
            lines: self.lines.iter().map(|line| self.line(line)).collect(),
            totals: self.totals(),
            notes: None,
            url: None,
            attachments: Vec::new(),
            payments: self.host_payments(),
            updated_at: at,
        }
    }

    fn bill(&self, at: DateTime<Utc>) -> Bill {
        Bill {
            id: self.document_id(),
            revision: self.revision,
            number: self.number.clone(),
            status: self.invoice_status(),
            supplier: self.supplier(),
            business_division: Some(self.division.name().to_owned()),
            issue_date: self.issue_date,
            due_date: self.issue_date.checked_add_days(Days::new(14)),
            currency: currency(),
            amounts_are: AmountsAre::TaxExclusive,
            lines: self.lines.iter().map(|line| self.line(line)).collect(),
            totals: self.totals(),
            attachments: Vec::new(),
            payments: self.host_payments(),
            updated_at: at,
        }
    }

    fn host_payments(&self) -> Option<Vec<HostPayment>> {
        let told = self.payments.iter().map(|paid| HostPayment {
            id: HostPaymentId::new(format!("p{}", paid.id)).expect("a letter and digits"),
            date: paid.date,
            amount: paid.amount,
            account_code: None,
            method: None,
            reference: None,
            ledger_payment_id: None,
        });
        self.tells_payments.then(|| told.collect())
    }

    fn order(&self, at: DateTime<Utc>) -> PurchaseOrder {
        let lines = self.lines.iter().map(|line| PurchaseOrderLine {
            id: line_id(line),
            sku: format!("SKU-{}", line.id),
            description: format!("Article {}", line.id),
            quantity: line.quantity,
            unit_price: line.price,
            tax_rate: Some(self.rate(line)),
            expense_account: None,
            asset_account: None,
            received_quantity: None,
        });
        PurchaseOrder {
            id: self.document_id(),
            revision: self.revision,
            number: self.number.clone(),
            status: self.order_status(),
            supplier: self.supplier(),
            business_division: Some(self.division.name().to_owned()),
            order_ref: None,
            issue_date: self.issue_date,
            delivery_date: None,
            currency: currency(),
            lines: lines.collect(),
            totals: Some(self.totals()),
            updated_at: at,
        }
    }

    fn line(&self, line: &PaperLine) -> Line {
        Line {
            id: line_id(line),
            description: format!("Service {}", line.id),
            service_date: None,
            service_end_date: None,
            quantity: line.quantity,
            unit_price: line.price,
            discount: None,
            net_amount: self.net(line),
            tax_code: Some(if line.free_of_tax { "FREE" } else { "GST" }.to_owned()),
            tax_rate: None,
            tax_amount: self.tax(line),
            gross_amount: None,
            charge_code: None,
            service_contract: None,
            item_code: None,
            account_code: None,
            tracking: Vec::new(),
            case_number: None,
            worker: None,
            funding: None,
        }
    }

    fn supplier(&self) -> Supplier {
        Supplier {
            id: None,
            name: self.party.clone(),
        }
    }

    fn invoice_status(&self) -> InvoiceStatus {
        match self.standing {
            Standing::Draft => InvoiceStatus::Draft,
            Standing::Final => InvoiceStatus::Final,
            Standing::Voided | Standing::Deleted => InvoiceStatus::Voided,
            Standing::Reversed => InvoiceStatus::Reversed,
            Standing::Odd => InvoiceStatus::Other("parked".to_owned()),
        }
    }

    fn order_status(&self) -> PurchaseOrderStatus {
        match self.standing {
            Standing::Draft => PurchaseOrderStatus::Draft,
            Standing::Final => PurchaseOrderStatus::Final,
            Standing::Voided | Standing::Deleted | Standing::Reversed => {
                PurchaseOrderStatus::Cancelled
            }
            Standing::Odd => PurchaseOrderStatus::Other("parked".to_owned()),
        }
    }
}

impl std::fmt::Display for Paper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            kind,
            id,
            revision,
            number,
            standing,
            ..
        } = self;
        let gross = self.totals().gross;
        let division = self.division.name();
        write!(
            f,
            "{kind} {id} ({number}, revision {revision}, {standing:?}, {gross}, {division}"
        )?;
        for paid in &self.payments {
            write!(f, ", paid {}", paid.amount)?;
        }
        f.write_str(")")
    }
}

pub(crate) fn host_id() -> HostId {
    HostId::new(HOST).expect("a short name")
}

fn line_id(line: &PaperLine) -> LineId {
    LineId::new(line.id.to_string()).expect("digits")
}

fn currency() -> Currency {
    Currency::from_code("AUD").expect("a currency")
}

fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}
