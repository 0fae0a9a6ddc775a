//! How the configuration file is changed by the program: key by key, its remarks and its order kept, shown and tried before it is saved.
//!
//! ```text
//! let mut draft = Draft::begin(office.loaded)?;            // refused where the file is not as this process read it
//! draft.expect(mark)?;                                     // of a form: refused where it shows an older file
//! draft.set(&Place::named("schedule.host_poll_s"), 60)?;
//! draft.set(&Place::of(["connections", name, "settings", "tax_codes"]).quoted("GST"), "OUTPUT")?;
//! draft.push(&Place::of(["routes"]), element)?;            // [[routes]] at the end
//! draft.remove(&Place::named("routes[0]"))?;
//! let edit = draft.finish()?;                              // every mistake of the whole new file, with its line
//! edit.lines; edit.overridden; edit.after.config; edit.mark // to be shown
//! edit.save(now)?;                                         // then `Renewal::ask`
//! ```

mod lines;
mod place;
mod save;
mod tree;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use tieout_core::engine::ContentHash;
use toml_edit::{DocumentMut, InlineTable, Item, Value};

use super::load::{Loaded, read};
use super::locate::VARIABLES;
use super::secret::is_secret;
use crate::exit::Failure;

pub(crate) use lines::{Fate, Line};
pub(crate) use place::Place;

/// Changes to the configuration file that nobody has saved.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    before: Loaded,
    document: DocumentMut,
    touched: Vec<Place>,
}

/// Changes that can be saved: what they come to was read as the program reads it, and nothing is wrong with it.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    /// The configuration as it would be.
    pub(crate) after: Loaded,
    /// What changes, line by line.
    pub(crate) lines: Vec<Line>,
    /// Keys that were changed and that the environment decides all the same.
    pub(crate) overridden: Vec<Overridden>,
    /// What the file was, for a form that shows this and is sent later ([`Draft::expect`]).
    pub(crate) mark: String,
    before: String,
}

/// A key that the environment decides, whatever the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overridden {
    /// The key.
    pub(crate) key: String,
    /// The variable of the environment.
    pub(crate) variable: String,
}

impl Draft {
    /// Begins to change the file that a process works with.
    ///
    /// # Errors
    ///
    /// Where the file was changed or cannot be read since: whoever saved it must see it taken first.
    pub(crate) fn begin(loaded: &Loaded) -> Result<Self, Failure> {
        save::unchanged(&loaded.file, &loaded.text)?;
        Self::of(loaded)
    }

    fn of(loaded: &Loaded) -> Result<Self, Failure> {
        let document = loaded.text.parse::<DocumentMut>().map_err(|error| {
            Failure::config(format!("{}: {}", loaded.file.display(), error.message()))
        })?;
        Ok(Self {
            before: loaded.clone(),
            document,
            touched: Vec::new(),
        })
    }

    /// What the file is, for a form.
    pub(crate) fn mark(&self) -> String {
        mark(&self.before.text)
    }

    /// Refuses a form that was made from another file than this one.
    pub(crate) fn expect(&self, mark: &str) -> Result<(), Failure> {
        if self.mark() == mark {
            return Ok(());
        }
        Err(
            Failure::config("the configuration was changed since this page was opened")
                .advise("Open the page again, and look at what stands there now."),
        )
    }

    /// What stands at a key, if the file has it.
    pub(crate) fn look(&self, place: &Place) -> Option<&Item> {
        tree::look(self.document.as_table(), place)
    }

    /// Sets a key to a value; the tables above it are made where they are missing. A key that is there keeps its place and its remark.
    /// A second one to the same value changes nothing.
    ///
    /// # Errors
    ///
    /// Where the key is a secret's and the value no reference to one, and where something above it is no table.
    pub(crate) fn set(&mut self, place: &Place, value: impl Into<Value>) -> Result<(), Failure> {
        let value = value.into();
        if is_secret(&place.names().join(".")) && !value.is_inline_table() {
            return Err(Failure::config(format!(
                "{place}: a secret does not belong into the configuration"
            ))
            .advise("Write { env = \"NAME\" } or { file = \"path\" }."));
        }
        tree::set(self.document.as_table_mut(), place, value).map_err(impossible(place))?;
        self.touched.push(place.clone());
        Ok(())
    }

    /// Adds an element at the end of a list: a table under a head of its own, unless the file has the list in one line.
    ///
    /// # Errors
    ///
    /// Where the key is no list.
    pub(crate) fn push(&mut self, place: &Place, element: InlineTable) -> Result<(), Failure> {
        tree::push(self.document.as_table_mut(), place, element).map_err(impossible(place))?;
        self.touched.push(place.clone());
        Ok(())
    }

    /// Takes a key, a whole table or an element of a list out; the default then counts. The remarks above a key stay. Gives whether
    /// there was one.
    ///
    /// # Errors
    ///
    /// Where it cannot be taken out alone.
    pub(crate) fn remove(&mut self, place: &Place) -> Result<bool, Failure> {
        let removed =
            tree::remove(self.document.as_table_mut(), place).map_err(impossible(place))?;
        self.touched.push(place.clone());
        Ok(removed)
    }

    /// Reads what the file would be, as the program would.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, each with its line in the new text.
    pub(crate) fn finish(self) -> Result<Edit, Failure> {
        let before = self.before.text;
        let text = lines::carried_over(&before, &self.document.to_string());
        let after =
            read(&self.before.file, &text, self.before.secrets).map_err(Failure::mistakes)?;
        let names: Vec<String> = std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .collect();
        Ok(Edit {
            lines: lines::difference(&before, &text),
            overridden: overridden(&self.touched, &names),
            mark: mark(&before),
            after,
            before,
        })
    }
}

impl Edit {
    /// Whether anything is different.
    pub(crate) fn is_change(&self) -> bool {
        self.before != self.after.text
    }

    /// Writes the file: under another name first, to the disk, then in place of the old one, which is kept beside it for its owner
    /// alone. Gives where. The process goes on with the old one until it begins anew.
    ///
    /// # Errors
    ///
    /// Where the file was changed in the meantime, which is then left as it is; where it cannot be written.
    pub(crate) fn save(&self, at: DateTime<Utc>) -> Result<PathBuf, Failure> {
        save::save(&self.after.file, &self.before, &self.after.text, at)
    }
}

fn impossible(place: &Place) -> impl FnOnce(tree::Impossible) -> Failure {
    move |why| {
        Failure::config(format!("{place} cannot be changed: {why}"))
            .advise("Change it in the file itself.")
    }
}

fn mark(text: &str) -> String {
    ContentHash::of_bytes(text.as_bytes()).as_str().to_owned()
}

/// Which of the changed keys a variable decides: it names the key, something above it, or a part of what was set.
fn overridden(touched: &[Place], variables: &[String]) -> Vec<Overridden> {
    let mut found = Vec::new();
    for variable in variables {
        let Some(path) = variable.strip_prefix(VARIABLES) else {
            continue;
        };
        let path = path.to_lowercase();
        let path: Vec<&str> = path.split("__").collect();
        for place in touched {
            let names = place.names();
            let both = names.len().min(path.len());
            if names[..both] == path[..both] {
                found.push(Overridden {
                    key: place.to_string(),
                    variable: variable.clone(),
                });
            }
        }
    }
    found.dedup();
    found
}
