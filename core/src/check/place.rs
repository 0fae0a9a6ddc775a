//! Where a value stands and which setting mends it, so that a rule can serve documents and settings alike.

/// The place of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The path of the field: of a document, or of the settings.
    pub(crate) field: &'a str,
    /// The value that stands there.
    pub(crate) value: &'a str,
    /// The setting to change.
    pub(crate) mended: &'a str,
}
