//! What was told of each document: open findings, so that each is told once and its end too, and payments as they were.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::check::{Finding, Rule};
use tieout_core::document::{Money, ProviderPaymentId};
use tieout_core::engine::{Binding, ToldPayment};

/// Findings of one document that are remembered at most; more than any document has.
const OPEN_MAX: usize = 200;

/// What was told of one binding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    #[serde(default)]
    pub(super) open: Vec<Open>,
    /// Payments as they were told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) paid: BTreeMap<ProviderPaymentId, Paid>,
}

/// A payment as it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Paid {
    pub(super) revision: u64,
    /// What it came to; nothing once it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) amount: Option<Money>,
}

/// What is news of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The host has it, or has it as it is now; what it came to before, where that is known.
    Has { before: Option<Money> },
    /// The host has it no more.
    Lost,
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

    /// Whether anything is to be remembered.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.paid.is_empty()
    }

    /// Notes what the host was told of a payment; what of it is news.
    ///
    /// Several lines of the journal may be about one payment, and all of them are read beside the binding as it is by then.
    pub(super) fn pays(&mut self, told: &ToldPayment) -> Option<News> {
        let payment = &told.payment;
        let amount = Money::new(payment.amount, payment.currency);
        let now = Paid {
            revision: told.revision,
            amount: (!told.removed).then_some(amount),
        };
        match self.paid.insert(payment.id.clone(), now) {
            Some(before) if before.revision == now.revision => None,
            Some(_) | None if told.removed => Some(News::Lost),
            before => Some(News::Has {
                before: before.and_then(|paid| paid.amount),
            }),
        }
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
