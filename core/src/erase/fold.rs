//! When two spellings of a name are the same: capitals, spaces, and how accents are encoded do not count.

/// One character of a folded text, with the bytes of the text that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Folded {
    pub(super) char: char,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A text in lower case with single spaces and with accents behind their letters, character by character.
///
/// An accented letter is one character in some products and two in others; both are the same here. Letters of languages
/// whose accents are not in the table count by their capitals and spaces alone.
pub(super) fn folded(text: &str) -> Vec<Folded> {
    let mut out: Vec<Folded> = Vec::with_capacity(text.len());
    for (from, char) in text.char_indices() {
        let to = from + char.len_utf8();
        if is_space(char) {
            match out.last_mut() {
                Some(last) if last.char == ' ' => last.to = to,
                Some(_) | None => out.push(Folded {
                    char: ' ',
                    from,
                    to,
                }),
            }
            continue;
        }
        for lower in char.to_lowercase() {
            let (letter, mark) = decomposed(lower);
            out.push(Folded {
                char: letter,
                from,
                to,
            });
            out.extend(mark.map(|char| Folded { char, from, to }));
        }
    }
    out
}

/// The folded text, without spaces around it.
pub(super) fn plain(text: &str) -> String {
    let folded: String = folded(text).into_iter().map(|it| it.char).collect();
    folded.trim().to_owned()
}

/// The folded text without accents and without anything that is no letter, digit or space: what slips of the pen leave
/// alike.
pub(super) fn bare(text: &str) -> String {
    let plain = plain(text);
    let kept = plain.chars().filter(|char| !is_mark(*char));
    let kept: String = kept
        .map(|char| if char.is_alphanumeric() { char } else { ' ' })
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character is part of a word: a term that ends where a word goes on is not that term.
pub(super) fn is_of_word(char: char) -> bool {
    char.is_alphanumeric() || is_mark(char)
}

fn is_space(char: char) -> bool {
    // Characters without a width are put into names by what people copy from.
    char.is_whitespace() || matches!(char, '\u{200b}' | '\u{feff}' | '\u{2060}')
}

fn is_mark(char: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&char)
}

/// Letters with an accent, the same letters without, and the accent.
const ACCENTED: [(&str, &str, char); 13] = [
    ("àèìòùǹ", "aeioun", '\u{300}'),
    ("áéíóúýćńśźĺŕǵ", "aeiouycnszlrg", '\u{301}'),
    ("âêîôûŵŷĉĝĥĵŝ", "aeiouwycghjs", '\u{302}'),
    ("ãñõĩũ", "anoiu", '\u{303}'),
    ("āēīōūȳ", "aeiouy", '\u{304}'),
    ("ăĕğĭŏŭ", "aegiou", '\u{306}'),
    ("ċėġż", "cegz", '\u{307}'),
    ("äëïöüÿ", "aeiouy", '\u{308}'),
    ("åů", "au", '\u{30a}'),
    ("őű", "ou", '\u{30b}'),
    ("čďěňřšťžǎǐǒǔǧ", "cdenrstzaioug", '\u{30c}'),
    ("çşţģķļņŗ", "cstgklnr", '\u{327}'),
    ("ąęįų", "aeiu", '\u{328}'),
];

fn decomposed(char: char) -> (char, Option<char>) {
    // Most of every name is here.
    if char.is_ascii() {
        return (char, None);
    }
    match char {
        'ș' => return ('s', Some('\u{326}')),
        'ț' => return ('t', Some('\u{326}')),
        _ => {}
    }
    let found = ACCENTED.iter().find_map(|(with, without, mark)| {
        let mut pairs = with.chars().zip(without.chars());
        let (_, letter) = pairs.find(|(with, _)| *with == char)?;
        Some((letter, Some(*mark)))
    });
    found.unwrap_or((char, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_two_encodings_and_capitals_is_one_name() {
        assert_eq!(
            plain("  JOS\u{c9}  Nu\u{f1}ez "),
            plain("Jose\u{301} nun\u{303}ez")
        );
        assert_ne!(plain("José"), plain("Jose"));
        assert_eq!(bare("José-María"), bare("jose  maria"));
        assert_eq!(plain("Jane\u{a0}\u{200b}Doe"), "jane doe");
    }

    #[test]
    fn each_row_of_accents_has_as_many_letters_as_accented_ones() {
        for (with, without, _) in ACCENTED {
            assert_eq!(with.chars().count(), without.chars().count(), "{with}");
        }
    }
}
