//! The lines of a plan file.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::document::ConnectionId;
use tieout_core::engine::{ContentHash, Intention};

/// The version of the form.
pub(crate) const VERSION: u32 = 1;

/// The first line: of what the plan is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// The version of the form.
    pub(crate) tieout_plan: u32,
    /// The plan's own mark: the fingerprint of all else in this line. The seal of each document holds for it alone.
    pub(crate) id: String,
    /// When it was made.
    pub(crate) made_at: DateTime<Utc>,
    /// Who made it.
    pub(crate) by: String,
    /// The version of the program.
    pub(crate) program: String,
    /// The mark of the store that it was made on.
    pub(crate) store: String,
    /// The organisation behind each connection.
    pub(crate) connections: BTreeMap<ConnectionId, Organisation>,
}

/// An organisation at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organisation {
    /// The provider's identifier.
    pub(crate) id: String,
    /// Its name when the plan was made.
    pub(crate) name: String,
}

/// A further line: what is to be done about one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Planned {
    /// What is to be done.
    pub(crate) document: Intention,
    /// The seal of it in this plan: a line may be taken out, and none may be changed.
    pub(crate) digest: String,
}

/// A line of a plan: the header first, then one for each document.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "PlanLine")]
#[expect(dead_code, reason = "it stands for the schema of a line")]
pub(crate) enum Row {
    /// The first line.
    Header(Box<Header>),
    /// A document.
    Document(Box<Planned>),
}

impl Header {
    /// The same with its mark.
    pub(crate) fn marked(mut self) -> Self {
        self.id = self.mark();
        self
    }

    /// Whether nothing in it was changed.
    pub(crate) fn is_whole(&self) -> bool {
        self.id == self.mark()
    }

    fn mark(&self) -> String {
        let of = (
            self.tieout_plan,
            self.made_at,
            &self.by,
            &self.program,
            &self.store,
            &self.connections,
        );
        ContentHash::of(&of).as_str().to_owned()
    }
}

impl Planned {
    /// A document sealed for a plan.
    pub(crate) fn sealed(document: Intention, plan: &str) -> Self {
        let digest = document.digest(plan).as_str().to_owned();
        Self { document, digest }
    }

    /// Whether its seal holds.
    pub(crate) fn is_sealed(&self, plan: &str) -> bool {
        self.document.digest(plan).as_str() == self.digest
    }
}
