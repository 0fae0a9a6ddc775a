//! Which documents need somebody: counted by kind, the newest or the oldest of them kept one by one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tieout_core::advice::{Advice, advise};
use tieout_core::document::{ConnectionId, DocumentKey};
use tieout_core::engine::Binding;
use tieout_core::store::limits::LIST_BINDINGS_MAX;
use tieout_core::store::{Filter, ListOrder, Listing, Store};

use super::super::chosen::Chosen;
use crate::exit::Failure;
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
}

impl Open {
    /// Counts what is chosen, and takes the first documents of it in this order.
    pub(crate) async fn read(
        store: &dyn Store,
        chosen: &Chosen,
        order: ListOrder,
        shown_max: usize,
    ) -> Result<Self, Failure> {
        let filter = chosen.filter();
        let tallies = store.tallies().await?;
        let by_rule = tallies.sums_by_rule(&filter).into_iter();
        let by_rule = by_rule.map(|(rule, sum)| {
            let of = OfRule {
                title: rule.kind().map_or("", |kind| kind.title),
                findings: whole(sum.findings),
                documents: whole(sum.documents),
            };
            (rule.as_str().to_owned(), of)
        });
        let by_rule: BTreeMap<String, OfRule> = by_rule.collect();
        let shown = first(store, filter.clone(), order, shown_max).await?;
        Ok(Self {
            documents: whole(tallies.documents(&filter).unwrap_or_default()),
            findings: by_rule.values().map(|of| of.findings).sum(),
            by_rule,
            shown: shown.iter().map(|it| InNeed::of(it, chosen)).collect(),
        })
    }

    pub(crate) fn is_truncated(&self) -> bool {
        self.documents > self.shown.len()
    }
}

/// The first bindings of a list; those that changed at one moment in the order of their names, whatever the order.
async fn first(
    store: &dyn Store,
    filter: Filter,
    order: ListOrder,
    count: usize,
) -> Result<Vec<Binding>, Failure> {
    let mut listing = Listing {
        filter,
        order,
        after: None,
        limit: count.min(LIST_BINDINGS_MAX),
    };
    let mut first: Vec<Binding> = Vec::new();
    loop {
        let page = store.list(&listing).await?;
        first.extend(page.bindings);
        let is_enough = match order {
            ListOrder::NewestFirst => first.len() >= count,
            // Of one moment the list has the last name first: they are all needed.
            ListOrder::OldestFirst => first.get(count.saturating_sub(1)).is_some_and(|it| {
                first
                    .last()
                    .is_some_and(|last| it.changed_at < last.changed_at)
            }),
        };
        listing.after = page.next;
        if is_enough || listing.after.is_none() {
            break;
        }
    }
    if order == ListOrder::OldestFirst {
        first.sort_by(|one, other| (one.changed_at, &one.key).cmp(&(other.changed_at, &other.key)));
    }
    first.truncate(count);
    Ok(first)
}

/// A count as the rest of the program counts.
pub(crate) fn whole(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

impl InNeed {
    /// A document with what is chosen of its findings.
    fn of(binding: &Binding, chosen: &Chosen) -> Self {
        let mut findings = advise(binding);
        findings.retain(|advice| chosen.takes(&advice.finding));
        Self {
            document: binding.key.document.clone(),
            connection: binding.key.connection.clone(),
            number: binding.number.clone(),
            state: binding.state.name(),
            changed_at: binding.changed_at,
            findings,
        }
    }

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
