//! One text of the configuration before it is read whole, for what must stand before anything is read.

use std::path::Path;

use toml_edit::Document;

use super::paths::config_file;

/// The text at a key such as `telemetry.otlp`: of the environment, or else of the file. What cannot be read counts as silent,
/// since whoever reads the file whole tells what is wrong with it.
pub(crate) fn peek(named: Option<&Path>, key: &str) -> Option<String> {
    let variable = format!("TIEOUT__{}", key.to_uppercase().replace('.', "__"));
    if let Ok(text) = std::env::var(variable) {
        return Some(text);
    }
    let text = std::fs::read_to_string(config_file(named)).ok()?;
    found(&text, key)
}

fn found(text: &str, key: &str) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let mut item = document.as_item();
    for part in key.split('.') {
        item = item.get(part)?;
    }
    item.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_and_everything_else_is_silence() {
        let file = "[telemetry]\notlp = \"http://127.0.0.1:4318\"\n[schedule]\nhost_poll_s = 3\n";
        assert_eq!(
            found(file, "telemetry.otlp").as_deref(),
            Some("http://127.0.0.1:4318")
        );
        assert_eq!(found(file, "schedule.host_poll_s"), None);
        assert_eq!(found(file, "telemetry.other"), None);
        assert_eq!(found("[telemetry\n", "telemetry.otlp"), None);
    }
}
