//! How a command that is printed names the configuration file that this one was told on its command line.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::Value;
use tieout_core::advice::quoted;

use super::sink;

/// What stands before a command within a sentence.
const IN_A_SENTENCE: &str = "`tieout ";
const PROGRAM: &str = "tieout ";
/// The fields of our JSON that hold a command for a shell.
const COMMANDS: [&str; 2] = ["command", "go_ahead"];
const FLAG: &str = "--config";

/// Of the process itself. A file that the environment names needs no word: the next command finds it there too.
static HERE: LazyLock<Option<String>> = LazyLock::new(|| {
    let words = std::env::args_os().skip(1);
    config_among(words.map(|word| word.to_string_lossy().into_owned()))
});

/// The file behind `--config` among the words of a command line.
pub(crate) fn config_among(words: impl IntoIterator<Item = String>) -> Option<String> {
    let mut words = words.into_iter().take_while(|word| word != "--");
    let mut found = None;
    while let Some(word) = words.next() {
        if word == FLAG {
            found = words.next();
        } else if let Some(file) = word.strip_prefix("--config=") {
            found = Some(file.to_owned());
        }
    }
    found
}

/// A command as it does the same when it is pasted behind this one.
pub(crate) fn pasteable(command: &str) -> Cow<'_, str> {
    match (command.strip_prefix(PROGRAM), current()) {
        (Some(rest), Some(file)) => Cow::Owned(format!("{PROGRAM}{FLAG} {} {rest}", quoted(&file))),
        (_, _) => Cow::Borrowed(command),
    }
}

/// The same for every command within a text.
pub(super) fn sentence(text: &str) -> Cow<'_, str> {
    match current() {
        Some(file) if text.contains(IN_A_SENTENCE) => Cow::Owned(inserted(text, &file)),
        Some(_) | None => Cow::Borrowed(text),
    }
}

/// The same for every command that stands in a value by itself.
pub(super) fn value(value: &Value) -> Cow<'_, Value> {
    if current().is_none() {
        return Cow::Borrowed(value);
    }
    let mut named = value.clone();
    name_all(&mut named);
    Cow::Owned(named)
}

fn name_all(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(text) if COMMANDS.contains(&key.as_str()) => {
                        *text = pasteable(text).into_owned();
                    }
                    other => name_all(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(name_all),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn inserted(text: &str, file: &str) -> String {
    let mut pieces = text.split(IN_A_SENTENCE);
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        whole.push_str(IN_A_SENTENCE);
        // Some name another file on purpose.
        if !piece.starts_with(FLAG) {
            whole.push_str(&format!("{FLAG} {} ", quoted(file)));
        }
        whole.push_str(piece);
    }
    whole
}

/// Of the process that handed the command over, else of this one.
fn current() -> Option<String> {
    sink::config().unwrap_or_else(|| HERE.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(line: &str) -> Option<String> {
        config_among(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn the_file_is_found_wherever_it_stands_on_the_command_line() {
        assert_eq!(among("--config a.toml status").as_deref(), Some("a.toml"));
        assert_eq!(among("status --config=a.toml").as_deref(), Some("a.toml"));
        assert_eq!(among("retry -- --config a.toml"), None);
        assert_eq!(among("status"), None);
    }

    #[test]
    fn each_command_of_a_sentence_names_the_file_once_and_as_a_shell_takes_it() {
        let text = "`tieout retry 1` sends it, `tieout --config b.toml skip 1` does not";
        let told = "`tieout --config 'my a.toml' retry 1` sends it, `tieout --config b.toml skip 1` does not";
        assert_eq!(inserted(text, "my a.toml"), told);
    }
}
