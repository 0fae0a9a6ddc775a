//! How figures are written for Prometheus: its text format 0.0.4.

use std::fmt::Write;

/// The media type.
pub(super) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a figure does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It only grows, until the process ends.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// Figures of one name.
#[derive(Clone, Debug)]
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) kind: Kind,
    /// Each with its labels and its value.
    pub(super) figures: Vec<(Vec<(&'static str, String)>, String)>,
}

impl Family {
    pub(super) fn new(kind: Kind, name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            kind,
            figures: Vec::new(),
        }
    }

    /// Adds a figure.
    pub(super) fn put(&mut self, labels: &[(&'static str, &str)], value: &impl ToString) {
        let labels = labels
            .iter()
            .map(|(name, text)| (*name, (*text).to_owned()));
        self.figures.push((labels.collect(), value.to_string()));
    }
}

/// The text of families. One without figures is left out.
pub(super) fn written(families: &[Family]) -> String {
    let mut text = String::new();
    for family in families.iter().filter(|family| !family.figures.is_empty()) {
        let kind = match family.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        // Writing into a text cannot fail.
        let _ = writeln!(text, "# HELP {} {}", family.name, family.help);
        let _ = writeln!(text, "# TYPE {} {kind}", family.name);
        for (labels, value) in &family.figures {
            let labels = labels
                .iter()
                .map(|(name, text)| format!("{name}=\"{}\"", escaped(text)));
            let labels: Vec<String> = labels.collect();
            let labels = match labels.is_empty() {
                true => String::new(),
                false => format!("{{{}}}", labels.join(",")),
            };
            let _ = writeln!(text, "{}{labels} {value}", family.name);
        }
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_empty_families_left_out() {
        let mut one = Family::new(Kind::Gauge, "tieout_documents", "Documents.");
        one.put(&[("connection", "a\"b\\c\nd"), ("state", "held")], &3);
        let none = Family::new(Kind::Counter, "tieout_none", "Nothing.");
        assert_eq!(
            written(&[one, none]),
            "# HELP tieout_documents Documents.\n# TYPE tieout_documents gauge\n\
             tieout_documents{connection=\"a\\\"b\\\\c\\nd\",state=\"held\"} 3\n"
        );
    }
}
