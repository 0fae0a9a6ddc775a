//! How the API spells things: tolerant on the way in, exactly as Xero on the way out.

pub mod allocation;
pub mod bank_transaction;
pub mod contact;
pub mod credit;
pub mod date;
pub mod elements;
pub mod invoice;
pub mod loose;
pub mod number;
pub mod papers;
pub mod payment;
pub mod purchase_order;
pub mod xml;
pub mod xml_in;
