//! How the credit note of an undo leaves: the invoice read once more, the note stored and sent, looked for, allocated, or taken back.

use chrono::{DateTime, Utc};

use super::DriverError;
use super::backoff::{after, retry_at};
use super::companions::Progressed;
use super::site::{ConnectionSite, World};
use crate::document::{DocumentKind, ProviderDocumentId};
use crate::engine::{
    Binding, CompanionRequest, ContentHash, NoteNext, Reversal, ReversalCame, ReversalState, Sent,
    Step, allocation_departed, as_detail, is_note_still, note_departed, note_hidden, note_next,
    note_not_let_go, note_outdated, note_refused, note_removed, note_taken_back, note_unlike,
    provider_changed, reversal_came,
};
use crate::provider::{
    AllocationOrder, ErrorKind, Order, ProviderError, Rejection, RejectionKind, Request, Snapshot,
    SnapshotStatus,
};
use crate::store::{ChangeSet, StoreError};

/// One step at work.
struct Errand<'a> {
    site: &'a ConnectionSite,
    binding: &'a Binding,
    reversal: &'a Reversal,
}

/// What came of a step, and when there may be another.
struct Came {
    came: ReversalCame,
    not_before: Option<DateTime<Utc>>,
    /// The provider takes nothing before this time.
    pause: Option<DateTime<Utc>>,
}

impl Came {
    fn at_once(came: ReversalCame) -> Self {
        Self {
            came,
            not_before: None,
            pause: None,
        }
    }
}

impl World {
    /// Takes one step of a reversal that is due. What each step finds when the one before it never came to its end is
    /// written beside [`Reversal`].
    pub(super) async fn reverse(
        &self,
        site: &ConnectionSite,
        binding: &Binding,
    ) -> Result<Progressed, DriverError> {
        let Some(reversal) = binding.reversal.as_deref() else {
            return Ok(Progressed::Nothing);
        };
        let errand = Errand {
            site,
            binding,
            reversal,
        };
        let came = match &reversal.state {
            ReversalState::Wanted { .. } => self.write_note(&errand).await?,
            ReversalState::NoteSent(_) => self.look_for_note(&errand, false).await,
            ReversalState::NoteUnsure { taken, .. } => self.look_for_note(&errand, *taken).await,
            ReversalState::Made { id } | ReversalState::AllocationSent { id, .. } => {
                self.settle_with_note(&errand, id).await?
            }
            ReversalState::TakingBack { id, .. } => self.take_note_back(&errand, id).await?,
            ReversalState::Kept { .. } | ReversalState::Done { .. } | ReversalState::Ended => None,
        };
        // Somebody else was faster, or it came to its end: whatever is due then is looked at anew.
        let Some(came) = came else {
            return Ok(Progressed::OneStep);
        };
        let at = self.clock.now();
        let number = &reversal.note.number;
        let keys = std::slice::from_ref(&binding.key);
        let moved = self
            .apply(keys, ChangeSet::default(), |binding| {
                let known = binding.reversal.as_ref()?;
                let policy = self.policy(&binding.key);
                let is_it = known.note.number == *number;
                is_it
                    .then(|| reversal_came(binding, &came.came, came.not_before, policy, at))
                    .flatten()
            })
            .await?;
        Ok(match (came.pause, moved) {
            (Some(until), _) => Progressed::Paused(until),
            (None, 0) => Progressed::Nothing,
            (None, _) => Progressed::OneStep,
        })
    }

