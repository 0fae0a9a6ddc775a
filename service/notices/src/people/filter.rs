//! Which hosts, connections and divisions somebody is told about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::document::{ConnectionId, Document, HostId};
use tieout_core::engine::BindingKey;

use super::name::{MayBeEmpty, title};
use crate::error::DeskError;

/// How many of each a filter names at most.
const NAMES_MAX: usize = 100;

/// What somebody is told about. What is left empty takes everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Filter {
    /// Documents of these hosts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostId>,
    /// Documents that belong to these connections.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<ConnectionId>,
    /// Documents of these business divisions, spelled as the host does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub divisions: Vec<String>,
}

/// What something is about, as filters see it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct About<'a> {
    pub(crate) host: Option<&'a HostId>,
    pub(crate) connection: Option<&'a ConnectionId>,
    pub(crate) division: Option<&'a str>,
}

impl<'a> About<'a> {
    /// A document on a connection.
    pub(crate) fn binding(key: &'a BindingKey, division: Option<&'a str>) -> Self {
        Self {
            host: Some(&key.document.host),
            connection: Some(&key.connection),
            division,
        }
    }

    /// A connection as a whole.
    pub(crate) fn connection(connection: &'a ConnectionId) -> Self {
        Self {
            connection: Some(connection),
            ..Self::default()
        }
    }
}

impl Filter {
    /// Whether it takes something. What names no host or no division passes only where none is asked for.
    pub(crate) fn takes(&self, about: About<'_>) -> bool {
        let host = self.hosts.is_empty() || about.host.is_some_and(|it| self.hosts.contains(it));
        let connection = self.connections.is_empty()
            || about
                .connection
                .is_some_and(|it| self.connections.contains(it));
        let is_of = |division: &str| self.divisions.iter().any(|it| it == division);
        let division = self.divisions.is_empty() || about.division.is_some_and(is_of);
        host && connection && division
    }

    /// Whether it takes a connection as a whole: one that keeps what it takes of documents.
    pub(crate) fn takes_connection(&self, connection: &ConnectionId) -> bool {
        self.connections.is_empty() || self.connections.contains(connection)
    }

    /// Whether documents must be read to apply it.
    pub(crate) fn needs_division(&self) -> bool {
        !self.divisions.is_empty()
    }

    /// Whether it takes everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.hosts.is_empty() && self.connections.is_empty() && self.divisions.is_empty()
    }

    /// The same, checked: at most 100 of each, each one line.
    pub(crate) fn checked(mut self) -> Result<Self, DeskError> {
        for (field, many) in [
            ("hosts", self.hosts.len()),
            ("connections", self.connections.len()),
            ("divisions", self.divisions.len()),
        ] {
            if many > NAMES_MAX {
                return Err(DeskError::bad(field, format!("at most {NAMES_MAX}")));
            }
        }
        let one = |text: &String| title("divisions", text, MayBeEmpty::No);
        self.divisions = self.divisions.iter().map(one).collect::<Result<_, _>>()?;
        Ok(self)
    }
}

/// The business division of a document.
pub(crate) fn division(document: &Document) -> Option<&str> {
    match document {
        Document::Invoice(invoice) => invoice.business_division.as_deref(),
        Document::Bill(bill) => bill.business_division.as_deref(),
        Document::PurchaseOrder(order) => order.business_division.as_deref(),
    }
}
