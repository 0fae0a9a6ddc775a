//! How the findings of many steps are gathered, so that a document's problems are told all at once, and with them
//! what made each field, where somebody asks.

use super::trace::{Decided, MadeBy};
use crate::check::Finding;

/// The findings so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    findings: Vec<Finding>,
    /// What made each field so far; absent where nobody asks.
    decided: Option<Vec<Decided>>,
}

impl Found {
    /// One that also keeps what made each field.
    pub(super) fn telling() -> Self {
        Self {
            findings: Vec::new(),
            decided: Some(Vec::new()),
        }
    }

    /// An empty one that keeps what made each field if this one does.
    pub(super) fn alike(&self) -> Self {
        match self.decided {
            Some(_) => Self::telling(),
            None => Self::default(),
        }
    }

    /// Takes over what another one kept of the fields of a part, each said whose it is.
    pub(super) fn take_over(&mut self, mut part: Self, whose: &str) {
        if let Some(decided) = &mut self.decided {
            decided.extend(part.take_decided().into_iter().map(|mut one| {
                one.field = format!("{whose}: {}", one.field);
                one
            }));
        }
    }

    /// Notes what made a field, where somebody asks.
    pub(super) fn decided(
        &mut self,
        field: impl FnOnce() -> String,
        value: impl FnOnce() -> String,
        by: impl FnOnce() -> MadeBy,
    ) {
        if let Some(decided) = &mut self.decided {
            decided.push(Decided {
                field: field(),
                value: value(),
                by: by(),
            });
        }
    }

    /// What made each field, in the order in which they were decided.
    pub(super) fn take_decided(&mut self) -> Vec<Decided> {
        self.decided.take().unwrap_or_default()
    }

    /// The value of a step, or `None` with its finding kept.
    pub(super) fn take<T>(&mut self, step: Result<T, Box<Finding>>) -> Option<T> {
        step.map_err(|finding| self.findings.push(*finding)).ok()
    }

    /// The same for a step that may find several things.
    pub(super) fn take_all<T>(&mut self, step: Result<T, Vec<Finding>>) -> Option<T> {
        step.map_err(|findings| self.findings.extend(findings)).ok()
    }

    /// Keeps more findings.
    pub(super) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Everything that was found. What is found again at another field is told once, with both fields.
    pub(super) fn take_findings(&mut self) -> Vec<Finding> {
        let mut told: Vec<Finding> = Vec::with_capacity(self.findings.len());
        for finding in self.findings.drain(..) {
            match told
                .iter_mut()
                .find(|earlier| says_the_same(earlier, &finding))
            {
                Some(earlier) => earlier.detail.push(format!("also at {}", finding.field)),
                None => told.push(finding),
            }
        }
        told
    }
}

fn says_the_same(left: &Finding, right: &Finding) -> bool {
    left.rule == right.rule
        && left.value == right.value
        && left.message == right.message
        && left.remedy == right.remedy
        && left.field != right.field
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Rule;

    #[test]
    fn the_same_problem_on_two_lines_is_told_once_with_both_lines() {
        let at = |line, value| {
            Finding::new(Rule::AccountMissing, "no account", "Set it.").at(line, value)
        };
        let mut found = Found::default();
        found.extend([
            at("lines[0]", "IA"),
            at("lines[1]", "TRV"),
            at("lines[2]", "IA"),
        ]);
        let told = found.take_findings();
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].detail, ["also at lines[2]"]);
    }
}
