//! What a person should know or decide about a document before anything is sent: one rule per file.

mod finding;

pub use finding::{Finding, Rule};
