//! What a binding and a document ask for beside themselves: entries of the queue, the indices and the lists, and counts.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::super::{RuleTally, Slot, StoreError, Tally, folded};
use super::keys::{self, tag};
use super::list_keys;
use super::reader::corrupt;
use crate::check::Rule;
use crate::document::{Document, DocumentKey};
use crate::engine::Binding;

/// What every entry here is made by. Counts up when one of these functions, or one of the engine's that they ask
/// (`Binding::due`, `Binding::findings`, `Binding::is_old_and_left`), answers differently for what is stored already, or
/// when more is counted: everything is then made anew at the next start.
pub(super) const INDEX_RULES: u32 = 5;

/// Everything that is made from bindings and documents, and can be made from them again.
pub(super) const TAGS: [u8; 7] = [
    tag::QUEUE,
    tag::NUMBER,
    tag::POSTED,
    tag::LISTED,
    tag::NUMBERED,
    tag::CASE,
    tag::TALLY,
];

/// The entries of a binding in the queue, the indices and the lists, all with empty values.
pub(super) fn entries(binding: &Binding) -> Vec<Vec<u8>> {
    let mut entries = by_number(binding).to_vec();
    entries.extend(by_posting(binding));
    entries.extend(moving(binding));
    entries
}

/// Of those of a binding before and after a commit, all that may differ.
pub(super) fn entries_that_change(
    before: Option<&Binding>,
    after: &Binding,
) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let Some(before) = before else {
        return (Vec::new(), entries(after));
    };
    let (mut gone, mut new) = (moving(before), moving(after));
    if before.number != after.number {
        gone.extend(by_number(before));
        new.extend(by_number(after));
    }
    let posting = |binding: &'_ Binding| binding.posted.as_ref().map(|posted| posted.id.clone());
    if posting(before) != posting(after) {
        gone.extend(by_posting(before));
        new.extend(by_posting(after));
    }
    (gone, new)
}

fn by_number(binding: &Binding) -> [Vec<u8>; 2] {
    [
        keys::number(&binding.number, &binding.key),
        list_keys::numbered(&folded::head(&binding.number), &binding.key),
    ]
}

fn by_posting(binding: &Binding) -> Option<Vec<u8>> {
    let posted = binding.posted.as_ref()?;
    Some(keys::posted(&posted.id, &binding.key))
}

/// What almost every commit moves: its place in the queue and in the lists.
fn moving(binding: &Binding) -> Vec<Vec<u8>> {
    let key = &binding.key;
    let due = binding.due();
    let mut entries: Vec<_> = due.iter().map(|due| keys::queue(due, key)).collect();
    let slot = Slot::of(binding);
    let rules = RuleTally::of(binding);
    let starts = rules.keys().map(|it| list_keys::of_rule(tag::LISTED, it));
    for start in starts.chain([list_keys::of_all(tag::LISTED)]) {
        let line = list_keys::line(start, &slot);
        entries.push(list_keys::listed(
            &line,
            binding.changed_at,
            &key.document.id,
        ));
    }
    entries
}

/// The entries of a document, with empty values.
pub(super) fn entries_of_document(key: &DocumentKey, document: &Document) -> Vec<Vec<u8>> {
    let cases = document.case_numbers().into_iter();
    let mut entries: Vec<_> = cases.map(|case| list_keys::case(case, key)).collect();
    // Two spellings of one case are one.
    entries.sort_unstable();
    entries.dedup();
    entries
}

/// What is counted of one line, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Count {
    /// The rule, since the key has only its hash; none of a line of every binding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<Rule>,
    pub(super) tally: Tally,
}

/// What bindings add to counts and take away from them, by the keys of these.
#[derive(Debug, Default)]
pub(super) struct Changes(HashMap<Vec<u8>, Change>);

/// What becomes of one count.
#[derive(Debug, Default)]
pub(super) struct Change {
    rule: Option<Rule>,
    plus: Tally,
    minus: Tally,
}

impl Changes {
    /// Counts a binding.
    pub(super) fn add(&mut self, binding: &Binding) {
        self.each(binding, |change, tally| {
            change.plus = change.plus.plus(tally);
        });
    }

    /// Counts a binding no more.
    pub(super) fn take_away(&mut self, binding: &Binding) {
        self.each(binding, |change, tally| {
            change.minus = change.minus.plus(tally);
        });
    }

    /// Those that change anything.
    pub(super) fn into_changes(self) -> impl Iterator<Item = (Vec<u8>, Change)> {
        let all = self.0.into_iter();
        all.filter(|(_, change)| change.plus != change.minus)
    }

    fn each(&mut self, binding: &Binding, change: impl Fn(&mut Change, Tally)) {
        let slot = Slot::of(binding);
        let key = list_keys::line(list_keys::of_all(tag::TALLY), &slot);
        change(self.0.entry(key).or_default(), Tally::of(binding));
        for (rule, of) in RuleTally::of(binding) {
            let key = list_keys::line(list_keys::of_rule(tag::TALLY, &rule), &slot);
            let tally = Tally {
                documents: of.documents,
                findings: of.findings,
                ..Tally::default()
            };
            let one = self.0.entry(key).or_default();
            one.rule = Some(rule);
            change(one, tally);
        }
    }
}

impl Change {
    /// The count after this change; `None` when nothing is left to count.
    ///
    /// Fails where more is taken away than was counted: the count is damaged, and is not guessed.
    pub(super) fn of(self, key: &[u8], count: Option<Count>) -> Result<Option<Count>, StoreError> {
        let tally = count.unwrap_or_default().tally.plus(self.plus);
        let tally = less(tally, self.minus)
            .ok_or_else(|| corrupt(key, "it counts less than there is".to_owned()))?;
        let rule = self.rule;
        Ok((tally.documents > 0).then_some(Count { rule, tally }))
    }
}

fn less(from: Tally, minus: Tally) -> Option<Tally> {
    Some(Tally {
        documents: from.documents.checked_sub(minus.documents)?,
        in_need: from.in_need.checked_sub(minus.in_need)?,
        findings: from.findings.checked_sub(minus.findings)?,
        owed: from.owed.checked_sub(minus.owed)?,
        old_left: from.old_left.checked_sub(minus.old_left)?,
        old_held: from.old_held.checked_sub(minus.old_held)?,
        old_sent: from.old_sent.checked_sub(minus.old_sent)?,
        posted: from.posted.checked_sub(minus.posted)?,
        gathering: from.gathering.checked_sub(minus.gathering)?,
    })
}
