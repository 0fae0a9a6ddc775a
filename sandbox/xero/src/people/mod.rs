//! What a person does in Xero's own pages: write, approve, pay, allocate, take back, void, archive, merge, lock, disconnect.

mod act;
mod contacts;
mod credits;
mod documents;
mod money;
mod orders;
mod settings;

pub use act::{People, Refused};
