//! How a configuration is read: the file, then the environment, then the secrets that both refer to.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat};
use serde_json::Value;
use tieout_core::engine::ContentHash;

use super::locate::{Mistake, at_byte, at_key};
use super::mistakes::mistakes;
use super::model::Config;
use super::paths::config_file;
use super::secret::{self, Secrets};
use crate::exit::Failure;

/// A configuration with the file that it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// What it holds.
    pub(crate) config: Config,
    /// The file.
    pub(crate) file: PathBuf,
    /// Its text, for showing mistakes in it.
    pub(crate) text: String,
    /// Whether it was read without its secrets where they were not at hand.
    pub(crate) secrets: Secrets,
    /// What file and environment say together, by a hash: equal where two processes read the same. Secrets are in
    /// it by their references only.
    pub(crate) fingerprint: String,
}

impl Loaded {
    /// A mistake at a key of the file.
    pub(crate) fn mistake(&self, path: &str, message: impl Into<String>) -> Mistake {
        at_key(&self.file, &self.text, path, message)
    }
}

/// Reads the configuration.
///
/// Environment variables such as `TIEOUT__SCHEDULE__HOST_POLL_S` come before the file.
pub(crate) fn load(named: Option<&Path>, secrets: Secrets) -> Result<Loaded, Failure> {
    let file = config_file(named);
    let text = std::fs::read_to_string(&file).map_err(|error| {
        let looked = match (named, error.kind()) {
            (None, ErrorKind::NotFound) => "there is no tieout.toml here, and ",
            _ => "",
        };
        Failure::config(format!(
            "{looked}{} cannot be read: {error}",
            file.display()
        ))
        .advise("Write one with `tieout init`, or name it with --config FILE.")
    })?;
    let loaded =
        read(&file, &text, secrets).map_err(|mistake| Failure::config(mistake.to_string()))?;
    let mistakes: Vec<String> = mistakes(&loaded).iter().map(ToString::to_string).collect();
    if mistakes.is_empty() {
        Ok(loaded)
    } else {
        Err(Failure::config(mistakes.join("\n")))
    }
}

fn read(file: &Path, text: &str, secrets: Secrets) -> Result<Loaded, Mistake> {
    if let Err(error) = toml_edit::Document::parse(text) {
        let byte = error.span().map_or(0, |span| span.start);
        return Err(at_byte(file, text, byte, error.message()));
    }
    let layered = config::Config::builder()
        .add_source(File::from_str(text, FileFormat::Toml))
        .add_source(
            Environment::with_prefix("TIEOUT")
                .prefix_separator("__")
                .separator("__")
                .try_parsing(true),
        )
        .build()
        .and_then(config::Config::try_deserialize::<Value>);
    let mut tree = layered.map_err(|error| at_key(file, text, "", error.to_string()))?;
    let fingerprint = fingerprint(&tree);
    secret::resolve_all(&mut tree, file, secrets)
        .map_err(|problem| at_key(file, text, &problem.path, problem.message))?;
    let config = serde_path_to_error::deserialize(tree).map_err(|error| {
        at_key(
            file,
            text,
            &error.path().to_string(),
            error.inner().to_string(),
        )
    })?;
    Ok(Loaded {
        config,
        file: file.to_owned(),
        text: text.to_owned(),
        secrets,
        fingerprint,
    })
}

fn fingerprint(tree: &Value) -> String {
    let mut text = String::new();
    canonical(tree, &mut text);
    ContentHash::of_bytes(text.as_bytes()).as_str().to_owned()
}

