//! How a configuration is read: the file, then the environment, then the secrets that both refer to.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat};
use serde_json::Value;

use super::fingerprint::fingerprint;
use super::locate::{Mistake, at_byte, at_key, line_of_exactly};
use super::model::Config;
use super::paths::config_file;
use super::remedies::remedy;
use super::secret::{self, Secrets};
use super::typed::typed;
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

    /// The line of just this key, where it stands in the file.
    pub(crate) fn line_of(&self, path: &str) -> Option<usize> {
        line_of_exactly(&self.text, path)
    }

    /// What was left as `tieout init` wrote it and must not stay so.
    pub(crate) fn placeholders(&self) -> Vec<Mistake> {
        super::mistakes::placeholders(self)
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
    read(&file, &text, secrets).map_err(Failure::mistakes)
}

/// Everything that is wrong with a file, in its order, if something is.
pub(crate) fn read(file: &Path, text: &str, secrets: Secrets) -> Result<Loaded, Vec<Mistake>> {
    if let Err(error) = toml_edit::Document::parse(text) {
        let byte = error.span().map_or(0, |span| span.start);
        let mistake = at_byte(file, text, byte, error.message())
            .mended("Nothing else can be read before this is mended.");
        return Err(vec![mistake]);
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
    let mut tree = layered.map_err(|error| vec![at_key(file, text, "", error.to_string())])?;
    let fingerprint = fingerprint(&tree);
    let at = |path: &str, message: String| at_key(file, text, path, message);
    let mut mistakes: Vec<Mistake> = secret::resolve_all(&mut tree, file, secrets)
        .into_iter()
        .map(|problem| at(&problem.path, problem.message).mended(problem.remedy))
        .collect();
    let (config, misfits) = typed(&tree);
    mistakes.extend(misfits.into_iter().map(|misfit| {
        let remedy = remedy(&misfit.message);
        at(&misfit.path, misfit.message).mended(remedy)
    }));
    let loaded = config.map(|config| Loaded {
        config,
        file: file.to_owned(),
        text: text.to_owned(),
        secrets,
        fingerprint,
    });
    for mistake in loaded
        .iter()
        .flat_map(|loaded| super::mistakes::mistakes(loaded, &tree))
    {
        // What could not be read is told already; that it is missing is no mistake of its own.
        if !mistakes.iter().any(|known| known.path == mistake.path) {
            mistakes.push(mistake);
        }
    }
    mistakes.sort_by(|left, right| left.place().cmp(&right.place()));
    match loaded {
        Some(loaded) if mistakes.is_empty() => Ok(loaded),
        _ => Err(mistakes),
    }
}

#[cfg(test)]
mod tests {
    use super::super::template::ANNOTATED;
    use super::*;

    fn refuse(text: &str) -> String {
        let mistakes = read(Path::new("t.toml"), text, Secrets::Needed).unwrap_err();
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        told.join("\n")
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
        let told = refuse(text);
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
        let left: Vec<String> = loaded
            .placeholders()
            .into_iter()
            .map(|it| it.path)
            .collect();
        assert_eq!(left, ["xero.client_id"]);
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
    fn a_summary_that_cannot_work_is_refused_at_its_line() {
        let start = "[xero]\nclient_id = \"a\"\n[hosts.shop.folder]\npath = \"shop\"\n[connections.a.settings]\n";
        let cases = [
            (
                "summary = { period = \"week\", hosts = [\"shopp\"] }\n",
                "t.toml:6: connections.a.settings.summary.hosts: there is no host `shopp`",
            ),
            (
                "summary = { period = \"week\", closes_after_hours = 745 }\n",
                "t.toml:6: connections.a.settings.summary.closes_after_hours: must be from 0 to 744 hours, not 745",
            ),
            (
                "summary = { period = \"year\" }\n",
                "t.toml:6: connections.a.settings.summary.period: unknown variant `year`",
            ),
            (
                "existing = \"look_first\"\nsummary = { period = \"week\" }\n",
                "t.toml:6: connections.a.settings.existing: looks for documents one by one",
            ),
        ];
        for (settings, expected) in cases {
            let told = refuse(&format!("{start}{settings}"));
            assert!(told.starts_with(expected), "{told}");
        }
    }

    #[test]
    fn the_examples_in_the_annotated_configuration_can_be_used() {
        let example = |line: &str| {
            let start = [
                "# [[conn",
                "# target",
                "# value =",
                "# when",
                "# from = \"business",
                "# transform",
                "# rounding = {",
                "# description",
                "# bill_terms",
                "# summary = {",
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
        assert!(settings.summary.is_some());
    }
}
