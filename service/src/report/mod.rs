//! Tie-outs as people keep them: rows as CSV, JSON or a workbook, and the chain of certificates.

mod archive;
mod daily;
mod export;
mod kept_rows;
mod rows;
mod workbook;

pub(crate) use archive::{Archive, Kept};
pub(crate) use daily::keep_daily;
pub(crate) use export::{Export, Format};
pub(crate) use kept_rows::CertificateRow;
pub(crate) use rows::{AMOUNTS, COLUMNS, Row, plain};
pub(crate) use workbook::{amount, fitting, head, wrong};
