//! Which names of a server are taken for names of files.

/// Longest name that is taken, in bytes: what file systems allow.
const NAME_BYTES_MAX: usize = 255;
/// Characters that are shown of what a server says.
const SHOWN_CHARS_MAX: usize = 200;

/// Whether a name is one part of a path, on this machine as well as there: a server that says `../../etc/passwd` is not
/// believed. What is no text is none either: it could not be asked for again.
#[must_use]
pub fn is_plain(name: &str) -> bool {
    let is_safe =
        |c: char| !c.is_control() && !matches!(c, '/' | '\\' | char::REPLACEMENT_CHARACTER);
    !matches!(name, "" | "." | "..") && name.len() <= NAME_BYTES_MAX && name.chars().all(is_safe)
}

/// What a server says, without what could break a line or a terminal.
#[must_use]
pub fn shown(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut told: String = text.chars().take(SHOWN_CHARS_MAX).map(plain).collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        told.push('…');
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_is_none() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "/etc/passwd",
            "..\\x",
            "a\nb",
            "a\u{0}",
            "a\u{FFFD}",
            &"x".repeat(256),
        ] {
            assert!(!is_plain(name), "{name:?}");
        }
        for name in ["invoice-1.csv", "..a", ".hidden", "Müller & Söhne.xml"] {
            assert!(is_plain(name), "{name:?}");
        }
    }
}
