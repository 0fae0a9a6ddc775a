//! Invented files of two products, as their hosts would drop them, for the demo and for tests.

/// A file of the folder form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixture {
    /// Its name in the outbox.
    pub name: &'static str,
    /// Its content.
    pub content: &'static str,
}

macro_rules! fixture {
    ($host:literal, $name:literal) => {
        Fixture {
            name: $name,
            content: include_str!(concat!("../fixtures/", $host, "/outbox/", $name)),
        }
    };
}

/// Ten invoices of a case manager in two journal entries, tax exclusive, with the host's tax codes.
pub const CASE_MANAGER: &[Fixture] = &[
    fixture!("case-manager", "invoices-411-20261031T000000Z.csv"),
    fixture!("case-manager", "invoices-412-20261114T000000Z.csv"),
];

/// Ten invoices of a practice management product in one file: three countries, a grouped one, one
/// voided and one reversed.
pub const IINSIGHT: &[Fixture] = &[fixture!(
    "iinsight",
    "invoices-2026w46-20261113T010000Z.jsonl"
)];
