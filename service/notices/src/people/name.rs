//! What groups and endpoints may be called, and which addresses mail is sent to.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::DeskError;

/// Longest name of a group or an endpoint in commands and records, in bytes.
const ID_BYTES_MAX: usize = 40;
/// Longest address that mail can have, in bytes.
/// Source: RFC 5321, 4.5.3.1.3, less the angle brackets.
const EMAIL_BYTES_MAX: usize = 254;
/// Longest text that people call a group or a person, in characters.
const TITLE_CHARS_MAX: usize = 100;

macro_rules! ids {
    ($( $(#[$doc:meta])* $name:ident, $field:literal; )+) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// The name of this text: 1 to 40 of `a` to `z`, digits and `-`, beginning with no `-`.
            ///
            /// # Errors
            /// When the text is none.
            pub fn new(text: impl Into<String>) -> Result<Self, DeskError> {
                checked(text.into(), $field).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                Self::new(text).map_err(|error| error.to_string())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+ };
}

ids! {
    /// A group of people, such as `accounts`.
    GroupId, "group";
    /// A webhook endpoint, such as `erp`.
    EndpointId, "webhook";
}

fn checked(text: String, field: &'static str) -> Result<String, DeskError> {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_fit = !text.is_empty()
        && text.len() <= ID_BYTES_MAX
        && !text.starts_with('-')
        && text.bytes().all(is_word);
    match is_fit {
        true => Ok(text),
        false => Err(DeskError::bad(
            field,
            format!(
                "`{}` is no name: 1 to {ID_BYTES_MAX} of a to z, digits and `-`",
                shown(&text)
            ),
        )),
    }
}

/// An address that mail is sent to: one mailbox, without a name, a comment or a quote.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address of this text.
    ///
    /// # Errors
    /// When it is none, or one that not every server takes: quoted, beyond ASCII, longer than 254 bytes, or without a
    /// domain that has a dot (`localhost` aside).
    pub fn new(text: impl Into<String>) -> Result<Self, DeskError> {
        let text = text.into();
        let none = || {
            let shown = shown(&text);
            DeskError::bad("email", format!("`{shown}` is no address of mail"))
        };
        let is_plain = |char: char| char.is_ascii_graphic() && !"\"<>(),:;\\[]`".contains(char);
        if text.len() > EMAIL_BYTES_MAX || !text.chars().all(is_plain) {
            return Err(none());
        }
        let address: lettre::Address = text.parse().map_err(|_| none())?;
        let domain = address.domain();
        if !domain.contains('.') && domain != "localhost" {
            return Err(none());
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit('@').next().unwrap_or_default()
    }

    /// The address as far as a log may show it: `a…@example.org`.
    #[must_use]
    pub fn masked(&self) -> String {
        let first: String = self.0.chars().take(1).collect();
        format!("{first}…@{}", self.domain())
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(text).map_err(|error| error.to_string())
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What people call a group or a person: a line without control characters, trimmed.
pub(crate) fn title(
    field: &'static str,
    text: &str,
    may_be_empty: MayBeEmpty,
) -> Result<String, DeskError> {
    let text = text.trim();
    if text.is_empty() && may_be_empty == MayBeEmpty::No {
        return Err(DeskError::bad(field, "must not be empty"));
    }
    if text
        .chars()
        .any(|char| char.is_control() || "\u{2028}\u{2029}".contains(char))
    {
        return Err(DeskError::bad(field, "must be one line of plain text"));
    }
    if text.chars().count() > TITLE_CHARS_MAX {
        return Err(DeskError::bad(
            field,
            format!("must have at most {TITLE_CHARS_MAX} characters"),
        ));
    }
    Ok(text.to_owned())
}

/// Whether a text may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MayBeEmpty {
    Yes,
    No,
}

/// A text as a message shows it: short, on one line.
fn shown(text: &str) -> String {
    text.chars()
        .filter(|char| !char.is_control())
        .take(60)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_could_smuggle_a_header_or_a_second_mailbox_are_none() {
        for good in ["ann@example.org", "a.b+c@mail.example.co", "x@localhost"] {
            assert_eq!(EmailAddress::new(good).unwrap().as_str(), good);
        }
        let long = format!("{}@example.org", "a".repeat(250));
        for bad in [
            "",
            "ann",
            "ann@",
            "@example.org",
            "ann@example",
            "ann@example.org\r\nBcc: eve@example.org",
            "ann@example.org, eve@example.org",
            "Ann <ann@example.org>",
            "\"a b\"@example.org",
            "ann@[127.0.0.1]",
            "änn@example.org",
            long.as_str(),
        ] {
            assert!(EmailAddress::new(bad).is_err(), "{bad}");
        }
        assert_eq!(
            EmailAddress::new("ann@example.org").unwrap().masked(),
            "a…@example.org"
        );
    }

    #[test]
    fn names_are_fit_for_records_commands_and_headers() {
        assert!(GroupId::new("accounts-au2").is_ok());
        for bad in ["", "-a", "A", "a b", "a/b", "ä", &"a".repeat(41)] {
            assert!(GroupId::new(bad).is_err(), "{bad}");
        }
        assert!(title("name", "Ann\r\nBcc: eve", MayBeEmpty::No).is_err());
        assert!(title("name", " ", MayBeEmpty::No).is_err());
        assert_eq!(title("name", " Ann Ó ", MayBeEmpty::Yes).unwrap(), "Ann Ó");
    }
}