    /// Reads the invoice, and sends the note if it would be the same that was shown.
    async fn write_note(&self, errand: &Errand<'_>) -> Result<Option<Came>, DriverError> {
        let (binding, note) = (errand.binding, &errand.reversal.note);
        let invoice = match self.invoice(errand).await {
            Ok(Some(invoice)) => invoice,
            Ok(None) => {
                let finding = note_outdated(binding, "the provider does not show it any more");
                return Ok(Some(Came::at_once(ReversalCame::GivenUp(Some(finding)))));
            }
            Err(error) => return Ok(Some(self.unanswered(errand, &error))),
        };
        let seen = self.see(binding, &invoice).await?;
        if !seen.is_same_errand(binding) {
            return Ok(None);
        }
        if !invoice.status.is_live() {
            return Ok(Some(Came::at_once(ReversalCame::GivenUp(None))));
        }
        let capability = errand.site.provider.capability();
        if let Err(why) = is_note_still(&invoice, note, capability.reference_chars_max) {
            let finding = note_outdated(&seen, &why);
            return Ok(Some(Came::at_once(ReversalCame::GivenUp(Some(finding)))));
        }
        let (at, window, doubt) = self.departure_of(errand.site);
        let departed = note_departed(&seen, window, doubt, at);
        let Some(request) = self.store_departure(departed).await? else {
            return Ok(None);
        };
        let request = Request {
            kind: DocumentKind::CreditNote,
            idempotency_key: request.key,
            orders: vec![Order::Create(note.clone())],
        };
        Ok(Some(match errand.site.provider.send(&request).await {
            Ok(made) => self.note_replied(errand, made),
            Err(error) => self.note_failed(errand, &error),
        }))
    }

    fn note_replied(&self, errand: &Errand<'_>, made: Vec<Result<Snapshot, Rejection>>) -> Came {
        let came = match <[_; 1]>::try_from(made) {
            Ok([Ok(held)]) => as_sent(errand, &held),
            Ok([Err(rejection)]) if rejection.kind == RejectionKind::DuplicateNumber => {
                ReversalCame::NumberTaken
            }
            Ok([Err(rejection)]) => {
                let finding = note_refused(errand.binding, "the credit note", &rejection);
                ReversalCame::GivenUp(Some(finding))
            }
            Err(made) => {
                let why = format!("{} outcomes for one credit note", made.len());
                return self.in_doubt_about(errand, why);
            }
        };
        Came::at_once(came)
    }

    fn note_failed(&self, errand: &Errand<'_>, error: &ProviderError) -> Came {
        warn(errand, error);
        match error.kind {
            ErrorKind::Unsure | ErrorKind::BadReply => {
                errand.site.note_failure(error.to_string());
                self.in_doubt_about(errand, error.to_string())
            }
            ErrorKind::Refused | ErrorKind::Forbidden => {
                let finding = note_refused(errand.binding, "the credit note", &whole(error));
                Came::at_once(ReversalCame::GivenUp(Some(finding)))
            }
            ErrorKind::Throttled if !error.was_held_back => {
                // It may be the copy of one that was taken: looked for before it is made again.
                let later = self.unanswered(errand, error);
                Came {
                    came: in_doubt(later.came),
                    ..later
                }
            }
            ErrorKind::NotProcessed | ErrorKind::Throttled | ErrorKind::Unauthorised => {
                self.unanswered(errand, error)
            }
        }
    }

    /// Finds out by its number what became of a note. One that the provider called taken and does not show is not sent
    /// again.
    async fn look_for_note(&self, errand: &Errand<'_>, taken: bool) -> Option<Came> {
        let number = &errand.reversal.note.number;
        let numbers = std::slice::from_ref(number);
        let kind = DocumentKind::CreditNote;
        let found = match errand.site.provider.look_up(kind, numbers).await {
            Ok(found) => found,
            // The question failed, whatever its kind: the doubt stays.
            Err(error) => {
                let came = self.unanswered(errand, &error);
                return Some(Came {
                    came: in_doubt(came.came),
                    pause: None,
                    ..came
                });
            }
        };
        let is_it = |held: &&Snapshot| held.number.eq_ignore_ascii_case(number);
        let live = found.iter().filter(is_it).find(|it| it.status.is_live());
        let came = match live {
            Some(held) => as_found(errand, held),
            None if found.iter().any(|held| is_it(&held)) => {
                ReversalCame::GivenUp(Some(note_removed(errand.binding)))
            }
            None if taken => ReversalCame::GivenUp(Some(note_hidden(errand.binding))),
            None => ReversalCame::Absent,
        };
        Some(Came::at_once(came))
    }

