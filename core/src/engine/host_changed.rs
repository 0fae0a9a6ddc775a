//! What a binding becomes when its host tells of the document.

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Binding, BindingKey, Companions, ContentHash, Event, HostPolicy, Posted, SkipReason, State,
    Step, Told, Wanted,
};
use crate::document::{Document, InvoiceStatus, PurchaseOrderStatus};

/// What the host says now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostChange {
    /// The host's number.
    pub number: String,
    /// The accounting date.
    pub issue_date: NaiveDate,
    /// The host's revision.
    pub revision: u64,
    /// The fingerprint of the document.
    pub content: ContentHash,
    /// What the host wants of it.
    pub wanted: Wanted,
}

impl HostChange {
    /// What a document says.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        Self {
            number: document.number().to_owned(),
            issue_date: document.issue_date(),
            revision: document.revision(),
            content: ContentHash::of(document),
            wanted: wanted(document),
        }
    }

    /// The host deleted the document: nothing of it is left but what the binding remembers.
    ///
    /// A host that tells no revision of the removal made one all the same: a late repeat of the
    /// document as it was does not bring it back.
    #[must_use]
    pub fn removed(binding: &Binding, revision: Option<u64>) -> Self {
        Self {
            number: binding.number.clone(),
            issue_date: binding.issue_date,
            revision: revision.unwrap_or(match binding.wanted {
                Wanted::Gone => binding.revision,
                Wanted::Draft | Wanted::Live | Wanted::Unknown => {
                    binding.revision.saturating_add(1)
                }
            }),
            content: binding.content.clone(),
            wanted: Wanted::Gone,
        }
    }
}

/// The host told of the document.
///
/// A repeat of what is known changes nothing, and so does an older revision. A change while a
/// request is in the air is remembered; the outcome of the request is then followed by a new plan.
#[must_use]
pub fn host_changed(
    key: &BindingKey,
    known: Option<&Binding>,
    change: &HostChange,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let event = Event::HostChanged {
        revision: change.revision,
    };
    let Some(binding) = known else {
        return Some(Step::of(first(key, change, at), event, at));
    };
    let repeat = change.content == binding.content && change.wanted == binding.wanted;
    if change.revision < binding.revision || (repeat && change.revision == binding.revision) {
        return None;
    }
    let mut next = binding.clone();
    next.number.clone_from(&change.number);
    next.issue_date = change.issue_date;
    next.revision = change.revision;
    next.content = change.content.clone();
    next.wanted = change.wanted;
    if !is_removal(binding, change) {
        // The document is stored as it is handed over now, whole.
        next.erased = None;
    }
    next.state = if repeat {
        binding.state.clone()
    } else {
        after_change(&binding.state, change.wanted)
    };
    Some(Step::of(next, event, at).telling(policy, at))
}

/// Whether the host let the document go without handing it over: what is stored of it stays as it is.
fn is_removal(binding: &Binding, change: &HostChange) -> bool {
    change.wanted == Wanted::Gone && change.content == binding.content
}

/// The host handed over a document again that the provider holds, without any change.
///
/// It is noted once for each revision, so that a host which hands over everything every night fills no
/// journal. `None` for what the provider does not hold, for a repeat, and for anything but the same again.
#[must_use]
pub fn handed_over_again(
    binding: &Binding,
    change: &HostChange,
    at: DateTime<Utc>,
) -> Option<Step> {
    let posted = held_as_handed_over(binding, change)?;
    if binding.again == Some(change.revision) {
        return None;
    }
    let mut next = binding.clone();
    next.again = Some(change.revision);
    let why = format!(
        "the host handed over revision {} again, which the provider holds as {} ({}, {})",
        change.revision, posted.number, posted.status, posted.id
    );
    Some(Step::of(next, Event::Ignored { why }, at))
}

/// What the provider holds for a document that the host handed over exactly as before; `None` where it holds none, or
/// anything is new.
#[must_use]
pub fn held_as_handed_over<'a>(binding: &'a Binding, change: &HostChange) -> Option<&'a Posted> {
    let posted = binding.posted.as_ref().filter(|it| it.status.is_live())?;
    let same = change.revision == binding.revision && change.content == binding.content;
    (same && binding.state != State::Detached).then_some(posted)
}

fn after_change(state: &State, wanted: Wanted) -> State {
    match state {
        // The outcome of the request comes first.
        State::InFlight(_) | State::Unsure { .. } => state.clone(),
        State::Detached
        | State::Skipped {
            reason: SkipReason::ByOperator { .. },
        } => state.clone(),
        // Both sides agree that it is gone; otherwise a person decides.
        State::Removed { .. } if wanted == Wanted::Gone => State::Voided,
        State::Removed { .. } => state.clone(),
        State::Waiting { .. }
        | State::Held { .. }
        | State::Skipped { .. }
        | State::Ready { .. }
        | State::Posted
        | State::Rejected { .. }
        | State::Voided => State::waiting(),
    }
}