/// The same text for the same tree, whatever the order of its keys.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (key, value) in fields {
                text.push_str(&format!("{key:?}:"));
                canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::template::ANNOTATED;
    use super::*;

    fn refuse(text: &str) -> String {
        read(Path::new("t.toml"), text, Secrets::Needed)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_syntax_error_names_its_line() {
        assert!(refuse("[store]\npath = \n").starts_with("t.toml:2: "));
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_known_ones() {
        let told = refuse("[schedule]\nhost_poll = 5\n");
        assert!(
            told.starts_with("t.toml:2: schedule.host_poll: unknown field `host_poll`, expected"),
            "{told}"
        );
    }

    #[test]
    fn a_secret_in_clear_is_refused_without_being_shown() {
        let told = refuse("[xero]\nclient_id = \"a\"\nclient_secret = \"hunter2\"\n");
        assert!(
            told.starts_with("t.toml:3: xero.client_secret: a secret does not belong"),
            "{told}"
        );
        for text in [
            "[xero]\nclient_secret = \"hunter2\"\n",
            "[xero]\nclient_secret = \"hunter2\n",
            "[xero]\nclient_secrets = \"hunter2\"\n",
            "xero = { client_secret = \"hunter2\" }\n",
            "[secrets]\nkey = \"hunter2\"\n",
            "[secrets]\nkey = hunter2\n",
        ] {
            let told = refuse(text);
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn codes_keep_their_case() {
        let text = "[xero]\nclient_id = \"a\"\n[connections.a.settings.tax_codes]\nGST = \"OUTPUT\"\n\"\" = \"EXEMPTOUTPUT\"\n";
        let loaded = read(Path::new("t.toml"), text, Secrets::Needed).unwrap();
        let codes = &loaded
            .config
            .connections
            .values()
            .next()
            .unwrap()
            .settings
            .tax_codes;
        assert_eq!(codes.get("GST").map(String::as_str), Some("OUTPUT"));
        assert_eq!(codes.get("").map(String::as_str), Some("EXEMPTOUTPUT"));
    }

    #[test]
    fn routes_must_lead_somewhere() {
        let text = "[xero]\nclient_id = \"a\"\n[connections.a]\n[[routes]]\nconnection = \"b\"\n";
        let loaded = read(Path::new("t.toml"), text, Secrets::Needed).unwrap();
        let told = mistakes(&loaded)[0].to_string();
        assert!(
            told.starts_with("t.toml:5: routes[0].connection: there is no connection `b`"),
            "{told}"
        );
    }

    #[test]
    fn the_annotated_configuration_is_right() {
        let text = ANNOTATED.replace("{ file = \"tieout.key\" }", "{ env = \"PATH\" }");
        let text = text.replace("{ env = \"XERO_CLIENT_SECRET\" }", "{ env = \"PATH\" }");
        let loaded = read(Path::new("t.toml"), &text, Secrets::Needed).unwrap();
        let told: Vec<String> = mistakes(&loaded).iter().map(ToString::to_string).collect();
        assert_eq!(told, Vec::<String>::new());
    }

    #[test]
    fn a_rule_that_cannot_work_is_refused_at_its_line() {
        let text = "[xero]\nclient_id = \"a\"\n[[connections.a.settings.rules]]\ntarget = \"reference\"\nfrom = \"number\"\n[[connections.a.settings.rules]]\ntarget = \"item_code\"\nvalue = \"A\"\nwhen = \"line.quantity > 2\"\n";
        let told = refuse(text);
        assert!(
            told.starts_with("t.toml:6: connections.a.settings.rules[1]: the rule for `item_code`: when: an exact figure and a whole number do not go with"),
            "{told}"
        );
    }

    #[test]
    fn the_examples_in_the_annotated_configuration_can_be_used() {
        let example = |line: &str| {
            let start = [
                "# [[conn",
                "# target",
                "# value =",
                "# when",
                "# from",
                "# transform",
                "# rounding = {",
                "# description",
                "# bill_terms",
                "# choices",
            ];
            start.iter().any(|start| line.starts_with(start))
        };
        let lines = ANNOTATED
            .lines()
            .filter(|line| !line.starts_with("rounding ="));
        let text: Vec<&str> = lines
            .map(|line| if example(line) { &line[2..] } else { line })
            .collect();
        let text = text.join("\n");
        let text = text.replace("# account = \"211\"", "account = \"211\"");
        let text = text.replace("# division = \"North\"", "division = \"North\"");
        let text = text.replace("{ file = \"tieout.key\" }", "{ env = \"PATH\" }");
        let text = text.replace("{ env = \"XERO_CLIENT_SECRET\" }", "{ env = \"PATH\" }");
        let loaded = read(Path::new("t.toml"), &text, Secrets::Needed).unwrap();
        let settings = &loaded.config.connections.values().next().unwrap().settings;
        assert_eq!(
            (settings.rules.len(), settings.accounts.choices.len()),
            (2, 1)
        );
        assert!(settings.description.is_some() && settings.bill_terms.is_some());
    }
}