    /// Reads both documents, and allocates what fits. `None` when the note reverses the invoice, or somebody was faster.
    async fn settle_with_note(
        &self,
        errand: &Errand<'_>,
        id: &ProviderDocumentId,
    ) -> Result<Option<Came>, DriverError> {
        let (invoice, note) = match self.both(errand, id).await {
            Ok(both) => both,
            Err(error) => return Ok(Some(self.unanswered(errand, &error))),
        };
        let Some(invoice) = invoice else {
            let finding = note_outdated(errand.binding, "the provider does not show it any more");
            let came = ReversalCame::ToTakeBack(id.clone(), Some(finding));
            return Ok(Some(Came::at_once(came)));
        };
        let seen = self.see(errand.binding, &invoice).await?;
        if !seen.is_same_errand(errand.binding) {
            return Ok(None);
        }
        let amount = match note_next(&seen, &invoice, note.as_ref()) {
            NoteNext::Nothing => return Ok(None),
            NoteNext::Came(came) => return Ok(Some(Came::at_once(came))),
            NoteNext::Allocate(amount) => amount,
        };
        let (at, window, doubt) = self.departure_of(errand.site);
        let departed = allocation_departed(&seen, amount, window, doubt, at);
        let Some(request) = self.store_departure(departed).await? else {
            return Ok(None);
        };
        let order = AllocationOrder {
            credit_note: id.clone(),
            invoice: invoice.id,
            date: errand.reversal.note.date,
            amount,
        };
        Ok(Some(self.allocate(errand, &request, &order).await))
    }

    async fn allocate(
        &self,
        errand: &Errand<'_>,
        request: &CompanionRequest,
        order: &AllocationOrder,
    ) -> Came {
        let refused = |rejection: &Rejection| {
            let finding = note_refused(errand.binding, "to allocate the credit note", rejection);
            Came::at_once(ReversalCame::Refused(finding))
        };
        let Some(extras) = errand.site.provider.extras() else {
            return refused(&said("this provider takes nothing beside documents"));
        };
        match extras.allocate(&request.key, order).await {
            Ok(Ok(())) => {
                // What the documents do not show yet is not asked for again at once.
                let attempts = errand.reversal.attempts;
                let later = || retry_at(&self.limits, attempts, self.clock.now());
                Came {
                    not_before: (attempts > 0).then(later),
                    ..Came::at_once(ReversalCame::Answered)
                }
            }
            Ok(Err(rejection)) => refused(&rejection),
            Err(error) => {
                warn(errand, &error);
                match error.kind {
                    ErrorKind::Refused | ErrorKind::Forbidden => refused(&whole(&error)),
                    ErrorKind::Unsure | ErrorKind::BadReply => {
                        errand.site.note_failure(error.to_string());
                        self.in_doubt_about(errand, error.to_string())
                    }
                    ErrorKind::NotProcessed | ErrorKind::Throttled | ErrorKind::Unauthorised => {
                        self.unanswered(errand, &error)
                    }
                }
            }
        }
    }

