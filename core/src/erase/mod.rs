//! What of a store names one person, and what the store is without it, with its books whole.
//!
//! Numbers, amounts, dates, accounts, taxes, identifiers and fingerprints stay: they are the books, and what a document is
//! known by when it comes again. Names, addresses, references and words go, out of documents and out of whatever was
//! written down about them.

mod document;
mod eraser;
mod fold;
mod json;
mod person;
mod search;
mod tally;
mod terms;

pub use eraser::{Chosen, Eraser};
pub use person::{Found, Judged, Named, Person, Role};
pub use search::Search;
pub use tally::Tally;
pub use terms::Terms;
