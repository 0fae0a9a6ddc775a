//! What should go out beside a document: everything that is wanted, compared as a whole with what is known.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::companion_wants::{PAYMENTS_MAX, Papers, problem, too_many, versioned, wants};
use super::companions_moved::removed;
use super::companions_shown::{perhaps_made, see_marked};
use super::{
    Binding, Companion, CompanionContent, CompanionState, Companions, ContentHash, Entry, Event,
    HostPolicy, Looked, PaymentToMake, owed,
};
use crate::check::Finding;
use crate::document::{Document, ProviderPaymentId};
use crate::settings::Settings;

/// Compares what goes out beside a document with what is known of it.
///
/// Computed from the whole truth each time, so nothing goes out twice and what was missed goes out later. Where
/// the store lost the document, everything stays as it is. What
/// a request holds is left to its outcome. What the settings switched off is neither sent nor taken back.
#[must_use]
pub fn companions_wanted(
    binding: &Binding,
    document: Option<&Document>,
    settings: &Settings,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Looked {
    let mut look = Look {
        binding,
        next: binding.companions.clone(),
        ground: ContentHash::of(&(&binding.content, policy.companions)),
        news: Vec::new(),
    };
    look.follow_document();
    let is_live = binding
        .posted
        .as_ref()
        .is_some_and(|posted| posted.status.is_live());
    if let Some(document) = document.filter(|_| is_live) {
        look.see_payments();
        let wants = wants(binding, document, settings);
        look.payments(wants.payments);
        if let Some(posted) = &binding.posted {
            see_marked(posted, &mut look.next, &mut look.news);
        }
        look.once(wants.papers);
    }
    let mut next = binding.clone();
    next.companions = look.next;
    next.companions.looked = Some(next.companions_ground(policy.companions));
    next.companions.look_at = None;
    if next.deliver_at.is_none() {
        let owed = !owed(&next, policy).is_empty();
        next.deliver_at = owed.then_some(at);
    }
    let state = Some(next.state.name().to_owned());
    let entries = look.news.into_iter().map(|event| Entry {
        at,
        binding: Some(binding.key.clone()),
        event,
        state: state.clone(),
    });
    Looked {
        entries: entries.collect(),
        binding: next,
    }
}

/// A comparison at work.
struct Look<'a> {
    binding: &'a Binding,
    next: Companions,
    ground: ContentHash,
    news: Vec<Event>,
}