    /// Reads the note, and voids it unless it is gone or was used.
    async fn take_note_back(
        &self,
        errand: &Errand<'_>,
        id: &ProviderDocumentId,
    ) -> Result<Option<Came>, DriverError> {
        let (invoice, note) = match self.both(errand, id).await {
            Ok(both) => both,
            Err(error) => return Ok(Some(self.unanswered(errand, &error))),
        };
        let mut seen = errand.binding.clone();
        if let Some(invoice) = &invoice {
            seen = self.see(errand.binding, invoice).await?;
            if !seen.is_same_errand(errand.binding) {
                return Ok(None);
            }
        }
        if let Some(came) = note_taken_back(&seen, id, invoice.as_ref(), note.as_ref()) {
            return Ok(Some(Came::at_once(came)));
        }
        let status = note.map_or(SnapshotStatus::Authorised, |note| note.status);
        let attempts = errand.reversal.attempts;
        let key = ContentHash::of(&("take back", &seen.key, id, attempts));
        let request = Request {
            kind: DocumentKind::CreditNote,
            idempotency_key: key.to_string(),
            orders: vec![Order::Void {
                id: id.clone(),
                status,
            }],
        };
        let not_let_go = |rejection: &Rejection| {
            let finding = note_not_let_go(&seen, rejection);
            Some(Came::at_once(ReversalCame::Kept(id.clone(), finding)))
        };
        Ok(match errand.site.provider.send(&request).await {
            Ok(done) => match done.as_slice() {
                [Ok(held)] if !held.status.is_live() => {
                    Some(Came::at_once(ReversalCame::TakenBack))
                }
                [Err(rejection)] => not_let_go(rejection),
                _ => Some(self.in_doubt_about(errand, "its void is not shown".to_owned())),
            },
            Err(error) => {
                warn(errand, &error);
                match error.kind {
                    ErrorKind::Refused | ErrorKind::Forbidden => not_let_go(&whole(&error)),
                    ErrorKind::Unsure
                    | ErrorKind::BadReply
                    | ErrorKind::NotProcessed
                    | ErrorKind::Throttled
                    | ErrorKind::Unauthorised => Some(self.unanswered(errand, &error)),
                }
            }
        })
    }

    /// The invoice and the note as they are now.
    async fn both(
        &self,
        errand: &Errand<'_>,
        id: &ProviderDocumentId,
    ) -> Result<(Option<Snapshot>, Option<Snapshot>), ProviderError> {
        let ids = std::slice::from_ref(id);
        let kind = DocumentKind::CreditNote;
        let note = errand.site.provider.read(kind, ids).await?;
        // After the note, so that an allocation between the two looks shows on the invoice.
        let invoice = self.invoice(errand).await?;
        Ok((invoice, note.into_iter().find(|held| held.id == *id)))
    }

    async fn invoice(&self, errand: &Errand<'_>) -> Result<Option<Snapshot>, ProviderError> {
        let Some(posted) = &errand.binding.posted else {
            return Ok(None);
        };
        let ids = std::slice::from_ref(&posted.id);
        let kind = errand.binding.key.document.kind;
        let held = errand.site.provider.read(kind, ids).await?;
        Ok(held.into_iter().find(|held| held.id == posted.id))
    }

    /// Stores what an invoice shows, and gives the binding as it is then.
    async fn see(&self, binding: &Binding, invoice: &Snapshot) -> Result<Binding, DriverError> {
        let keys = std::slice::from_ref(&binding.key);
        let at = self.clock.now();
        self.apply(keys, ChangeSet::default(), |binding| {
            provider_changed(binding, invoice, self.policy(&binding.key), at)
        })
        .await?;
        let now = self
            .store
            .bindings(keys)
            .await?
            .into_iter()
            .flatten()
            .next();
        Ok(now.unwrap_or_else(|| binding.clone()))
    }

    /// Now, how long a key is known, and from when on a request is in doubt.
    fn departure_of(&self, site: &ConnectionSite) -> (DateTime<Utc>, i64, DateTime<Utc>) {
        let at = self.clock.now();
        let window = i64::from(site.provider.capability().idempotency_window_s);
        let margin = i64::try_from(self.limits.window_margin.as_secs()).unwrap_or(i64::MAX);
        (at, window - margin, after(at, self.limits.doubt_delay))
    }

