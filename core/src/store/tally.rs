//! What is counted of bindings, and under which headings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Filter, Need};
use crate::check::Rule;
use crate::document::{ConnectionId, DocumentKind, HostId};
use crate::engine::{Binding, StateName};

/// A heading under which bindings are counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// Their connection.
    pub connection: ConnectionId,
    /// Their host.
    pub host: HostId,
    /// What they are.
    pub kind: DocumentKind,
    /// Where they stand.
    pub state: StateName,
}

/// What is counted in a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Bindings.
    pub documents: u64,
    /// Of these, those that need somebody: they have findings.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub in_need: u64,
    /// Their findings.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub findings: u64,
    /// Bindings whose host is still to be told something.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub owed: u64,
    /// Bindings that wait for nobody but their turn and are old ([`Binding::is_old_and_left`]).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub old_left: u64,
    /// Bindings that wait for somebody and came old ([`Binding::is_old_and_held`]).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub old_held: u64,
    /// Bindings that were sent and came old ([`Binding::is_old_and_sent`]).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub old_sent: u64,
    /// Bindings whose document the provider was seen to hold.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub posted: u64,
    /// Bindings that wait for their summary to close.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gathering: u64,
}

/// Everything that is counted, at one moment. Nothing stands in it with zero documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    /// Every binding in its slot.
    pub slots: BTreeMap<Slot, Tally>,
    /// For each rule the bindings with findings of it, and those findings; nothing else is counted here.
    pub rules: BTreeMap<Rule, BTreeMap<Slot, RuleTally>>,
}

/// What is counted of one rule in a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTally {
    /// Bindings with findings of the rule.
    pub documents: u64,
    /// Those findings.
    pub findings: u64,
}

impl Slot {
    /// The slot of a binding.
    #[must_use]
    pub fn of(binding: &Binding) -> Self {
        Self {
            connection: binding.key.connection.clone(),
            host: binding.key.document.host.clone(),
            kind: binding.key.document.kind,
            state: binding.state.named(),
        }
    }

    /// Whether those in it are nobody's business any more: no connection claimed them, and one has them by now, or a person
    /// skipped them.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state == StateName::Skipped && self.connection == ConnectionId::unrouted()
    }
}

impl Tally {
    /// What one binding adds.
    #[must_use]
    pub fn of(binding: &Binding) -> Self {
        let findings = count(binding.findings());
        Self {
            documents: 1,
            in_need: findings.min(1),
            findings,
            owed: u64::from(binding.deliver_at.is_some()),
            old_left: u64::from(binding.is_old_and_left()),
            old_held: u64::from(binding.is_old_and_held()),
            old_sent: u64::from(binding.is_old_and_sent()),
            posted: u64::from(binding.posted.is_some()),
            gathering: u64::from(binding.is_gathering()),
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            documents: self.documents + other.documents,
            in_need: self.in_need + other.in_need,
            findings: self.findings + other.findings,
            owed: self.owed + other.owed,
            old_left: self.old_left + other.old_left,
            old_held: self.old_held + other.old_held,
            old_sent: self.old_sent + other.old_sent,
            posted: self.posted + other.posted,
            gathering: self.gathering + other.gathering,
        }
    }
}

impl RuleTally {
    /// What one binding adds under each rule.
    #[must_use]
    pub fn of(binding: &Binding) -> BTreeMap<Rule, Self> {
        let mut by_rule: BTreeMap<Rule, Self> = BTreeMap::new();
        for finding in binding.findings() {
            let of = by_rule.entry(finding.rule.clone()).or_default();
            of.documents = 1;
            of.findings += 1;
        }
        by_rule
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            documents: self.documents + other.documents,
            findings: self.findings + other.findings,
        }
    }
}

impl Tallies {
    /// Counts one binding more.
    pub fn add(&mut self, binding: &Binding) {
        let slot = Slot::of(binding);
        for (rule, one) in RuleTally::of(binding) {
            let of = self.rules.entry(rule).or_default();
            let of = of.entry(slot.clone()).or_default();
            *of = of.plus(one);
        }
        let of = self.slots.entry(slot).or_default();
        *of = of.plus(Tally::of(binding));
    }

    /// The sum of the slots that a filter takes. Only its connection, host, kind and states count.
    #[must_use]
    pub fn sum(&self, filter: &Filter) -> Tally {
        let fitting = self.slots.iter().filter(|(slot, _)| filter.takes(slot));
        fitting.fold(Tally::default(), |sum, (_, one)| sum.plus(*one))
    }

    /// The sums of each rule over the slots that a filter takes, where there are any; of one rule where the filter
    /// names one.
    #[must_use]
    pub fn sums_by_rule(&self, filter: &Filter) -> BTreeMap<&Rule, RuleTally> {
        let wanted = |rule: &Rule| match &filter.need {
            Need::Whatever | Need::Somebody => true,
            Need::Of(one) => rule == one,
        };
        let mut sums = BTreeMap::new();
        for (rule, slots) in self.rules.iter().filter(|(rule, _)| wanted(rule)) {
            let fitting = slots.iter().filter(|(slot, _)| filter.takes(slot));
            let sum = fitting.fold(RuleTally::default(), |sum, (_, one)| sum.plus(*one));
            if sum.documents > 0 {
                sums.insert(rule, sum);
            }
        }
        sums
    }

    /// How long a list is; `None` where that is not counted: of a number or of times of change.
    #[must_use]
    pub fn documents(&self, filter: &Filter) -> Option<u64> {
        let is_counted = filter.number.is_none()
            && filter.changed_from.is_none()
            && filter.changed_before.is_none();
        is_counted.then(|| match &filter.need {
            Need::Whatever => self.sum(filter).documents,
            Need::Somebody => self.sum(filter).in_need,
            Need::Of(rule) => self
                .sums_by_rule(filter)
                .get(rule)
                .map_or(0, |sum| sum.documents),
        })
    }
}

fn count<T>(things: impl Iterator<Item = T>) -> u64 {
    things.fold(0, |count, _| count + 1)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
