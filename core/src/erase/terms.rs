//! The words that lead to a person, and how they are taken out of texts.

use std::collections::BTreeSet;

use super::fold::{Folded, folded, is_of_word, plain};
use crate::document::ERASED;

/// What is looked for in texts: names, addresses and numbers of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Taken out wherever they stand as whole words, folded; longer ones first.
    within: Vec<Vec<char>>,
    /// Taken out only where they are the whole text, folded: one short word may be anything elsewhere.
    whole: BTreeSet<String>,
}

/// Characters of one word that is looked for within texts; what is shorter may be any word.
const WORD_CHARS_MIN: usize = 8;

impl Terms {
    /// Adds a name: as it is, and with its last word first.
    pub fn name(&mut self, name: &str) {
        self.add(name);
        let words: Vec<&str> = name.split_whitespace().collect();
        if let [first @ .., last] = words.as_slice()
            && !first.is_empty()
            && !name.contains(',')
        {
            let first = first.join(" ");
            self.add(&format!("{last}, {first}"));
            self.add(&format!("{last} {first}"));
        }
    }

    /// Adds any other word that leads to the person: an e-mail address, a number, a street.
    pub fn add(&mut self, term: &str) {
        self.push(term);
        // Mails are pages too.
        let escaped = term
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;");
        if escaped != term {
            self.push(&escaped);
        }
    }

    fn push(&mut self, term: &str) {
        let term = term.trim();
        let folded = plain(term);
        if folded.chars().count() < 2 || folded == plain(ERASED) {
            return;
        }
        let is_telling = folded.contains([' ', '@']) || folded.chars().count() >= WORD_CHARS_MIN;
        let chars: Vec<char> = folded.chars().collect();
        if is_telling && !self.within.contains(&chars) {
            self.within.push(chars);
            self.within
                .sort_by_key(|term| std::cmp::Reverse(term.len()));
        }
        self.whole.insert(folded);
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty()
    }

    /// Whether a text holds any of them.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        self.without(text).is_some()
    }

    /// Whether the bytes of a file hold any of them: as UTF-8 or one byte a letter, with letters written as `\\u00eb` too. One
    /// short word counts where it is a field of its own.
    #[must_use]
    pub fn are_in_bytes(&self, bytes: &[u8]) -> bool {
        if self.is_empty() {
            return false;
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        };
        let folded = folded(&unescaped(&text));
        let inside = self.within.iter();
        let inside = inside
            .into_iter()
            .any(|term| found(&folded, term, 0).is_some());
        inside || self.whole.iter().any(|term| is_field(&folded, term))
    }

    /// The text without them; `None` where there is none in it.
    #[must_use]
    pub fn without(&self, text: &str) -> Option<String> {
        if text.is_empty() || self.is_empty() {
            return None;
        }
        let folded = folded(text);
        let all: String = folded.iter().map(|it| it.char).collect();
        if self.whole.contains(all.trim()) {
            return Some(ERASED.to_owned());
        }
        let mut places: Vec<(usize, usize)> = Vec::new();
        for term in &self.within {
            let mut at = 0;
            while let Some(place) = found(&folded, term, at) {
                let bytes = (folded[place].from, folded[place + term.len() - 1].to);
                let is_new = places
                    .iter()
                    .all(|(from, to)| bytes.1 <= *from || bytes.0 >= *to);
                if is_new {
                    places.push(bytes);
                }
                at = place + term.len();
            }
        }
        if places.is_empty() {
            return None;
        }
        places.sort_unstable();
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (from, to) in places {
            out.push_str(&text[at..from]);
            out.push_str(ERASED);
            at = to;
        }
        out.push_str(&text[at..]);
        Some(out)
    }

    /// Takes them out of a text.
    pub fn clean(&self, text: &mut String) {
        if let Some(swept) = self.without(text) {
            *text = swept;
        }
    }

    /// Takes them out of a text; whether there was any.
    pub fn sweep(&self, text: &mut String) -> bool {
        match self.without(text) {
            Some(swept) => {
                *text = swept;
                true
            }
            None => false,
        }
    }
}

