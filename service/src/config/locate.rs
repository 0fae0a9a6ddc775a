//! Where a key of the configuration stands in its file.

use std::fmt;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item};

use super::secret::SECRETS;

/// What names the configuration's variables of the environment.
pub(super) const VARIABLES: &str = "TIEOUT__";

/// A mistake in the configuration, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The file.
    pub(crate) file: PathBuf,
    /// The variable of the environment that decides the key, in place of the file.
    pub(crate) variable: Option<String>,
    /// The line, from 1, if the key stands in the file and nothing decides it in place of that.
    pub(crate) line: Option<usize>,
    /// The text of that line.
    pub(crate) text: Option<String>,
    /// The path of the key.
    pub(crate) path: String,
    /// What is wrong with it.
    pub(crate) message: String,
    /// What to do, as a sentence; empty where the message says it.
    pub(crate) remedy: String,
}

impl Mistake {
    /// The same with what to do.
    pub(crate) fn mended(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Where it stands, in words: `tieout.toml:5`, or the variable of the environment.
    pub(crate) fn stands(&self) -> String {
        match (&self.variable, self.line) {
            (Some(variable), _) => format!("the environment variable {variable}"),
            (None, Some(line)) => format!("{}:{line}", self.file.display()),
            (None, None) => self.file.display().to_string(),
        }
    }

    /// What stands further up in the file comes first; what stands nowhere in it comes last.
    pub(crate) fn place(&self) -> (usize, &str) {
        (self.line.unwrap_or(usize::MAX), &self.path)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.stands())?;
        if !self.path.is_empty() && self.path != "." {
            write!(f, ": {}", self.path)?;
        }
        write!(f, ": {}", self.message)?;
        if let (Some(line), Some(text)) = (&self.line, &self.text) {
            write!(f, "\n  {line:>4} | {}", text.trim_end())?;
        }
        if self.remedy.is_empty() {
            Ok(())
        } else {
            write!(f, "\n  {}", self.remedy)
        }
    }
}

/// A mistake at the key of a path, or at the nearest table above it that the file has. What a variable of the environment decides
/// is a mistake of that.
pub(crate) fn at_key(file: &Path, text: &str, path: &str, message: impl Into<String>) -> Mistake {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    match variable_of(path, names) {
        Some(variable) => Mistake {
            variable: Some(variable),
            ..at_line(file, text, None, path, message)
        },
        None => at_line(file, text, line_of_key(text, path), path, message),
    }
}

/// The variable that decides a key, or something below it that the message is about.
fn variable_of(path: &str, mut names: impl Iterator<Item = String>) -> Option<String> {
    names.find(|name| {
        let key = name.strip_prefix(VARIABLES);
        key.is_some_and(|key| key.to_lowercase().replace("__", ".") == path)
    })
}

/// A mistake at a byte of the file.
pub(super) fn at_byte(file: &Path, text: &str, byte: usize, message: impl Into<String>) -> Mistake {
    let mistake = at_line(file, text, Some(line_of_byte(text, byte)), "", message);
    Mistake {
        text: mistake.text.filter(|line| is_begun(line)),
        ..mistake
    }
}

/// Whether a line begins with the name of a key or of a table, or says nothing. Any other may be the inside of a text
/// that runs over lines, such as a secret.
fn is_begun(line: &str) -> bool {
    let line = line.trim_start();
    let is_name = |char: char| char.is_ascii_alphanumeric() || "_-.\"' ".contains(char);
    let key = line.split_once('=').map(|(key, _)| key.trim());
    line.starts_with(['[', '#'])
        || line.is_empty()
        || key.is_some_and(|key| !key.is_empty() && key.chars().all(is_name))
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
        variable: None,
        line,
        text: shown,
        path: path.to_owned(),
        message: message.into(),
        remedy: String::new(),
    }
}

/// A line without what stands behind the name of a secret: there may be one in clear, and what is shown ends in logs.
pub(super) fn without_secret(line: &str) -> String {
    let name = SECRETS
        .iter()
        .filter_map(|(_, name)| Some(line.find(name)? + name.len()))
        .min();
    match name {
        Some(end) => format!("{} ...", &line[..end]),
        None => line.to_owned(),
    }
}

/// The line of just this key, if the file has it.
pub(super) fn line_of_exactly(text: &str, path: &str) -> Option<usize> {
    let (line, is_whole) = look_for(text, path)?;
    is_whole.then_some(line)
}

