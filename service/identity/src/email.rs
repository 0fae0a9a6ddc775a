//! Which texts are addresses by which people are known, and when two are the same.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest address that mail can carry, in bytes (RFC 5321, 4.5.3.1.3 less the brackets).
const BYTES_MAX: usize = 254;

/// An e-mail address in lower case: two that differ in case only are one person's.
///
/// ASCII only. Letters that look alike in other scripts would let one person pass for another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Not of the form name@domain.
    #[error("this is no e-mail address: write name@domain")]
    Form,
    /// It holds other letters than mail systems agree on.
    #[error("an e-mail address may hold plain letters, digits and signs only")]
    Letters,
    /// Longer than mail can carry.
    #[error("this e-mail address is longer than {BYTES_MAX} bytes")]
    Long,
}

impl Email {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.len() > BYTES_MAX {
            return Err(EmailError::Long);
        }
        if !text.is_ascii() {
            return Err(EmailError::Letters);
        }
        let (name, domain) = text.split_once('@').ok_or(EmailError::Form)?;
        let quoted = |c: char| !c.is_ascii_graphic() || "\"(),:;<>@[\\]".contains(c);
        let of_domain = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        let labels = domain.split('.');
        if name.is_empty()
            || name.contains(quoted)
            || !domain.chars().all(of_domain)
            || labels.clone().any(str::is_empty)
        {
            return Err(EmailError::Form);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
