//! Where traces go: what file and environment say of it, and which of them counts.

use std::time::Duration;

use url::Url;

/// What is wanted, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nobody asks for traces.
    Nothing,
    /// The environment says that there are none, by this variable.
    Off(&'static str),
    /// Somebody asks for what cannot be done: why, and what mends it.
    Impossible {
        /// What is wrong.
        why: String,
        /// What to do.
        remedy: &'static str,
    },
    /// They go to a collector.
    To(Collector),
}

/// Where traces go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Collector {
    /// The whole address to which they are posted.
    pub(crate) address: Url,
    /// Who says so: a variable, or the key of the file.
    pub(crate) said_by: &'static str,
    /// How long one of its answers may take.
    pub(crate) patience: Duration,
}

/// The key of the configuration.
pub(crate) const KEY: &str = "telemetry.otlp";

const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const DISABLED: &str = "OTEL_SDK_DISABLED";
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const PROTOCOLS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];
const TIMEOUTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
];
/// Below the address of a collector, as the protocol says.
const PATH: &str = "v1/traces";
const PATIENCE: Duration = Duration::from_secs(10);

/// Decides. `file` is the address under `[telemetry]`, if there is one; `variable` reads the environment, where an empty
/// value counts as none. The environment comes before the file, as everywhere.
pub(crate) fn wanted(file: Option<&Url>, variable: impl Fn(&str) -> Option<String>) -> Wanted {
    let said = |name: &str| variable(name).filter(|value| !value.is_empty());
    if said(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Wanted::Off(DISABLED);
    }
    let (text, is_whole, said_by) = match (said(TRACES_ENDPOINT), said(ENDPOINT), file) {
        (Some(address), _, _) => (address, true, TRACES_ENDPOINT),
        (None, Some(base), _) => (base, false, ENDPOINT),
        (None, None, Some(base)) => (base.to_string(), false, KEY),
        (None, None, None) => return Wanted::Nothing,
    };
    if let Some(named) = said(EXPORTER) {
        let named: Vec<&str> = named.split(',').map(str::trim).collect();
        if !named.contains(&"otlp") {
            if named.contains(&"none") {
                return Wanted::Off(EXPORTER);
            }
            return impossible(
                format!(
                    "{EXPORTER} asks for `{}`, and this program has none but `otlp`",
                    named.join(",")
                ),
                "Set it to `otlp`, or leave it out.",
            );
        }
    }
    // What the file names is named for this program; a protocol of the whole machine is meant for others.
    let protocol = PROTOCOLS.iter().find_map(|name| said(name));
    if let Some(protocol) = protocol.filter(|it| said_by != KEY && it != "http/protobuf") {
        return impossible(
            format!(
                "the environment asks for the protocol `{protocol}`, and this program speaks `http/protobuf`"
            ),
            "Set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, and the address of the collector's HTTP port, mostly 4318.",
        );
    }
    let address = match Url::parse(&text) {
        Ok(url) if is_plain(&url) => url,
        Ok(_) | Err(_) => {
            return impossible(
                format!("{said_by} is no address of a collector"),
                "Write it such as http://127.0.0.1:4318, without a name or a password in it; a key goes into \
                 OTEL_EXPORTER_OTLP_HEADERS.",
            );
        }
    };
    let patience = TIMEOUTS.iter().find_map(|name| said(name)?.parse().ok());
    Wanted::To(Collector {
        address: if is_whole { address } else { below(address) },
        said_by,
        patience: patience.map_or(PATIENCE, Duration::from_millis),
    })
}

