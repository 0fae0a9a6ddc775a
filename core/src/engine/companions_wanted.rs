//! What should go out beside a document: everything that is wanted, compared as a whole with what is known.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::companion::{mark_of, short};
use super::companions_moved::removed;
use super::{
    Binding, Companion, CompanionContent, CompanionState, Companions, ContentHash, Entry, Event,
    HostPolicy, Looked, PaymentToMake, Wanted, owed,
};
use crate::check::{Finding, Rule};
use crate::document::{Document, HostPayment};
use crate::mapping;
use crate::settings::{AttachmentPolicy, HostPayments, Settings};

/// Payments of one document that are made; more are a finding.
const PAYMENTS_MAX: usize = 200;

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

/// Everything beside a document and where it stands, in words: what is known, and what the settings keep in the host.
#[must_use]
pub fn companions_told(
    binding: &Binding,
    document: Option<&Document>,
    settings: &Settings,
) -> Vec<(String, String)> {
    let items = binding.companions.items.values();
    let known = items.map(|item| {
        let mut standing = item.state.name().to_owned();
        if let Some(why) = binding.keeps_waiting(item) {
            standing = format!("{standing}: {why}");
        } else if let Some(id) = item.state.payment_id() {
            standing = format!("{standing} ({id})");
        } else if let Some(at) = item.not_before {
            standing = format!(
                "{standing}, next looked at {}",
                at.format("%Y-%m-%d %H:%M:%S")
            );
        }
        (item.what.to_string(), standing)
    });
    let mut told: Vec<_> = known.collect();
    let Some(document) = document else {
        return told;
    };
    let off = |setting: &str| format!("stays in the host: `{setting}` is not set");
    if settings.host_payments.is_none() {
        let payments = document.payments().unwrap_or_default().iter();
        let own = payments.filter(|payment| payment.ledger_payment_id.is_none());
        told.extend(own.map(|payment| {
            let PaymentToMake {
                id, date, amount, ..
            } = to_make(binding, payment, &HostPayments::default());
            (
                format!("payment {id} of {amount} on {date}"),
                off("host_payments"),
            )
        }));
    }
    if settings.attachments.is_off() {
        let files = document.attachments().iter();
        told.extend(files.map(|file| (format!("file {}", file.name), off("attachments"))));
    }
    told
}

/// What would leave for a document beside what is known of it already, in words.
#[must_use]
pub fn companions_to_send(
    binding: &Binding,
    document: &Document,
    settings: &Settings,
) -> Vec<String> {
    let wants = wants(binding, document, settings);
    let items = &binding.companions.items;
    let payments = wants.payments.into_iter().flatten().filter(|wanted| {
        latest(&binding.companions, wanted).is_none_or(|(_, item)| match &item.state {
            CompanionState::Done { .. } => !is_same(&item.what, wanted),
            CompanionState::Kept { .. } | CompanionState::Removed { .. } => false,
            CompanionState::Missed { .. } => false,
            CompanionState::Wanted { .. }
            | CompanionState::Missing { .. }
            | CompanionState::Sent(_)
            | CompanionState::Unsure(_)
            | CompanionState::Refused { .. }
            | CompanionState::TakingBack { .. }
            | CompanionState::TakenBack { .. } => true,
        })
    });
    let payments = payments.map(|payment| CompanionContent::Payment(payment).to_string());
    let papers = wants.papers.into_iter().filter_map(|(key, paper)| {
        let is_done = items
            .get(&key)
            .is_some_and(|item| matches!(item.state, CompanionState::Done { .. }));
        let what = paper.ok().filter(|_| !is_done)?;
        Some(what.to_string())
    });
    payments.chain(papers).collect()
}

/// Everything that should stand beside a document.
struct Wants {
    /// Its payments; `None` when nobody says, and those that were made stay.
    payments: Option<Vec<PaymentToMake>>,
    /// What is written once, or why it cannot be.
    papers: Papers,
}

type Papers = BTreeMap<String, Result<CompanionContent, Finding>>;

fn wants(binding: &Binding, document: &Document, settings: &Settings) -> Wants {
    let is_gone = binding.wanted == Wanted::Gone;
    let payments = settings.host_payments.as_ref().and_then(|policy| {
        if is_gone {
            return Some(Vec::new());
        }
        let own = document.payments()?.iter();
        // What the host was told stands already.
        let own = own.filter(|payment| payment.ledger_payment_id.is_none());
        Some(own.map(|one| to_make(binding, one, policy)).collect())
    });
    let mut papers = Papers::new();
    if !is_gone {
        files(document, settings.attachments, &mut papers);
        note(binding, document, settings, &mut papers);
    }
    Wants { payments, papers }
}

fn to_make(binding: &Binding, payment: &HostPayment, policy: &HostPayments) -> PaymentToMake {
    PaymentToMake {
        id: payment.id.clone(),
        date: payment.date,
        amount: payment.amount,
        account: policy.account_of(payment).map(str::to_owned),
        marker: marker(binding, payment, 0),
    }
}

/// Characters of the payer's words in a marker.
const WORDS_CHARS_MAX: usize = 40;

