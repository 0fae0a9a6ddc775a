//! What a person is told of a life that failed, and of many lives together.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

use crate::coverage::Coverage;
use crate::model::Wrong;

/// What must not be.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The promise that was broken.
    pub invariant: String,
    /// The document that it is about; empty where it is about none.
    pub document: String,
    /// How it was broken.
    pub what: String,
}

impl From<Wrong> for Violation {
    fn from(wrong: Wrong) -> Self {
        Self {
            invariant: wrong.invariant.to_owned(),
            document: wrong.document,
            what: wrong.what,
        }
    }
}

/// A life that broke a promise.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// What was broken first.
    pub violation: Violation,
    /// The faults that struck in it.
    pub odds: String,
    /// The last events.
    pub last: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation {
            invariant,
            document,
            what,
        } = &self.violation;
        let first = self.last.len().saturating_sub(60);
        for line in &self.last[first..] {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "seed {} broke a promise: {invariant}", self.seed)?;
        if !document.is_empty() {
            writeln!(f, "document: {document}")?;
        }
        writeln!(f, "{what}")?;
        writeln!(f, "faults: {}", self.odds)?;
        write!(f, "replay: cargo xtask sim --seed {} --trace", self.seed)
    }
}

/// How much happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Lines of the trace.
    pub events: u64,
    /// How often each fault struck, by its name.
    pub faults: BTreeMap<&'static str, u64>,
}

impl Totals {
    /// Adds what happened in another life.
    pub fn add(&mut self, other: &Self) {
        self.events += other.events;
        for (name, times) in &other.faults {
            *self.faults.entry(name).or_default() += times;
        }
    }

    /// The table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = String::new();
        for (name, times) in &self.faults {
            let _ = writeln!(table, "{times:>8}  fault: {name}");
        }
        table
    }
}

/// What many lives came to.
#[must_use]
pub fn summary(lives: usize, failures: &[Failure], coverage: &Coverage, totals: &Totals) -> String {
    let failed: Vec<String> = failures
        .iter()
        .map(|failure| failure.seed.to_string())
        .collect();
    let verdict = if failed.is_empty() {
        "every promise held".to_owned()
    } else {
        format!("{} broke a promise: {}", failed.len(), failed.join(" "))
    };
    let faults: u64 = totals.faults.values().sum();
    format!(
        "{}{}\n{lives} lives, {} events, {faults} faults: {verdict}",
        coverage.table(),
        totals.table(),
        totals.events
    )
}
