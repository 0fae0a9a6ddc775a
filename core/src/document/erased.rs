//! What stands where a person's data was erased.

/// What stands in the place of a text that was erased, and of the words that were taken out of one.
pub const ERASED: &str = "(erased)";
