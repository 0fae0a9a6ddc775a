//! What should be true, from what the host said and what people did alone: no word of the engine in it.

mod numbers;
mod summaries;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use tieout_core::document::{DocumentKey, Totals};
use uuid::Uuid;

use crate::books::Row;
use crate::coverage::Case;
use crate::decided::Decided;
pub(crate) use crate::excuse::Excuse;
use crate::paper::{Paper, Standing};
use crate::reversals::Reversals;
use crate::sums::{Sums, is_summary};
use crate::till::Till;

/// A document as the host has told it over time.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// As it is now.
    pub(crate) paper: Paper,
    /// Every number that it had.
    numbers: BTreeSet<String>,
    /// Every party that it named.
    parties: BTreeSet<String>,
    /// Everything that it ever came to.
    totals: Vec<Totals>,
    /// Every date that it had.
    dates: BTreeSet<NaiveDate>,
    excuses: BTreeSet<Excuse>,
}

/// The whole truth.
#[derive(Debug, Default)]
pub(crate) struct Model {
    papers: BTreeMap<DocumentKey, Known>,
    /// Whose document each row is that our app made.
    made: BTreeMap<Uuid, DocumentKey>,
    /// Rows that were changed before the engine heard of them.
    doubtful: BTreeSet<Uuid>,
    /// Rows as last seen.
    seen: BTreeMap<Uuid, Row>,
    /// Prefixes that numbers had at the provider.
    prefixes: BTreeSet<String>,
    /// Numbers that somebody took at the provider.
    taken: BTreeSet<String>,
    /// The names that a party goes by since others were renamed to it or merged into it, in lower case.
    became: BTreeMap<String, BTreeSet<String>>,
    /// Parties that somebody archived, merged or renamed, in lower case.
    parties: BTreeSet<String>,
    /// What happened to everything.
    everywhere: BTreeSet<Excuse>,
    disconnected: bool,
    /// What operators decided.
    pub(crate) decided: Decided,
    /// What the host paid.
    pub(crate) till: Till,
    /// Summaries.
    pub(crate) sums: Sums,
    /// The credit notes of undos.
    pub(crate) reversals: Reversals,
}

/// Who changed the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    App,
    People,
}

/// What is wrong, and about which document.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    pub(crate) invariant: &'static str,
    pub(crate) document: String,
    pub(crate) what: String,
}

/// What changed in the books.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// Rows that the app made.
    pub(crate) made: Vec<Row>,
    /// Payments of the host that the app made.
    pub(crate) paid: usize,
    /// What came up.
    pub(crate) met: Vec<Case>,
    /// Invoices that the note of an undo reversed just now.
    pub(crate) reversed: usize,
    /// What must not be.
    pub(crate) wrong: Vec<Wrong>,
}

impl Model {
    /// A number at the provider may begin with this.
    pub(crate) fn prefix(&mut self, prefix: &str) {
        self.prefixes.insert(prefix.to_owned());
    }

    /// The host made or changed a document.
    pub(crate) fn host_said(&mut self, paper: &Paper) {
        let totals = paper.totals();
        let known = self.papers.entry(paper.key()).or_insert_with(|| Known {
            paper: paper.clone(),
            numbers: BTreeSet::new(),
            parties: BTreeSet::new(),
            totals: Vec::new(),
            dates: BTreeSet::new(),
            excuses: BTreeSet::new(),
        });
        known.numbers.insert(paper.number.clone());
        known.dates.insert(paper.issue_date);
        known.parties.insert(paper.party.to_lowercase());
        if !known.totals.contains(&totals) {
            known.totals.push(totals);
        }
        known.paper = paper.clone();
        self.till.host_said(paper);
    }

    /// Something happened to a document; what happens to a summary happens to each document in it.
    pub(crate) fn excuse(&mut self, key: &DocumentKey, excuse: Excuse) {
        let mut about = BTreeSet::from([key.clone()]);
        if is_summary(key) {
            self.sums.excuse(key, excuse);
            about = self.sums.ever_in(key);
        }
        for key in about {
            if let Some(known) = self.papers.get_mut(&key) {
                known.excuses.insert(excuse);
            }
        }
    }

    /// The books were closed for a while.
    pub(crate) fn locked(&mut self) {
        self.everywhere.insert(Excuse::PeriodLocked);
    }

    pub(crate) fn account_archived(&mut self) {
        self.everywhere.insert(Excuse::AccountArchived);
    }

