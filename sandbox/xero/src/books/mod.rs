//! The books: plain data with indexes, without any rule about who may change them.

pub mod allocation;
pub mod bank_transaction;
pub mod chart;
pub mod contact;
pub mod credit;
pub mod ids;
pub mod invoice;
pub mod ledger;
pub mod numbers;
pub mod organisation;
pub mod papers;
pub mod payment;
pub mod purchase_order;
pub mod seed;
pub mod zone;

pub use organisation::{Organisation, Profile};