fn first(key: &BindingKey, change: &HostChange, at: DateTime<Utc>) -> Binding {
    Binding {
        key: key.clone(),
        version: 0,
        number: change.number.clone(),
        issue_date: change.issue_date,
        came_at: Some(at),
        revision: change.revision,
        content: change.content.clone(),
        wanted: change.wanted,
        state: State::waiting(),
        elsewhere: None,
        undo: None,
        reversal: None,
        stale_refusals: 0,
        posted: None,
        told: Told::default(),
        deliver_at: None,
        deliver_attempts: 0,
        again: None,
        not_these: Vec::new(),
        companions: Companions::default(),
        summary: None,
        roster: None,
        erased: None,
        story: Vec::new(),
        changed_at: at,
    }
}

fn wanted(document: &Document) -> Wanted {
    match document {
        Document::Invoice(invoice) => of_invoice(&invoice.status),
        Document::Bill(bill) => of_invoice(&bill.status),
        Document::PurchaseOrder(order) => match order.status {
            PurchaseOrderStatus::Draft => Wanted::Draft,
            PurchaseOrderStatus::Final => Wanted::Live,
            PurchaseOrderStatus::Cancelled => Wanted::Gone,
            PurchaseOrderStatus::Other(_) => Wanted::Unknown,
        },
    }
}

fn of_invoice(status: &InvoiceStatus) -> Wanted {
    match status {
        InvoiceStatus::Draft => Wanted::Draft,
        InvoiceStatus::Final | InvoiceStatus::Proposed => Wanted::Live,
        InvoiceStatus::Voided | InvoiceStatus::Reversed => Wanted::Gone,
        InvoiceStatus::Other(_) => Wanted::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW};
    use super::*;

    #[test]
    fn a_new_document_waits_for_a_plan() {
        let change = sample::change(1, "a");
        let step = host_changed(&sample::key(), None, &change, sample::POLICY, NOW).unwrap();
        assert_eq!(step.binding.state, State::waiting());
        assert_eq!(step.binding.version, 0);
    }

    #[test]
    fn a_repeat_and_an_older_revision_change_nothing() {
        let posted = sample::posted();
        let known = Some(&posted);
        for change in [sample::change(1, "a"), sample::change(0, "b")] {
            assert_eq!(
                host_changed(&sample::key(), known, &change, sample::POLICY, NOW),
                None
            );
        }
    }

    #[test]
    fn what_is_handed_over_again_after_it_was_posted_is_noted_once_for_each_revision() {
        let change = sample::change(1, "a");
        assert_eq!(handed_over_again(&sample::waiting(), &change, NOW), None);
        let noted = handed_over_again(&sample::posted(), &change, NOW).unwrap();
        assert_eq!(noted.binding.state, State::Posted);
        let Event::Ignored { why } = noted.entry.event else {
            panic!("ignored")
        };
        assert_eq!(
            why,
            "the host handed over revision 1 again, which the provider holds as INV-1 (authorised, d)"
        );
        assert_eq!(handed_over_again(&noted.binding, &change, NOW), None);
        assert_eq!(
            handed_over_again(&sample::posted(), &sample::change(2, "b"), NOW),
            None
        );
    }

    #[test]
    fn a_change_without_a_new_revision_counts_by_its_content() {
        let posted = sample::posted();
        let step = host_changed(
            &sample::key(),
            Some(&posted),
            &sample::change(1, "b"),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.state, State::waiting());
    }

    #[test]
    fn a_change_during_a_flight_waits_for_its_outcome() {
        let flying = sample::in_flight(super::super::Op::Create);
        let step = host_changed(
            &sample::key(),
            Some(&flying),
            &sample::change(2, "b"),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(step.binding.state, flying.state);
        assert_eq!(step.binding.revision, 2);
    }

    #[test]
    fn a_document_that_both_sides_dropped_is_voided() {
        let mut removed = sample::posted();
        removed.state = State::Removed {
            finding: sample::finding(),
        };
        let mut change = sample::change(2, "b");
        change.wanted = Wanted::Gone;
        let step =
            host_changed(&sample::key(), Some(&removed), &change, sample::POLICY, NOW).unwrap();
        assert_eq!(step.binding.state, State::Voided);
    }

    #[test]
    fn a_late_repeat_does_not_bring_back_what_the_host_deleted() {
        let posted = sample::posted();
        let change = HostChange::removed(&posted, None);
        let removed = host_changed(&sample::key(), Some(&posted), &change, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(removed.wanted, Wanted::Gone);
        let known = Some(&removed);
        for repeat in [sample::change(1, "a"), HostChange::removed(&removed, None)] {
            assert_eq!(
                host_changed(&sample::key(), known, &repeat, sample::POLICY, NOW),
                None
            );
        }
        let restored = host_changed(
            &sample::key(),
            known,
            &sample::change(2, "b"),
            sample::POLICY,
            NOW,
        )
        .unwrap();
        assert_eq!(restored.binding.wanted, Wanted::Live);
    }

    #[test]
    fn what_a_person_took_out_stays_out_when_the_host_changes_it() {
        let skipped = State::Skipped {
            reason: SkipReason::ByOperator {
                by: "ann".to_owned(),
                because: None,
            },
        };
        for (mut known, state) in [
            (sample::posted(), State::Detached),
            (sample::waiting(), skipped),
        ] {
            known.state = state.clone();
            let change = sample::change(2, "b");
            let step =
                host_changed(&sample::key(), Some(&known), &change, sample::POLICY, NOW).unwrap();
            assert_eq!(step.binding.state, state);
            assert!(step.binding.stays());
        }
    }
}
