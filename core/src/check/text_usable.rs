//! Whether a text fits its field: not empty where one is needed, not too long, and of characters that survive.

use super::{Finding, Rule, show};

/// A text field and what it asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextAsked<'a> {
    /// The path of the field.
    pub(crate) field: &'a str,
    /// What people call it, such as `number`.
    pub(crate) word: &'a str,
    /// Characters that the provider keeps.
    pub(crate) chars_max: usize,
    /// Which characters may stand in it.
    pub(crate) charset: Charset,
    /// What to do when it does not fit.
    pub(crate) remedy: &'a str,
}

/// Which characters a field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// Letters, digits, signs and spaces of ASCII.
    PrintableAscii,
    /// Everything but control characters; line breaks and tabs may stand.
    Text,
}

/// Refuses a text that is empty, too long, or holds a character that may not stand in it.
pub(crate) fn text_usable(text: &str, asked: TextAsked<'_>) -> Result<(), Box<Finding>> {
    let word = asked.word;
    let chars = text.chars().count();
    let message = if text.trim().is_empty() {
        format!("the {word} is empty")
    } else if chars > asked.chars_max {
        format!(
            "the {word} has {chars} characters, at most {} fit",
            asked.chars_max
        )
    } else if let Some(stray) = text.chars().find(|&letter| !asked.charset.holds(letter)) {
        format!(
            "the {word} holds {}, which may not stand in it",
            spelled(stray)
        )
    } else {
        return Ok(());
    };
    let finding = Finding::new(Rule::TextUnusable, message, asked.remedy);
    Err(Box::new(
        finding.at(asked.field, show::shortened(text.trim())),
    ))
}

impl Charset {
    fn holds(self, letter: char) -> bool {
        match self {
            Self::PrintableAscii => matches!(letter, ' '..='~'),
            Self::Text => !letter.is_control() || matches!(letter, '\n' | '\r' | '\t'),
        }
    }
}

fn spelled(letter: char) -> String {
    if letter.is_control() {
        format!("the control character U+{:04X}", u32::from(letter))
    } else {
        format!("`{letter}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str, charset: Charset) -> Option<String> {
        let asked = TextAsked {
            field: "number",
            word: "number",
            chars_max: 10,
            charset,
            remedy: "Mend it.",
        };
        text_usable(text, asked)
            .err()
            .map(|finding| finding.message)
    }

    #[test]
    fn empty_long_and_strange_texts_are_found() {
        let ascii = |text| message(text, Charset::PrintableAscii);
        assert_eq!(ascii("CM-14501~"), None);
        assert_eq!(ascii("  ").unwrap(), "the number is empty");
        assert_eq!(
            ascii("CM-14501-99").unwrap(),
            "the number has 11 characters, at most 10 fit"
        );
        assert_eq!(
            ascii("CM-\u{e9}").unwrap(),
            "the number holds `\u{e9}`, which may not stand in it"
        );
        assert_eq!(
            ascii("CM\n1").unwrap(),
            "the number holds the control character U+000A, which may not stand in it"
        );
    }

    #[test]
    fn a_text_counts_characters_and_not_bytes_and_may_break_lines() {
        assert_eq!(
            message("\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\r\n\tab", Charset::Text),
            None
        );
        assert!(
            message("a\u{0}b", Charset::Text)
                .unwrap()
                .contains("U+0000")
        );
    }
}
