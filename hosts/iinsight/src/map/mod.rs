//! How rows of iinsight become documents.

mod bill_to;
mod invoice;
mod line;

pub(crate) use invoice::{Facts, REVISION, cases_of, invoice};
