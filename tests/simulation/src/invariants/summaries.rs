//! What holds of summaries once nothing is left to do: each has what its documents come to, and each host's document its part.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use tieout_core::check::{Finding, Rule};
use tieout_core::document::DocumentKey;
use tieout_core::engine::{Binding, SkipReason, State};

use super::excuses::is_right;
use crate::books::Row;
use crate::coverage::Case;
use crate::ground::Ground;
use crate::model::{Excuse, Known, Model, Wrong};
use crate::provider::Choices;
use crate::sums::{Sum, dealt};

/// Every binding of a life by its document.
pub(super) type ByDocument = BTreeMap<DocumentKey, Vec<Binding>>;

/// One summary at the end.
struct Ending<'a> {
    ground: &'a Ground,
    model: &'a Model,
    choices: &'a Choices,
    bindings: &'a ByDocument,
    binding: &'a Binding,
}

/// Everything that must hold of summaries once nothing is left to do.
pub(super) fn check(
    ground: &Ground,
    model: &Model,
    choices: &Choices,
    bindings: &ByDocument,
) -> Vec<Wrong> {
    let all = bindings.values().flatten();
    let mut wrong = Vec::new();
    for binding in all.filter(|binding| binding.roster.is_some()) {
        let ending = Ending {
            ground,
            model,
            choices,
            bindings,
            binding,
        };
        wrong.extend(ending.state());
        wrong.extend(ending.findings());
        wrong.extend(ending.undone());
        for row in model.live_rows(&binding.key.document) {
            if let Some(sum) = model.sums.of_row(row.id) {
                wrong.extend(ending.parts(row, sum));
                wrong.extend(ending.payments(row, sum));
            }
        }
    }
    wrong
}

/// What is wrong with a document that travels in a summary, if anything is.
pub(super) fn of_member(
    model: &Model,
    bindings: &ByDocument,
    known: &Known,
    member: &Binding,
) -> Option<String> {
    let summary = summary_of(bindings, member)?;
    if is_excused(summary) {
        return None;
    }
    let key = known.paper.key();
    let standing: Vec<Decimal> = model.parts_of(&key).map(|part| part.gross).collect();
    let wanted = known.paper.totals().gross;
    let is_right = match known.is_wanted() {
        Some(true) => standing == [wanted],
        Some(false) => standing.is_empty(),
        None => true,
    };
    (!is_right).then(|| {
        let number = &summary.number;
        format!("it travels in {number} and should be {wanted} there, it is {standing:?}")
    })
}

/// The summary that a document travels in.
pub(super) fn summary_of<'a>(bindings: &'a ByDocument, member: &Binding) -> Option<&'a Binding> {
    let key = member.summary_key()?;
    let mut of = bindings.get(&key.document)?.iter();
    of.find(|binding| binding.key == key)
}

