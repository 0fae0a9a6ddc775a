//! What holds once every fault is over and time has run on: nothing lost, nothing twice, equal to the cent.

use rust_decimal::Decimal;
use tieout_core::document::DocumentKind;
use tieout_core::engine::{Binding, SkipReason, State, Told};
use tieout_core::host::PostingState;
use tieout_core::store::Store;

use super::excuses::is_right;
use super::summaries::{self, ByDocument};
use crate::books::{ORGANISATIONS, Row, is_unapproved};
use crate::decided::Undo;
use crate::ground::Ground;
use crate::model::{Excuse, Known, Model, Wrong};
use crate::node::{connection, wait};
use crate::paper::Standing;
use crate::provider::Choices;

/// Everything that must hold once nothing is left to do.
pub(crate) fn check(ground: &Ground, store: &dyn Store, choices: &Choices) {
    for (name, _) in ORGANISATIONS {
        for flight in wait(store.flights(&connection(name))).unwrap_or_default() {
            ground.wrong(Wrong {
                invariant: "no flight stays open",
                document: name.to_owned(),
                what: format!("{flight:?}"),
            });
        }
    }
    let mut by_document = ByDocument::new();
    for binding in wait(store.scan(None, usize::MAX)).unwrap_or_default() {
        by_document
            .entry(binding.key.document.clone())
            .or_default()
            .push(binding);
    }
    let model = ground.model();
    let mut wrong = Vec::new();
    for known in model.papers() {
        let key = known.paper.key();
        let bindings = by_document.get(&key).map_or(&[][..], Vec::as_slice);
        let ending = Ending {
            ground,
            model: &model,
            choices,
            known,
            bindings,
            by_document: &by_document,
            rows: model.live_rows(&key),
        };
        wrong.extend(ending.check());
    }
    wrong.extend(summaries::check(ground, &model, choices, &by_document));
    drop(model);
    wrong.into_iter().for_each(|wrong| ground.wrong(wrong));
}

/// What stands where, in words: the same after a restart and after a further run.
pub(crate) fn fingerprint(ground: &Ground, store: &dyn Store) -> Vec<String> {
    let rows = crate::books::rows(&ground.sandbox)
        .into_iter()
        .map(|row| format!("{row:?}"));
    let bindings = wait(store.scan(None, usize::MAX)).unwrap_or_default();
    // Late pushes may be the first that is heard of a document that came and went.
    let came_and_went = |it: &Binding| {
        it.state == State::Voided && it.posted.is_none() && it.told == Told::default()
    };
    let known = bindings.into_iter().filter(|it| !came_and_went(it));
    let bindings = known.map(|binding| {
        format!(
            "{}: {:?} {:?} {:?} {:?}",
            binding.key,
            binding.state,
            binding.posted,
            binding.told,
            beside(&binding)
        )
    });
    let told = format!("the host was told {} things", ground.host.told());
    rows.chain(bindings).chain([told]).collect()
}

/// One document at the end.
struct Ending<'a> {
    ground: &'a Ground,
    model: &'a Model,
    choices: &'a Choices,
    known: &'a Known,
    bindings: &'a [Binding],
    by_document: &'a ByDocument,
    rows: Vec<&'a Row>,
}

