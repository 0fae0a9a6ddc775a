//! How a summary is written anew together with the members that move: all of it in one commit, or nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::document::{Document, DocumentId, Invoice, InvoiceStatus};
use crate::driver::DriverError;
use crate::driver::apply::News;
use crate::driver::draft::Draft;
use crate::driver::site::World;
use crate::engine::{
    Binding, BindingKey, Membership, PartThere, Period, Roster, Step, Summed, booked_as, joined,
    leaves_summary, left_summary, named, settled_meanwhile, summary_changed, summed,
    waits_in_summary,
};
use crate::settings::SummaryPeriod;
use crate::store::StoreError;

/// What a document does in a summary.
pub(super) enum Moves {
    /// It was never in one.
    Joins(Box<Invoice>),
    /// It changed, and belongs to the same one.
    IsReplaced(Box<Invoice>),
    /// It changed, and the settings of now alone would not put it there: it stays in one that was sent.
    StaysIfSent(Box<Invoice>),
    /// It is there as its host wants it.
    StaysAsItIs,
    /// It does not belong there any more.
    Leaves,
}

/// A document as it was decided about, and what it does.
pub(super) type Change = (Binding, Moves);

/// Invoices in one summary; further ones go into another one.
const MEMBERS_MAX: usize = 250;

/// Lines in one summary, unless its first invoice alone has more.
const LINES_MAX: usize = 500;

/// Summaries of one contact and period.
const PARTS_MAX: usize = 1_000;

/// A summary as it is stored, and as it is written anew.
struct Sheet {
    key: BindingKey,
    known: Option<Binding>,
    before: Option<Invoice>,
    members: BTreeMap<DocumentId, Invoice>,
    /// What it was written with when it was read, in that order.
    written_before: Vec<PartThere>,
    /// Documents that it is written without, and that the provider may still hold in it.
    leaving: BTreeSet<DocumentId>,
    /// What happened, for the journal.
    joins: Vec<String>,
    replaced: Vec<String>,
    leaves: Vec<String>,
}

impl World {
    /// Puts documents into the first summary of their group that takes them. Gives how many went in; the others are due
    /// again, for the next one.
    pub(super) async fn join(
        &self,
        into: &DocumentId,
        mut changes: Vec<Change>,
    ) -> Result<usize, DriverError> {
        let Some(first) = changes.first().map(|(first, _)| first.beside(into)) else {
            return Ok(0);
        };
        changes.sort_by(|(one, _), (other, _)| {
            (one.issue_date, &one.number).cmp(&(other.issue_date, &other.number))
        });
        for part in 1..=PARTS_MAX {
            let Some(key) = part_of(&first, part) else {
                break;
            };
            let known = self.store.bindings(std::slice::from_ref(&key)).await?;
            let known = known.into_iter().flatten().next();
            if known.as_ref().is_some_and(|it| !it.is_open_summary()) {
                continue;
            }
            // A full one is not read: a customer may have many.
            let roster = known.as_ref().and_then(|it| it.roster.as_ref());
            if roster.is_some_and(|roster| roster.members.len() >= MEMBERS_MAX) {
                continue;
            }
            let sheet = self.sheet(key.clone(), known).await?;
            let taken = sheet.room_for(&changes);
            if taken > 0 {
                changes.truncate(taken);
                return self.write(sheet, into, changes).await;
            }
        }
        tracing::warn!(summary = %into, "has too many parts: its documents wait");
        Ok(0)
    }

    /// Replaces or takes out members of a summary.
    pub(super) async fn rewrite(
        &self,
        summary: &BindingKey,
        changes: Vec<Change>,
    ) -> Result<usize, DriverError> {
        let known = self.store.bindings(std::slice::from_ref(summary)).await?;
        let known = known.into_iter().flatten().next();
        let roster = known.as_ref().and_then(|it| it.roster.as_ref());
        let group = roster.map(|roster| roster.group.clone());
        let sheet = self.sheet(summary.clone(), known).await?;
        let group = group.unwrap_or_else(|| summary.document.id.clone());
        self.write(sheet, &group, changes).await
    }

    async fn sheet(&self, key: BindingKey, known: Option<Binding>) -> Result<Sheet, DriverError> {
        let document = self
            .store
            .documents(std::slice::from_ref(&key.document))
            .await?;
        let before = match document.into_iter().flatten().next() {
            Some(Document::Invoice(invoice)) => Some(invoice),
            Some(Document::Bill(_) | Document::PurchaseOrder(_)) | None => None,
        };
        let roster = known.as_ref().and_then(|binding| binding.roster.as_ref());
        let is_there =
            |member: &&Invoice| roster.is_some_and(|roster| roster.members.contains(&member.id));
        let members: Vec<&Invoice> = before
            .iter()
            .flat_map(Invoice::members)
            .filter(is_there)
            .collect();
        Ok(Sheet {
            written_before: members.iter().map(|it| PartThere::of(it)).collect(),
            members: members
                .into_iter()
                .map(|it| (it.id.clone(), it.clone()))
                .collect(),
            leaving: roster.iter().flat_map(|it| it.leaving.clone()).collect(),
            key,
            known,
            before,
            joins: Vec::new(),
            replaced: Vec::new(),
            leaves: Vec::new(),
        })
    }