/// Whether an address can be a collector's: nothing in it is secret, and nothing is lost when a path is added.
pub(crate) fn is_plain(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

/// The address of traces at a collector.
fn below(mut base: Url) -> Url {
    if !base.path().ends_with(PATH) {
        let path = format!("{}/{PATH}", base.path().trim_end_matches('/'));
        base.set_path(&path);
    }
    base
}

fn impossible(why: String, remedy: &'static str) -> Wanted {
    Wanted::Impossible { why, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(file: Option<&str>, environment: &[(&str, &str)]) -> Wanted {
        let file = file.map(|text| Url::parse(text).unwrap());
        wanted(file.as_ref(), |name| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn address(file: Option<&str>, environment: &[(&str, &str)]) -> (String, &'static str) {
        match decided(file, environment) {
            Wanted::To(collector) => (collector.address.to_string(), collector.said_by),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_word_there_are_no_traces() {
        assert_eq!(decided(None, &[]), Wanted::Nothing);
        assert_eq!(decided(None, &[(ENDPOINT, "")]), Wanted::Nothing);
        assert_eq!(
            decided(None, &[("OTEL_SERVICE_NAME", "x")]),
            Wanted::Nothing
        );
    }

    #[test]
    fn the_environment_comes_before_the_file_and_its_nearer_variable_first() {
        let file = Some("http://127.0.0.1:4318");
        let general = (ENDPOINT, "http://collector:4318/otlp/");
        let traces = (TRACES_ENDPOINT, "https://traces.example.com/here");
        assert_eq!(
            address(file, &[]),
            ("http://127.0.0.1:4318/v1/traces".to_owned(), KEY)
        );
        assert_eq!(
            address(file, &[general]),
            ("http://collector:4318/otlp/v1/traces".to_owned(), ENDPOINT)
        );
        assert_eq!(
            address(file, &[general, traces]),
            (
                "https://traces.example.com/here".to_owned(),
                TRACES_ENDPOINT
            )
        );
        assert_eq!(
            address(Some("http://127.0.0.1:4318/v1/traces"), &[]).0,
            "http://127.0.0.1:4318/v1/traces"
        );
    }

    #[test]
    fn what_switches_everything_off_is_named() {
        let file = Some("http://127.0.0.1:4318");
        assert_eq!(decided(file, &[(DISABLED, "TRUE")]), Wanted::Off(DISABLED));
        assert_eq!(decided(file, &[(EXPORTER, "none")]), Wanted::Off(EXPORTER));
        assert!(matches!(decided(file, &[(DISABLED, "1")]), Wanted::To(_)));
    }

    #[test]
    fn what_cannot_be_done_says_why_and_shows_no_secret() {
        let grpc = [
            (ENDPOINT, "http://collector:4317"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ];
        for (environment, expected) in [
            (grpc.as_slice(), "the protocol `grpc`"),
            (
                &[(ENDPOINT, "http://name:hunter2@collector:4318")],
                "OTEL_EXPORTER_OTLP_ENDPOINT is no address",
            ),
            (&[(ENDPOINT, "collector:4318")], "is no address"),
            (
                &[(ENDPOINT, "http://c:1"), (EXPORTER, "zipkin")],
                "asks for `zipkin`",
            ),
        ] {
            let told = format!("{:?}", decided(None, environment));
            assert!(told.contains(expected), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
        // What the file names is meant for this program, whatever others speak.
        let file = Some("http://127.0.0.1:4318");
        let others = [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
        assert!(matches!(decided(file, &others), Wanted::To(_)));
    }

    #[test]
    fn an_answer_is_waited_for_as_long_as_the_nearer_variable_says() {
        let file = Some("http://127.0.0.1:4318");
        for (environment, expected) in [
            (&[][..], 10_000),
            (&[("OTEL_EXPORTER_OTLP_TIMEOUT", "700")], 700),
            (
                &[
                    ("OTEL_EXPORTER_OTLP_TIMEOUT", "700"),
                    ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "800"),
                ],
                800,
            ),
            (&[("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")], 10_000),
        ] {
            let Wanted::To(collector) = decided(file, environment) else {
                panic!("traces go somewhere");
            };
            assert_eq!(collector.patience, Duration::from_millis(expected));
        }
    }
}