impl Look<'_> {
    /// What stood beside a document that is no more went with it.
    fn follow_document(&mut self) {
        let posted = self.binding.posted.as_ref();
        let live = posted.filter(|posted| posted.status.is_live());
        if live.is_some() && live.map(|posted| &posted.id) == self.next.document.as_ref() {
            return;
        }
        let mut kept = BTreeMap::new();
        for (key, mut item) in std::mem::take(&mut self.next.items) {
            let is_payment = item.what.payment().is_some();
            match &item.state {
                CompanionState::Sent(_)
                | CompanionState::Unsure(_)
                | CompanionState::Missed { .. } => {}
                CompanionState::Wanted { .. }
                | CompanionState::Missing { .. }
                | CompanionState::Refused { .. } => continue,
                CompanionState::Done { .. }
                | CompanionState::TakingBack { .. }
                | CompanionState::Kept { .. }
                | CompanionState::TakenBack { .. }
                | CompanionState::Removed { .. }
                    if is_payment =>
                {
                    let id = item.state.payment_id().cloned();
                    item.state = CompanionState::TakenBack { id };
                }
                CompanionState::Done { .. }
                | CompanionState::TakingBack { .. }
                | CompanionState::Kept { .. }
                | CompanionState::TakenBack { .. }
                | CompanionState::Removed { .. } => continue,
            }
            kept.insert(key, item);
        }
        self.next.items = kept;
        self.next.document = live.map(|posted| posted.id.clone());
    }

    /// Notes which of our payments the provider's document shows, and which it shows no more.
    fn see_payments(&mut self) {
        let Some(posted) = &self.binding.posted else {
            return;
        };
        for item in self.next.items.values_mut() {
            let Some(id) = item.state.payment_id().cloned() else {
                continue;
            };
            let is_there = posted.payments.iter().any(|payment| payment.id == id);
            let seen = CompanionState::Done {
                id: Some(id.clone()),
                seen: true,
                since: None,
            };
            let now = match &item.state {
                CompanionState::Done { seen: false, .. }
                | CompanionState::Missed { .. }
                | CompanionState::Removed { .. }
                    if is_there =>
                {
                    Some(seen)
                }
                CompanionState::Done { seen: true, .. } if !is_there => {
                    let finding = removed(&item.what);
                    self.news.push(Event::Companion {
                        what: item.what.to_string(),
                        happened: "somebody took it back at the provider".to_owned(),
                        finding: Some(finding.clone()),
                    });
                    Some(CompanionState::Removed { id, finding })
                }
                CompanionState::Kept { .. } => still_kept(item, is_there, &mut self.news),
                CompanionState::Done {
                    since: Some(since), ..
                } if !is_there && posted.updated_at > *since => Some(CompanionState::Missed { id }),
                CompanionState::Wanted { .. }
                | CompanionState::Missing { .. }
                | CompanionState::Sent(_)
                | CompanionState::Unsure(_)
                | CompanionState::Done { .. }
                | CompanionState::Missed { .. }
                | CompanionState::Refused { .. }
                | CompanionState::TakingBack { .. }
                | CompanionState::TakenBack { .. }
                | CompanionState::Removed { .. } => None,
            };
            if let Some(now) = now {
                item.state = now;
            }
        }
    }

    fn payments(&mut self, wanted: Option<Vec<PaymentToMake>>) {
        let Some(wanted) = wanted else {
            // Nobody says, so nothing changes but what has not left.
            self.drop_unsent(|what| what.payment().is_some());
            return;
        };
        let mut ids = BTreeMap::new();
        for (place, payment) in wanted.into_iter().enumerate() {
            let mut problem = problem(&payment, self.binding);
            if place >= PAYMENTS_MAX {
                problem = Some(too_many(&payment));
            }
            if ids.insert(payment.id.clone(), ()).is_some() {
                continue;
            }
            self.payment(payment, problem);
        }
        let unwanted: Vec<String> = self
            .next
            .items
            .iter()
            .filter(|(_, item)| {
                item.what
                    .payment()
                    .is_some_and(|payment| !ids.contains_key(&payment.id))
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in unwanted {
            self.unwant(&key);
        }
    }

    /// Brings one payment of the host closer to where it should be.
    fn payment(&mut self, wanted: PaymentToMake, problem: Option<Finding>) {
        let known = latest(&self.next, &wanted)
            .map(|(key, item)| (key.to_owned(), is_same(&item.what, &wanted), &item.state));
        let Some((key, same, state)) = known else {
            let problem = problem.or_else(|| perhaps_made(self.binding, &self.next, &wanted));
            return self.want_payment(wanted, problem);
        };
        match (state, same) {
            // The outcome of the request comes first.
            (
                CompanionState::Sent(_) | CompanionState::Unsure(_) | CompanionState::Missed { .. },
                _,
            )
            | (CompanionState::TakingBack { .. }, _)
            | (CompanionState::Done { .. } | CompanionState::Removed { .. }, true) => {}
            (CompanionState::Wanted { .. } | CompanionState::Missing { .. }, _) => {
                self.refresh(&key, wanted, problem);
            }
            (CompanionState::Refused { ground, .. }, _) => {
                if !same || *ground != self.ground {
                    let problem =
                        problem.or_else(|| perhaps_made(self.binding, &self.next, &wanted));
                    self.refresh(&key, wanted, problem);
                }
            }
            (CompanionState::Kept { id, .. }, true) => {
                let id = Some(id.clone());
                self.set(
                    &key,
                    CompanionState::Done {
                        id,
                        seen: true,
                        since: None,
                    },
                );
            }
            (CompanionState::Done { .. } | CompanionState::Kept { .. }, false) => {
                self.unwant(&key);
            }
            (CompanionState::TakenBack { .. }, _) | (CompanionState::Removed { .. }, false) => {
                self.want_payment(wanted, problem);
            }
        }
    }

    /// What has not left takes what the host and the settings say now.
    fn refresh(&mut self, key: &str, wanted: PaymentToMake, problem: Option<Finding>) {
        let version = key.rsplit('/').next().and_then(|it| it.parse().ok());
        let marker = versioned(self.binding, &wanted, version.unwrap_or_default());
        let what = CompanionContent::Payment(PaymentToMake { marker, ..wanted });
        let Some(item) = self.next.items.get_mut(key) else {
            return;
        };
        if item.what == what && matches!(item.state, CompanionState::Wanted { .. }) {
            return;
        }
        let was_refused = item.state.finding().is_some();
        *item = Companion::new(what, CompanionState::wanted());
        if was_refused && problem.is_none() {
            let event = wanted_now(&item.what);
            self.news.push(event);
        }
        self.refuse(key, problem);
    }

    fn want_payment(&mut self, wanted: PaymentToMake, problem: Option<Finding>) {
        let prefix = format!("payment/{}/", wanted.id);
        let version = self
            .next
            .items
            .keys()
            .filter(|key| is_version(key, &prefix));
        let version = version.count();
        let marker = versioned(self.binding, &wanted, version);
        let what = CompanionContent::Payment(PaymentToMake { marker, ..wanted });
        self.want(&format!("{prefix}{version}"), what, problem);
    }

    fn want(&mut self, key: &str, what: CompanionContent, problem: Option<Finding>) {
        if problem.is_none() {
            self.news.push(wanted_now(&what));
        }
        self.next.items.insert(
            key.to_owned(),
            Companion::new(what, CompanionState::wanted()),
        );
        self.refuse(key, problem);
    }

    fn refuse(&mut self, key: &str, problem: Option<Finding>) {
        let Some(finding) = problem else { return };
        let ground = self.ground.clone();
        if let Some(item) = self.next.items.get_mut(key) {
            self.news.push(Event::Companion {
                what: item.what.to_string(),
                happened: "it cannot be sent".to_owned(),
                finding: Some(finding.clone()),
            });
            item.state = CompanionState::Refused { finding, ground };
        }
    }

    /// The host no more has a payment: what has not left is forgotten, what was made is taken back.
    fn unwant(&mut self, key: &str) {
        let Some(item) = self.next.items.get(key) else {
            return;
        };
        match &item.state {
            CompanionState::Sent(_)
            | CompanionState::Unsure(_)
            | CompanionState::Missed { .. }
            | CompanionState::TakingBack { .. }
            | CompanionState::TakenBack { .. } => {}
            CompanionState::Wanted { .. }
            | CompanionState::Missing { .. }
            | CompanionState::Refused { .. } => {
                self.next.items.remove(key);
            }
            CompanionState::Removed { id, .. } => {
                let id = Some(id.clone());
                self.set(key, CompanionState::TakenBack { id });
            }
            CompanionState::Done { id: None, .. } => {}
            CompanionState::Done { id: Some(id), .. } => {
                let id = id.clone();
                self.take_back(key, id);
            }
            CompanionState::Kept { id, ground, .. } => {
                if *ground != self.ground {
                    let id = id.clone();
                    self.take_back(key, id);
                }
            }
        }
    }

    fn take_back(&mut self, key: &str, id: ProviderPaymentId) {
        self.set(key, CompanionState::TakingBack { id });
        if let Some(item) = self.next.items.get(key) {
            self.news.push(Event::Companion {
                what: item.what.to_string(),
                happened: match self.binding.is_to_be_undone() {
                    true => "the document is undone, so it is to be taken back".to_owned(),
                    false => "the host no more has it, so it is to be taken back".to_owned(),
                },
                finding: None,
            });
        }
    }

    fn set(&mut self, key: &str, state: CompanionState) {
        if let Some(item) = self.next.items.get_mut(key) {
            *item = Companion::new(item.what.clone(), state);
        }
    }

    /// Files and notes: each is written once and stays.
    fn once(&mut self, papers: Papers) {
        let is_wanted = |key: &String| papers.contains_key(key);
        self.next.items.retain(|key, item| {
            let unsent = matches!(
                item.state,
                CompanionState::Wanted { .. }
                    | CompanionState::Missing { .. }
                    | CompanionState::Refused { .. }
            );
            item.what.payment().is_some() || !unsent || is_wanted(key)
        });
        for (key, paper) in papers {
            let retried = match self.next.items.get(&key).map(|item| &item.state) {
                None => true,
                Some(CompanionState::Refused { ground, .. }) => *ground != self.ground,
                Some(
                    CompanionState::Wanted { .. }
                    | CompanionState::Missing { .. }
                    | CompanionState::Sent(_)
                    | CompanionState::Unsure(_)
                    | CompanionState::Done { .. }
                    | CompanionState::Missed { .. }
                    | CompanionState::TakingBack { .. }
                    | CompanionState::Kept { .. }
                    | CompanionState::TakenBack { .. }
                    | CompanionState::Removed { .. },
                ) => false,
            };
            if !retried {
                continue;
            }
            match paper {
                Ok(what) => self.want(&key, what, None),
                Err(finding) => {
                    let marker = String::new();
                    let text = finding.value.clone();
                    self.want(&key, CompanionContent::Note { text, marker }, Some(finding));
                }
            }
        }
    }

    fn drop_unsent(&mut self, concerns: impl Fn(&CompanionContent) -> bool) {
        self.next.items.retain(|_, item| {
            let unsent = matches!(
                item.state,
                CompanionState::Wanted { .. }
                    | CompanionState::Missing { .. }
                    | CompanionState::Refused { .. }
            );
            !(unsent && concerns(&item.what))
        });
    }
}

/// What becomes of a payment that the provider did not let go of, now that its document is seen. `None` when nothing
/// does.
fn still_kept(item: &Companion, is_there: bool, news: &mut Vec<Event>) -> Option<CompanionState> {
    let CompanionState::Kept {
        id,
        finding,
        ground,
        seen,
    } = &item.state
    else {
        return None;
    };
    match (seen, is_there) {
        (false, true) => Some(CompanionState::Kept {
            id: id.clone(),
            finding: finding.clone(),
            ground: ground.clone(),
            seen: true,
        }),
        // What the host wanted: it is gone, whoever did it.
        (true, false) => {
            news.push(Event::Companion {
                what: item.what.to_string(),
                happened: "somebody took it back at the provider, as the host did".to_owned(),
                finding: None,
            });
            Some(CompanionState::TakenBack {
                id: Some(id.clone()),
            })
        }
        (true, true) | (false, false) => None,
    }
}

/// The newest version of a payment of the host.
pub(super) fn latest<'a>(
    known: &'a Companions,
    wanted: &PaymentToMake,
) -> Option<(&'a str, &'a Companion)> {
    let prefix = format!("payment/{}/", wanted.id);
    known
        .items
        .iter()
        .filter(|(key, _)| is_version(key, &prefix))
        .max_by_key(|(key, _)| key[prefix.len()..].parse::<usize>().unwrap_or_default())
        .map(|(key, item)| (key.as_str(), item))
}

/// Whether a key is that of a version of a payment. Identifiers of hosts may hold anything, slashes too.
fn is_version(key: &str, prefix: &str) -> bool {
    key.strip_prefix(prefix)
        .is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) fn is_same(known: &CompanionContent, wanted: &PaymentToMake) -> bool {
    known
        .payment()
        .is_some_and(|known| (known.amount, known.date) == (wanted.amount, wanted.date))
}

fn wanted_now(what: &CompanionContent) -> Event {
    Event::Companion {
        what: what.to_string(),
        happened: "it is to be sent".to_owned(),
        finding: None,
    }
}
