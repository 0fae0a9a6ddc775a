//! What undoing a document comes to, what stands in its way, and what a binding becomes when a person asks for it.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::reversal::Reversal;
use super::reversal_note::{not_reversible, reversing_note};
use super::undo_refused::{settled, with_note, with_opposite};
use super::{
    Binding, ContentHash, Decision, Denied, Event, HostPolicy, PlanInput, Posted, SkipReason,
    State, Step, Wanted,
};
use crate::check::{Finding, Rule};
use crate::document::Payment;
use crate::mapping;
use crate::provider::{Posting, Snapshot, SnapshotStatus};

/// That a person wants a document out of the books again, and that it is not to be sent by itself after that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Who.
    pub by: String,
    /// Why, in the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The host's content at that time: what it changes later is shown and not sent.
    pub content: ContentHash,
    /// Whether the provider refused the void for what a credit note gets around: the next look offers one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub void_refused: bool,
}

impl Undo {
    fn reason(&self) -> SkipReason {
        SkipReason::Undone {
            by: self.by.clone(),
            because: self.because.clone(),
        }
    }
}

impl fmt::Display for Undo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.because {
            Some(because) => write!(f, "undone by {}: {because}", self.by),
            None => write!(f, "undone by {}", self.by),
        }
    }
}

/// What undoing a document comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inverse {
    /// It was never approved, or is no entry in the books: it is deleted.
    Delete,
    /// It is voided, after these payments of ours were taken back.
    Void {
        /// The payments that tieout made and takes back first.
        take_back: Vec<Payment>,
    },
    /// It cannot be voided, and nothing settles it: this credit note is written and allocated to it in full.
    CreditNote(Box<Posting>),
    /// It is out of the books there already: it is only kept from being sent again.
    KeepOut,
    /// A person asked for it before, and a request is in the air or in doubt: what became of it is found out first.
    Underway,
    /// There is nothing to undo, for this reason.
    Nothing(String),
    /// Something stands in the way.
    Refused(Finding),
}

impl Inverse {
    /// The word in output.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Void { .. } => "void",
            Self::CreditNote(_) => "credit_note",
            Self::KeepOut => "keep_out",
            Self::Underway => "underway",
            Self::Nothing(_) => "nothing",
            Self::Refused(_) => "refused",
        }
    }

    /// Whether the command would begin something.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        match self {
            Self::Delete | Self::Void { .. } | Self::CreditNote(_) | Self::KeepOut => true,
            Self::Underway | Self::Nothing(_) | Self::Refused(_) => false,
        }
    }
}

/// How far the undo of a document is that a person asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoProgress {
    /// It is out of the books.
    Done,
    /// It is planned, on its way or in doubt; the driver goes on by itself.
    Underway,
    /// Something stands in the way; the binding's findings say what.
    Stuck,
}

/// What undoing a document would come to, as the binding knows the provider's document now.
///
/// Pure: whoever shows this to a person reads the provider's document first (`shown`); without it no credit note is
/// offered. `today` is the day on which one would be dated.
#[must_use]
pub fn inverse(input: &PlanInput<'_>, shown: Option<&Snapshot>, today: NaiveDate) -> Inverse {
    let (binding, document) = (input.binding, input.document);
    let left = binding.reversal.as_ref().and_then(|it| it.finding());
    if let Some(finding) = left.filter(|_| binding.is_to_be_undone()) {
        return Inverse::Refused(finding.clone());
    }
    if binding.departure().is_some() || binding.has_open_reversal() {
        return match binding.is_to_be_undone() {
            true => Inverse::Underway,
            false => Inverse::Refused(in_the_air()),
        };
    }
    if let Some(why) = nothing_to_undo(binding) {
        return Inverse::Nothing(why);
    }
    let Some(posted) = live(binding) else {
        return Inverse::KeepOut;
    };
    let was_refused = binding.undo.as_ref().is_some_and(|undo| undo.void_refused);
    let is_locked = mapping::period_lock(document, input.chart).is_some();
    let is_approved = posted.status == SnapshotStatus::Authorised;
    let note = shown
        .filter(|_| is_approved && (is_locked || was_refused))
        .map(|held| reversing_note(input, posted, held, today));
    let no_note = match note {
        Some(Ok(note)) => return Inverse::CreditNote(Box::new(note)),
        Some(Err(why)) => Some(format!("tieout writes no credit note for it: {why}")),
        None => None,
    };
    if let Some(mut finding) = obstacle(input, posted, no_note.is_some()) {
        finding.detail.extend(no_note);
        return Inverse::Refused(finding);
    }
    match &posted.status {
        SnapshotStatus::Draft | SnapshotStatus::Submitted => Inverse::Delete,
        SnapshotStatus::Authorised
        | SnapshotStatus::Paid
        | SnapshotStatus::Voided
        | SnapshotStatus::Deleted
        | SnapshotStatus::Other(_) => match mapping::stands_in_the_books(document.kind()) {
            true => Inverse::Void {
                take_back: posted.payments.clone(),
            },
            false => Inverse::Delete,
        },
    }
}

