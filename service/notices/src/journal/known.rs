//! What is known to be open of each document, so that a finding is told once and its end too.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::check::{Finding, Rule};
use tieout_core::engine::Binding;

/// Findings of one document that are remembered at most; more than any document has.
const OPEN_MAX: usize = 200;

/// What is open of one binding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) open: Vec<Open>,
}

/// A finding that is open. It is the same one for as long as rule and field are the same, whatever its words say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Open {
    pub(super) rule: Rule,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) field: String,
    /// When it was noted.
    pub(super) at: DateTime<Utc>,
}

impl Known {
    /// Everything that is open of a binding now.
    pub(super) fn of(binding: &Binding, at: DateTime<Utc>) -> Self {
        let mut known = Self::default();
        for finding in binding.findings() {
            known.opens(finding, at);
        }
        known
    }

    /// Notes that a finding is open; whether that is news.
    pub(super) fn opens(&mut self, finding: &Finding, at: DateTime<Utc>) -> bool {
        let is_it = |it: &Open| it.is(finding);
        if self.open.iter().any(is_it) || self.open.len() >= OPEN_MAX {
            return false;
        }
        self.open.push(Open {
            rule: finding.rule.clone(),
            field: finding.field.clone(),
            at,
        });
        true
    }

    /// Lets go of everything that a binding does not show any more, and gives it.
    pub(super) fn closes(&mut self, binding: &Binding) -> Vec<Open> {
        let (stays, gone) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|it| binding.findings().any(|finding| it.is(finding)));
        self.open = stays;
        gone
    }
}

impl Open {
    fn is(&self, finding: &Finding) -> bool {
        self.rule == finding.rule && self.field == finding.field
    }
}
