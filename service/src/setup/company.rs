//! How a new company is written into the configuration: its settings, what leads to it, and that it is off until its plan was seen.

use tieout_core::document::{ConnectionId, HostId};
use tieout_core::settings::{Route, Settings};
use toml_edit::{Array, InlineTable, Value};

use super::fields::{Entered, FIELDS, Wrong, tree};
use crate::config::Config;
use crate::config::edit::{Draft, Place};
use crate::exit::Failure;

/// Characters of a name.
const NAME_CHARS_MAX: usize = 40;

/// What somebody entered of a company.
pub(crate) struct EnteredCompany {
    /// Its name in the configuration.
    pub(crate) name: ConnectionId,
    /// The product whose documents it keeps; all of them without.
    pub(crate) host: Option<HostId>,
    /// The divisions whose documents it keeps; all of them without.
    pub(crate) divisions: Vec<String>,
}

impl EnteredCompany {
    /// Reads it from a form.
    pub(crate) fn read(form: &Entered, config: &Config) -> Result<Self, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut refuse = |key: &str, words: &str| {
            wrong.push(Wrong {
                key: key.to_owned(),
                words: words.to_owned(),
            });
        };
        let name = form.get("name");
        let is_plain =
            |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
        if name.is_empty() || !name.chars().all(is_plain) || name.len() > NAME_CHARS_MAX {
            refuse(
                "name",
                "Small letters, figures and hyphens, such as acme-au.",
            );
        } else if ["new", "wait", "take-on"].contains(&name) {
            refuse(
                "name",
                "This name is taken by a page of this program: choose another.",
            );
        }
        let host = match form.get("host") {
            "" => None,
            name => config
                .hosts
                .keys()
                .find(|known| known.as_str() == name)
                .cloned(),
        };
        if host.is_none() && !form.get("host").is_empty() {
            refuse("host", "There is no such product any more: choose another.");
        }
        let divisions = form.get("divisions").split(['\n', ',']);
        let divisions = divisions
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned);
        match ConnectionId::new(name) {
            Ok(name) if wrong.is_empty() => Ok(Self {
                name,
                host,
                divisions: divisions.collect(),
            }),
            Ok(_) | Err(_) => Err(wrong),
        }
    }

    /// Writes it into a draft: its settings as the form has them, what leads to it, and that it is switched off.
    pub(crate) fn write(
        &self,
        draft: &mut Draft,
        form: &Entered,
        config: &Config,
    ) -> Result<Vec<Wrong>, Failure> {
        let known = config.connections.get(&self.name);
        let current = tree(&known.map_or_else(Settings::default, |known| known.settings.clone()));
        let mut wrong = Vec::new();
        let connection = Place::of(["connections", self.name.as_str()]);
        if known.is_none() {
            draft.set(&connection.then("provider"), "xero")?;
        }
        for field in FIELDS {
            match field.read(form, &current) {
                Ok(Some(entered)) => {
                    field.write(draft, &self.name, &current, &entered)?;
                }
                Ok(None) => {}
                Err(problem) => wrong.push(problem),
            }
        }
        if known.is_none() {
            let off = config.off.connections.iter().chain([&self.name]);
            let off = Array::from_iter(off.map(ConnectionId::as_str));
            draft.set(&Place::of(["off", "connections"]), Value::Array(off))?;
        }
        if !config
            .routes
            .0
            .iter()
            .any(|route| route.connection == self.name)
        {
            wrong.extend(self.route(draft, config)?);
        }
        Ok(wrong)
    }

    /// Writes what leads to it. Where others take documents too, it must be said which are whose.
    fn route(&self, draft: &mut Draft, config: &Config) -> Result<Option<Wrong>, Failure> {
        let routes = Place::of(["routes"]);
        let others: Vec<&ConnectionId> = config
            .connections
            .keys()
            .filter(|name| **name != self.name)
            .collect();
        let is_everything = self.host.is_none() && self.divisions.is_empty();
        if others.is_empty() && is_everything {
            return Ok(None);
        }
        if is_everything {
            return Ok(Some(Wrong {
                key: "divisions".to_owned(),
                words: "Other companies take documents too: say by the product or by its divisions which ones belong \
                        to this one."
                    .to_owned(),
            }));
        }
        let own = route_for(&self.name, self.host.as_ref(), &self.divisions);
        let known = &config.routes.0;
        if known.is_empty() {
            draft.push(&routes, own)?;
            // Whoever took everything goes on taking what is left.
            if let [only] = others.as_slice() {
                draft.push(&routes, route_for(only, None, &[]))?;
            }
            return Ok(None);
        }
        let before = known.iter().position(takes_all_of(self.host.as_ref()));
        let before = before.unwrap_or(known.len());
        draft.push(&routes, own.clone())?;
        // The first that fits decides: one that takes all must stand behind it, so the rest moves down by one.
        for index in (before..known.len()).rev() {
            draft.set(&routes.clone().at(index + 1), as_written(&known[index]))?;
        }
        if before < known.len() {
            draft.set(&routes.at(before), own)?;
        }
        Ok(None)
    }
}

/// Whether a route would take documents away from one that stands behind it and is for this host.
fn takes_all_of(host: Option<&HostId>) -> impl Fn(&Route) -> bool {
    move |route| {
        let takes_host = host.is_none() || route.host.is_none() || route.host.as_ref() == host;
        let is_open = route.divisions.is_none()
            && route.companies.is_none()
            && route.kinds.is_none()
            && route.currencies.is_none();
        takes_host && is_open
    }
}

/// A route as the file has it.
fn route_for(
    connection: &ConnectionId,
    host: Option<&HostId>,
    divisions: &[String],
) -> InlineTable {
    let mut route = InlineTable::new();
    route.insert("connection", Value::from(connection.as_str()));
    if let Some(host) = host {
        route.insert("host", Value::from(host.as_str()));
    }
    if !divisions.is_empty() {
        let divisions = divisions.iter().map(String::as_str);
        route.insert("divisions", Value::Array(Array::from_iter(divisions)));
    }
    route
}

/// A route that is there, as the file has it.
fn as_written(route: &Route) -> InlineTable {
    let divisions = route.divisions.clone().unwrap_or_default();
    let mut table = route_for(&route.connection, route.host.as_ref(), &divisions);
    let mut list = |name: &str, values: Option<Vec<String>>| {
        if let Some(values) = values {
            table.insert(name, Value::Array(Array::from_iter(values)));
        }
    };
    let kinds = route.kinds.as_ref();
    list(
        "kinds",
        kinds.map(|all| all.iter().map(|kind| kind.as_str().to_owned()).collect()),
    );
    let companies = route.companies.as_ref();
    list(
        "companies",
        companies.map(|all| all.iter().map(|id| id.as_str().to_owned()).collect()),
    );
    let currencies = route.currencies.as_ref();
    list(
        "currencies",
        currencies.map(|all| all.iter().map(ToString::to_string).collect()),
    );
    table
}
