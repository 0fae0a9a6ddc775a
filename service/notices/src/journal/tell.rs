//! How one thing that happened is gathered for each group and queued for each endpoint.

use chrono::{DateTime, Utc};
use tieout_core::check::{Finding, Rule};
use tieout_core::document::{Money, Payment};
use url::Url;

use super::happening::{Happening, Place, What, opened, seed};
use crate::circle::{Circle, Told};
use crate::hooks::{Data, EventType, NewEvent};
use crate::people::About;
use crate::tally::{Row, note};

/// Tells everybody.
pub(super) struct Teller<'a> {
    /// The address of this tieout.
    pub(super) base: Option<&'a Url>,
    pub(super) now: DateTime<Utc>,
}

impl Teller<'_> {
    /// Gathers and queues one thing.
    pub(super) fn tell(&self, circle: &mut Circle, happening: &Happening) {
        let about = About::binding(&happening.key, happening.division.as_deref());
        for told in &mut circle.groups {
            if happening.at >= told.group.added_at && told.group.only.takes(about) {
                self.gather(told, happening);
            }
        }
        circle.tell(happening.event(self.base), about, &self.source(), self.now);
    }

    /// Where events come from.
    fn source(&self) -> String {
        source(self.base)
    }

    fn gather(&self, told: &mut Told, happening: &Happening) {
        let wants = told.group.wants;
        let row = |text: &str| Row {
            key: Some(happening.key.clone()),
            connection: None,
            number: happening.number.clone(),
            at: happening.at,
            rule: None,
            field: String::new(),
            note: note(text),
            remedy: String::new(),
        };
        let (digest, needs) = (&mut told.tally.digest, &mut told.tally.needs);
        if wants.periodic {
            digest.begin(self.now);
            match &happening.what {
                What::Posted { adopted: true, .. } => {
                    digest.sent.add(row("was there already and is recognised"));
                }
                What::Posted { .. } => digest.sent.add(row("")),
                What::Updated { .. } => digest.updated.add(row("")),
                What::Voided { .. } => digest.voided.add(row("")),
                What::Paid {
                    revision,
                    payment,
                    before,
                } => {
                    let (text, amounts) = paid(*revision, payment, *before);
                    digest.payments.add(row(&text));
                    amounts.for_each(|amount| digest.payments.sum(amount));
                }
                What::Reversed { payment, .. } => {
                    let amount = Money::new(payment.amount, payment.currency);
                    let text = format!("{amount} of {}", payment.date);
                    digest.reversed.add(row(&text));
                    digest.reversed.sum(amount);
                }
                What::Opened(finding) => digest.failed.add(of_finding(row(""), finding)),
                What::Closed { .. } => digest.mended += 1,
            }
        }
        if !wants.needs_somebody {
            return;
        }
        match &happening.what {
            What::Opened(finding) if needs_somebody(&finding.rule) => {
                needs.add(of_finding(row(""), finding), self.now);
            }
            What::Closed {
                rule,
                field,
                opened_at,
            } if needs_somebody(rule) => {
                needs.take_back(&happening.key, rule, field, *opened_at);
            }
            What::Opened(_)
            | What::Closed { .. }
            | What::Posted { .. }
            | What::Updated { .. }
            | What::Voided { .. }
            | What::Paid { .. }
            | What::Reversed { .. } => {}
        }
    }
}

/// What is said of a payment, and what it adds to what was paid.
fn paid(
    revision: u64,
    payment: &Payment,
    before: Option<Money>,
) -> (String, impl Iterator<Item = Money>) {
    let amount = Money::new(payment.amount, payment.currency);
    let changed = match before {
        Some(before) => format!(", before {before}"),
        None if revision > 1 => ", changed".to_owned(),
        None => String::new(),
    };
    let text = format!("{amount} on {}{changed}", payment.date);
    let back = before.map(|before| Money::new(-before.amount, before.currency));
    (text, [Some(amount), back].into_iter().flatten())
}

/// Tells of something wrong that belongs to no document: a record of a host that cannot be read.
pub(super) fn stray(
    teller: &Teller<'_>,
    circle: &mut Circle,
    finding: &Finding,
    at: DateTime<Utc>,
    place: Place,
) {
    let about = About::default();
    for told in &mut circle.groups {
        if at < told.group.added_at || !told.group.only.takes(about) {
            continue;
        }
        let row = Row {
            key: None,
            connection: None,
            number: String::new(),
            at,
            rule: None,
            field: String::new(),
            note: String::new(),
            remedy: String::new(),
        };
        let row = of_finding(row, finding);
        if told.group.wants.periodic {
            told.tally.digest.begin(teller.now);
            told.tally.digest.failed.add(row.clone());
        }
        if told.group.wants.needs_somebody && needs_somebody(&finding.rule) {
            told.tally.needs.add(row, teller.now);
        }
    }
    let event = NewEvent {
        kind: EventType::FindingOpened,
        subject: None,
        at,
        seed: seed(place, &format!("{}/{}", finding.rule, finding.field)),
        data: Data::Finding(opened(finding)),
    };
    circle.tell(event, about, &teller.source(), teller.now);
}

/// Where events come from: the address of this tieout, or its name.
pub(crate) fn source(base: Option<&Url>) -> String {
    base.map_or_else(|| "tieout".to_owned(), Url::to_string)
}

fn of_finding(row: Row, finding: &Finding) -> Row {
    Row {
        rule: Some(finding.rule.clone()),
        field: finding.field.clone(),
        note: note(&finding.message),
        remedy: note(&finding.remedy),
        ..row
    }
}

/// Whether findings of a rule wait for a person. One of another version may.
fn needs_somebody(rule: &Rule) -> bool {
    rule.kind().is_none_or(|kind| !kind.who.is_empty())
}
