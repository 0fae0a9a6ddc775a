//! Which documents need somebody: counted by kind, the newest or the oldest of them kept one by one.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tieout_core::advice::{Advice, advise};
use tieout_core::document::{ConnectionId, DocumentKey};
use tieout_core::engine::Binding;

use super::super::chosen::Chosen;
use crate::output::{self, say};

/// A document that needs somebody.
#[derive(Debug, Serialize)]
pub(crate) struct InNeed {
    /// The host's document.
    pub(crate) document: DocumentKey,
    /// The connection that keeps it.
    pub(crate) connection: ConnectionId,
    /// The number that people use.
    pub(crate) number: String,
    /// Its state, in one word.
    pub(crate) state: &'static str,
    /// When it last changed.
    pub(crate) changed_at: DateTime<Utc>,
    /// What somebody should know or decide about it, and what can be done.
    pub(crate) findings: Vec<Advice>,
}

/// How much there is of one kind.
#[derive(Debug, Serialize)]
pub(crate) struct OfRule {
    /// What it is; empty for a rule of another version.
    pub(crate) title: &'static str,
    /// Findings of it.
    pub(crate) findings: usize,
    /// Documents that have one.
    pub(crate) documents: usize,
}

/// Which documents come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// What changed last.
    NewestFirst,
    /// What has waited longest.
    OldestFirst,
}

/// Everything that is open, however much that is.
#[derive(Debug)]
pub(crate) struct Open {
    /// Documents with findings.
    pub(crate) documents: usize,
    /// Findings about them.
    pub(crate) findings: usize,
    /// The same by kind.
    pub(crate) by_rule: BTreeMap<String, OfRule>,
    /// The first of them.
    pub(crate) shown: Vec<InNeed>,
    order: Order,
    shown_max: usize,
}

impl Open {
    pub(crate) fn new(order: Order, shown_max: usize) -> Self {
        Self {
            documents: 0,
            findings: 0,
            by_rule: BTreeMap::new(),
            shown: Vec::new(),
            order,
            shown_max,
        }
    }

    /// Counts a document, if anything chosen was found about it.
    pub(crate) fn add(&mut self, binding: &Binding, chosen: &Chosen) {
        let mut findings = advise(binding);
        findings.retain(|advice| chosen.takes(&advice.finding));
        if findings.is_empty() {
            return;
        }
        self.documents += 1;
        self.findings += findings.len();
        let mut counted: Vec<&str> = Vec::new();
        for advice in &findings {
            let rule = advice.finding.rule.as_str();
            let of = self.by_rule.entry(rule.to_owned()).or_insert(OfRule {
                title: advice.title,
                findings: 0,
                documents: 0,
            });
            of.findings += 1;
            if !counted.contains(&rule) {
                of.documents += 1;
                counted.push(rule);
            }
        }
        self.shown.push(InNeed {
            document: binding.key.document.clone(),
            connection: binding.key.connection.clone(),
            number: binding.number.clone(),
            state: binding.state.name(),
            changed_at: binding.changed_at,
            findings,
        });
        // So that a million of them takes no more memory than a page.
        if self.shown.len() >= 2 * self.shown_max {
            self.cut();
        }
    }

    /// To be called once everything was added.
    pub(crate) fn end(&mut self) {
        self.cut();
    }

    pub(crate) fn is_truncated(&self) -> bool {
        self.documents > self.shown.len()
    }

    fn cut(&mut self) {
        let order = self.order;
        self.shown.sort_by(|one, other| {
            let by_time = one.changed_at.cmp(&other.changed_at);
            let by_time = match order {
                Order::NewestFirst => by_time.reverse(),
                Order::OldestFirst => by_time,
            };
            by_time.then_with(|| by_name(one, other))
        });
        self.shown.truncate(self.shown_max);
    }
}

fn by_name(one: &InNeed, other: &InNeed) -> Ordering {
    (&one.document, &one.connection).cmp(&(&other.document, &other.connection))
}

impl InNeed {
    /// Tells it with its findings, and the commands that decide them once.
    pub(crate) fn print(&self) {
        say!(
            "  {} ({} on {}), {}",
            output::short(&self.number),
            self.document,
            self.connection,
            self.state
        );
        for advice in &self.findings {
            output::finding(&advice.finding, "    ");
        }
        output::actions(self.findings.iter().flat_map(|it| &it.actions), "      ");
    }
}
