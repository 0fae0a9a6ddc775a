//! What the provider holds of each document of a summary while the summary is written otherwise: payments are for that.

use std::collections::HashSet;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Roster;
use crate::document::{DocumentId, Invoice, LineId, decimal};
use crate::engine::landed::line_ids;
use crate::engine::{Binding, BindingKey, ContentHash, Op, Sent, State};
use crate::provider::Snapshot;

/// What a summary has of one of its documents, as it was sent at some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartThere {
    /// The document.
    pub member: DocumentId,
    /// What it comes to there, with tax.
    #[serde(with = "decimal")]
    pub gross: Decimal,
    /// The fingerprint of its lines and sums there.
    pub books: ContentHash,
}

impl PartThere {
    /// What a summary has of an invoice that stands in it.
    #[must_use]
    pub fn of(invoice: &Invoice) -> Self {
        Self {
            member: invoice.id.clone(),
            gross: invoice.totals.gross,
            books: booked_as(invoice),
        }
    }
}

/// The fingerprint of what a payment is for: lines and sums, whatever else changes.
#[must_use]
pub fn booked_as(invoice: &Invoice) -> ContentHash {
    ContentHash::of(&(&invoice.lines, invoice.totals))
}

/// Earlier requests that are remembered of one summary.
const SENT_MAX: usize = 8;

impl Roster {
    /// The same roster after the summary was written anew; `before` is what it was written with until then.
    pub(super) fn written_over(self, known: Option<&Binding>, before: Vec<PartThere>) -> Self {
        let earlier = known.and_then(|known| known.roster.as_deref());
        let is_there = known
            .and_then(|known| known.posted.as_ref())
            .is_some_and(|posted| posted.status.is_live());
        let known_there = earlier.and_then(|roster| roster.there.clone());
        let mut sent = earlier.map_or_else(Vec::new, |roster| roster.sent.clone());
        if earlier.is_some_and(|roster| roster.is_sent) && sent.last() != Some(&before) {
            sent.push(before.clone());
            let old = sent.len().saturating_sub(SENT_MAX);
            sent.drain(..old);
        }
        Self {
            there: is_there.then(|| known_there.unwrap_or(before)),
            sent,
            is_sent: false,
            ..self
        }
    }
}

impl Roster {
    /// The provider holds every document as it is written by now, or none at all.
    fn forgets_what_is_there(&mut self) {
        (self.there, self.is_sent) = (None, false);
        self.sent.clear();
    }
}

impl Binding {
    /// A request with a summary leaves: one that writes it has every document as it is written now.
    pub(in crate::engine) fn takes_members_aboard(&mut self, op: Op) {
        if let Some(roster) = &mut self.roster {
            roster.is_sent |= match op {
                Op::Create | Op::Update => true,
                Op::Void => false,
            };
        }
    }

    /// The provider did what it was asked: it holds what was sent last.
    pub(in crate::engine) fn puts_members_down(&mut self, op: Op) {
        let is_live = self
            .posted
            .as_ref()
            .is_some_and(|posted| posted.status.is_live());
        let Some(roster) = &mut self.roster else {
            return;
        };
        match op {
            Op::Create | Op::Update => {
                let sent = std::mem::take(&mut roster.sent).pop();
                roster.there = sent.filter(|_| !roster.is_sent);
                roster.is_sent = false;
            }
            Op::Void if is_live => {}
            Op::Void => roster.forgets_what_is_there(),
        }
    }

    /// The provider holds a summary as it is written, or is taken to.
    pub(in crate::engine) fn holds_members_as_written(&mut self) {
        if let Some(roster) = &mut self.roster {
            roster.forgets_what_is_there();
        }
    }

    /// The same in a state that its plan says: what is posted by that is held as it is written.
    pub(in crate::engine) fn planned_to(&self, state: State) -> Self {
        let mut next = self.clone();
        if state == State::Posted {
            next.holds_members_as_written();
        }
        next.state = state;
        next
    }

    /// The same where its lines show it, of a request whose reply is lost. Of the lines that are there now the next is told.
    pub(in crate::engine) fn puts_members_down_as_shown(
        &mut self,
        op: Op,
        sent: &Sent,
        snapshot: &Snapshot,
    ) {
        if !self.has_lines_of(sent, snapshot) {
            return;
        }
        if let Some(posted) = &mut self.posted {
            posted.lines = line_ids(sent, snapshot);
        }
        self.puts_members_down(op);
    }