fn line_of_key(text: &str, path: &str) -> Option<usize> {
    look_for(text, path).map(|(line, _)| line)
}

/// The line of a key, or of the nearest table above it, and whether it is the key's own.
fn look_for(text: &str, path: &str) -> Option<(usize, bool)> {
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
            Ok(index) if item.is_array() => {
                let value = item.as_array()?.get(index);
                found = value
                    .and_then(toml_edit::Value::span)
                    .map(|span| span.start)
                    .or(found);
                // What stands in an array of values stands where its item does, or a line or two below.
                return found.map(|byte| (line_of_byte(text, byte), true));
            }
            _ => item
                .as_table_like()
                .and_then(|table| table.get_key_value(&part)),
        };
        let Some((key, value)) = next else {
            return found.map(|byte| (line_of_byte(text, byte), false));
        };
        found = key
            .span()
            .or_else(|| value.span())
            .map(|span| span.start)
            .or(found);
        item = value;
    }
    found.map(|byte| (line_of_byte(text, byte), true))
}

/// The parts of a path such as `routes[2].divisions`, `hosts.case-manager.folder` or `tax_codes."A.1"`.
fn parts(path: &str) -> Vec<String> {
    parts_of(path).into_iter().map(|part| part.name).collect()
}

/// A part of a path.
pub(super) struct Part {
    /// Its name, or the number of an element.
    pub(super) name: String,
    /// Whether it stands in quotes.
    pub(super) is_quoted: bool,
    /// Whether it stands in brackets.
    pub(super) is_element: bool,
}

/// The same, with how each is written.
pub(super) fn parts_of(path: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let whole = rest;
        rest = rest.trim_start_matches(['.', '[', ']']);
        let is_element = whole[..whole.len() - rest.len()].ends_with('[');
        let (part, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let ends = [quoted.find("\"."), quoted.find("\"[")];
                let end = ends.into_iter().flatten().min();
                let end = end.unwrap_or(quoted.trim_end_matches('"').len());
                (&quoted[..end], quoted.get(end + 1..).unwrap_or_default())
            }
            None => rest.split_at(rest.find(['.', '[', ']']).unwrap_or(rest.len())),
        };
        let is_quoted = rest.starts_with('"');
        if is_quoted || !part.is_empty() {
            parts.push(Part {
                name: part.to_owned(),
                is_quoted,
                is_element,
            });
        }
        rest = after;
    }
    parts
}

/// The line of a byte; of the end of the text it is the last one that somebody sees.
fn line_of_byte(text: &str, byte: usize) -> usize {
    let before = text.bytes().take(byte);
    let line = before.filter(|byte| *byte == b'\n').count() + 1;
    line.min(text.lines().count().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[hosts.cm.folder]\npath = \"x\"\n\n[[routes]]\nconnection = \"a\"\n\n[[routes]]\nconnection = 5\n";

    #[test]
    fn a_line_amid_a_broken_text_is_named_and_not_shown() {
        let text = "[xero]\nclient_secret = \"\"\"\nhunter2\n";
        let told = at_byte(Path::new("t.toml"), text, text.len(), "it does not end").to_string();
        assert_eq!(told, "t.toml:3: it does not end");
        let text = "[store]\npath = \n";
        let told = at_byte(Path::new("t.toml"), text, 15, "no value").to_string();
        assert!(told.contains("path ="), "{told}");
    }

    #[test]
    fn keys_are_found_in_tables_and_in_arrays_of_tables() {
        assert_eq!(line_of_key(FILE, "hosts.cm.folder.path"), Some(2));
        assert_eq!(line_of_key(FILE, "routes[1].connection"), Some(8));
    }

    #[test]
    fn quoted_keys_and_keys_of_inline_tables_are_found() {
        let file = "[a]\ncodes = { GST = \"X\",\n\"A.1\" = \"Y\" }\n[a.more]\n\"\" = \"Z\"\n\"B [2]\" = 1\nlist = [\n1,\n2]\n";
        for (path, line) in [
            ("a.codes.\"GST\"", 2),
            ("a.codes.\"A.1\"", 3),
            ("a.more.\"\"", 5),
            ("a.more.\"B [2]\"", 6),
            ("a.more.\"B [2]\".below", 6),
            ("a.more.list[1]", 9),
            ("a.more.list[7]", 7),
            ("a.more.none", 4),
        ] {
            assert_eq!(line_of_key(file, path), Some(line), "{path}");
        }
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
