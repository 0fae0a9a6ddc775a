//! What a list of bindings can be asked for, and what fits.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::limits::{LIST_BINDINGS, LIST_BINDINGS_MAX};
use super::{Cursor, Slot, folded};
use crate::check::Rule;
use crate::document::{ConnectionId, DocumentKind, HostId};
use crate::engine::{Binding, StateName};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// What is in the list.
    pub filter: Filter,
    /// What comes first.
    pub order: ListOrder,
    /// Where the page before this one ended; `None` for the first.
    pub after: Option<Cursor>,
    /// Bindings on the page, from one to [`LIST_BINDINGS_MAX`]; what is beyond counts as the nearest of these.
    pub limit: usize,
}

impl Default for Listing {
    /// The first 50 of everything, the newest first.
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            order: ListOrder::default(),
            after: None,
            limit: LIST_BINDINGS,
        }
    }
}

/// Which bindings are in a list: those that fit everything that is asked. The default is all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of this connection.
    pub connection: Option<ConnectionId>,
    /// Those of this host.
    pub host: Option<HostId>,
    /// Those of this kind.
    pub kind: Option<DocumentKind>,
    /// Those in one of these states; in any where there is none.
    pub states: BTreeSet<StateName>,
    /// Those that need somebody.
    pub need: Need,
    /// Those whose number begins with this text: capitals, control characters and spaces around it do not count.
    pub number: Option<String>,
    /// Those that changed last at this moment or later.
    pub changed_from: Option<DateTime<Utc>>,
    /// Those that changed last before this moment.
    pub changed_before: Option<DateTime<Utc>>,
}

/// Which findings a binding in a list has ([`Binding::findings`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Need {
    /// Any, or none.
    #[default]
    Whatever,
    /// At least one.
    Somebody,
    /// At least one of this rule.
    Of(Rule),
}

/// What comes first in a list.
///
/// A list by number is in the order of the numbers, without regard to capitals, as texts; then by key. The newest first
/// are then those with the last numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListOrder {
    /// What changed last; what changed at one moment in the order of the keys.
    #[default]
    NewestFirst,
    /// Exactly the other way round.
    OldestFirst,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The bindings, in the order asked for.
    pub bindings: Vec<Binding>,
    /// Where to go on; `None` when nothing more fits.
    pub next: Option<Cursor>,
}

impl Filter {
    /// Whether a binding is in the list.
    #[must_use]
    pub fn fits(&self, binding: &Binding) -> bool {
        let is_needed = match &self.need {
            Need::Whatever => true,
            Need::Somebody => binding.findings().next().is_some(),
            Need::Of(rule) => binding.findings().any(|finding| finding.rule == *rule),
        };
        let number = self.number.as_deref().map(folded::folded);
        is_needed
            && self.takes(&Slot::of(binding))
            && number.is_none_or(|head| folded::folded(&binding.number).starts_with(&head))
            && self.changed_from.is_none_or(|at| binding.changed_at >= at)
            && self.changed_before.is_none_or(|at| binding.changed_at < at)
    }

    /// Whether what fits may be in this slot.
    #[must_use]
    pub fn takes(&self, slot: &Slot) -> bool {
        self.connection
            .as_ref()
            .is_none_or(|it| slot.connection == *it)
            && self.host.as_ref().is_none_or(|it| slot.host == *it)
            && self.kind.is_none_or(|it| slot.kind == it)
            && (self.states.is_empty() || self.states.contains(&slot.state))
    }
}

impl Listing {
    /// Which of two places comes first in this list.
    pub(super) fn compare(&self, one: &Cursor, other: &Cursor) -> Ordering {
        let forward = match self.filter.number {
            Some(_) => (&one.number, &one.key).cmp(&(&other.number, &other.key)),
            // The latest time first, also when it is read backwards from here.
            None => (other.changed_at, &one.key).cmp(&(one.changed_at, &other.key)),
        };
        let is_forward = match self.order {
            ListOrder::NewestFirst => self.filter.number.is_none(),
            ListOrder::OldestFirst => self.filter.number.is_some(),
        };
        if is_forward {
            forward
        } else {
            forward.reverse()
        }
    }

    /// Bindings on the page.
    pub(super) fn limit(&self) -> usize {
        self.limit.clamp(1, LIST_BINDINGS_MAX)
    }
}
