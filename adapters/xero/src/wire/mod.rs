//! What Xero's replies and requests look like, one file for each resource; everything optional, nothing closed.

pub mod account;
pub mod branding;
pub mod contact;
pub mod contact_details;
pub mod currency;
mod date;
pub mod document;
pub mod document_request;
mod loose;
pub mod organisation;
mod page;
pub mod papers;
pub mod payment;
pub mod payment_request;
pub mod problem;
mod resource;
pub mod tax_rate;
pub mod tracking;

pub use date::{DateError, read_date, read_moment, write_moment};
pub use page::{Listed, Page, Pagination, WireError};
pub use resource::Resource;
