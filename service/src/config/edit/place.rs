//! Which key of the configuration a change is about: its names, one by one, so that none is taken for two.

use std::fmt;

use super::super::locate::parts_of;

/// A key of the configuration, such as `connections.acme.settings.tax_codes."GST"` or `routes[2].connection`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(Vec<Step>);

/// A step down the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// The key of a table. What an operator chose, such as a code, is written in quotes.
    Key { name: String, is_quoted: bool },
    /// An element of a list, from 0.
    Index(usize),
}

/// How the core shortens what is too long for a finding.
const SHORTENED_CHARS: usize = 43;

impl Place {
    /// A key by its names, from the top of the file: `["connections", "acme", "provider"]`.
    pub(crate) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(|name| key(name, false)).collect())
    }

    /// A key as mistakes and [`tieout_core::advice::Remedy::keys`] name it. What stands in quotes ends at a quote that a dot, a bracket or
    /// the end follows; whoever has the names themselves uses [`Self::of`].
    #[cfg_attr(
        not(test),
        allow(
            dead_code,
            reason = "pages know the names themselves; mistakes name keys so"
        )
    )]
    pub(crate) fn named(path: &str) -> Self {
        let parts = parts_of(path).into_iter();
        let steps = parts.map(|part| match part.name.parse() {
            Ok(index) if part.is_element => Step::Index(index),
            Ok(_) | Err(_) => key(&part.name, part.is_quoted),
        });
        Self(steps.collect())
    }

    /// The key that a finding names as what mends it ([`tieout_core::check::Finding::setting`]), in the settings of a connection. `None`
    /// where it is no single key that could be written: none, several, or one that the finding shortens.
    pub(crate) fn of_setting(connection: &str, setting: &str) -> Option<Self> {
        let (path, code) = match setting.split_once(".\"") {
            Some((path, code)) => (path, Some(code.strip_suffix('"')?)),
            None => (setting, None),
        };
        let is_short =
            |code: &str| code.ends_with("...") && code.chars().count() == SHORTENED_CHARS;
        if path.is_empty() || path.contains(['[', '"']) || code.is_some_and(is_short) {
            return None;
        }
        let place = Self::of(["connections", connection, "settings"]);
        let place = path.split('.').fold(place, Self::then);
        Some(match code {
            Some(code) => place.quoted(code),
            None => place,
        })
    }

    /// The key of this name below it.
    pub(crate) fn then(mut self, name: &str) -> Self {
        self.0.push(key(name, false));
        self
    }

    /// The same for a name that an operator chose, such as a code: it is written in quotes.
    pub(crate) fn quoted(mut self, name: &str) -> Self {
        self.0.push(key(name, true));
        self
    }

    /// An element of the list at this place, from 0.
    pub(crate) fn at(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }

    /// The names, without the elements of lists.
    pub(super) fn names(&self) -> Vec<&str> {
        let names = self.0.iter().filter_map(|step| match step {
            Step::Key { name, .. } => Some(name.as_str()),
            Step::Index(_) => None,
        });
        names.collect()
    }

    /// Everything above the last step, and that.
    pub(super) fn split(&self) -> Option<(&[Step], &Step)> {
        let (last, above) = self.0.split_last()?;
        Some((above, last))
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }
}

fn key(name: &str, is_quoted: bool) -> Step {
    Step::Key {
        name: name.to_owned(),
        is_quoted,
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key { name, is_quoted } => {
                    let is_plain = !name.is_empty() && !name.contains(['.', '[', ']', '"']);
                    if is_plain && !is_quoted {
                        write!(f, "{dot}{name}")?;
                    } else {
                        write!(f, "{dot}\"{name}\"")?;
                    }
                }
            }
        }
        Ok(())
    }
}
