//! The configuration that `tieout init --host case-manager` writes.

/// A whole configuration with the mapping that Case Manager's help pages document, explained. What each company chooses
/// stands in it as a comment.
pub const CONFIGURATION: &str = include_str!("../case-manager.toml");
