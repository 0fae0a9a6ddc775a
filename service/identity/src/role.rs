//! What people and keys may do: three roles that include each other, four scopes, and whether one has another.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Actor, Refusal};

/// What a person may do. Each role may do what the ones before it may.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything and changes nothing.
    Viewer,
    /// Decides about documents: retries, skips, adopts, links, drafts, undoes.
    Operator,
    /// Decides about people, keys and connections too.
    Admin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// The word for it, as it is configured and stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The scopes that it comes to. No role has [`Scope::Panel`]: a person has a session, and needs no token in
    /// somebody else's name.
    #[must_use]
    pub fn scopes(self) -> BTreeSet<Scope> {
        match self {
            Self::Viewer => BTreeSet::from([Scope::Read]),
            Self::Operator => BTreeSet::from([Scope::Read, Scope::Operate]),
            Self::Admin => BTreeSet::from([Scope::Read, Scope::Operate, Scope::Admin]),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|role| role.word() == text);
        found.ok_or_else(|| "a role is viewer, operator or admin".to_owned())
    }
}

/// What a key may do, and what a page or a call demands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Sees everything.
    Read,
    /// Decides about documents; includes `read`.
    Operate,
    /// Decides about people, keys and connections; includes `operate` and `read`.
    Admin,
    /// Asks for tokens that open the panel of one record for one user. Included in no other.
    Panel,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Read, Self::Operate, Self::Admin, Self::Panel];

    /// The word for it, as it is given and stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Admin => "admin",
            Self::Panel => "panel",
        }
    }

    /// This scope with those that it includes.
    pub(crate) fn with_included(self) -> &'static [Self] {
        match self {
            Self::Read => &[Self::Read],
            Self::Operate => &[Self::Read, Self::Operate],
            Self::Admin => &[Self::Read, Self::Operate, Self::Admin],
            Self::Panel => &[Self::Panel],
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|scope| scope.word() == text);
        found.ok_or_else(|| "a scope is read, operate, admin or panel".to_owned())
    }
}

/// Whoever asks for something, with what they may do at this moment: from a [`crate::Session`] or an
/// [`crate::ApiKey`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is, for journal and audit.
    pub who: Actor,
    scopes: BTreeSet<Scope>,
}

impl Caller {
    pub(crate) fn new(who: Actor, scopes: impl IntoIterator<Item = Scope>) -> Self {
        let included = scopes.into_iter().flat_map(Scope::with_included);
        Self {
            who,
            scopes: included.copied().collect(),
        }
    }

    /// Whether they may.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// That they may, or the refusal to show.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], which names the scope.
    pub fn demand(&self, scope: Scope) -> Result<(), Refusal> {
        if self.may(scope) {
            Ok(())
        } else {
            Err(Refusal::NotAllowed { needs: scope })
        }
    }
}
