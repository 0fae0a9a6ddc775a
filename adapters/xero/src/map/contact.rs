//! When two contact names are the same, and what a new contact carries.

use sha2::{Digest, Sha256};
use tieout_core::document::Address;
use tieout_core::provider::ContactWanted;

use crate::client::hex;
use crate::wire::contact::{NewAddress, NewContact};

/// Characters of a contact's name.
const NAME_CHARS_MAX: usize = 255;
/// Characters of a contact number.
const NUMBER_CHARS_MAX: usize = 50;
/// Characters of a hash that stands for the end of a longer marker.
const HASH_CHARS: usize = 16;

/// Words at the end of a name that say only what kind of company it is.
const COMPANY_WORDS: &[&str] = &[
    "pty",
    "proprietary",
    "ltd",
    "limited",
    "inc",
    "incorporated",
    "llc",
    "llp",
    "plc",
    "corp",
    "corporation",
    "gmbh",
    "ag",
    "bv",
    "nv",
    "sa",
    "sarl",
];

/// The name as Xero takes it: no angle brackets, no control characters, single spaces, not too long.
#[must_use]
pub fn contact_name(name: &str) -> String {
    let allowed = name.chars().map(|char| match char {
        '<' => '(',
        '>' => ')',
        char if char.is_control() => ' ',
        char => char,
    });
    let spaced = allowed
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    spaced
        .chars()
        .take(NAME_CHARS_MAX)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// Whether two names are the same to Xero: case and spacing do not count.
#[must_use]
pub fn same_name(one: &str, other: &str) -> bool {
    plain_name(one) == plain_name(other)
}

/// The name as Xero compares it: without case, with single spaces.
#[must_use]
pub(crate) fn plain_name(name: &str) -> String {
    contact_name(name).to_lowercase()
}

/// The name without case, accents, punctuation and the words for the kind of company.
#[must_use]
pub fn normalised(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for char in name.chars().flat_map(char::to_lowercase) {
        match char {
            // Dropped, not replaced: `P.T.Y.`, `O'Brien`, and accents that are characters of their own.
            '.' | '\'' | '’' | '`' | '\u{300}'..='\u{36f}' => {}
            '&' => folded.push_str(" and "),
            char if char.is_alphanumeric() => fold_accent(char, &mut folded),
            _ => folded.push(' '),
        }
    }
    let mut words: Vec<&str> = folded.split_whitespace().collect();
    while words.len() > 1
        && words
            .last()
            .is_some_and(|last| COMPANY_WORDS.contains(last))
    {
        words.pop();
    }
    words.join(" ")
}

/// The plain words of a name, the longest first. Every spelling of the name is likely to hold the first one,
/// so a search for it brings all candidates; none when the name has no plain word.
#[must_use]
pub(crate) fn search_words(name: &str) -> Vec<String> {
    let plain = |word: &&str| {
        word.len() >= 3 && word.is_ascii() && !COMPANY_WORDS.contains(&word.to_lowercase().as_str())
    };
    let mut words: Vec<&str> = name
        .split(|char: char| !char.is_alphanumeric())
        .filter(plain)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.into_iter().map(str::to_owned).collect()
}

/// The marker as it fits into a contact number: a longer one keeps its beginning, and a hash of the whole.
#[must_use]
pub fn marker(number: &str) -> String {
    if number.chars().count() <= NUMBER_CHARS_MAX {
        return number.to_owned();
    }
    let head: String = number
        .chars()
        .take(NUMBER_CHARS_MAX - HASH_CHARS - 1)
        .collect();
    format!(
        "{head}~{}",
        hex(&Sha256::digest(number.as_bytes())[..HASH_CHARS / 2])
    )
}

/// The contact to be made for a wanted one. What Xero would refuse is left out rather than bent.
#[must_use]
pub fn new_contact(wanted: &ContactWanted) -> NewContact {
    let fitting = |text: &Option<String>, chars_max: usize| {
        text.as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty() && text.chars().count() <= chars_max)
            .map(str::to_owned)
    };
    NewContact {
        name: contact_name(&wanted.name),
        number: wanted.number.as_deref().map(marker),
        first_name: fitting(&wanted.first_name, 255),
        last_name: fitting(&wanted.last_name, 255),
        email_address: fitting(&wanted.email, 255).filter(|email| is_plain_email(email)),
        tax_number: fitting(&wanted.tax_number, 50),
        phones: super::card::new_phones(&wanted.phones),
        addresses: wanted
            .address
            .as_ref()
            .and_then(new_address)
            .into_iter()
            .collect(),
    }
}

