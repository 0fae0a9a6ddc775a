//! How a product is called: in a folder, in a key of the configuration, in a type, and among people.

use crate::workspace::Failure;

/// Characters of a name.
const CHARS_MAX: usize = 30;
/// Words that mean something else in the configuration or in the tree.
const TAKEN: [&str; 4] = ["folder", "http", "other", "sql"];

/// A name that fits everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Takes a name such as `acme-books`.
    ///
    /// # Errors
    /// When it is not made of small letters, digits and single hyphens, begins with no letter, is too long, or means
    /// something else already.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let is_part = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if !text.split('-').all(is_part) {
            return Err(Failure::new(format!(
                "`{text}` is no name for a crate: words of small letters and digits with single hyphens between, such as \
                 `acme-books`"
            )));
        }
        if text.len() > CHARS_MAX {
            return Err(Failure::new(format!(
                "`{text}` is longer than {CHARS_MAX} letters"
            )));
        }
        if TAKEN.contains(&text) {
            return Err(Failure::new(format!(
                "`{text}` means something else here already"
            )));
        }
        Ok(Self(text.to_owned()))
    }

    /// As a folder and in the name of the crate: `acme-books`.
    #[must_use]
    pub fn kebab(&self) -> &str {
        &self.0
    }

    /// As a key of the configuration, and in Rust's names of the crate: `acme_books`.
    #[must_use]
    pub fn snake(&self) -> String {
        self.0.replace('-', "_")
    }

    /// In types: `AcmeBooks`.
    #[must_use]
    pub fn pascal(&self) -> String {
        self.capitals().concat()
    }

    /// For people: `Acme Books`.
    #[must_use]
    pub fn title(&self) -> String {
        self.capitals().join(" ")
    }

    fn capitals(&self) -> Vec<String> {
        let capital = |part: &str| {
            let (first, rest) = part.split_at(1);
            first.to_ascii_uppercase() + rest
        };
        self.0.split('-').map(capital).collect()
    }
}
