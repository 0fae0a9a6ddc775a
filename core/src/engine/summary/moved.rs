//! What a member and its summary become: it joins, it leaves, it waits, and it is told what became of the summary.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{Carried, Membership, PartThere, Roster};
use crate::check::{Finding, Rule, show};
use crate::document::{Document, SettlementStatus};
use crate::engine::write_back::notice;
use crate::engine::{
    Binding, BindingKey, ContentHash, Event, HostChange, HostPolicy, SkipReason, State, Step,
    host_changed,
};
use crate::host::{PostingNotice, PostingState};

/// Members that one line of the journal names.
const NAMED_MAX: usize = 20;

/// The document travels inside a summary from now on, as the summary has it. What it was told of the summary stays.
/// `None` when it does so already.
#[must_use]
pub fn joined(
    binding: &Binding,
    membership: Membership,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let carried = binding.summary.as_ref().and_then(|it| it.carried.clone());
    let number = membership.number.clone();
    let mut next = binding.clone();
    next.summary = Some(Box::new(Membership {
        carried,
        ..membership
    }));
    next.state = State::Skipped {
        reason: SkipReason::InSummary {
            number: number.clone(),
        },
    };
    if next == *binding {
        return None;
    }
    let event = Event::Planned {
        op: None,
        why: format!("it travels inside the summary {number}"),
    };
    Some(Step::of(next, event, at).telling(policy, at))
}

/// The document leaves its summary, which the provider may still hold with it: until that is over it stays where it is, so
/// that it never stands twice. `None` for a repeat, and unless it travels in one.
#[must_use]
pub fn leaves_summary(binding: &Binding, policy: HostPolicy, at: DateTime<Utc>) -> Option<Step> {
    let mut next = binding.clone();
    let membership = next.summary.as_mut()?;
    membership.leaving = true;
    let number = membership.number.clone();
    next.state = State::Skipped {
        reason: SkipReason::InSummary {
            number: number.clone(),
        },
    };
    if next == *binding {
        return None;
    }
    let event = Event::Planned {
        op: None,
        why: format!("it leaves the summary {number} once the provider holds that without it"),
    };
    Some(Step::of(next, event, at).telling(policy, at))
}

/// The document has left its summary and is planned anew. `None` unless it travelled in one.
#[must_use]
pub fn left_summary(binding: &Binding, policy: HostPolicy, at: DateTime<Utc>) -> Option<Step> {
    let mut next = binding.clone();
    let membership = next.summary.take()?;
    let carried = membership.carried.as_ref();
    next.told.left_summary |= carried.is_some_and(|it| it.settlement.is_some());
    next.state = State::waiting();
    let event = Event::Planned {
        op: None,
        why: format!("it left the summary {}", membership.number),
    };
    Some(Step::of(next, event, at).telling(policy, at))
}

/// The document changed, and its summary cannot follow: it stands there as it was. `None` for a repeat.
#[must_use]
pub fn waits_in_summary(
    binding: &Binding,
    findings: Vec<Finding>,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let state = State::Held {
        findings: findings.clone(),
    };
    if state == binding.state || binding.summary.is_none() {
        return None;
    }
    Some(Step::to(binding, state, Event::Held { findings }, at).telling(policy, at))
}

/// The finding of a member that changed after its summary was settled, at least in part.
#[must_use]
pub fn settled_meanwhile(
    binding: &Binding,
    summary: &Binding,
    gross_there: Option<Decimal>,
) -> Finding {
    let number = binding.summary.as_ref().map_or("", |it| it.number.as_str());
    let posted = summary.posted.as_ref();
    let there = posted.map_or_else(String::new, |posted| {
        let places = posted.settlement.currency.minor_digits();
        let settled = posted.settlement.amount_paid + posted.settlement.amount_credited;
        format!(
            ", and {} {} are paid or credited on it",
            show::amount(settled, places),
            posted.settlement.currency
        )
    });
    let finding = Finding::new(
        Rule::SummarySettled,
        format!(
            "the summary {number} has {} as it was before the host changed it{there}",
            binding.number
        ),
        format!(
            "Write a credit note or another invoice in the host and give {} back what it was; or take the payments of {number} back in the accounting system, and the summary follows by itself.",
            binding.number
        ),
    );
    let detail = gross_there.map(|gross| format!("in the summary it comes to {gross}, with tax"));
    finding
        .at("number", &binding.number)
        .with_detail(detail.into_iter().collect())
}

/// The findings of a member that cannot be sent as it is now, with the word that its summary has it as it was.
#[must_use]
pub fn as_it_was(binding: &Binding, mut findings: Vec<Finding>) -> Vec<Finding> {
    let number = binding.summary.as_ref().map_or("", |it| it.number.as_str());
    for finding in &mut findings {
        let note = format!("until then the summary {number} has it as it was");
        finding.detail.push(note);
    }
    findings
}