/// Why there is nothing to undo, if so. A repeat finds its own work done.
fn nothing_to_undo(binding: &Binding) -> Option<String> {
    if let (Some(undo), Some(_)) = (&binding.undo, binding.undone()) {
        return Some(format!("{undo} already"));
    }
    match &binding.state {
        State::Detached => Some(
            "it is detached, so nothing is done about it; `tieout retry` binds it again".to_owned(),
        ),
        State::Skipped {
            reason: SkipReason::RoutedTo(to),
        } => Some(format!("it goes to {to}")),
        State::Voided => Some("it is out of the books at both sides".to_owned()),
        State::Waiting { .. }
        | State::Held { .. }
        | State::Skipped { .. }
        | State::Ready { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Posted
        | State::Rejected { .. }
        | State::Removed { .. } => match (&binding.posted, binding.wanted) {
            (None, _) => Some(match &binding.summary {
                Some(membership) => format!(
                    "it was sent inside the summary {0}; `tieout undo {0}` takes that out of the books",
                    membership.number
                ),
                None => "it was never sent; `tieout skip` keeps it from being sent".to_owned(),
            }),
            (Some(_), Wanted::Gone) => Some("the host let it go itself".to_owned()),
            (Some(_), Wanted::Draft | Wanted::Live | Wanted::Unknown) => None,
        },
    }
}

/// The decision about a document that a person undoes: taken out of the books as it is, and nothing sent after that.
/// `None` for every other one.
pub(super) fn undone(input: &PlanInput<'_>) -> Option<Decision> {
    let binding = input.binding;
    let undo = binding
        .undo
        .as_ref()
        .filter(|_| binding.is_to_be_undone())?;
    if let Some(reason) = binding.undone() {
        return Some(match binding.changed_since_undo() {
            Some(finding) => Decision::Hold(vec![finding]),
            None => Decision::Skip(reason),
        });
    }
    if let Some(reversal) = reversal_at_hand(binding, &undo.to_string()) {
        return Some(reversal);
    }
    let posted = binding.posted.as_ref();
    let obstacle = posted.and_then(|posted| obstacle(input, posted, false));
    Some(match obstacle {
        Some(finding) => Decision::Hold(vec![finding]),
        None => Decision::Undo(undo.to_string()),
    })
}

/// What is decided about a document whose reversal is begun: that goes on, or a person settles what it came to.
pub(super) fn reversal_at_hand(binding: &Binding, why: &str) -> Option<Decision> {
    if let Some(finding) = binding.note_left() {
        return Some(Decision::Hold(vec![finding.clone()]));
    }
    let is_open = binding.has_open_reversal();
    is_open.then(|| Decision::Reverse(why.to_owned()))
}

/// What stands in the way of taking a live document out of the books, if anything does. `is_by_hand` where no credit
/// note of ours reverses it.
fn obstacle(input: &PlanInput<'_>, posted: &Posted, is_by_hand: bool) -> Option<Finding> {
    let (binding, chart) = (input.binding, input.chart);
    let locked = chart.organisation.locked_through();
    let by_hand = |finding| with_opposite(finding, binding, posted, locked);
    if let Some(lock) = mapping::period_lock(input.document, chart) {
        let lock = Finding {
            rule: Rule::UndoRefused,
            remedy: "Move the lock date in the accounting system for as long as the undo takes."
                .to_owned(),
            ..lock
        };
        let is_by_hand =
            is_by_hand || not_reversible(binding, posted, chart, input.capability).is_some();
        return Some(match is_by_hand {
            true => by_hand(lock),
            false => with_note(lock, binding),
        });
    }
    match &posted.status {
        SnapshotStatus::Authorised | SnapshotStatus::Paid => {
            settled(binding, posted, input.settings).map(by_hand)
        }
        SnapshotStatus::Draft
        | SnapshotStatus::Submitted
        | SnapshotStatus::Voided
        | SnapshotStatus::Deleted
        | SnapshotStatus::Other(_) => None,
    }
}

/// A person wants the document out of the books: what the provider holds is taken out as the next plan finds it, or by
/// the credit note that the person was shown, and what is out already is kept from being sent again. A repeat asks anew
/// for what was refused.
///
/// # Errors
///
/// When there is nothing to undo, or a request is in the air or in doubt.
pub fn undo(
    binding: &Binding,
    by: &str,
    because: Option<&str>,
    note: Option<Posting>,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Result<Step, Denied> {
    if binding.departure().is_some() || binding.has_open_reversal() {
        return Err(Denied::in_the_air());
    }
    if let Some(why) = nothing_to_undo(binding) {
        return Err(Denied::new(why, "`tieout explain` tells its story."));
    }
    let undo = Undo {
        by: by.to_owned(),
        because: because.map(str::to_owned),
        content: binding.content.clone(),
        void_refused: false,
    };
    let mut action = undo.to_string();
    let mut next = binding.clone();
    next.undo = Some(undo);
    if let Some(note) = note {
        action = format!("{action}; by credit note {} of {}", note.number, note.date);
        let round = binding.reversal.as_ref().map_or(0, |last| last.round + 1);
        next.reversal = Some(Box::new(Reversal::wanted(round, note)));
    }
    next.state = match live(binding) {
        Some(_) => State::waiting(),
        None => next.out_of_the_books(),
    };
    Ok(Step::of(next, Event::Operator { action }, at).telling(policy, at))
}

/// A person no more wants the document out of the books: it stays, and is kept equal to the host's again.
///
/// # Errors
///
/// When nobody asked for it, it is out of the books already, or a request is in the air or in doubt.
pub fn cancel_undo(
    binding: &Binding,
    by: &str,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Result<Step, Denied> {
    if binding.departure().is_some() {
        return Err(Denied::in_the_air());
    }
    if binding.undo.is_none() {
        return Err(Denied::new(
            "nobody asked for its undo",
            "`tieout explain` tells its story.",
        ));
    }
    if live(binding).is_none() {
        return Err(Denied::new(
            "it is out of the books already",
            "`tieout retry` sends it anew.",
        ));
    }
    let mut next = binding.clone();
    next.undo = None;
    if let Some(reversal) = next.reversal.as_mut() {
        reversal.call_off()?;
    }
    next.state = State::waiting();
    let action = format!("{by} took back that it is to be undone");
    Ok(Step::of(next, Event::Operator { action }, at).telling(policy, at))
}

impl Binding {
    /// Whether a person took the document out of the books, or is about to, and the host still wants it.
    #[must_use]
    pub fn is_to_be_undone(&self) -> bool {
        self.undo.is_some() && self.wanted != Wanted::Gone
    }

    /// Why it is out of the books and not sent again, if a person undid it.
    #[must_use]
    pub fn undone(&self) -> Option<SkipReason> {
        let undo = self.undo.as_ref().filter(|_| self.is_to_be_undone())?;
        self.is_out_of_the_books().then(|| undo.reason())
    }

    /// Whether nothing of it is in the books: the provider does not hold it, or our note reverses it.
    fn is_out_of_the_books(&self) -> bool {
        live(self).is_none()
    }

    /// How far its undo is; `None` when nobody asked for one, or the host let it go itself.
    #[must_use]
    pub fn undo_progress(&self) -> Option<UndoProgress> {
        if !self.is_to_be_undone() {
            return None;
        }
        if self.undone().is_some() {
            return Some(UndoProgress::Done);
        }
        Some(match &self.state {
            State::Held { .. } | State::Rejected { .. } => UndoProgress::Stuck,
            State::Waiting { .. }
            | State::Skipped { .. }
            | State::Ready { .. }
            | State::InFlight(_)
            | State::Unsure { .. }
            | State::Posted
            | State::Voided
            | State::Removed { .. }
            | State::Detached => UndoProgress::Underway,
        })
    }

    /// The state of a binding whose document the provider does not hold any more, as it was to be.
    pub(super) fn out_of_the_books(&self) -> State {
        match &self.undo {
            Some(undo) if self.is_to_be_undone() => State::Skipped {
                reason: undo.reason(),
            },
            Some(_) | None => State::Voided,
        }
    }

    /// What is told of a document that a person undid: nothing is sent, and what the host changed since is shown.
    fn changed_since_undo(&self) -> Option<Finding> {
        let undo = self.undo.as_ref()?;
        (undo.content != self.content).then(|| {
            Finding::new(
                Rule::ChangedSinceUndo,
                format!(
                    "{undo}, and the host has changed it since (revision {})",
                    self.revision
                ),
                match self.note_number().filter(|_| self.is_reversed()) {
                    Some(note) => format!("Hand it over as another document to have it sent; `tieout skip` keeps it out, or void it in the host. Where credit note {note} is removed in the accounting system, it stands again."),
                    None => "`tieout retry` sends it anew as it is now; `tieout skip` keeps it out; or void it in the host.".to_owned(),
                },
            )
        })
    }
}

fn in_the_air() -> Finding {
    let denied = Denied::in_the_air();
    Finding::new(Rule::UndoRefused, denied.why, denied.instead)
}

fn live(binding: &Binding) -> Option<&Posted> {
    binding
        .posted
        .as_ref()
        .filter(|posted| posted.status.is_live() && !binding.is_reversed())
}
