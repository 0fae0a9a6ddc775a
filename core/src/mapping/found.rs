//! How the findings of many steps are gathered, so that a document's problems are told all at once.

use crate::check::Finding;

/// The findings so far.
#[derive(Debug, Default)]
pub(super) struct Found(Vec<Finding>);

impl Found {
    /// The value of a step, or `None` with its finding kept.
    pub(super) fn take<T>(&mut self, step: Result<T, Box<Finding>>) -> Option<T> {
        step.map_err(|finding| self.0.push(*finding)).ok()
    }

    /// The same for a step that may find several things.
    pub(super) fn take_all<T>(&mut self, step: Result<T, Vec<Finding>>) -> Option<T> {
        step.map_err(|findings| self.0.extend(findings)).ok()
    }

    /// Keeps more findings.
    pub(super) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.0.extend(findings);
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything that was found. What is found again at another field is told once, with both fields.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        let mut told: Vec<Finding> = Vec::with_capacity(self.0.len());
        for finding in self.0 {
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
        let told = found.into_findings();
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].detail, ["also at lines[2]"]);
    }
}
