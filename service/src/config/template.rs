//! The configurations that `tieout init` writes.

/// A configuration with every key that most people need, explained.
pub(crate) const ANNOTATED: &str = include_str!("annotated.toml");

/// A configuration that works as it is, for a product that puts files into the folder PATH; the pages add the rest. NAME and PATH
/// are to be replaced.
pub(crate) const FOR_A_FOLDER: &str = include_str!("for_a_folder.toml");

/// What stands in the annotated one for the client id of an app.
pub(super) const PLACEHOLDER_CLIENT_ID: &str = "0123456789ABCDEF0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_placeholder_stands_in_the_template() {
        assert!(ANNOTATED.contains(&format!("client_id = \"{PLACEHOLDER_CLIENT_ID}\"")));
    }
}
