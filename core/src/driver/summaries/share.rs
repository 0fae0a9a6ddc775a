//! How the members of a summary learn what became of it: each its own part, all of them in one commit.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::document::DocumentId;
use crate::driver::DriverError;
use crate::driver::apply::News;
use crate::driver::site::World;
use crate::engine::{Binding, BindingKey, Carried, allotted, left_summary, shared};
use crate::store::{ChangeSet, StoreError};

/// Conflicts in a row before a turn gives up and comes again.
const CONFLICTS_MAX: usize = 8;

impl World {
    /// Tells the members of a summary what became of it, and lets those go that leave it. Gives how many bindings changed.
    ///
    /// What they are told is worked out from the whole truth each time: a repeat changes nothing.
    pub(super) async fn share(&self, key: &BindingKey) -> Result<usize, DriverError> {
        let mut conflicts = 0;
        loop {
            let known = self.store.bindings(std::slice::from_ref(key)).await?;
            let Some(summary) = known.into_iter().flatten().next() else {
                return Ok(0);
            };
            let members = self.store.bindings(&summary.carried_keys()).await?;
            let members = members
                .into_iter()
                .flatten()
                .filter(|it| is_in(it, &summary) && !leaves_now(it, &summary));
            let members: Vec<Binding> = members.collect();
            let mut changes = ChangeSet::default();
            let mut settled = Decimal::ZERO;
            let at = self.clock.now();
            for (binding, carried) in members.iter().zip(carried(&summary, &members)) {
                let own = carried.settlement.as_ref();
                settled += own.map_or(Decimal::ZERO, |it| it.amount_paid + it.amount_credited);
                let policy = self.policy(&binding.key);
                if let Some(step) = shared(binding, carried, &summary, policy, at) {
                    changes.bindings.push(step.binding);
                    changes.journal.push(step.entry);
                }
            }
            if summary.has_let_go() {
                let leaving = self.store.bindings(&summary.leaving_keys()).await?;
                let leaving = leaving.into_iter().flatten();
                for binding in leaving.filter(|it| is_in(it, &summary)) {
                    if let Some(step) = left_summary(&binding, self.policy(&binding.key), at) {
                        changes.bindings.push(step.binding);
                        changes.journal.push(step.entry);
                    }
                }
            }
            changes.bindings.push(summary.having_shared(settled));
            let (news, moved) = (News::of(&changes), changes.bindings.len());
            match self.store.commit(changes).await {
                Ok(()) => {
                    self.announce(&news);
                    return Ok(moved);
                }
                Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Whether a member goes now, and is told nothing more of the summary.
fn leaves_now(member: &Binding, summary: &Binding) -> bool {
    let roster = summary.roster.as_ref();
    let leaves = roster.is_some_and(|it| it.leaving.contains(&member.key.document.id));
    leaves && summary.has_let_go()
}

fn is_in(member: &Binding, summary: &Binding) -> bool {
    let membership = member.summary.as_ref();
    membership.is_some_and(|it| it.summary == summary.key.document.id)
}

/// What each member carries, in their order.
fn carried(summary: &Binding, members: &[Binding]) -> Vec<Carried> {
    let takers = takers(summary, members);
    let parts = summary.posted.as_ref().map(|it| allotted(it, &takers));
    let mut parts: BTreeMap<&DocumentId, _> = takers
        .iter()
        .zip(parts.into_iter().flatten())
        .map(|((id, _), part)| (id, part))
        .collect();
    let notice = summary.notice_for_members();
    let carried = members.iter().map(|member| {
        let (payments, settlement) = parts.remove(&member.key.document.id).unzip();
        Carried {
            notice: notice.clone(),
            payments: payments.unwrap_or_default(),
            settlement,
        }
    });
    carried.collect()
}

/// The members that payments are for, with what the provider holds of each: not what they have become since.
fn takers(summary: &Binding, members: &[Binding]) -> Vec<(DocumentId, Decimal)> {
    let by_id: BTreeMap<&DocumentId, &Binding> = members
        .iter()
        .map(|member| (&member.key.document.id, member))
        .collect();
    let roster = summary.roster.iter();
    // In the order in which it is written: what the provider held before may have had another.
    let written = roster
        .flat_map(|roster| &roster.members)
        .filter_map(|id| by_id.get(id))
        .map(|member| {
            let gross = member.summary.as_ref().map(|it| it.gross);
            (member.key.document.id.clone(), gross.unwrap_or_default())
        });
    let written: Vec<(DocumentId, Decimal)> = written.collect();
    let sum = written.iter().map(|(_, gross)| gross).sum();
    match summary.parts_held(sum) {
        None => written,
        Some(parts) => {
            let parts = parts.iter();
            parts.map(|it| (it.member.clone(), it.gross)).collect()
        }
    }
}