    /// Whether a document has the lines that an update gave it and not those that it had: what the update left is there,
    /// what it dropped is gone, and what it added is new. Nothing shows where it moved no line, or left none.
    fn has_lines_of(&self, sent: &Sent, snapshot: &Snapshot) -> bool {
        let Some(posted) = &self.posted else {
            return false;
        };
        let wanted: HashSet<&LineId> = sent.lines.iter().collect();
        let is_left = |(line, _): &&(LineId, String)| wanted.contains(line);
        let (left, dropped): (Vec<_>, Vec<_>) = posted.lines.iter().partition(is_left);
        let shown: HashSet<&str> = snapshot.lines.iter().map(|it| it.id.as_str()).collect();
        let is_shown = |(_, id): &&(LineId, String)| shown.contains(id.as_str());
        let added = wanted.len().saturating_sub(left.len());
        let moves_lines = !left.is_empty() && (added > 0 || !dropped.is_empty());
        moves_lines
            && left.iter().all(is_shown)
            && !dropped.iter().any(is_shown)
            && shown.len() == left.len() + added
    }

    /// The bindings of the documents that a summary has, as it is written or as the provider holds it, in their order there.
    #[must_use]
    pub fn carried_keys(&self) -> Vec<BindingKey> {
        let Some(roster) = &self.roster else {
            return Vec::new();
        };
        let mut carried: Vec<&DocumentId> = Vec::new();
        let parts = roster.there.iter().chain(&roster.sent).flatten();
        let parts = parts.map(|part| &part.member);
        for member in parts.chain(&roster.members) {
            if !carried.contains(&member) {
                carried.push(member);
            }
        }
        carried.into_iter().map(|id| self.beside(id)).collect()
    }

