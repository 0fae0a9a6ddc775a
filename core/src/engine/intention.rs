//! What is to be done about one document, exactly, and in what another moment's answer differs from it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shown::Field;
use super::{BindingKey, ContentHash, Op};
use crate::document::{ConnectionId, DocumentKey, DocumentKind, HostId, ProviderDocumentId};

/// What is to be done at the provider.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Make the document.
    Create,
    /// Make it equal to the host's.
    Update,
    /// Take it out of the books.
    Void,
    /// Send what goes out beside it; the document itself is as it should be.
    Beside,
}

impl Action {
    /// The word in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Void => "void",
            Self::Beside => "beside",
        }
    }
}

impl From<Op> for Action {
    fn from(op: Op) -> Self {
        match op {
            Op::Create => Self::Create,
            Op::Update => Self::Update,
            Op::Void => Self::Void,
        }
    }
}

/// A tracking option that does not exist yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionToMake {
    /// The provider's identifier of its category.
    pub category: String,
    /// Its name.
    pub name: String,
}

/// What is to be done about one document: everything that a person who agrees to it has to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Intention {
    /// The host.
    pub host: HostId,
    /// What the document is.
    pub kind: DocumentKind,
    /// The host's identifier.
    pub id: crate::document::DocumentId,
    /// Where it is done.
    pub connection: ConnectionId,
    /// The host's number.
    pub number: String,
    /// The host's revision of the document.
    pub revision: u64,
    /// What is done.
    pub action: Action,
    /// The fingerprint of the posting; absent for a void. A contact and tracking options that are to be made
    /// count by their names, since they have no identifiers yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posting: Option<String>,
    /// Everything that the posting says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// The provider's document, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<ProviderDocumentId>,
    /// Everything that the provider's document said before it is changed or taken out of the books.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Field>,
    /// The name of the contact that is made first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub makes_contact: Option<String>,
    /// The tracking options that are made first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub makes_options: Vec<OptionToMake>,
    /// What goes out beside it, each in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// Where it is taken out of the books first: it moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves: Option<ConnectionId>,
    /// Where it goes after it was taken out of the books here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_to: Option<ConnectionId>,
    /// The fingerprint of the connection's settings.
    pub settings: String,
}

/// Something in which what would be done now is not what was planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Which field, in words.
    pub field: String,
    /// As it was planned; empty for nothing.
    pub planned: String,
    /// As it is now; empty for nothing.
    pub now: String,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            field,
            planned,
            now,
        } = self;
        write!(f, "{field}: planned `{planned}`, now `{now}`")
    }
}

impl Intention {
    /// The document and its connection.
    #[must_use]
    pub fn key(&self) -> BindingKey {
        BindingKey {
            document: DocumentKey {
                host: self.host.clone(),
                kind: self.kind,
                id: self.id.clone(),
            },
            connection: self.connection.clone(),
        }
    }

    /// The seal that this intention has in a plan: it holds for this plan alone, and for nothing that was changed.
    #[must_use]
    pub fn digest(&self, plan: &str) -> ContentHash {
        ContentHash::of(&(plan, self))
    }

    /// In what another moment's intention is not this one; nothing when the same would be sent to the same place.
    ///
    /// The revision and the settings do not count by themselves, only for what they change.
    #[must_use]
    pub fn changed(&self, now: &Self) -> Vec<Changed> {
        let mut changed = Vec::new();
        let mut see = |field: &str, planned: &str, now: &str| {
            if planned != now {
                changed.push(Changed {
                    field: field.to_owned(),
                    planned: planned.to_owned(),
                    now: now.to_owned(),
                });
            }
        };
        see(
            "connection",
            self.connection.as_str(),
            now.connection.as_str(),
        );
        see("what is done", self.action.as_str(), now.action.as_str());
        let id = |of: &Self| of.provider_id.as_ref().map(ToString::to_string);
        see(
            "the provider's document",
            &id(self).unwrap_or_default(),
            &id(now).unwrap_or_default(),
        );
        let place = |to: Option<&ConnectionId>| to.map(ToString::to_string).unwrap_or_default();
        see(
            "goes to",
            &place(self.goes_to.as_ref()),
            &place(now.goes_to.as_ref()),
        );
        let options = |of: &Self| {
            let names = of.makes_options.iter().map(|it| it.name.as_str());
            names.collect::<Vec<_>>().join(", ")
        };
        see("tracking options to make", &options(self), &options(now));
        compare_fields("", &self.fields, &now.fields, &mut see);
        compare_fields("at the provider: ", &self.held, &now.held, &mut see);
        let without = |one: &Self, other: &Self| {
            let some = one.beside.iter().filter(|it| !other.beside.contains(it));
            some.cloned().collect::<Vec<_>>().join(", ")
        };
        see("beside it", &without(self, now), &without(now, self));
        if changed.is_empty() && self.posting != now.posting {
            changed.push(Changed {
                field: "the posting".to_owned(),
                planned: self.posting.clone().unwrap_or_default(),
                now: now.posting.clone().unwrap_or_default(),
            });
        }
        changed
    }
}

fn compare_fields(
    place: &str,
    planned: &[Field],
    now: &[Field],
    see: &mut impl FnMut(&str, &str, &str),
) {
    let value = |of: &[Field], name: &str| {
        let found = of.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    for (name, planned) in planned {
        see(&format!("{place}{name}"), planned, &value(now, name));
    }
    let is_new = |name: &str| planned.iter().all(|(known, _)| known != name);
    for (name, now) in now.iter().filter(|(name, _)| is_new(name)) {
        see(&format!("{place}{name}"), "", now);
    }
}
