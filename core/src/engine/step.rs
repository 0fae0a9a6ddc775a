//! What a transition gives back: the binding afterwards and the entry that explains it.

use chrono::{DateTime, Utc};

use super::dated_ahead::{let_ripe_go, next_told};
use super::{Binding, Entry, Event, State, owed};

/// The outcome of a transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The binding as it is now, still with the version at which it was read.
    pub binding: Binding,
    /// What the journal says of it.
    pub entry: Entry,
}

/// What the host of a binding is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPolicy {
    /// What became of each document.
    pub postings: bool,
    /// Payments.
    pub payments: bool,
    /// Settlements.
    pub settlements: bool,
    /// Payments dated more than so many days ahead are not told yet.
    pub payments_ahead_days_max: Option<u16>,
    /// The fingerprint of what goes out beside documents; `None` when the settings send nothing.
    pub companions: Option<u64>,
}

/// The outcome of a comparison, which is stored even when nothing came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The binding as it is now, still with the version at which it was read.
    pub binding: Binding,
    /// What the journal says of it.
    pub entries: Vec<Entry>,
}

impl Step {
    /// The binding moved to a state by an event.
    pub(super) fn to(binding: &Binding, state: State, event: Event, at: DateTime<Utc>) -> Self {
        let mut binding = binding.clone();
        binding.state = state;
        Self::of(binding, event, at)
    }

    /// A changed binding and the event that changed it.
    pub(super) fn of(mut binding: Binding, event: Event, at: DateTime<Utc>) -> Self {
        binding.changed_at = at;
        let entry = Entry {
            at,
            binding: Some(binding.key.clone()),
            event,
            state: Some(binding.state.name().to_owned()),
        };
        Self { binding, entry }
    }

    /// The same, with the delivery due if the host is owed anything now, and what goes out beside the document
    /// due to be looked at if that is not what was looked at last.
    #[must_use]
    pub fn telling(mut self, policy: HostPolicy, at: DateTime<Utc>) -> Self {
        self.binding.owes_anew(policy, at);
        self.binding.compare_companions(policy, at);
        self
    }
}

impl Binding {
    /// Has the delivery due if the host is owed anything now.
    pub(super) fn owes_anew(&mut self, policy: HostPolicy, at: DateTime<Utc>) {
        let kept_until = next_told(self, policy);
        let_ripe_go(self, policy, at);
        let debt = !owed(self, policy).is_empty();
        // What waits for its day keeps nothing else waiting.
        let before = self.deliver_at.filter(|_| self.deliver_at != kept_until);
        self.deliver_at = match debt {
            true => Some(before.unwrap_or(at)),
            false => next_told(self, policy),
        };
    }
}
