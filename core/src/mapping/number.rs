//! Which number a document has at the provider: the prefix and the host's own.

use crate::check::Finding;
use crate::check::text_usable::{Charset, TextAsked, text_usable};

/// The number, which marks the document as ours and by which it is looked up.
pub(super) fn number(prefix: &str, own: &str, chars_max: usize) -> Result<String, Box<Finding>> {
    let own = own.trim();
    let number = if own.is_empty() {
        String::new()
    } else {
        format!("{prefix}{own}").trim().to_owned()
    };
    let asked = TextAsked {
        field: "number",
        word: "number",
        chars_max,
        charset: Charset::PrintableAscii,
        remedy: "Correct the number in the host, or change `number_prefix`.",
    };
    text_usable(&number, asked)?;
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_stands_before_the_hosts_number() {
        assert_eq!(number("CM-", " 14501 ", 255).unwrap(), "CM-14501");
        assert_eq!(number("", "NSW2026477", 255).unwrap(), "NSW2026477");
    }

    #[test]
    fn a_prefix_alone_is_no_number() {
        assert_eq!(
            number("CM-", " ", 255).unwrap_err().message,
            "the number is empty"
        );
        assert_eq!(
            number("CM-", "12345", 7).unwrap_err().message,
            "the number has 8 characters, at most 7 fit"
        );
    }
}