impl Ending<'_> {
    fn check(&self) -> Vec<Wrong> {
        let mut here: Vec<&Binding> = self
            .bindings
            .iter()
            .filter(|binding| !is_elsewhere(binding))
            .collect();
        if here.iter().any(|binding| !is_over(binding)) {
            here.retain(|binding| !is_over(binding));
        } else {
            // All of them are over: the one that heard of the host last speaks for the document.
            let newest = here.iter().map(|binding| binding.revision).max();
            here.retain(|binding| Some(binding.revision) == newest);
            let ended = |binding: &&Binding| binding.state == State::Voided;
            if here.iter().any(|binding| !ended(binding)) {
                here.retain(|binding| !ended(binding));
            }
            here.truncate(1);
        }
        let mut wrong = Vec::new();
        match here.as_slice() {
            // Its deletion was pushed before anybody had read it.
            [] if self.is_deleted() && self.ground.outbox().is_some() => {}
            [] => wrong.push(self.wrong(
                "every document of the host has a state",
                "it has none".to_owned(),
            )),
            [binding] => {
                wrong.extend(self.state(binding));
                wrong.extend(self.undone(binding));
                wrong.extend(self.findings(binding));
                wrong.extend(self.payments(binding));
                wrong.extend(self.host_payments(binding));
                wrong.extend(self.told(binding));
                wrong.extend(self.reversed(binding));
            }
            several => {
                let names: Vec<String> = several
                    .iter()
                    .map(|it| format!("{} {}", it.key, it.state.name()))
                    .collect();
                wrong.push(self.wrong("a document is kept in one place", names.join(", ")));
            }
        }
        wrong
    }

    fn wrong(&self, invariant: &'static str, what: String) -> Wrong {
        Wrong {
            invariant,
            document: self.known.paper.to_string(),
            what,
        }
    }

    fn state(&self, binding: &Binding) -> Option<Wrong> {
        let ends = "every document ends posted, voided, skipped or with an open finding";
        let state = binding.state.name();
        match &binding.state {
            State::Waiting { .. }
            | State::Ready { .. }
            | State::InFlight(_)
            | State::Unsure { .. } => Some(self.wrong(ends, format!("it is {:?}", binding.state))),
            // Nobody looks at documents of a kind that the settings leave out by now.
            State::Posted if !self.travels() => None,
            State::Posted => self.posted(binding),
            State::Voided => (!self.is_gone())
                .then(|| self.wrong(ends, format!("it is voided, there are {:?}", self.rows))),
            State::Skipped {
                reason: SkipReason::InSummary { .. },
            } => self.in_summary(binding),
            State::Skipped { reason } => self.skipped(reason),
            State::Held { findings } if findings.is_empty() => {
                Some(self.wrong(ends, format!("it is {state} for no reason")))
            }
            State::Held { .. }
            | State::Rejected { .. }
            | State::Removed { .. }
            | State::Detached => None,
        }
    }

    fn is_deleted(&self) -> bool {
        self.known.paper.standing == Standing::Deleted && self.rows.is_empty()
    }

    /// Whether the settings send documents of its kind.
    fn travels(&self) -> bool {
        match self.known.paper.kind {
            DocumentKind::Invoice => true,
            DocumentKind::CreditNote => self.choices.credit_notes,
            DocumentKind::Bill => self.choices.bills,
            DocumentKind::PurchaseOrder => self.choices.orders,
        }
    }

    fn is_gone(&self) -> bool {
        let key = self.known.paper.key();
        let stands = self.model.parts_of(&key).next().is_some();
        self.rows.is_empty() && !stands && self.known.is_wanted() != Some(true)
    }

    fn in_summary(&self, binding: &Binding) -> Option<Wrong> {
        let invariant = "what travels in a summary is there as the host wants it, and nowhere else";
        if !self.rows.is_empty() {
            return Some(self.wrong(invariant, format!("there are {:?}", self.rows)));
        }
        if summaries::summary_of(self.by_document, binding).is_none() {
            return Some(self.wrong(invariant, "nobody knows the summary".to_owned()));
        }
        let what = summaries::of_member(self.model, self.by_document, self.known, binding)?;
        Some(self.wrong(invariant, what))
    }

    fn posted(&self, binding: &Binding) -> Option<Wrong> {
        let equal = "what is posted is what the host holds, to the cent";
        let paper = &self.known.paper;
        let [row] = self.rows.as_slice() else {
            return Some(self.wrong(
                equal,
                format!("it is posted, and there are {:?}", self.rows),
            ));
        };
        if self.known.is_wanted() == Some(false) {
            return Some(self.wrong(
                equal,
                format!("the host let it go, and it is live: {row:?}"),
            ));
        }
        if row.totals != paper.totals() {
            return Some(self.wrong(
                equal,
                format!("it should come to {:?}, there is {row:?}", paper.totals()),
            ));
        }
        if !row.number.ends_with(&paper.number) {
            return Some(self.wrong(
                equal,
                format!(
                    "it should have the number {}, there is {row:?}",
                    paper.number
                ),
            ));
        }
        let id = binding.posted.as_ref().map(|posted| posted.id.to_string());
        (id != Some(row.id.to_string()))
            .then(|| self.wrong(equal, format!("it is bound to {id:?}, there is {row:?}")))
    }

    fn undo(&self) -> Option<Undo> {
        self.model.decided.undo(&self.known.paper.key())
    }

    /// What is undone is out of the books, or a finding says why not.
    fn undone(&self, binding: &Binding) -> Option<Wrong> {
        let stands = !self.rows.is_empty() && self.model.decided.is_undone(&binding.key.document);
        let explained = !binding.state.findings().is_empty();
        (stands && !explained).then(|| {
            self.wrong(
                "what is undone is out of the books or says why not",
                format!("it is {}, there are {:?}", binding.state.name(), self.rows),
            )
        })
    }

    /// What an undo wrote reverses its invoice, or a finding names it; and the host hears of neither.
    fn reversed(&self, binding: &Binding) -> Vec<Wrong> {
        let key = self.known.paper.key();
        let mut wrong = Vec::new();
        let named = |note: &Row| {
            let mut findings = binding.state.findings().iter();
            findings.any(|finding| finding.message.contains(&note.number))
        };
        let is_let_go = self.known.has(&[Excuse::Detached]);
        let loose = self.model.loose_notes(&key).into_iter();
        for note in loose.filter(|note| !is_let_go && !named(note)) {
            wrong.push(self.wrong(
                "a note of an undo reverses its invoice, or a finding names it",
                format!("it is {:?}, there is {note:?}", binding.state),
            ));
        }
        let told = self.ground.host.settlement(&key);
        let is_told = told.is_some_and(|told| !told.amount_credited.is_zero());
        let is_silent = is_let_go || self.model.has(self.known, Excuse::HostRefused);
        let is_reversed = !self.model.reversed_rows(&key).is_empty();
        if is_reversed && is_told && !is_silent && self.choices.payments {
            wrong.push(self.wrong(
                "the host hears of no credit of an undo",
                format!("{:?}", self.ground.host.settlement(&key)),
            ));
        }
        wrong
    }

    fn skipped(&self, reason: &SkipReason) -> Option<Wrong> {
        let fits = match reason {
            SkipReason::Draft => self.known.is_wanted().is_none(),
            SkipReason::KindNotSent => !self.travels(),
            SkipReason::ByOperator { .. } => self.known.has(&[Excuse::Skipped]),
            SkipReason::Undone { .. } => self.undo().is_some(),
            // Every period is over, and what travels in a summary is looked at with it.
            SkipReason::Gathers { .. } | SkipReason::InSummary { .. } => false,
            SkipReason::BeforeSyncFrom(_) | SkipReason::RoutedTo(_) => false,
        };
        (!fits || !self.rows.is_empty()).then(|| {
            self.wrong(
                "what is skipped is skipped for a reason",
                format!("{reason:?}, there are {:?}", self.rows),
            )
        })
    }

    fn findings(&self, binding: &Binding) -> Vec<Wrong> {
        let findings = binding.state.findings().iter();
        let refused = binding.told.refused.iter().map(|(_, finding)| finding);
        let unfounded = findings
            .chain(refused)
            .chain(binding.companions.findings())
            .filter(|finding| !is_right(finding, self.known, self.model, self.choices));
        unfounded
            .map(|finding| self.wrong("a finding has a cause", format!("{finding}; {finding:?}")))
            .collect()
    }

    /// Each payment of the provider's document is in the host once with its amount, and the settlement is the same.
    fn payments(&self, binding: &Binding) -> Vec<Wrong> {
        let silent = binding.state == State::Detached
            || !self.travels()
            || self.model.has(self.known, Excuse::HostRefused);
        let Some(posted) = binding
            .posted
            .as_ref()
            .filter(|_| !silent && self.choices.payments)
        else {
            return self.unpaid(binding, silent);
        };
        let row = self
            .rows
            .iter()
            .find(|row| row.id.to_string() == posted.id.to_string());
        let key = self.known.paper.key();
        let known = self.ground.host.payments(&key);
        let mut wrong = Vec::new();
        let live = row.filter(|row| row.is_live());
        let there = live
            .map(|row| self.model.of_others(row))
            .unwrap_or_default();
        if there != known {
            wrong.push(self.wrong(
                "each payment is in the host once with its amount",
                format!("the provider has {there:?}, the host {known:?}"),
            ));
        }
        let settlement = self.ground.host.settlement(&key);
        if let (Some(row), Some(told)) = (row, settlement) {
            let settled = told.amount_paid + told.amount_credited;
            if settled != row.settled || told.amount_due != row.due {
                wrong.push(self.wrong(
                    "the settlement is equal",
                    format!("there is {row:?}, the host has {told:?}"),
                ));
            }
        } else if row.is_some_and(|row| !row.settled.is_zero()) {
            wrong.push(self.wrong(
                "the settlement is equal",
                "the host was never told of it".to_owned(),
            ));
        }
        wrong
    }

    /// What stands nowhere is not paid.
    fn unpaid(&self, binding: &Binding, silent: bool) -> Vec<Wrong> {
        let key = self.known.paper.key();
        let known = self.ground.host.payments(&key);
        let stands = binding.posted.is_some() || self.model.parts_of(&key).next().is_some();
        let is_over = silent || stands || known.is_empty() || self.model.was_in_an_edited_one(&key);
        let wrong = (!is_over).then(|| {
            let what = format!("it stands nowhere, the host has {known:?}");
            self.wrong("each payment is in the host once with its amount", what)
        });
        wrong.into_iter().collect()
    }

    /// Each payment of the host stands at the provider once, and no other by our hand, or a finding says why.
    fn host_payments(&self, binding: &Binding) -> Vec<Wrong> {
        let paper = &self.known.paper;
        let row = self.rows.iter().find(|row| !is_unapproved(row));
        let is_kept = binding.state == State::Posted && self.travels() && paper.tells_payments;
        let Some(row) = row.filter(|_| is_kept) else {
            return Vec::new();
        };
        let ours = self.model.till.ours(row);
        let items = binding.companions.items.values();
        let named = items.filter(|item| item.state.finding().is_some());
        let named: Vec<_> = named.filter_map(|item| item.what.payment()).collect();
        // One that the host corrected is named as it was: what it is now waits until that is taken back.
        let corrected = paper.payments.iter().filter(|paid| {
            let id = format!("p{}", paid.id);
            named.iter().any(|named| named.id.as_str() == id)
        });
        let corrected = corrected.map(|paid| paid.amount);
        let named = named.iter().map(|named| named.amount);
        let named: Vec<Decimal> = named.chain(corrected).collect();
        let said: Vec<Decimal> = paper.payments.iter().map(|paid| paid.amount).collect();
        let missing = said
            .iter()
            .filter(|it| !ours.values().any(|made| made == *it));
        let too_many = ours.values().filter(|it| !said.contains(it));
        let open = missing.chain(too_many).filter(|it| !named.contains(it));
        open.map(|amount| {
            let what = format!("{amount}: the host has {said:?}, by us there are {ours:?}");
            self.wrong("each payment of the host stands once, and no other", what)
        })
        .collect()
    }

    fn told(&self, binding: &Binding) -> Option<Wrong> {
        let invariant = "the host knows what became of its document";
        if binding.deliver_at.is_some() {
            return Some(self.wrong(invariant, "it is owed something still".to_owned()));
        }
        let told = self
            .ground
            .host
            .posting(&self.known.paper.key())
            .map(|notice| notice.state);
        let fits = match &binding.state {
            // Another connection may have had the last word.
            _ if self.known.has(&[Excuse::Moved]) => true,
            State::Posted => told == Some(PostingState::Posted),
            State::Skipped {
                reason: SkipReason::InSummary { .. },
            } => {
                let summary = summaries::summary_of(self.by_document, binding);
                let is_posted = summary.is_some_and(|summary| summary.state == State::Posted);
                !is_posted || told == Some(PostingState::Posted)
            }
            State::Skipped {
                reason: SkipReason::Undone { .. },
            } => told == Some(PostingState::Voided),
            State::Held { .. } | State::Rejected { .. } => {
                matches!(
                    told,
                    Some(
                        PostingState::Rejected | PostingState::DeleteFailed | PostingState::Posted
                    )
                )
            }
            State::Waiting { .. }
            | State::Skipped { .. }
            | State::Ready { .. }
            | State::InFlight(_)
            | State::Unsure { .. }
            | State::Voided
            | State::Removed { .. }
            | State::Detached => true,
        };
        (!fits).then(|| {
            self.wrong(
                invariant,
                format!("it is {}, the host knows {told:?}", binding.state.name()),
            )
        })
    }
}

/// What stands beside a document, in short.
fn beside(binding: &Binding) -> Vec<(&String, &'static str)> {
    let items = binding.companions.items.iter();
    items.map(|(key, item)| (key, item.state.name())).collect()
}

/// Whether another connection has the document.
fn is_elsewhere(binding: &Binding) -> bool {
    matches!(
        binding.state,
        State::Skipped {
            reason: SkipReason::RoutedTo(_)
        }
    )
}

/// Whether a document has left a connection for good, so that another may have it.
fn is_over(binding: &Binding) -> bool {
    if binding.summary.is_some() || binding.gathers() {
        return false;
    }
    matches!(
        binding.state,
        State::Voided | State::Removed { .. } | State::Detached | State::Skipped { .. }
    )
}
