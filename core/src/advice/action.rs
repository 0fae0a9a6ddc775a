//! How a decision is spelled as a command that a shell, a program or a button can run.

use serde::Serialize;

use crate::check::kinds::Act;
use crate::check::quoted;

/// A decision about one thing, ready to be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// Which decision.
    pub act: Act,
    /// What a button says.
    pub label: &'static str,
    /// The words behind the program's name, one by one.
    pub arguments: Vec<String>,
    /// The same as a line for a shell.
    pub command: String,
}

impl Action {
    /// A decision about a document, named as host/kind/id, or about a connection.
    #[must_use]
    pub fn new(act: Act, about: &str) -> Self {
        Self::with(act, about, "")
    }

    /// The same with the provider's document that was chosen.
    #[must_use]
    pub fn with(act: Act, about: &str, chosen: &str) -> Self {
        let arguments: Vec<String> = act
            .arguments()
            .iter()
            .map(|word| match *word {
                "{}" => about.to_owned(),
                "{id}" => chosen.to_owned(),
                plain => plain.to_owned(),
            })
            .collect();
        let words = arguments.iter().map(|word| quoted(word));
        let command = std::iter::once("tieout".to_owned()).chain(words);
        Self {
            act,
            label: act.label(),
            command: command.collect::<Vec<_>>().join(" "),
            arguments,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_the_document_and_survives_a_shell() {
        let plain = Action::new(Act::Retry, "case-manager/invoice/14501");
        assert_eq!(plain.command, "tieout retry case-manager/invoice/14501");
        let chosen = Action::with(Act::AdoptAs, "cm/bill/A 7's; rm", "id-1");
        assert_eq!(
            chosen.command,
            r"tieout adopt 'cm/bill/A 7'\''s; rm' --as id-1"
        );
        assert_eq!(
            chosen.arguments,
            ["adopt", "cm/bill/A 7's; rm", "--as", "id-1"]
        );
    }
}