    /// What the provider holds of each document of a summary; `None` where it holds all as they are written by now, which
    /// come to `written` together.
    ///
    /// A request of which nobody saw the end may have been done: then its sums are what the provider shows, or what comes
    /// closest to them where somebody edited it there since.
    #[must_use]
    pub fn parts_held(&self, written: Decimal) -> Option<&[PartThere]> {
        let roster = self.roster.as_ref()?;
        let there = roster.there.as_deref()?;
        let Some(posted) = &self.posted else {
            return Some(there);
        };
        let settlement = &posted.settlement;
        let held = settlement.amount_paid + settlement.amount_credited + settlement.amount_due;
        let off = |sum: Decimal| (sum - held).abs();
        let comes_to = |parts: &[PartThere]| parts.iter().map(|part| part.gross).sum::<Decimal>();
        // Of several that are as close: what was known to be there, then what was sent last.
        let sent = roster.sent.iter().rev().map(Vec::as_slice);
        let earlier = std::iter::once(there).chain(sent);
        let closest = earlier.min_by_key(|parts| off(comes_to(parts)))?;
        let is_as_written = off(written) < off(comes_to(closest));
        let may_be_as_written = roster.is_sent || off(written).is_zero();
        (!(is_as_written && may_be_as_written)).then_some(closest)
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::document::DocumentId;
    use crate::engine::sample;
    use crate::provider::SnapshotLine;

    fn parts(cents: &[i64]) -> Vec<PartThere> {
        let part = |(at, cents): (usize, &i64)| PartThere {
            member: DocumentId::new(format!("{at}")).unwrap(),
            gross: Decimal::new(*cents, 2),
            books: ContentHash::of_bytes(&[]),
        };
        cents.iter().enumerate().map(part).collect()
    }

    fn roster() -> Roster {
        Roster {
            period: "2026-11-20".to_owned(),
            first: NaiveDate::default(),
            last: NaiveDate::default(),
            group: DocumentId::new("group").unwrap(),
            members: Vec::new(),
            leaving: Vec::new(),
            shared: None,
            settled: Decimal::ZERO,
            there: None,
            sent: Vec::new(),
            is_sent: false,
        }
    }

    fn rewrite(summary: &mut Binding, before: &[i64]) {
        let roster = roster().written_over(Some(summary), parts(before));
        summary.roster = Some(Box::new(roster));
    }

    fn shows(summary: &mut Binding, cents: i64) {
        let settlement = &mut summary.posted.as_mut().unwrap().settlement;
        settlement.amount_due =
            Decimal::new(cents, 2) - settlement.amount_paid - settlement.amount_credited;
    }

    #[test]
    fn a_request_whose_end_nobody_saw_is_known_by_its_sums_however_often_it_is_written_since() {
        let mut summary = sample::posted();
        summary.roster = Some(Box::new(roster()));
        shows(&mut summary, 3_000);
        rewrite(&mut summary, &[1_000, 2_000]);
        summary.takes_members_aboard(Op::Update);
        rewrite(&mut summary, &[1_500, 2_000]);
        summary.takes_members_aboard(Op::Update);
        rewrite(&mut summary, &[1_700, 2_000]);
        summary.takes_members_aboard(Op::Void);
        let written = Decimal::new(4_000, 2);
        for held in [&[1_000, 2_000][..], &[1_500, 2_000], &[1_700, 2_000]] {
            shows(&mut summary, held.iter().sum());
            assert_eq!(summary.parts_held(written), Some(&parts(held)[..]));
        }
        shows(&mut summary, 4_000);
        assert_eq!(summary.parts_held(written), None);
    }

    #[test]
    fn what_somebody_edited_since_is_what_comes_closest_to_it() {
        let mut summary = sample::posted();
        summary.roster = Some(Box::new(roster()));
        rewrite(&mut summary, &[1_000, 2_000]);
        summary.takes_members_aboard(Op::Update);
        rewrite(&mut summary, &[2_000]);
        for (shown, held) in [(3_007, &[1_000, 2_000][..]), (2_007, &[2_000])] {
            shows(&mut summary, shown);
            let written = Decimal::new(1_500, 2);
            assert_eq!(summary.parts_held(written), Some(&parts(held)[..]));
        }
        // What was never sent is not there, however close it comes.
        shows(&mut summary, 1_507);
        let written = Decimal::new(1_500, 2);
        assert_eq!(summary.parts_held(written), Some(&parts(&[2_000])[..]));
        summary.takes_members_aboard(Op::Update);
        assert_eq!(summary.parts_held(written), None);
    }

    #[test]
    fn what_was_never_sent_is_not_there_and_what_is_done_is_all_there_is() {
        let mut summary = sample::posted();
        summary.roster = Some(Box::new(roster()));
        rewrite(&mut summary, &[1_000]);
        rewrite(&mut summary, &[1_100]);
        assert_eq!(summary.roster.as_ref().unwrap().sent, Vec::<Vec<_>>::new());
        summary.takes_members_aboard(Op::Update);
        rewrite(&mut summary, &[1_200]);
        summary.puts_members_down(Op::Update);
        let roster = summary.roster.as_ref().unwrap();
        assert_eq!(
            (&roster.there, roster.sent.len()),
            (&Some(parts(&[1_200])), 0)
        );
    }
    #[test]
    fn an_update_is_known_by_the_lines_that_it_moved_and_by_no_amounts() {
        let line = |name: &str| LineId::new(name).unwrap();
        let mut binding = sample::posted();
        let had = ["l1", "l2"].map(|name| (line(name), format!("x{name}")));
        binding.posted.as_mut().unwrap().lines = had.to_vec();
        let has = |wanted: &[&str], shown: &[&str]| {
            let mut sent = sample::sent();
            sent.lines = wanted.iter().map(|name| line(name)).collect();
            let mut snapshot = sample::snapshot();
            let one = snapshot.lines.remove(0);
            let lines = shown.iter().map(|id| SnapshotLine {
                id: (*id).to_owned(),
                amount: Decimal::from(7),
                ..one.clone()
            });
            snapshot.lines = lines.collect();
            binding.has_lines_of(&sent, &snapshot)
        };
        assert!(has(&["l1"], &["xl1"]));
        assert!(!has(&["l1"], &["xl1", "xl2"]));
        assert!(has(&["l1", "l2", "l3"], &["xl1", "xl2", "new"]));
        assert!(!has(&["l1", "l2", "l3"], &["xl1", "xl2"]));
        assert!(has(&["l1", "l3"], &["xl1", "new"]));
        assert!(!has(&["l1", "l3"], &["xl1", "xl2", "new"]));
        assert!(!has(&["l1", "l2"], &["xl1", "xl2"]));
        // Somebody put lines of their own in place of all.
        assert!(!has(&["l1"], &["own"]));
        assert!(!has(&["l3"], &["own"]));
    }
}