    /// Stores a request before it leaves. `None` when there is none, or somebody changed the binding meanwhile.
    async fn store_departure(
        &self,
        departed: Option<(Step, CompanionRequest)>,
    ) -> Result<Option<CompanionRequest>, DriverError> {
        let Some((step, request)) = departed else {
            return Ok(None);
        };
        let changes = ChangeSet {
            bindings: vec![step.binding],
            journal: vec![step.entry],
            ..ChangeSet::default()
        };
        match self.store.commit(changes).await {
            Ok(()) => Ok(Some(request)),
            Err(StoreError::Conflict(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn in_doubt_about(&self, errand: &Errand<'_>, why: String) -> Came {
        let now = self.clock.now();
        let pause = retry_at(&self.limits, errand.reversal.attempts, now);
        Came {
            not_before: Some(pause.max(after(now, self.limits.doubt_delay))),
            ..Came::at_once(ReversalCame::InDoubt(why))
        }
    }

    /// Nothing was done, or nobody answered: again later.
    fn unanswered(&self, errand: &Errand<'_>, error: &ProviderError) -> Came {
        errand.site.note_failure(error.to_string());
        let now = self.clock.now();
        let later = retry_at(&self.limits, errand.reversal.attempts, now);
        let soonest = after(now, self.limits.retry_delay_min);
        let named = error.retry_at.map(|at| at.max(soonest));
        let not_before = named.unwrap_or(later);
        let stops_others = match error.kind {
            ErrorKind::NotProcessed | ErrorKind::Throttled | ErrorKind::Unauthorised => true,
            ErrorKind::Unsure | ErrorKind::BadReply | ErrorKind::Refused | ErrorKind::Forbidden => {
                false
            }
        };
        Came {
            came: ReversalCame::PutBack(error.to_string()),
            not_before: Some(not_before),
            pause: stops_others.then_some(not_before),
        }
    }
}

/// What the provider made of a note, by its reply.
fn as_sent(errand: &Errand<'_>, held: &Snapshot) -> ReversalCame {
    let note = &errand.reversal.note;
    if held.totals == note.totals && held.status.is_live() {
        return ReversalCame::Noted(held.id.clone());
    }
    let finding = note_unlike(errand.binding, as_detail(&Sent::of(note).differences(held)));
    ReversalCame::ToTakeBack(held.id.clone(), Some(finding))
}

/// What a look shows of a note: just what was sent, or a document that nobody touches.
fn as_found(errand: &Errand<'_>, held: &Snapshot) -> ReversalCame {
    let differences = Sent::of(&errand.reversal.note).differences(held);
    if differences.is_empty() {
        return ReversalCame::Noted(held.id.clone());
    }
    let finding = note_unlike(errand.binding, as_detail(&differences));
    ReversalCame::GivenUp(Some(finding))
}

fn in_doubt(came: ReversalCame) -> ReversalCame {
    match came {
        ReversalCame::PutBack(why) => ReversalCame::InDoubt(why),
        ReversalCame::Noted(_)
        | ReversalCame::NumberTaken
        | ReversalCame::Absent
        | ReversalCame::InDoubt(_)
        | ReversalCame::Answered
        | ReversalCame::Refused(_)
        | ReversalCame::GivenUp(_)
        | ReversalCame::ToTakeBack(..)
        | ReversalCame::TakenBack
        | ReversalCame::Kept(..) => came,
    }
}

/// A request that was refused as a whole, as a refusal of the one thing in it.
fn whole(error: &ProviderError) -> Rejection {
    said(&error.message)
}

fn said(message: &str) -> Rejection {
    Rejection {
        kind: RejectionKind::Validation,
        messages: vec![message.to_owned()],
        advice: None,
    }
}

fn warn(errand: &Errand<'_>, error: &ProviderError) {
    tracing::warn!(
        connection = %errand.site.id, binding.id = %errand.binding.key, kind = ?error.kind, error = %error,
        "a request for the credit note of an undo failed"
    );
}
