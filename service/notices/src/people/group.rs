//! What a group of people is, and what it may be.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::name::{EmailAddress, GroupId, MayBeEmpty, title};
use crate::error::DeskError;

/// Members of one group at most.
pub(crate) const MEMBERS_MAX: usize = 50;

/// People who are told the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// Its name in commands.
    pub id: GroupId,
    /// What people call it.
    pub name: String,
    /// Who belongs to it.
    pub members: Vec<Member>,
    /// What it is told.
    pub wants: Wants,
    /// About which documents.
    #[serde(default, skip_serializing_if = "Filter::is_everything")]
    pub only: Filter,
    /// Who added it.
    pub added_by: String,
    /// When. What happened before is not told.
    pub added_at: DateTime<Utc>,
    /// Who changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<DateTime<Utc>>,
}

/// A person who gets mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// The person's name; may be empty.
    #[serde(default)]
    pub name: String,
    /// Where the mail goes.
    pub email: EmailAddress,
}

/// What a group is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four switches of an operator"
)]
pub struct Wants {
    /// What happened, every while, if anything did.
    pub periodic: bool,
    /// Once a day, everything that did not go.
    pub daily: bool,
    /// What needs somebody, within minutes.
    pub needs_somebody: bool,
    /// That the access to an organisation is about to lapse, or has.
    pub grant_expiring: bool,
}

impl Default for Wants {
    fn default() -> Self {
        Self {
            periodic: false,
            daily: true,
            needs_somebody: true,
            grant_expiring: true,
        }
    }
}

/// What an operator gives to add or change a group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupDraft {
    /// Its name in commands.
    pub id: GroupId,
    /// What people call it; the name in commands where it is empty.
    #[serde(default)]
    pub name: String,
    /// Who belongs to it; 1 to 50, each address once.
    pub members: Vec<Member>,
    /// What it is told.
    #[serde(default)]
    pub wants: Wants,
    /// About which documents; everything where it is empty.
    #[serde(default)]
    pub only: Filter,
}

impl From<&Group> for GroupDraft {
    fn from(group: &Group) -> Self {
        Self {
            id: group.id.clone(),
            name: group.name.clone(),
            members: group.members.clone(),
            wants: group.wants,
            only: group.only.clone(),
        }
    }
}

impl GroupDraft {
    /// The same, as it may be kept.
    pub(crate) fn checked(self) -> Result<Self, DeskError> {
        let name = match self.name.trim() {
            "" => self.id.as_str().to_owned(),
            _ => title("name", &self.name, MayBeEmpty::No)?,
        };
        let mut seen = BTreeSet::new();
        let mut members = Vec::new();
        for member in self.members {
            if !seen.insert(member.email.as_str().to_ascii_lowercase()) {
                let message = format!("{} stands there twice", member.email);
                return Err(DeskError::bad("members", message));
            }
            members.push(Member {
                name: title("members", &member.name, MayBeEmpty::Yes)?,
                email: member.email,
            });
        }
        if members.is_empty() || members.len() > MEMBERS_MAX {
            return Err(DeskError::bad(
                "members",
                format!("a group has 1 to {MEMBERS_MAX} members"),
            ));
        }
        Ok(Self {
            name,
            members,
            only: self.only.checked()?,
            ..self
        })
    }
}