fn new_address(address: &Address) -> Option<NewAddress> {
    let cut = |text: &Option<String>, chars_max: usize| {
        let text: String = text.as_deref()?.trim().chars().take(chars_max).collect();
        (!text.is_empty()).then_some(text)
    };
    let street = address
        .kind
        .as_deref()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("street"));
    let new = NewAddress {
        address_type: if street { "STREET" } else { "POBOX" },
        address_line1: cut(&address.line1, 500),
        address_line2: cut(&address.line2, 500),
        city: cut(&address.city, 255),
        region: cut(&address.region, 255),
        postal_code: cut(&address.postal_code, 50),
        country: cut(&address.country, 50)
            .filter(|country| country.chars().all(|c| c.is_alphabetic() || c == ' ')),
    };
    let is_empty = [
        &new.address_line1,
        &new.address_line2,
        &new.city,
        &new.region,
        &new.postal_code,
        &new.country,
    ]
    .into_iter()
    .all(Option::is_none);
    (!is_empty).then_some(new)
}

/// Whether Xero's validation, which knows no umlauts, will take an e-mail address.
fn is_plain_email(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else {
        return false;
    };
    let plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"<>()[],;:\\\"@".contains(&byte))
    };
    let dots = |text: &str| !text.starts_with('.') && !text.ends_with('.') && !text.contains("..");
    !local.is_empty()
        && plain(local)
        && plain(domain)
        && dots(local)
        && dots(domain)
        && domain.contains('.')
}

fn fold_accent(char: char, into: &mut String) {
    let plain = match char {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        other => return into.push(other),
    };
    into.push_str(plain);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_company_are_normalised_to_one_name() {
        for name in [
            "Müller & Söhne Pty Ltd",
            "MULLER AND SOHNE PTY. LIMITED",
            "Mu\u{308}ller &  Söhne, Inc.",
        ] {
            assert_eq!(normalised(name), "muller and sohne", "{name}");
        }
        assert_eq!(normalised("O’Brien-Łukasz P/L"), "obrien lukasz p l");
        assert_eq!(normalised("Limited"), "limited");
        assert_eq!(normalised("Pty Ltd"), "pty");
    }

    #[test]
    fn a_marker_fits_into_fifty_characters_and_stays_its_own() {
        let long = |end: &str| marker(&format!("case-manager:{}{end}", "x".repeat(60)));
        assert_eq!(marker("iinsight:42"), "iinsight:42");
        assert_eq!(long("1").chars().count(), 50);
        assert_ne!(long("1"), long("2"));
    }

    #[test]
    fn what_xero_would_refuse_is_left_out_of_a_new_contact() {
        let wanted = ContactWanted {
            number: None,
            name: "A <b>  c".to_owned(),
            email: Some("jörg@example.org".to_owned()),
            first_name: None,
            last_name: Some(" ".to_owned()),
            tax_number: Some("9".repeat(51)),
            phones: tieout_core::document::Phones::default(),
            address: Some(Address {
                country: Some("N0rway".to_owned()),
                ..Address::default()
            }),
            create_missing: true,
        };
        let new = serde_json::to_string(&new_contact(&wanted)).unwrap();
        assert_eq!(new, r#"{"Name":"A (b) c"}"#);
    }

    #[test]
    fn candidates_are_searched_by_plain_words_the_longest_first() {
        assert_eq!(
            search_words("The Ødegård Trading Corporation"),
            ["Trading", "The"]
        );
        assert!(search_words("李 明").is_empty());
    }
}