    /// Commits a summary with the members that moved. A conflict means that one of them was faster elsewhere: it is looked
    /// at again.
    async fn write(
        &self,
        mut sheet: Sheet,
        group: &DocumentId,
        changes: Vec<Change>,
    ) -> Result<usize, DriverError> {
        let mut draft = Draft::new(self.clock.now());
        let at = draft.at;
        for (binding, moves) in changes {
            let policy = self.policy(&binding.key);
            let step = match sheet.settled_on(moves) {
                Moves::StaysAsItIs => {
                    let same = binding.summary.as_deref().cloned();
                    same.and_then(|same| joined(&binding, same, policy, at))
                }
                Moves::Joins(invoice) => {
                    let membership = sheet.take_in(group, &binding, *invoice);
                    joined(&binding, membership, policy, at)
                }
                Moves::IsReplaced(invoice) if sheet.lets_change(&invoice) => {
                    let membership = sheet.replace(group, &binding, *invoice);
                    joined(&binding, membership, policy, at)
                }
                Moves::Leaves if !sheet.is_settled() => {
                    sheet.let_go(&binding);
                    match sheet.may_be_held_there() {
                        true => leaves_summary(&binding, policy, at),
                        false => left_summary(&binding, policy, at),
                    }
                }
                Moves::IsReplaced(_) | Moves::StaysIfSent(_) | Moves::Leaves => {
                    let summary = sheet.known.as_ref();
                    let gross = sheet.part_there(&binding.key.document.id);
                    let gross = gross.map(|part| part.gross);
                    let finding =
                        summary.map(|summary| settled_meanwhile(&binding, summary, gross));
                    waits_in_summary(&binding, finding.into_iter().collect(), policy, at)
                }
            };
            draft.step(step);
        }
        if sheet.has_changed() {
            let policy = self.policy(&sheet.key);
            let Some((document, roster)) = sheet.written(group, at) else {
                tracing::warn!(summary = %sheet.key, "its sums fit no figure");
                return Ok(0);
            };
            let document = Document::Invoice(document);
            let (key, known) = (&sheet.key, sheet.known.as_ref());
            let happened = sheet.happened();
            let written = (&document, roster, sheet.written_before.clone());
            let step: Option<Step> = summary_changed((key, known), written, &happened, policy, at);
            draft.step(step);
            draft.keep(sheet.key.document.clone(), &document);
        }
        let changes = draft.into_changes(Vec::new());
        let (news, moved) = (News::of(&changes), changes.bindings.len());
        if moved == 0 {
            return Ok(0);
        }
        match self.store.commit(changes).await {
            Ok(()) => {
                self.announce(&news);
                Ok(moved)
            }
            Err(StoreError::Conflict(_)) => Ok(1),
            Err(error) => Err(error.into()),
        }
    }
}

/// The binding of a further summary of the same group.
fn part_of(first: &BindingKey, part: usize) -> Option<BindingKey> {
    let mut key = first.clone();
    if part > 1 {
        let id = format!("{}-{part}", first.document.id);
        key.document.id = DocumentId::new(id).ok()?;
    }
    Some(key)
}

impl Sheet {
    /// How many of some documents it takes, from the first on.
    fn room_for(&self, changes: &[Change]) -> usize {
        let mut members = self.members.len();
        let mut lines: usize = self.members.values().map(|it| it.lines.len()).sum();
        let mut taken = 0;
        for (_, moves) in changes {
            let Moves::Joins(invoice) = moves else { break };
            lines += invoice.lines.len();
            if members > 0 && (members >= MEMBERS_MAX || lines > LINES_MAX) {
                break;
            }
            (members, taken) = (members + 1, taken + 1);
        }
        taken
    }

    /// What comes of a move that depends on whether the summary was sent.
    fn settled_on(&self, moves: Moves) -> Moves {
        match moves {
            Moves::StaysIfSent(invoice) if self.keeps(&invoice) => Moves::IsReplaced(invoice),
            Moves::StaysIfSent(_) => Moves::Leaves,
            Moves::Joins(_) | Moves::IsReplaced(_) | Moves::StaysAsItIs | Moves::Leaves => moves,
        }
    }

    /// Whether the provider has the summary, and a document of its days and its customer belongs there all the same.
    fn keeps(&self, invoice: &Invoice) -> bool {
        let roster = self.known.as_ref().and_then(|it| it.roster.as_ref());
        let day = invoice.issue_date;
        let before = self.members.get(&invoice.id);
        self.may_be_held_there()
            && roster.is_some_and(|roster| (roster.first..=roster.last).contains(&day))
            && before.is_some_and(|before| {
                (&before.bill_to, before.currency) == (&invoice.bill_to, invoice.currency)
            })
    }

