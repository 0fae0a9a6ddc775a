//! The normal form: what a business document, a party and a payment are, whoever made them.
//!
//! Plain data. Money and quantities are exact decimals written as JSON strings, accounting dates
//! are civil dates without a zone, and every identifier has a type of its own. Unknown fields and
//! unknown enum values are kept or ignored, never an error; a bad value is refused with its path.

mod account;
mod currency;
mod date;
pub mod decimal;
mod erased;
mod host_payment;
mod id;
mod invoice;
mod line;
mod money;
mod parse;
mod party;
mod payment;
mod purchase_order;
mod tracking;

pub use account::{Account, AccountClass, Item, TaxRate};
pub use currency::{Currency, UnknownCurrency};
pub use date::{PaymentTerm, TermBasis};
pub use erased::ERASED;
pub use host_payment::HostPayment;
pub use id::{
    ConnectionId, DocumentId, DocumentKey, DocumentKind, HostId, HostPaymentId, IdError, LineId,
    PartyId, ProviderContactId, ProviderDocumentId, ProviderPaymentId,
};
pub use invoice::{
    AmountsAre, Attachment, Bill, Document, GroupSource, Invoice, InvoiceKind, InvoiceStatus,
    References, Totals,
};
pub use line::{Funding, Line};
pub use money::Money;
pub use parse::{ParseError, parse};
pub use party::{Address, BillTo, Company, Contact, Phones};
pub use payment::{Payment, PaymentKind, Settlement, SettlementStatus};
pub use purchase_order::{PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Supplier};
pub use tracking::Tracking;
