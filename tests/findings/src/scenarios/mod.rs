//! Every scenario, by what its finding is about.

mod beside;
mod books;
mod contacts;
mod document;
mod existing;
mod figures;
mod provider;

use crate::scenario::Scenario;

/// Every scenario; a rule has several where it arises in several ways.
#[must_use]
pub fn all() -> Vec<Scenario> {
    [
        document::ALL,
        figures::ALL,
        books::ALL,
        contacts::ALL,
        existing::ALL,
        provider::ALL,
        beside::ALL,
    ]
    .concat()
}
