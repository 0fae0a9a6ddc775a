//! Which accounting system a connection leads to, and what the configuration says about books to which nobody signs in.

use std::path::{Path, PathBuf};

use tieout_core::document::ConnectionId;
use tieout_core::provider::Capability;

use super::model::{Config, ConnectionConfig, ProviderKind};
use super::resolve;

impl ProviderKind {
    /// What the accounting system can do.
    pub(crate) fn capability(self) -> &'static Capability {
        match self {
            ProviderKind::Xero => &tieout_xero::capability::CAPABILITY,
            ProviderKind::Files => &tieout_adapter_files::CAPABILITY,
        }
    }
}

impl Config {
    /// What the accounting system of a connection can do; of one that is in the configuration no more, the usual one.
    pub(crate) fn capability_of(&self, connection: &ConnectionId) -> &'static Capability {
        let known = self.connections.get(connection);
        known
            .map_or_else(ProviderKind::default, |it| it.provider)
            .capability()
    }
}

impl ConnectionConfig {
    /// How the books are called where nobody signs in; `None` where somebody connects to them first.
    pub(crate) fn named_books(&self) -> Option<String> {
        match self.provider {
            ProviderKind::Xero => None,
            ProviderKind::Files => self
                .files
                .as_ref()
                .map(|it| it.folder.display().to_string()),
        }
    }

    /// Every value that cannot work in the table of the accounting system, each with its key below the connection.
    pub(super) fn problems_of_books(&self) -> Vec<(String, String)> {
        let tables = [
            (ProviderKind::Xero, "xero", self.xero.is_some()),
            (ProviderKind::Files, "files", self.files.is_some()),
        ];
        let strange = tables
            .into_iter()
            .filter(|(provider, _, is_there)| *is_there && *provider != self.provider);
        let strange = strange.map(|(_, key, _)| {
            let message = "is for another `provider` than this connection has";
            (key.to_owned(), message.to_owned())
        });
        let own = match self.provider {
            // Its app may be the common one, which is looked at by itself.
            ProviderKind::Xero => Vec::new(),
            ProviderKind::Files => of_table("files", self.files.as_ref(), |it| {
                let problems = it.problems().into_iter();
                problems.map(|it| (it.key, it.message)).collect()
            }),
        };
        strange.chain(own).collect()
    }

    /// The folder in which its books are, of the configuration in this file.
    pub(crate) fn folder(&self, file: &Path) -> Option<PathBuf> {
        let files = self.files.as_ref()?;
        let folder = resolve(file, &files.folder);
        // `books/` and `books` are the same place.
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        Some(folder.components().collect())
    }
}

/// What is wrong with the table of an accounting system, each with its key; that it is not there is wrong too.
fn of_table<T>(
    table: &str,
    held: Option<&T>,
    problems: impl FnOnce(&T) -> Vec<(&'static str, String)>,
) -> Vec<(String, String)> {
    let Some(held) = held else {
        let message = format!("there is no such table, and `provider = \"{table}\"` needs one");
        return vec![(table.to_owned(), message)];
    };
    let named = problems(held).into_iter();
    named
        .map(|(key, message)| (format!("{table}.{key}"), message))
        .collect()
}