/// Whether a word is a whole field of a table or of JSON.
fn is_field(folded: &[Folded], term: &str) -> bool {
    let term: Vec<char> = term.chars().collect();
    let ends = |char: Option<char>| {
        char.is_none_or(|char| matches!(char, '"' | ',' | ';' | '\t' | '>' | '<'))
    };
    let mut at = 0;
    while let Some(place) = found(folded, &term, at) {
        let before = place.checked_sub(1).map(|at| folded[at].char);
        let after = folded.get(place + term.len()).map(|it| it.char);
        if ends(before) && ends(after) {
            return true;
        }
        at = place + 1;
    }
    false
}

/// A text with the letters that JSON writes as four hexadecimal digits.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u") {
        out.push_str(before);
        let digits = after.get(..4);
        let read = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match read.and_then(char::from_u32) {
            Some(char) => {
                out.push(char);
                rest = &after[4..];
            }
            None => {
                out.push_str("\\u");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Where a term stands as whole words, from a place on.
fn found(folded: &[Folded], term: &[char], from: usize) -> Option<usize> {
    let last = folded.len().checked_sub(term.len())?;
    (from..=last).find(|place| {
        let here = &folded[*place..*place + term.len()];
        let is_it = here.iter().zip(term).all(|(one, other)| one.char == *other);
        is_it && {
            let before = place.checked_sub(1).map(|at| folded[at].char);
            let mut after = folded[*place + term.len()..].iter().map(|it| it.char);
            let (next, second) = (after.next(), after.next());
            // An address goes on where no sentence ends: `jane@example.com.au` is another one.
            let goes_on = term.contains(&'@')
                && matches!(next, Some('.' | '-' | '_'))
                && second.is_some_and(is_of_word);
            let begins_before =
                term.contains(&'@') && matches!(before, Some('.' | '-' | '_' | '+'));
            let is_part = before.is_some_and(is_of_word) || next.is_some_and(is_of_word);
            !is_part && !goes_on && !begins_before
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        let mut terms = Terms::default();
        terms.name("Zoë Ångström");
        terms.add("zoe@example.com");
        terms.name("Max");
        terms
    }

    #[test]
    fn a_name_is_taken_out_as_whole_words_in_any_spelling() {
        let terms = terms();
        for text in [
            "Zoë Ångström",
            "the contact `ZOE\u{308}  ÅNGSTRÖM` is archived",
            "Ångström, Zoë",
            "mail zoe@example.com",
            "\"Zoë\u{a0}Ångström\"",
        ] {
            let swept = terms.without(text).unwrap();
            assert!(swept.contains(ERASED), "{swept}");
            assert!(!terms.are_in(&swept), "{swept}");
        }
        assert_eq!(
            terms.without("for Zoë Ångström, and Bob").unwrap(),
            "for (erased), and Bob"
        );
    }

    #[test]
    fn part_of_a_word_and_one_short_word_amid_others_are_nobody() {
        let terms = terms();
        for text in [
            "Zoë Ångströmsson",
            "azoe@example.com",
            "zoe@example.com.au",
            "ann-zoe@example.com",
            "the Max amount",
            "posted",
            "",
        ] {
            assert_eq!(terms.without(text), None, "{text}");
        }
        assert_eq!(terms.without(" MAX ").unwrap(), ERASED);
        assert!(terms.are_in_bytes(b"1,\"Max\",2"));
        assert!(!terms.are_in_bytes(b"1,Max amount,2"));
        assert!(terms.are_in_bytes(b"{\"name\":\"Zo\\u00eb \\u00c5ngstr\\u00f6m\"}"));
        assert!(terms.are_in_bytes(b"1;Zo\xeb \xc5ngstr\xf6m;2"));
    }

    #[test]
    fn a_name_is_found_in_a_page_too() {
        let mut terms = Terms::default();
        terms.name("Quill & Sons");
        assert_eq!(
            terms.without("<td>Quill &amp; Sons</td>").unwrap(),
            "<td>(erased)</td>"
        );
    }

    #[test]
    fn what_was_taken_out_once_is_not_taken_out_again() {
        let terms = terms();
        let once = terms.without("Zoë Ångström").unwrap();
        assert_eq!(terms.without(&once), None);
    }
}