/// A summary as it is after members joined, changed or left. `None` when nothing of it changes.
///
/// To the engine it is what a change in a host is: planned anew, sent, updated or voided like any other document. What it
/// was written with before is what the provider holds, until it holds this.
#[must_use]
pub fn summary_changed(
    (key, known): (&BindingKey, Option<&Binding>),
    (document, roster, written_before): (&Document, Roster, Vec<PartThere>),
    happened: &str,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let changed = host_changed(key, known, &HostChange::of(document), policy, at)?;
    let mut next = changed.binding;
    let before = known.and_then(|binding| binding.roster.as_ref());
    let roster = Roster {
        shared: before.and_then(|roster| roster.shared.clone()),
        settled: before.map_or(Decimal::ZERO, |roster| roster.settled),
        ..roster
    };
    next.roster = Some(Box::new(roster.written_over(known, written_before)));
    let event = Event::Planned {
        op: None,
        why: happened.to_owned(),
    };
    Some(Step::of(next, event, at).telling(policy, at))
}

/// The members of a summary, in words.
pub fn named<'a>(numbers: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = numbers.len().saturating_sub(NAMED_MAX);
    let told: Vec<&str> = numbers.take(NAMED_MAX).collect();
    match more {
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}

/// A member learns what became of its summary. One whose change had to wait for the summary's payments is looked at again
/// once they are gone. `None` when it knows already.
#[must_use]
pub fn shared(
    binding: &Binding,
    carried: Carried,
    summary: &Binding,
    policy: HostPolicy,
    at: DateTime<Utc>,
) -> Option<Step> {
    let mut next = binding.clone();
    let membership = next.summary.as_mut()?;
    let what = in_words(&membership.number, &carried);
    let is_settled = |it: &Carried| it.settlement.is_some();
    let is_now = is_settled(&carried);
    let was = membership.carried.replace(carried);
    next.told.left_summary |= !is_now && was.as_ref().is_some_and(is_settled);
    let waited = next.state.findings().iter();
    let waited = waited.clone().any(|it| it.rule == Rule::SummarySettled);
    if waited && !summary.is_settled_there() {
        next.state = State::waiting();
    }
    if next == *binding {
        return None;
    }
    Some(Step::of(next, Event::ProviderChanged { what }, at).telling(policy, at))
}

impl Binding {
    /// A summary whose members know what became of it by now, and which what could go has left.
    #[must_use]
    pub fn having_shared(&self, settled: Decimal) -> Self {
        let mut next = self.clone();
        let (news, has_let_go) = (self.news_for_members(), self.has_let_go());
        if let Some(roster) = &mut next.roster {
            roster.shared = Some(news);
            roster.settled = settled;
            if has_let_go {
                roster.leaving.clear();
            }
        }
        next
    }

    /// What the members of a summary are told of it, in short; the time alone is no news.
    pub(super) fn news_for_members(&self) -> ContentHash {
        let members = self.roster.as_ref().map(|roster| &roster.members);
        let there = self.posted.as_ref().map(|posted| {
            let settlement = &posted.settlement;
            (
                &posted.payments,
                settlement.status,
                settlement.amount_paid.normalize(),
                settlement.amount_credited.normalize(),
                // What is due of each may be another although the sum is the same.
                (settlement.amount_due.normalize(), &posted.posting),
            )
        });
        ContentHash::of(&(notice(self), there, members))
    }

    /// What the host of a member is told of it for its summary.
    #[must_use]
    pub fn notice_for_members(&self) -> Option<PostingNotice> {
        let notice = notice(self)?;
        let message = notice
            .message
            .map(|message| format!("in the summary {}: {message}", self.number));
        Some(PostingNotice { message, ..notice })
    }
}

fn in_words(number: &str, carried: &Carried) -> String {
    let became = carried.notice.as_ref().map(|notice| match notice.state {
        PostingState::Posted => "is posted".to_owned(),
        PostingState::Rejected => "is held or refused".to_owned(),
        PostingState::Voided => "is out of the books".to_owned(),
        PostingState::DeleteFailed => "could not be taken out of the books".to_owned(),
    });
    let settled = carried.settlement.as_ref().and_then(|it| match it.status {
        SettlementStatus::Unpaid | SettlementStatus::Voided => None,
        SettlementStatus::PartlyPaid | SettlementStatus::Paid | SettlementStatus::Overpaid => {
            let settled = it.amount_paid + it.amount_credited;
            let due = it.amount_due;
            Some(format!("{settled} of it is this one's, {due} still due"))
        }
    });
    let told = became.into_iter().chain(settled).collect::<Vec<_>>();
    match told.is_empty() {
        true => format!("the summary {number} is on its way"),
        false => format!("the summary {number} {}", told.join("; ")),
    }
}