    pub(crate) fn settings_changed(&mut self) {
        self.everywhere.insert(Excuse::SettingsChanged);
    }

    pub(crate) fn disconnected(&mut self) {
        self.everywhere.insert(Excuse::Disconnected);
        self.disconnected = true;
    }

    pub(crate) fn connected(&mut self) {
        self.disconnected = false;
    }

    pub(crate) fn is_disconnected(&self) -> bool {
        self.disconnected
    }

    pub(crate) fn number_taken(&mut self, number: &str) {
        self.taken.insert(number.to_owned());
    }

    /// One party was renamed to another, or merged into it.
    pub(crate) fn party_became(&mut self, from: &str, to: &str) {
        let earlier = self.became.entry(to.to_lowercase()).or_default();
        earlier.insert(from.to_lowercase());
        self.party_changed(from);
    }

    /// Somebody changed a document before the engine heard that it was made: it may not be known again as ours.
    pub(crate) fn disown(&mut self, row: Uuid) {
        if let Some(key) = self.made.get(&row).cloned() {
            self.doubtful.insert(row);
            self.excuse(&key, Excuse::Disowned);
        }
    }

    /// The engine knows that a document was made.
    pub(crate) fn heard_of(&mut self, row: &str) {
        if let Ok(row) = Uuid::parse_str(row) {
            self.doubtful.remove(&row);
        }
    }

    pub(crate) fn party_changed(&mut self, party: &str) {
        self.parties.insert(party.to_lowercase());
    }

    /// Whether something happened that makes a finding about a document right.
    pub(crate) fn has(&self, known: &Known, excuse: Excuse) -> bool {
        match excuse {
            Excuse::NumberTaken => known
                .numbers
                .iter()
                .any(|number| self.taken.contains(number)),
            Excuse::PartyChanged => known.parties.iter().any(|party| self.has_changed(party)),
            Excuse::PeriodLocked
            | Excuse::AccountArchived
            | Excuse::SettingsChanged
            | Excuse::Disconnected => self.everywhere.contains(&excuse),
            Excuse::Crooked
            | Excuse::Unclaimed
            | Excuse::OddStatus
            | Excuse::Moved
            | Excuse::Edited
            | Excuse::Disowned
            | Excuse::Removed
            | Excuse::Settled
            | Excuse::NumberUsedUp
            | Excuse::HostRefused
            | Excuse::Skipped
            | Excuse::Detached
            | Excuse::Adopted
            | Excuse::ToldApart
            | Excuse::PaidByHost
            | Excuse::Overpaid
            | Excuse::PaymentTakenBack => known.excuses.contains(&excuse),
        }
    }

    pub(crate) fn papers(&self) -> impl Iterator<Item = &Known> {
        self.papers.values()
    }

    pub(crate) fn paper(&self, key: &DocumentKey) -> Option<&Known> {
        self.papers.get(key)
    }

    /// Whether a row is a document's.
    pub(crate) fn is_of(&self, row: &str, document: &DocumentKey) -> bool {
        let row = Uuid::parse_str(row).ok();
        row.and_then(|row| self.made.get(&row)) == Some(document)
    }

    /// Whose a row is.
    pub(crate) fn owner(&self, row: Uuid) -> Option<&DocumentKey> {
        self.made.get(&row)
    }

    /// The live rows of a document, in all organisations.
    pub(crate) fn live_rows(&self, key: &DocumentKey) -> Vec<&Row> {
        let rows = self.seen.values().filter(|row| self.counts(row));
        rows.filter(|row| self.made.get(&row.id) == Some(key))
            .collect()
    }

