//! How the name of a party is brought to the one spelling that every provider keeps.

/// The name trimmed, with single spaces, and without control characters and angle brackets.
///
/// Nothing else changes: a surname that comes first stays first.
pub(super) fn normalised(name: &str) -> String {
    let kept = name.replace(['<', '>'], " ");
    kept.split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The text trimmed, or `None` when nothing is left.
pub(super) fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_brackets_are_tidied_and_nothing_else() {
        assert_eq!(
            normalised("  Plan \t Harbour\n Pty  Ltd "),
            "Plan Harbour Pty Ltd"
        );
        assert_eq!(normalised("Acme <sales> Pty"), "Acme sales Pty");
        assert_eq!(normalised("Okafor, Daniel"), "Okafor, Daniel");
        assert_eq!(normalised(" <> \u{0}"), "");
    }

    #[test]
    fn blank_is_absent() {
        assert_eq!(filled(Some(" ")), None);
        assert_eq!(filled(Some(" a ")), Some("a"));
        assert_eq!(filled(None), None);
    }
}
