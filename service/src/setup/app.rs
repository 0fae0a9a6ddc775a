//! What is written down of an app registered at Xero: its identifier in the configuration, its secret in a file for its owner alone.

use std::io::Write;
use std::path::{Path, PathBuf};

use tieout_core::document::ConnectionId;
use toml_edit::{InlineTable, Value};
use url::Url;

use crate::config::edit::{Draft, Place};
use crate::exit::Failure;
use crate::private::Partial;

/// What somebody entered of an app.
pub(crate) struct EnteredApp<'a> {
    /// The connection that it is for alone; the common one of all without.
    pub(crate) of: Option<&'a ConnectionId>,
    /// Its client id.
    pub(crate) client_id: &'a str,
    /// Its secret; empty where it stays as it is, or where it has none.
    pub(crate) secret: &'a str,
    /// A sandbox in place of Xero; empty for Xero itself.
    pub(crate) sandbox: &'a str,
    /// The way back to be written down for the command line too, where it leads to this machine.
    pub(crate) redirect: Option<&'a Url>,
}

/// Characters of a secret, more than Xero makes.
const SECRET_CHARS_MAX: usize = 1_000;

impl EnteredApp<'_> {
    /// What is wrong with it at first sight.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let is_word = |text: &str| text.chars().all(|char| char.is_ascii_graphic());
        if self.client_id.is_empty() {
            return Some("The client id is missing: copy it from the app's configuration page.");
        }
        if !is_word(self.client_id) || self.client_id.len() > SECRET_CHARS_MAX {
            return Some("That is no client id: it is one word of letters and figures.");
        }
        if !is_word(self.secret) || self.secret.len() > SECRET_CHARS_MAX {
            return Some("That is no client secret: it is one word, without spaces.");
        }
        if self.client_id == self.secret {
            return Some("Client id and client secret are the same: one of them was copied twice.");
        }
        None
    }

    /// The file of the secret as it is, to be put back where nothing comes of what is entered.
    pub(crate) fn former(&self, config_file: &Path) -> Former {
        Former::of(&beside(config_file, &self.file_name()))
    }

    /// Writes it into a draft, and the secret into its file. The file that names the secret is written first, so that what
    /// is saved can be read.
    pub(crate) fn write(&self, draft: &mut Draft, config_file: &Path) -> Result<(), Failure> {
        let place = match self.of {
            Some(name) => Place::of(["connections", name.as_str(), "xero"]),
            None => Place::of(["xero"]),
        };
        draft.set(&place.clone().then("client_id"), self.client_id)?;
        if !self.secret.is_empty() {
            let name = self.file_name();
            write_secret(&beside(config_file, &name), self.secret)?;
            let mut reference = InlineTable::new();
            reference.insert("file", Value::from(name));
            draft.set(&place.clone().then("client_secret"), reference)?;
        }
        match self.sandbox.is_empty() {
            true => {
                draft.remove(&place.clone().then("sandbox"))?;
            }
            false => draft.set(&place.clone().then("sandbox"), self.sandbox)?,
        }
        let redirect_place = place.then("redirect_uri");
        if let Some(redirect) = self
            .redirect
            .filter(|_| draft.look(&redirect_place).is_none())
        {
            draft.set(&redirect_place, redirect.as_str())?;
        }
        Ok(())
    }

    fn file_name(&self) -> String {
        match self.of {
            Some(name) => {
                let plain = |char: char| {
                    if char.is_ascii_alphanumeric() {
                        char
                    } else {
                        '-'
                    }
                };
                let name: String = name.as_str().chars().map(plain).collect();
                format!("xero-{name}.secret")
            }
            None => "xero.secret".to_owned(),
        }
    }
}

/// A file of a secret as it was.
pub(crate) struct Former {
    path: PathBuf,
    content: Option<String>,
}

impl Former {
    fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            content: std::fs::read_to_string(path).ok(),
        }
    }

    /// Puts it back: what the configuration names is not to be lost to what was refused.
    pub(crate) fn put_back(self) {
        let done = match &self.content {
            Some(content) => write_secret(&self.path, content.trim_end_matches('\n')),
            None => match std::fs::remove_file(&self.path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(Failure::of(&error))
                }
                Ok(()) | Err(_) => Ok(()),
            },
        };
        if let Err(failure) = done {
            tracing::error!(file = %self.path.display(), error = failure.message, "a secret could not be put back");
        }
    }
}

fn beside(config_file: &Path, name: &str) -> PathBuf {
    config_file.with_file_name(name)
}

/// Writes a secret for its owner alone, whole or not at all.
fn write_secret(path: &Path, secret: &str) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        let (partial, mut file) = Partial::begin(path)?;
        file.write_all(secret.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        partial.replace()
    };
    write().map_err(|error| {
        Failure::new(format!("{} cannot be written: {error}", path.display()))
            .advise("Let the user that runs this write into the folder of the configuration.")
    })
}