/// The payer's words as far as they are plain, then what makes the payment ours alone.
fn marker(binding: &Binding, payment: &HostPayment, version: usize) -> String {
    let words = payment.reference.as_deref().unwrap_or_default();
    let plain = |char: char| match char {
        '"' | '\\' => ' ',
        char if char.is_ascii_graphic() => char,
        _ => ' ',
    };
    let words: String = words.chars().map(plain).take(WORDS_CHARS_MAX).collect();
    let own = ContentHash::of(&(&payment.id, payment.date, payment.amount, version));
    let words = words.split_whitespace();
    let mark = format!("{}-{}", mark_of(&binding.key), short(&own, 8));
    words.chain([mark.as_str()]).collect::<Vec<_>>().join(" ")
}

/// The marker of the same payment in another version.
fn versioned(binding: &Binding, payment: &PaymentToMake, version: usize) -> String {
    let own = ContentHash::of(&(&payment.id, payment.date, payment.amount, version));
    let words = payment.marker.rsplit_once("tieout-").map_or("", |it| it.0);
    format!("{words}{}-{}", mark_of(&binding.key), short(&own, 8))
}

fn files(document: &Document, policy: AttachmentPolicy, papers: &mut Papers) {
    let for_customer = match policy {
        AttachmentPolicy::Off => return,
        AttachmentPolicy::Books => false,
        AttachmentPolicy::Customer => true,
    };
    for file in document.attachments() {
        let key = format!("file/{}", ContentHash::of(file));
        let file = file.clone();
        papers.insert(key, Ok(CompanionContent::File { file, for_customer }));
    }
}

fn note(binding: &Binding, document: &Document, settings: &Settings, papers: &mut Papers) {
    let Some(template) = &settings.history_notes else {
        return;
    };
    match mapping::history_note(document, template) {
        Err(finding) => {
            let finding = Finding {
                rule: Rule::NoteNotWritten,
                ..*finding
            };
            papers.insert("note/template".to_owned(), Err(finding));
        }
        Ok(None) => {}
        Ok(Some(text)) => {
            let hash = ContentHash::of(&text);
            let marker = format!("{}-{}", mark_of(&binding.key), short(&hash, 8));
            papers.insert(
                format!("note/{hash}"),
                Ok(CompanionContent::Note { text, marker }),
            );
        }
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
            item.state = match &item.state {
                CompanionState::Done { seen: false, .. }
                | CompanionState::Missed { .. }
                | CompanionState::Removed { .. }
                    if is_there =>
                {
                    seen
                }
                CompanionState::Done { seen: true, .. } if !is_there => {
                    let finding = removed(&item.what);
                    self.news.push(Event::Companion {
                        what: item.what.to_string(),
                        happened: "somebody took it back at the provider".to_owned(),
                        finding: Some(finding.clone()),
                    });
                    CompanionState::Removed { id, finding }
                }
                CompanionState::Done {
                    since: Some(since), ..
                } if !is_there && posted.updated_at > *since => CompanionState::Missed { id },
                known => known.clone(),
            };
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
                self.refresh(&key, wanted, problem)
            }
            (CompanionState::Refused { ground, .. }, _) => {
                if !same || *ground != self.ground {
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
        self.want(format!("{prefix}{version}"), what, problem);
    }

    fn want(&mut self, key: String, what: CompanionContent, problem: Option<Finding>) {
        if problem.is_none() {
            self.news.push(wanted_now(&what));
        }
        self.next
            .items
            .insert(key.clone(), Companion::new(what, CompanionState::wanted()));
        self.refuse(&key, problem);
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

    fn take_back(&mut self, key: &str, id: crate::document::ProviderPaymentId) {
        self.set(key, CompanionState::TakingBack { id });
        if let Some(item) = self.next.items.get(key) {
            self.news.push(Event::Companion {
                what: item.what.to_string(),
                happened: "the host no more has it, so it is to be taken back".to_owned(),
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
                Ok(what) => self.want(key, what, None),
                Err(finding) => {
                    let marker = String::new();
                    let text = finding.value.clone();
                    self.want(key, CompanionContent::Note { text, marker }, Some(finding));
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

/// The newest version of a payment of the host.
fn latest<'a>(known: &'a Companions, wanted: &PaymentToMake) -> Option<(&'a str, &'a Companion)> {
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

fn is_same(known: &CompanionContent, wanted: &PaymentToMake) -> bool {
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

/// Why a payment cannot be made at all.
fn problem(payment: &PaymentToMake, binding: &Binding) -> Option<Finding> {
    let refused = |message: String, remedy: &str| {
        Finding::new(Rule::PaymentNotMade, message, remedy).at(
            format!("payments.{}", payment.id),
            payment.amount.to_string(),
        )
    };
    let currency = binding
        .posted
        .as_ref()
        .map(|posted| posted.settlement.currency);
    let places = currency.map_or(payment.amount.scale(), |it| it.minor_digits());
    if payment.amount <= rust_decimal::Decimal::ZERO || payment.amount.normalize().scale() > places
    {
        return Some(refused(
            format!(
                "payment {} is of {}, which nobody can pay",
                payment.id, payment.amount
            ),
            "Correct the payment in the host; refunds are payments of a credit note.",
        ));
    }
    payment.account.is_none().then(|| {
        refused(
            format!("no account is set for payment {}", payment.id),
            "Set `host_payments.account`, or one for its method under `host_payments.accounts_by_method`.",
        )
    })
}

fn too_many(payment: &PaymentToMake) -> Finding {
    Finding::new(
        Rule::PaymentNotMade,
        format!("the document has more than {PAYMENTS_MAX} payments"),
        "Make this payment at the provider by hand.",
    )
    .at(
        format!("payments.{}", payment.id),
        payment.amount.to_string(),
    )
}