    /// Looks at the books after somebody may have changed them.
    pub(crate) fn observe(&mut self, rows: Vec<Row>, by: By, now: DateTime<Utc>) -> Observed {
        let mut observed = Observed::default();
        for row in rows {
            let before = self.seen.get(&row.id);
            if before == Some(&row) {
                continue;
            }
            let is_new = before.is_none();
            let totals_changed = before.is_none_or(|before| before.totals != row.totals);
            if by == By::App {
                observed
                    .wrong
                    .extend(before.and_then(|before| self.taken_back(before, &row)));
            } else {
                self.reversals.people_touched(row.id);
            }
            if by == By::App {
                self.observe_sum(&row, now, &mut observed);
            }
            let note = match is_new && row.ours {
                true => self.reversals.app_made(&row),
                false => None,
            };
            if let Some(wrong) = note {
                observed.wrong.extend(wrong);
            } else if is_new && row.ours {
                let of_sum = self.spelled(&row).map(|spelled| spelled.key);
                match of_sum.or_else(|| self.attribute(&row)) {
                    Some(key) => {
                        observed.wrong.extend(self.sent_though_undone(&key, &row));
                        self.made.insert(row.id, key);
                    }
                    None => observed.wrong.push(Wrong {
                        invariant: "what is sent is a document of the host",
                        document: row.number.clone(),
                        what: format!("nobody in the host has it: {row:?}"),
                    }),
                }
                observed.made.push(row.clone());
            }
            if by == By::App
                && let Some(document) = self.made.get(&row.id)
            {
                let before = self.seen.get(&row.id);
                let money = self.without_notes(&row);
                let (paid, wrong) = self.till.observe(document, before, &money);
                observed.paid += paid;
                observed.wrong.extend(wrong);
            }
            if by == By::App && totals_changed {
                observed.wrong.extend(self.sent_otherwise(&row));
            }
            self.note_facts(&row);
            let was_reversed = self
                .seen
                .get(&row.id)
                .is_some_and(|it| self.is_reversed(it));
            if self.is_reversed(&row) && !was_reversed {
                observed.reversed += 1;
            }
            self.seen.insert(row.id, row);
        }
        observed.wrong.extend(self.doubles());
        observed
            .wrong
            .extend(self.reversals.doubles(self.seen.values()));
        observed
    }

