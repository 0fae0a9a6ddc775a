//! How what goes out beside documents leaves: compared, stored, sent, and looked for before anything is repeated.

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::DriverError;
use super::backoff::{after, ask_at, retry_at};
use super::site::{ConnectionSite, World};
use crate::check::{Finding, Rule};
use crate::document::{Attachment, ProviderDocumentId, ProviderPaymentId};
use crate::engine::{
    Binding, BindingKey, Companion, CompanionContent, CompanionOutcome, CompanionRequest,
    CompanionState, ContentHash, PaymentToMake, companion_came, companion_departed,
    companions_wanted,
};
use crate::host::HostErrorKind;
use crate::provider::{
    AttachmentOrder, Audience, ErrorKind, Extras, MadePayment, NoteOrder, PaymentOrder,
    ProviderError, Rejection, RejectionKind,
};
use crate::store::{ChangeSet, StoreError};

/// One companion at work, with what it needs.
struct Errand {
    binding: Binding,
    key: String,
    item: Companion,
    document: ProviderDocumentId,
}

/// What came of an errand, and when it may be tried again.
struct Came {
    outcome: CompanionOutcome,
    not_before: Option<DateTime<Utc>>,
    /// The provider takes nothing before this time.
    pause: Option<DateTime<Utc>>,
}

impl World {
    /// Takes one step for a binding.
    pub(super) async fn beside(
        &self,
        site: &ConnectionSite,
        key: &BindingKey,
    ) -> Result<Progressed, DriverError> {
        let now = self.clock.now();
        let keys = std::slice::from_ref(key);
        let Some(binding) = self
            .store
            .bindings(keys)
            .await?
            .into_iter()
            .flatten()
            .next()
        else {
            return Ok(Progressed::Nothing);
        };
        if binding.companions_to_compare().is_some_and(|at| at <= now) {
            return self.compare(site, &binding).await;
        }
        if binding.reversal_at().is_some_and(|at| at <= now) {
            return self.reverse(site, &binding).await;
        }
        let Some(errand) = errand(binding, now) else {
            return Ok(Progressed::Nothing);
        };
        let Some(came) = self.run_errand(site, &errand).await? else {
            return Ok(Progressed::OneStep);
        };
        let at = self.clock.now();
        self.apply(keys, ChangeSet::default(), |binding| {
            let policy = self.policy(&binding.key);
            companion_came(
                binding,
                &errand.key,
                &came.outcome,
                came.not_before,
                policy,
                at,
            )
        })
        .await?;
        Ok(came.pause.map_or(Progressed::OneStep, Progressed::Paused))
    }

