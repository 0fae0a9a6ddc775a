//! How rows of iinsight become documents.

mod adjustment;
mod bill_to;
mod invoice;
mod line;

pub(crate) use adjustment::adjustment;
pub(crate) use invoice::{Facts, cases_of, invoice};