    /// Every row as last seen.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.seen.values()
    }

    /// The app takes back nothing that others settled.
    fn taken_back(&self, before: &Row, row: &Row) -> Option<Wrong> {
        let gone = |id: &&String| !row.settled_by.contains_key(*id) && !self.till.is_ours(id);
        let gone: Vec<&String> = before.settled_by.keys().filter(gone).collect();
        (!gone.is_empty()).then(|| Wrong {
            invariant: "what others settled is never taken back",
            document: row.number.clone(),
            what: format!("{gone:?} are gone from {row:?}"),
        })
    }

    fn sent_though_undone(&self, key: &DocumentKey, row: &Row) -> Option<Wrong> {
        self.decided.is_undone(key).then(|| Wrong {
            invariant: "what is undone is not sent again before a retry",
            document: key.to_string(),
            what: format!("it was made again: {row:?}"),
        })
    }

    /// A document that was there became a document's own: asked for by somebody, or because it is the very same.
    pub(crate) fn adopted(
        &mut self,
        key: &DocumentKey,
        row: &str,
        by_person: bool,
    ) -> Option<Wrong> {
        let wrong = |invariant, what: String| {
            Some(Wrong {
                invariant,
                document: key.to_string(),
                what,
            })
        };
        let id = Uuid::parse_str(row).ok()?;
        let Some(known) = self.papers.get(key) else {
            // A summary has no paper: its lines say whose it is, and now it is known again.
            self.doubtful.remove(&id);
            return None;
        };
        let Some(held) = self.seen.get(&id) else {
            return wrong("what is adopted is there", format!("nobody has seen {row}"));
        };
        if by_person && !self.decided.may_adopt(key) {
            return wrong("what somebody adopts was asked for", format!("{held:?}"));
        }
        let is_same = known.totals.contains(&held.totals)
            && known
                .numbers
                .iter()
                .any(|number| self.spells(number, &held.number));
        if !by_person && !is_same {
            return wrong("unasked only the very same is adopted", format!("{held:?}"));
        }
        let was_let_go = |owner: &DocumentKey| {
            let paper = self.papers.get(owner);
            paper.is_some_and(|owner| owner.has(&[Excuse::Detached]))
                || self.sums.has(owner, Excuse::Detached)
        };
        // What was changed before the engine heard of it belongs to nobody that it knows: a person may name it.
        let is_nobodys = by_person && self.doubtful.contains(&id);
        let of_other = self.made.get(&id).filter(|owner| *owner != key);
        if let Some(owner) = of_other.filter(|owner| !is_nobodys && !was_let_go(owner)) {
            let what = format!("it belongs to {owner}: {held:?}");
            return wrong("what one document has is not given to another", what);
        }
        let is_settled = !held.settled.is_zero();
        if was_let_go(key) {
            // What it was bound to before is somebody's own by now.
            self.made.retain(|row, owner| owner != key || *row == id);
        }
        self.made.insert(id, key.clone());
        self.doubtful.remove(&id);
        self.decided.ends_undo(key);
        self.decided.is_together(key, row);
        self.excuse(key, Excuse::Adopted);
        if is_settled {
            self.excuse(key, Excuse::Settled);
        }
        None
    }

    /// The document that a new row was made for.
    fn attribute(&self, row: &Row) -> Option<DocumentKey> {
        let fits = |known: &&Known| {
            known.paper.kind == row.kind
                && known
                    .numbers
                    .iter()
                    .any(|number| self.spells(number, &row.number))
        };
        let candidates: Vec<&Known> = self.papers.values().filter(fits).collect();
        let names = self.names_of(&row.party);
        let named = |known: &&Known| names.iter().any(|name| known.parties.contains(name));
        let comes_to_it = |known: &&Known| known.totals.contains(&row.totals);
        // Suppliers number their bills alike, and may have been merged into one.
        let of_party = candidates.iter().copied().filter(named);
        let best = of_party.clone().find(comes_to_it);
        let best = best.or_else(|| of_party.clone().next());
        let only = candidates.first().filter(|_| candidates.len() == 1);
        only.copied().or(best).map(|known| known.paper.key())
    }

    fn has_changed(&self, party: &str) -> bool {
        self.parties
            .iter()
            .any(|changed| self.names_of(changed).iter().any(|name| name == party))
    }

    /// Every name that a party had, in lower case.
    fn names_of(&self, party: &str) -> Vec<String> {
        let mut names = vec![party.to_lowercase()];
        let mut at = 0;
        while let Some(name) = names.get(at) {
            let earlier = self.became.get(name).into_iter().flatten();
            let new: Vec<String> = earlier
                .filter(|name| !names.contains(name))
                .cloned()
                .collect();
            names.extend(new);
            at += 1;
        }
        names
    }

    fn spells(&self, number: &str, at_provider: &str) -> bool {
        let prefixed = |prefix: &String| at_provider.strip_prefix(prefix.as_str()) == Some(number);
        at_provider == number || self.prefixes.iter().any(prefixed)
    }

    /// What the app wrote comes to what the host said at some time.
    fn sent_otherwise(&self, row: &Row) -> Option<Wrong> {
        let key = self.made.get(&row.id)?;
        let known = self.papers.get(key)?;
        (!known.totals.contains(&row.totals)).then(|| Wrong {
            invariant: "nothing is sent whose total differs from the host's",
            document: key.to_string(),
            what: format!(
                "{} comes to {:?}, the host said {:?}",
                row.number, row.totals, known.totals
            ),
        })
    }

    fn note_facts(&mut self, row: &Row) {
        let Some(key) = self.made.get(&row.id).cloned() else {
            return;
        };
        if !self.of_others(row).is_empty() {
            self.excuse(&key, Excuse::Settled);
        }
        if !self.till.ours(row).is_empty() {
            self.excuse(&key, Excuse::PaidByHost);
        }
        if !row.is_live() {
            self.excuse(&key, Excuse::NumberUsedUp);
        }
    }

    /// Whether a row is live and known to be somebody's.
    fn counts(&self, row: &Row) -> bool {
        row.is_live() && !self.doubtful.contains(&row.id) && !self.is_reversed(row)
    }

    /// Documents that are live more than once.
    fn doubles(&self) -> Vec<Wrong> {
        let mut live: BTreeMap<&DocumentKey, Vec<&Row>> = BTreeMap::new();
        for row in self.seen.values().filter(|row| self.counts(row)) {
            if let Some(key) = self.made.get(&row.id) {
                live.entry(key).or_default().push(row);
            }
            for (key, _) in self.sums.of_row(row.id).iter().flat_map(|sum| &sum.parts) {
                live.entry(key).or_default().push(row);
            }
        }
        let several = live.into_iter().filter(|(_, rows)| rows.len() > 1);
        several
            .map(|(key, rows)| Wrong {
                invariant: "at most one live provider document for each host document",
                document: key.to_string(),
                what: format!("{} live: {rows:?}", rows.len()),
            })
            .collect()
    }
}

impl Known {
    pub(crate) fn has(&self, excuses: &[Excuse]) -> bool {
        excuses.iter().any(|excuse| self.excuses.contains(excuse))
    }

    /// Whether the provider shall hold it; `None` where a draft may have been sent before it became one.
    pub(crate) fn is_wanted(&self) -> Option<bool> {
        match self.paper.standing {
            Standing::Final => Some(true),
            Standing::Draft | Standing::Odd => None,
            Standing::Voided | Standing::Reversed | Standing::Deleted => Some(false),
        }
    }
}