    fn is_settled(&self) -> bool {
        self.known.as_ref().is_some_and(Binding::is_settled_there)
    }

    /// Whether a member may be written anew: what was paid already must come to the same by the same lines, as the provider
    /// holds them. A change that could not be sent before the payment can be taken back.
    fn lets_change(&self, invoice: &Invoice) -> bool {
        if !self.is_settled() {
            return true;
        }
        let there = self.part_there(&invoice.id);
        there.is_some_and(|there| there.books == booked_as(invoice))
    }

    /// What the provider holds of a document.
    fn part_there(&self, id: &DocumentId) -> Option<&PartThere> {
        let written = self.written_before.iter().map(|part| part.gross).sum();
        let held = self.known.as_ref().and_then(|it| it.parts_held(written));
        let parts = held.unwrap_or(&self.written_before);
        parts.iter().find(|part| part.member == *id)
    }

    fn take_in(&mut self, group: &DocumentId, binding: &Binding, invoice: Invoice) -> Membership {
        self.joins.push(binding.number.clone());
        self.put(group, binding, invoice)
    }

    fn replace(&mut self, group: &DocumentId, binding: &Binding, invoice: Invoice) -> Membership {
        self.replaced.push(binding.number.clone());
        self.put(group, binding, invoice)
    }

    fn put(&mut self, group: &DocumentId, binding: &Binding, invoice: Invoice) -> Membership {
        let id = self.key.document.id.clone();
        let membership = Membership {
            number: Summed::number(&id),
            summary: id,
            group: group.clone(),
            content: binding.content.clone(),
            gross: invoice.totals.gross,
            carried: None,
            leaving: false,
        };
        self.leaving.remove(&invoice.id);
        self.members.insert(invoice.id.clone(), invoice);
        membership
    }

    fn let_go(&mut self, binding: &Binding) {
        let id = &binding.key.document.id;
        // What leaves already may have changed meanwhile: the summary is written without it.
        if self.members.remove(id).is_some() {
            self.leaves.push(binding.number.clone());
        }
        self.leaving.insert(id.clone());
    }

    /// Whether the provider holds the summary or may hold it, as it was.
    fn may_be_held_there(&self) -> bool {
        self.known.as_ref().is_some_and(Binding::is_bound)
    }

    fn has_changed(&self) -> bool {
        !(self.joins.is_empty() && self.replaced.is_empty() && self.leaves.is_empty())
    }

    /// The summary as it is now. One without members stays as it was, and is void.
    fn written(&self, group: &DocumentId, at: DateTime<Utc>) -> Option<(Invoice, Roster)> {
        let revision = self.before.as_ref().map_or(1, |it| it.revision + 1);
        let known = self.known.as_ref().and_then(|it| it.roster.as_deref());
        if self.members.is_empty() {
            let mut document = self.before.clone()?;
            document.revision = revision;
            document.status = InvoiceStatus::Voided;
            document.updated_at = at;
            let roster = Roster {
                members: Vec::new(),
                leaving: self.still_leaving(),
                ..known?.clone()
            };
            return Some((document, roster));
        }
        let period = match known {
            Some(known) => (known.period.clone(), known.first, known.last),
            None => {
                let period = self.period(group)?;
                (period.name, period.first, period.last)
            }
        };
        let document = summed(Summed {
            id: self.key.document.id.clone(),
            revision,
            date: period.2,
            members: self.members.values().cloned().collect(),
            at,
        })?;
        let roster = Roster {
            period: period.0,
            first: period.1,
            last: period.2,
            group: group.clone(),
            members: document.members().map(|it| it.id.clone()).collect(),
            leaving: self.still_leaving(),
            shared: None,
            settled: rust_decimal::Decimal::ZERO,
            there: None,
            sent: Vec::new(),
            is_sent: false,
        };
        Some((document, roster))
    }

    fn still_leaving(&self) -> Vec<DocumentId> {
        match self.may_be_held_there() {
            true => self.leaving.iter().cloned().collect(),
            false => Vec::new(),
        }
    }

    /// The period of a new summary: the one of its name that its members lie in.
    fn period(&self, group: &DocumentId) -> Option<Period> {
        let day = self.members.values().next()?.issue_date;
        let kinds = [
            SummaryPeriod::Day,
            SummaryPeriod::Week,
            SummaryPeriod::Month,
        ];
        let mut periods = kinds.into_iter().filter_map(|kind| Period::of(kind, day));
        periods.find(|period| period.names(group))
    }

    fn happened(&self) -> String {
        let told = [
            ("joined by", &self.joins),
            ("changed:", &self.replaced),
            ("left by", &self.leaves),
        ];
        let told = told.iter().filter(|(_, numbers)| !numbers.is_empty());
        let told = told
            .map(|(word, numbers)| format!("{word} {}", named(numbers.iter().map(String::as_str))));
        told.collect::<Vec<_>>().join("; ")
    }
}