    /// Compares everything beside a document with what is known of it, and stores what is wanted.
    async fn compare(
        &self,
        site: &ConnectionSite,
        binding: &Binding,
    ) -> Result<Progressed, DriverError> {
        let documents = [binding.key.document.clone()];
        let document = self.store.documents(&documents).await?;
        let document = document.into_iter().flatten().next();
        let policy = self.policy(&binding.key);
        let at = self.clock.now();
        let looked = companions_wanted(binding, document.as_ref(), &site.settings, policy, at);
        let changes = ChangeSet {
            bindings: vec![looked.binding],
            journal: looked.entries,
            ..ChangeSet::default()
        };
        let news = super::apply::News::of(&changes);
        match self.store.commit(changes).await {
            Ok(()) => self.announce(&news),
            // Whoever was faster is compared with next.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(Progressed::OneStep)
    }

    /// Does what an errand is about. `None` when somebody changed it meanwhile.
    async fn run_errand(
        &self,
        site: &ConnectionSite,
        errand: &Errand,
    ) -> Result<Option<Came>, DriverError> {
        let Some(extras) = site.provider.extras() else {
            return Ok(Some(Came::at_once(CompanionOutcome::Refused(no_extras()))));
        };
        let came = match &errand.item.state {
            CompanionState::TakingBack { id } => self.take_back(site, extras, errand, id).await,
            CompanionState::Sent(_) | CompanionState::Unsure(_) | CompanionState::Missed { .. } => {
                match &errand.item.what {
                    CompanionContent::Payment(payment) => {
                        self.look_for_payment(site, extras, errand, payment).await
                    }
                    CompanionContent::File { .. } | CompanionContent::Note { .. } => {
                        let why = "no reply; it is looked for before it is written".to_owned();
                        Came::at_once(CompanionOutcome::PutBack(why))
                    }
                }
            }
            CompanionState::Wanted { .. } | CompanionState::Missing { .. } => {
                // Fetched first: what cannot be had is never sent, and never in doubt.
                let content = match self.content(errand).await {
                    Ok(content) => content,
                    Err(came) => return Ok(Some(*came)),
                };
                let Some(request) = self.depart(site, errand).await? else {
                    return Ok(None);
                };
                self.send_companion(site, extras, errand, (&request, content))
                    .await
            }
            CompanionState::Done { .. }
            | CompanionState::Refused { .. }
            | CompanionState::Kept { .. }
            | CompanionState::TakenBack { .. }
            | CompanionState::Removed { .. } => return Ok(None),
        };
        Ok(Some(came))
    }

    /// Sends what was stored to leave.
    async fn send_companion(
        &self,
        site: &ConnectionSite,
        extras: &dyn Extras,
        errand: &Errand,
        (request, content): (&CompanionRequest, Bytes),
    ) -> Came {
        match &errand.item.what {
            CompanionContent::Payment(payment) => {
                self.pay(site, extras, errand, payment, request).await
            }
            CompanionContent::File { file, for_customer } => {
                let order = AttachmentOrder {
                    kind: errand.binding.key.document.kind,
                    document: errand.document.clone(),
                    name: file.name.clone(),
                    media_type: file.media_type.clone(),
                    content,
                    audience: if *for_customer {
                        Audience::Customer
                    } else {
                        Audience::Books
                    },
                };
                let reply = extras.attach(&request.key, &order).await;
                self.came(site, errand, reply.map(|it| it.map(|_| None)))
            }
            CompanionContent::Note { text, marker } => {
                let order = NoteOrder {
                    kind: errand.binding.key.document.kind,
                    document: errand.document.clone(),
                    text: text.clone(),
                    marker: marker.clone(),
                };
                let reply = extras.note(&request.key, &order).await;
                self.came(site, errand, reply.map(|it| it.map(|_| None)))
            }
        }
    }

    /// Stores the request before it leaves. `None` when somebody changed the binding meanwhile.
    async fn depart(
        &self,
        site: &ConnectionSite,
        errand: &Errand,
    ) -> Result<Option<CompanionRequest>, DriverError> {
        let at = self.clock.now();
        let window = i64::from(site.provider.capability().idempotency_window_s);
        let margin = i64::try_from(self.limits.window_margin.as_secs()).unwrap_or(i64::MAX);
        let doubt = after(at, self.limits.doubt_delay);
        let departed = companion_departed(&errand.binding, &errand.key, window - margin, doubt, at);
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

    async fn pay(
        &self,
        site: &ConnectionSite,
        extras: &dyn Extras,
        errand: &Errand,
        payment: &PaymentToMake,
        request: &CompanionRequest,
    ) -> Came {
        let Some(account_code) = payment.account.clone() else {
            let why = "no account is set for it".to_owned();
            return Came::at_once(CompanionOutcome::Refused(rejection(why)));
        };
        let order = PaymentOrder {
            kind: errand.binding.key.document.kind,
            document: errand.document.clone(),
            account_code,
            date: payment.date,
            amount: payment.amount,
            marker: payment.marker.clone(),
        };
        match extras.pay(&request.key, &[order]).await {
            Ok(made) => match <[_; 1]>::try_from(made) {
                Ok([made]) => self.came(site, errand, Ok(made.map(|made| Some(made.id)))),
                Err(made) => {
                    let why = format!("{} outcomes for one payment", made.len());
                    self.in_doubt(errand, why)
                }
            },
            Err(error) => self.came(site, errand, Err(error)),
        }
    }

    /// Finds out what became of a payment, by its marker.
    async fn look_for_payment(
        &self,
        site: &ConnectionSite,
        extras: &dyn Extras,
        errand: &Errand,
        payment: &PaymentToMake,
    ) -> Came {
        let marker = &payment.marker;
        match extras.payments_marked(std::slice::from_ref(marker)).await {
            Ok(found) => {
                let ours = |made: &&MadePayment| made.marker == *marker;
                let standing = found.iter().filter(ours).find(|made| made.stands);
                let outcome = match (standing, found.iter().find(ours)) {
                    (Some(made), _) => CompanionOutcome::Done(Some(made.id.clone())),
                    (None, Some(gone)) => CompanionOutcome::Gone(gone.id.clone()),
                    (None, None) => CompanionOutcome::Absent(alike(errand)),
                };
                Came::at_once(outcome)
            }
            // The question failed, whatever its kind: the doubt stays.
            Err(error) => {
                let named = error.retry_at;
                site.note_failure(error.to_string());
                let mut came = self.in_doubt(errand, error.to_string());
                came.not_before = came.not_before.max(named);
                came
            }
        }
    }

    async fn take_back(
        &self,
        site: &ConnectionSite,
        extras: &dyn Extras,
        errand: &Errand,
        id: &ProviderPaymentId,
    ) -> Came {
        let key = ContentHash::of(&("take back", &errand.binding.key, id, errand.item.attempts));
        match extras.take_back(key.as_str(), id).await {
            Ok(Ok(())) => Came::at_once(CompanionOutcome::TakenBack),
            Ok(Err(rejection)) => Came::at_once(CompanionOutcome::Refused(rejection)),
            Err(error) => self.came(site, errand, Err(error)),
        }
    }

    /// What the host hands over of a file; nothing for what needs nothing.
    async fn content(&self, errand: &Errand) -> Result<Bytes, Box<Came>> {
        let CompanionContent::File { file, .. } = &errand.item.what else {
            return Ok(Bytes::new());
        };
        let document = &errand.binding.key.document;
        let Some(host) = self.hosts.get(&document.host) else {
            let why = format!("the host {} is not configured", document.host);
            return Err(Box::new(self.missing(errand, file, &why)));
        };
        let content = host.host.attachment(document, file).await;
        content.map_err(|error| {
            Box::new(match error.kind {
                HostErrorKind::Unavailable => self.put_back_later(errand, error.to_string()),
                HostErrorKind::Unauthorised
                | HostErrorKind::BadData
                | HostErrorKind::Misconfigured => self.missing(errand, file, &error.message),
            })
        })
    }

    fn missing(&self, errand: &Errand, file: &Attachment, why: &str) -> Came {
        let finding = Finding::new(
            Rule::AttachmentNotSent,
            format!("the host does not hand over {}: {why}", file.name),
            "Put the file where the document says; it is asked for again by itself.",
        );
        Came {
            outcome: CompanionOutcome::Missing(finding.at("attachments", &file.url)),
            not_before: Some(ask_at(&self.limits, errand.item.attempts, self.clock.now())),
            pause: None,
        }
    }

    fn in_doubt(&self, errand: &Errand, why: String) -> Came {
        let now = self.clock.now();
        let soonest = after(now, self.limits.doubt_delay);
        let pause = retry_at(&self.limits, errand.item.attempts, now);
        Came {
            outcome: CompanionOutcome::InDoubt(why),
            not_before: Some(pause.max(soonest)),
            pause: None,
        }
    }

    fn put_back_later(&self, errand: &Errand, why: String) -> Came {
        let pause = retry_at(&self.limits, errand.item.attempts, self.clock.now());
        Came {
            outcome: CompanionOutcome::PutBack(why),
            not_before: Some(pause),
            pause: None,
        }
    }

    /// What a reply, or its absence, means.
    fn came(
        &self,
        site: &ConnectionSite,
        errand: &Errand,
        reply: Result<Result<Option<ProviderPaymentId>, Rejection>, ProviderError>,
    ) -> Came {
        let error = match reply {
            Ok(Ok(id)) => return Came::at_once(CompanionOutcome::Done(id)),
            Ok(Err(rejection)) => return Came::at_once(CompanionOutcome::Refused(rejection)),
            Err(error) => error,
        };
        tracing::warn!(
            connection = %site.id, binding.id = %errand.binding.key, kind = ?error.kind, error = %error,
            "a request beside a document failed"
        );
        match error.kind {
            ErrorKind::Unsure | ErrorKind::BadReply => {
                site.note_failure(error.to_string());
                self.in_doubt(errand, error.to_string())
            }
            ErrorKind::Refused => {
                Came::at_once(CompanionOutcome::Refused(rejection(error.message)))
            }
            ErrorKind::Forbidden => {
                let advice = "Connect again with the rights that this needs, then `tieout retry` the document; or switch it off in the settings.";
                Came::at_once(CompanionOutcome::Refused(Rejection {
                    kind: RejectionKind::Permission,
                    messages: vec![error.message],
                    advice: Some(advice.to_owned()),
                }))
            }
            ErrorKind::NotProcessed | ErrorKind::Throttled | ErrorKind::Unauthorised => {
                site.note_failure(error.to_string());
                let mut came = self.put_back_later(errand, error.to_string());
                let soonest = after(self.clock.now(), self.limits.retry_delay_min);
                let named = error.retry_at.map(|at| at.max(soonest));
                came.not_before = named.or(came.not_before);
                // The next one would fare no better.
                came.pause = came.not_before;
                if error.kind == ErrorKind::Throttled && !error.was_held_back && pays(errand) {
                    // It may be the copy of one that was taken: looked for before it is made again.
                    came.outcome = CompanionOutcome::InDoubt(error.to_string());
                }
                came
            }
        }
    }
}

/// How far a step brought a binding.
pub(super) enum Progressed {
    /// Nothing is due.
    Nothing,
    /// There may be more.
    OneStep,
    /// The provider takes nothing before this time.
    Paused(DateTime<Utc>),
}

impl Came {
    fn at_once(outcome: CompanionOutcome) -> Self {
        Self {
            outcome,
            not_before: None,
            pause: None,
        }
    }
}

/// The first thing that is due beside a document: what is to be taken back goes first, then what is in doubt.
fn errand(binding: Binding, now: DateTime<Utc>) -> Option<Errand> {
    let document = binding.posted.as_ref()?.id.clone();
    let items = binding.companions.items.iter();
    let due = items.filter(|(_, item)| {
        binding.lets_go(item) && item.not_before.is_none_or(|not_before| not_before <= now)
    });
    let (key, item) = due.min_by_key(|(_, item)| match item.state {
        CompanionState::TakingBack { .. } => 0,
        CompanionState::Sent(_) | CompanionState::Unsure(_) | CompanionState::Missed { .. } => 1,
        CompanionState::Wanted { .. }
        | CompanionState::Missing { .. }
        | CompanionState::Done { .. }
        | CompanionState::Refused { .. }
        | CompanionState::Kept { .. }
        | CompanionState::TakenBack { .. }
        | CompanionState::Removed { .. } => 2,
    })?;
    Some(Errand {
        key: key.clone(),
        item: item.clone(),
        document,
        binding,
    })
}

/// Whether it makes a payment, which stands twice when it is made twice.
fn pays(errand: &Errand) -> bool {
    let takes_back = matches!(errand.item.state, CompanionState::TakingBack { .. });
    matches!(errand.item.what, CompanionContent::Payment(_)) && !takes_back
}

/// Payments like the one that is looked for that the provider was seen with before: one that is it would be found.
fn alike(errand: &Errand) -> Vec<ProviderPaymentId> {
    let binding = &errand.binding;
    let posted = binding.posted.iter();
    let alike = posted.flat_map(|posted| binding.companions.alike(&errand.item, posted));
    alike.map(|payment| payment.id.clone()).collect()
}

fn rejection(message: String) -> Rejection {
    Rejection {
        kind: RejectionKind::Validation,
        messages: vec![message],
        advice: None,
    }
}

fn no_extras() -> Rejection {
    Rejection {
        advice: Some("Switch it off in the settings of the connection.".to_owned()),
        ..rejection("this provider takes nothing beside documents".to_owned())
    }
}
