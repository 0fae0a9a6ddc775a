//! The annotated configuration that `tieout init` writes.

/// A configuration with every key that most people need, explained.
pub(crate) const ANNOTATED: &str = include_str!("annotated.toml");
