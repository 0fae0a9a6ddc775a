//! Payments that the host makes: what it said of them, which ones the app made of them, and what must never be.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use tieout_core::document::DocumentKey;

use crate::books::Row;
use crate::model::Wrong;
use crate::paper::Paper;

/// What is known of the payments of the host.
#[derive(Debug, Default)]
pub(crate) struct Till {
    /// Every amount that the host ever said of a payment. No two payments of a life have the same, nor one before and after a
    /// change: an amount is the name of what was paid.
    said: BTreeMap<DocumentKey, BTreeSet<Decimal>>,
    /// Payments at the provider that the app made, each with its document.
    made: BTreeMap<String, DocumentKey>,
}

impl Till {
    /// The host told of a document.
    pub(crate) fn host_said(&mut self, paper: &Paper) {
        let said = self.said.entry(paper.key()).or_default();
        said.extend(paper.payments.iter().map(|payment| payment.amount));
    }

    /// The app was at work on a row. Gives how many payments it made, and what must not be.
    pub(crate) fn observe(
        &mut self,
        document: &DocumentKey,
        before: Option<&Row>,
        row: &Row,
    ) -> (usize, Vec<Wrong>) {
        let is_new = |id: &String| before.is_none_or(|before| !before.settled_by.contains_key(id));
        let new: Vec<(&String, &Decimal)> =
            row.settled_by.iter().filter(|(id, _)| is_new(id)).collect();
        let wrong = |invariant, what: String| Wrong {
            invariant,
            document: document.to_string(),
            what,
        };
        let mut found = Vec::new();
        for (id, amount) in &new {
            self.made.insert((*id).clone(), document.clone());
            let said = self.said.get(document);
            if said.is_none_or(|said| !said.contains(amount)) {
                let what = format!("{amount} was paid, the host said {said:?}");
                found.push(wrong("what is paid is a payment of the host", what));
            }
        }
        let ours = self.ours(row);
        let mut amounts: Vec<Decimal> = ours.values().copied().collect();
        amounts.sort();
        if amounts.windows(2).any(|pair| pair[0] == pair[1]) {
            let what = format!("there are {ours:?}");
            found.push(wrong("a payment of the host is made once", what));
        }
        (new.len(), found)
    }

    /// Whether the app made a payment.
    pub(crate) fn is_ours(&self, id: &str) -> bool {
        self.made.contains_key(id)
    }

    /// What settles a row by our hand.
    pub(crate) fn ours(&self, row: &Row) -> BTreeMap<String, Decimal> {
        let mut settled = row.settled_by.clone();
        settled.retain(|id, _| self.is_ours(id));
        settled
    }

    /// What settles a row otherwise: that is what the host is told of.
    pub(crate) fn of_others(&self, row: &Row) -> BTreeMap<String, Decimal> {
        let mut settled = row.settled_by.clone();
        settled.retain(|id, _| !self.is_ours(id));
        settled
    }
}
