//! What reaches the terminal or the pipe: lines that no text from outside can bend, and JSON, one value a line.

use std::fmt::{Arguments, Write as _};
use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use super::given::{self, sentence};
use super::sink::{Stream, divert};

/// Prints a line on standard output; takes what `format!` takes.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::output::say_line(format_args!($($words)*))
    };
}
pub(crate) use say;

/// Longest text from outside that is shown in a sentence or a cell, in characters.
const SHOWN_CHARS_MAX: usize = 60;

/// See [`say!`]. Whoever closed the pipe has seen enough: work that was begun goes on without a listener.
pub(crate) fn say_line(words: Arguments<'_>) {
    let line = harmless(&sentence(&words.to_string())) + "\n";
    if !divert(Stream::Out, &line) {
        let _ = write!(anstream::stdout().lock(), "{line}");
    }
}

/// The same on standard error.
pub(crate) fn complain(words: Arguments<'_>) {
    let line = harmless(&sentence(&words.to_string())) + "\n";
    if !divert(Stream::Err, &line) {
        let _ = write!(anstream::stderr().lock(), "{line}");
    }
}

/// Says on standard error something that belongs to no answer; as a line of JSON if wanted.
pub(crate) fn notice(json: bool, words: &str) {
    if json {
        complain(format_args!("{}", serde_json::json!({ "notice": words })));
    } else {
        complain(format_args!("note: {words}"));
    }
}

/// Prints a value on standard output, on one line.
pub(crate) fn json(value: &Value) {
    let line = format!("{}\n", given::value(value));
    if !divert(Stream::Out, &line) {
        let _ = std::io::stdout().lock().write_all(line.as_bytes());
    }
}

/// A number with what it counts: `1 file`, `2 files`.
pub(crate) fn counted(count: impl TryInto<u64>, one: &str, many: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A text from outside, such as a number, on one line, without styles, short enough for a sentence or a cell.
pub(crate) fn short(text: &str) -> String {
    within(text, SHOWN_CHARS_MAX)
}

/// The same for a place that has room for so many characters.
pub(crate) fn within(text: &str, chars_max: usize) -> String {
    let mut chars = text.chars();
    let mut shown: String = chars
        .by_ref()
        .take(chars_max)
        .map(|char| {
            if char.is_whitespace() {
                ' '
            } else {
                sign(char)
            }
        })
        .collect();
    if chars.next().is_some() {
        shown.push_str("...");
    }
    shown
}

/// The text with its line feeds, tabs and our own styles. Every other control character is shown as a sign, since
/// a terminal obeys it: a customer's name could move the cursor, rename the window or turn the text round.
fn harmless(text: &str) -> String {
    let styles = own_styles();
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if let Some(style) = styles.iter().find(|style| rest.starts_with(style.as_str())) {
            shown.push_str(style);
            rest = &rest[style.len()..];
            continue;
        }
        shown.push(sign(char));
        rest = &rest[char.len_utf8()..];
    }
    shown
}

fn sign(char: char) -> char {
    match char {
        '\n' | '\t' => char,
        '\u{0}'..='\u{1f}' => {
            char::from_u32(0x2400 + u32::from(char)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        other => other,
    }
}

/// What our styles write, the longer ones first.
fn own_styles() -> Vec<String> {
    let colours =
        [AnsiColor::Green, AnsiColor::Red].map(|colour| Style::new().fg_color(Some(colour.into())));
    let mut written = vec![format!("{:#}", Style::new().bold())];
    for style in colours.into_iter().chain([super::bold()]) {
        let mut text = String::new();
        let _ = write!(text, "{style}");
        written.push(text);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_of_ours_pass_and_what_else_a_terminal_obeys_is_shown() {
        let tick = format!("{} {}done", super::super::ok(), super::super::bold());
        assert_eq!(harmless(&tick), tick);
        let name = "A\u{1b}]0;title\u{7} B\u{1b}[2J\rC\u{9b}D\u{202e}E\n\tF";
        assert_eq!(harmless(name), "A␛]0;title␇ B␛[2J␍C\u{fffd}D\u{fffd}E\n\tF");
    }

    #[test]
    fn a_text_from_outside_is_cut_and_stays_on_its_line_without_styles() {
        assert_eq!(short("INV-1"), "INV-1");
        assert_eq!(harmless(&short("A\n\u{1b}[32m✓")), "A ␛[32m✓");
        assert_eq!(
            short(&"ü".repeat(100_000)).chars().count(),
            SHOWN_CHARS_MAX + 3
        );
    }
}
