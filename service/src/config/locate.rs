//! Where a key of the configuration stands in its file.

use std::fmt;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item};

use super::secret::SECRETS;

/// A mistake in the configuration, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The file.
    pub(crate) file: PathBuf,
    /// The line, from 1, if the key stands in the file.
    pub(crate) line: Option<usize>,
    /// The text of that line.
    pub(crate) text: Option<String>,
    /// The path of the key.
    pub(crate) path: String,
    /// What is wrong with it.
    pub(crate) message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.path.is_empty() && self.path != "." {
            write!(f, ": {}", self.path)?;
        }
        write!(f, ": {}", self.message)?;
        match (&self.line, &self.text) {
            (Some(line), Some(text)) => write!(f, "\n  {line:>4} | {}", text.trim_end()),
            _ => Ok(()),
        }
    }
}

/// A mistake at the key of a path, or at the nearest table above it that the file has.
pub(crate) fn at_key(file: &Path, text: &str, path: &str, message: impl Into<String>) -> Mistake {
    let line = line_of_key(text, path);
    at_line(file, text, line, path, message)
}

/// A mistake at a byte of the file.
pub(super) fn at_byte(file: &Path, text: &str, byte: usize, message: impl Into<String>) -> Mistake {
    at_line(file, text, Some(line_of_byte(text, byte)), "", message)
}

fn at_line(
    file: &Path,
    text: &str,
    line: Option<usize>,
    path: &str,
    message: impl Into<String>,
) -> Mistake {
    let shown = line
        .and_then(|line| text.lines().nth(line - 1))
        .map(without_secret);
    Mistake {
        file: file.to_owned(),
        line,
        text: shown,
        path: path.to_owned(),
        message: message.into(),
    }
}

/// A line without what stands behind the name of a secret: there may be one in clear, and what is shown ends in logs.
fn without_secret(line: &str) -> String {
    let name = SECRETS
        .iter()
        .filter_map(|(_, name)| Some(line.find(name)? + name.len()))
        .min();
    match name {
        Some(end) => format!("{} ...", &line[..end]),
        None => line.to_owned(),
    }
}

fn line_of_key(text: &str, path: &str) -> Option<usize> {
    let document = Document::parse(text).ok()?;
    let mut item: &Item = document.as_item();
    let mut found = None;
    for part in parts(path) {
        let next = match part.parse::<usize>() {
            Ok(index) if item.is_array_of_tables() => {
                let table = item.as_array_of_tables()?.get(index);
                found = table
                    .and_then(toml_edit::Table::span)
                    .map(|span| span.start)
                    .or(found);
                item = item.get(index)?;
                continue;
            }
            _ => item
                .as_table_like()
                .and_then(|table| table.get_key_value(&part)),
        };
        let Some((key, value)) = next else { break };
        found = key
            .span()
            .or_else(|| value.span())
            .map(|span| span.start)
            .or(found);
        item = value;
    }
    found.map(|byte| line_of_byte(text, byte))
}

/// The parts of a path such as `routes[2].divisions` or `hosts.case-manager.folder`.
fn parts(path: &str) -> Vec<String> {
    path.split('.')
        .flat_map(|part| {
            let (name, rest) = part.split_once('[').unwrap_or((part, ""));
            let indices = rest
                .split('[')
                .map(|index| index.trim_end_matches(']'))
                .filter(|index| !index.is_empty());
            std::iter::once(name)
                .chain(indices)
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn line_of_byte(text: &str, byte: usize) -> usize {
    text.bytes()
        .take(byte)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[hosts.cm.folder]\npath = \"x\"\n\n[[routes]]\nconnection = \"a\"\n\n[[routes]]\nconnection = 5\n";

    #[test]
    fn keys_are_found_in_tables_and_in_arrays_of_tables() {
        assert_eq!(line_of_key(FILE, "hosts.cm.folder.path"), Some(2));
        assert_eq!(line_of_key(FILE, "routes[1].connection"), Some(8));
    }

    #[test]
    fn a_missing_key_is_placed_at_its_table() {
        assert_eq!(line_of_key(FILE, "hosts.cm.folder.limits"), Some(1));
        assert_eq!(line_of_key(FILE, "store.path"), None);
    }

    #[test]
    fn a_mistake_names_file_line_key_and_shows_the_line() {
        let mistake = at_key(
            Path::new("t.toml"),
            FILE,
            "routes[1].connection",
            "must be text",
        );
        assert_eq!(
            mistake.to_string(),
            "t.toml:8: routes[1].connection: must be text\n     8 | connection = 5"
        );
    }
}