/// Whether somebody decided about a summary, or has to.
fn is_excused(summary: &Binding) -> bool {
    let is_decided = match &summary.state {
        State::Detached | State::Removed { .. } => true,
        State::Skipped { reason } => matches!(
            reason,
            SkipReason::ByOperator { .. } | SkipReason::Undone { .. }
        ),
        State::Waiting { .. }
        | State::Held { .. }
        | State::Ready { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Posted
        | State::Rejected { .. }
        | State::Voided => false,
    };
    is_decided || !summary.state.findings().is_empty()
}

impl Ending<'_> {
    fn wrong(&self, invariant: &'static str, what: String) -> Wrong {
        Wrong {
            invariant,
            document: self.binding.key.to_string(),
            what,
        }
    }

    fn key(&self) -> &DocumentKey {
        &self.binding.key.document
    }

    fn state(&self) -> Option<Wrong> {
        let ends = "every summary ends posted, voided, decided about or with an open finding";
        let rows = self.model.live_rows(self.key());
        let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
        let fits = match &self.binding.state {
            State::Waiting { .. }
            | State::Ready { .. }
            | State::InFlight(_)
            | State::Unsure { .. } => false,
            State::Posted => {
                let posted = self.binding.posted.as_ref();
                ids.iter()
                    .map(String::as_str)
                    .eq(posted.map(|it| it.id.as_str()))
            }
            State::Voided => ids.is_empty(),
            State::Skipped { reason } => {
                let is_decided = match reason {
                    SkipReason::ByOperator { .. } => {
                        self.model.sums.has(self.key(), Excuse::Skipped)
                    }
                    SkipReason::Undone { .. } => self.model.decided.undo(self.key()).is_some(),
                    SkipReason::Draft
                    | SkipReason::BeforeSyncFrom(_)
                    | SkipReason::KindNotSent
                    | SkipReason::RoutedTo(_)
                    | SkipReason::Gathers { .. }
                    | SkipReason::InSummary { .. } => false,
                };
                is_decided && ids.is_empty()
            }
            State::Detached => self.model.sums.has(self.key(), Excuse::Detached),
            State::Removed { .. } => self.model.sums.has(self.key(), Excuse::Removed),
            State::Held { findings } => !findings.is_empty(),
            State::Rejected { .. } => true,
        };
        (!fits).then(|| {
            self.wrong(
                ends,
                format!("it is {:?}, there are {rows:?}", self.binding.state),
            )
        })
    }

    /// Each finding has a cause in what happened to the summary, or to one of its documents.
    fn findings(&self) -> Vec<Wrong> {
        let roster = self.binding.roster.iter();
        let ids = roster.flat_map(|roster| roster.members.iter().chain(&roster.leaving));
        let mut members: BTreeSet<DocumentKey> =
            ids.map(|id| self.binding.beside(id).document).collect();
        members.extend(self.model.sums.ever_in(self.key()));
        let papers: Vec<&Known> = members
            .iter()
            .filter_map(|key| self.model.paper(key))
            .collect();
        let is_caused = |finding: &&Finding| match finding.rule {
            Rule::UndoRefused => self.model.decided.was_ever_undone(self.key()),
            Rule::ChangedSinceUndo => self.model.decided.undo(self.key()).is_some(),
            _ => papers
                .iter()
                .any(|known| is_right(finding, known, self.model, self.choices)),
        };
        let all = self.binding.state.findings().iter();
        let unfounded = all.filter(|finding| !is_caused(finding));
        unfounded
            .map(|finding| self.wrong("a finding has a cause", format!("{finding}; {finding:?}")))
            .collect()
    }

    fn undone(&self) -> Option<Wrong> {
        let rows = self.model.live_rows(self.key());
        let stands = !rows.is_empty() && self.model.decided.is_undone(self.key());
        let explained = !self.binding.state.findings().is_empty();
        (stands && !explained).then(|| {
            let what = format!("it is {:?}, there are {rows:?}", self.binding.state);
            self.wrong("what is undone is out of the books or says why not", what)
        })
    }

    /// Whatever stands in it travels in it, as its host wants it unless a finding says why not.
    fn parts(&self, row: &Row, sum: &Sum) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        if is_excused(self.binding) {
            return wrong;
        }
        for (key, part) in &sum.parts {
            let bindings = self.bindings.get(key).into_iter().flatten();
            let mut here =
                bindings.filter(|it| it.summary_key().as_ref() == Some(&self.binding.key));
            let Some(member) = here.next() else {
                let what = format!("{key} does not know of it: {row:?}");
                wrong.push(self.wrong("whatever stands in a summary travels in it", what));
                continue;
            };
            let is_held = !member.state.findings().is_empty();
            let paper = self.model.paper(key).map(|known| known.paper.totals());
            if !is_held && paper != Some(*part) {
                let what = format!("{key} is {part:?} there, the host has {paper:?}");
                wrong.push(self.wrong("a summary has what its documents come to", what));
            }
        }
        wrong
    }

    /// Each payment reached the hosts of its documents in parts that come to it, and each document is settled by what is
    /// its own, the first one first.
    fn payments(&self, row: &Row, sum: &Sum) -> Vec<Wrong> {
        let papers = sum
            .parts
            .iter()
            .filter_map(|(key, _)| self.model.paper(key));
        let refused = papers
            .clone()
            .any(|known| self.model.has(known, Excuse::HostRefused));
        let is_let_go = matches!(self.binding.state, State::Detached | State::Removed { .. });
        if refused || is_let_go || !self.choices.payments {
            return Vec::new();
        }
        let mut wrong = Vec::new();
        let mut told: BTreeMap<String, (usize, Decimal)> = BTreeMap::new();
        let there = self.model.till.of_others(row);
        let is_edited = sum.is_edited(row);
        let here: BTreeSet<&DocumentKey> = sum.parts.iter().map(|(key, _)| key).collect();
        let ever = sum.ever.iter().filter(|_| is_edited).collect();
        for key in here.union(&ever) {
            for (id, amount) in self.ground.host.payments(key) {
                let payment = id
                    .rsplit_once('-')
                    .map_or(id.as_str(), |(payment, _)| payment);
                // What left it is paid elsewhere by now.
                if !here.contains(key) && !there.contains_key(payment) {
                    continue;
                }
                let (parts, paid) = told.entry(payment.to_owned()).or_default();
                *parts += 1;
                *paid += amount;
            }
        }
        if told.values().any(|(parts, _)| *parts > 1) {
            self.ground.met(Case::PaymentDealt);
        }
        let told: BTreeMap<String, Decimal> =
            told.into_iter().map(|(id, (_, paid))| (id, paid)).collect();
        if there != told {
            let what = format!("the provider has {there:?}, the host {told:?}");
            wrong.push(self.wrong("the parts of each payment come to it", what));
        }
        if is_edited {
            // How much is for which document, nobody can say.
            return wrong;
        }
        let shares = dealt(&sum.parts, row.settled);
        for ((key, part), share) in sum.parts.iter().zip(shares) {
            let settlement = self.ground.host.settlement(key);
            let due = part.gross - share;
            let fits = match &settlement {
                Some(told) => {
                    (told.amount_paid + told.amount_credited, told.amount_due) == (share, due)
                }
                None => share.is_zero(),
            };
            if !fits {
                let what = format!("{key} is settled by {share}, {due} due: {settlement:?}");
                wrong.push(self.wrong("each document of a summary has its own settlement", what));
            }
        }
        wrong
    }
}
