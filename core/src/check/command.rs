//! How commands of ours are written into sentences: so that a shell hands every word over unchanged.

use crate::document::DocumentKey;

/// A word as a shell takes it unchanged.
#[must_use]
pub fn quoted(word: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_./:@%+,=".contains(char);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A document as a command names it, for a shell: by its number, or as host/kind/id where the number would be taken
/// for an option, or no terminal hands it over.
#[must_use]
pub fn named_for_a_command(number: &str, document: &DocumentKey) -> String {
    let is_usable =
        !number.is_empty() && !number.starts_with('-') && !number.chars().any(char::is_control);
    if is_usable {
        quoted(number)
    } else {
        quoted(&document.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{DocumentId, DocumentKind, HostId};

    #[test]
    fn a_number_that_a_command_line_would_take_for_something_else_is_named_by_its_host() {
        let document = DocumentKey {
            host: HostId::new("cm").unwrap(),
            kind: DocumentKind::Bill,
            id: DocumentId::new("7 b").unwrap(),
        };
        let named = |number| named_for_a_command(number, &document);
        assert_eq!(named("INV-1042"), "INV-1042");
        assert_eq!(named("A 7's; rm"), r"'A 7'\''s; rm'");
        for number in ["", "-5", "--apply", "a\u{1b}b", "a\nb"] {
            assert_eq!(named(number), "'cm/bill/7 b'", "{number:?}");
        }
    }
}
