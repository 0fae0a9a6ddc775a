//! What undoing a document comes to, what stands in its way, and what a binding becomes when a person asks for it.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Binding, ContentHash, Decision, Denied, Event, HostPolicy, PlanInput, Posted, SkipReason,
    State, Step, Wanted, by_hand,
};
use crate::check::{Finding, Rule};
use crate::document::{Document, Money, Payment, PaymentKind};
use crate::mapping;
use crate::provider::{Chart, SnapshotStatus};
use crate::settings::Settings;

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
            Self::Delete | Self::Void { .. } | Self::KeepOut => true,
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
/// Pure: whoever shows this to a person reads the provider's document first.
#[must_use]
pub fn inverse(
    binding: &Binding,
    document: &Document,
    settings: &Settings,
    chart: &Chart,
) -> Inverse {
    if binding.departure().is_some() {
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
    if let Some(finding) = obstacle(binding, posted, document, settings, chart) {
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
    let (settings, chart) = (input.settings, input.chart);
    let posted = binding.posted.as_ref();
    let obstacle =
        posted.and_then(|posted| obstacle(binding, posted, input.document, settings, chart));
    Some(match obstacle {
        Some(finding) => Decision::Hold(vec![finding]),
        None => Decision::Undo(undo.to_string()),
    })
}

/// What stands in the way of taking a live document out of the books, if anything does.
fn obstacle(
    binding: &Binding,
    posted: &Posted,
    document: &Document,
    settings: &Settings,
    chart: &Chart,
) -> Option<Finding> {
    let locked = chart.organisation.locked_through();
    let by_hand = |finding| with_opposite(finding, binding, posted, locked);
    if let Some(lock) = mapping::period_lock(document, chart) {
        return Some(by_hand(Finding {
            rule: Rule::UndoRefused,
            remedy: "Move the lock date in the accounting system for as long as the undo takes."
                .to_owned(),
            ..lock
        }));
    }
    match &posted.status {
        SnapshotStatus::Authorised | SnapshotStatus::Paid => {
            settled(binding, posted, settings).map(by_hand)
        }
        SnapshotStatus::Draft
        | SnapshotStatus::Submitted
        | SnapshotStatus::Voided
        | SnapshotStatus::Deleted
        | SnapshotStatus::Other(_) => None,
    }
}

/// The finding of what settles a document and is not taken back by us.
fn settled(binding: &Binding, posted: &Posted, settings: &Settings) -> Option<Finding> {
    let takes_back = settings.host_payments.is_some();
    let stays = |payment: &&Payment| {
        binding
            .companions
            .is_in_the_way(&binding.key, payment, takes_back)
    };
    let staying: Vec<&Payment> = posted.payments.iter().filter(stays).collect();
    if staying.is_empty() {
        // Paid without a payment: by what the provider does not tell.
        let unexplained = posted.status == SnapshotStatus::Paid && posted.payments.is_empty();
        return unexplained.then(|| {
            Finding::new(
                Rule::UndoRefused,
                "the provider says that it is paid, and not by what",
                "Look at it at the provider, and undo there what settles it; then run the command again.",
            )
        });
    }
    let ours = |payment: &&Payment| {
        let known = |id: &_| *id == payment.id;
        let items = binding.companions.items.values();
        items.filter_map(|item| item.state.payment_id()).any(known)
    };
    let unset = !takes_back && staying.iter().any(ours);
    let remedy = match (
        unset,
        staying.iter().all(|it| it.kind == PaymentKind::Payment),
    ) {
        (true, _) => {
            "What tieout made for the host is taken back while `host_payments` is set; take back the rest at the provider, and run the command again."
        }
        (false, true) => {
            "Delete the payments at the provider, or let whoever made them do that, and run the command again."
        }
        (false, false) => {
            "Delete the payments and remove the allocations at the provider, and run the command again."
        }
    };
    let message = match staying.len() {
        1 => "something settles it that is not ours to take back".to_owned(),
        many => format!("{many} things settle it that are not ours to take back"),
    };
    let detail = staying.into_iter().map(in_words).collect();
    Some(Finding::new(Rule::UndoRefused, message, remedy).with_detail(detail))
}

/// A payment as a person finds it again.
fn in_words(payment: &Payment) -> String {
    let what = match &payment.kind {
        PaymentKind::Payment => "payment",
        PaymentKind::PrepaymentAllocation => "allocation of a prepayment or overpayment",
        PaymentKind::CreditAllocation => "allocation of a credit note",
        PaymentKind::Other(kind) => kind,
    };
    let reference = payment
        .reference
        .as_ref()
        .map_or_else(String::new, |text| format!(", `{text}`"));
    let amount = Money::new(payment.amount.normalize(), payment.currency);
    format!(
        "{what} of {}: {amount}{reference} ({})",
        payment.date, payment.id
    )
}

/// A person wants the document out of the books: what the provider holds is taken out as the next plan finds it,
/// and what is out already is kept from being sent again. A repeat asks anew for what was refused.
///
/// # Errors
///
/// When there is nothing to undo, or a request is in the air or in doubt.
pub fn undo(
    binding: &Binding,
    by: &str,
    because: Option<&str>,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Result<Step, Denied> {
    if binding.departure().is_some() {
        return Err(Denied::in_the_air());
    }
    if let Some(why) = nothing_to_undo(binding) {
        return Err(Denied::new(why, "`tieout explain` tells its story."));
    }
    let undo = Undo {
        by: by.to_owned(),
        because: because.map(str::to_owned),
        content: binding.content.clone(),
    };
    let action = undo.to_string();
    let mut next = binding.clone();
    next.undo = Some(undo);
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
        live(self).is_none().then(|| undo.reason())
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
                "`tieout retry` sends it anew as it is now; `tieout skip` keeps it out; or void it in the host.",
            )
        })
    }
}

/// The finding that a document could not be taken out of the books after all.
pub(super) fn cannot_undo(binding: &Binding, why: &str) -> Finding {
    let finding = Finding::new(
        Rule::UndoRefused,
        why.to_owned(),
        "Undo at the provider what stands in the way and run `tieout undo` again; `tieout undo --cancel` lets it stay.",
    );
    match &binding.posted {
        Some(posted) => with_opposite(finding, binding, posted, None),
        None => finding,
    }
}

/// The finding with what a person may write by hand instead; `locked` is the last day that is locked.
fn with_opposite(
    mut finding: Finding,
    binding: &Binding,
    posted: &Posted,
    locked: Option<NaiveDate>,
) -> Finding {
    if let Some(opposite) = by_hand::opposite(binding, posted, locked) {
        finding.remedy = format!("{} {opposite}", finding.remedy);
    }
    finding
}

fn in_the_air() -> Finding {
    let denied = Denied::in_the_air();
    Finding::new(Rule::UndoRefused, denied.why, denied.instead)
}

fn live(binding: &Binding) -> Option<&Posted> {
    binding
        .posted
        .as_ref()
        .filter(|posted| posted.status.is_live())
}
