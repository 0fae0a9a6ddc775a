//! What is gathered for a group until it is told: counts of everything, and the first of each to be listed.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::check::Rule;
use tieout_core::document::{ConnectionId, Money};
use tieout_core::engine::BindingKey;

/// Of one sort, how many are listed one by one; the rest is counted.
pub(crate) const LISTED_MAX: usize = 50;
/// Kinds of findings that are counted apart; others together.
const KINDS_MAX: usize = 100;
/// The longest note of a row, in characters.
const NOTE_CHARS_MAX: usize = 240;
/// How long nothing may need anybody for the next finding to be told as soon as the first.
const QUIET: TimeDelta = TimeDelta::hours(1);
/// The longest that findings are gathered for while they keep coming.
const GATHER_MAX: TimeDelta = TimeDelta::hours(1);

/// What is gathered for one group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Tally {
    /// When its group was added: a group of the same name that is added later begins anew.
    pub(crate) of: DateTime<Utc>,
    /// What happened since it was last told.
    pub(crate) digest: Digest,
    /// What needs somebody and was not told.
    pub(crate) needs: Needs,
    /// When the mail of the day was last made, or passed over for having nothing to say.
    pub(crate) daily_at: Option<DateTime<Utc>>,
    /// The last mail of each sort, by its number.
    pub(crate) last_mail: BTreeMap<String, u64>,
}

/// What happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Digest {
    /// When the first of it was seen; `None` while there is nothing.
    pub(crate) first_at: Option<DateTime<Utc>>,
    pub(crate) sent: Tallied,
    pub(crate) updated: Tallied,
    pub(crate) voided: Tallied,
    pub(crate) payments: Tallied,
    /// Payments that were taken back.
    pub(crate) reversed: Tallied,
    pub(crate) failed: Tallied,
    /// Findings that went, of this while and of before.
    pub(crate) mended: u64,
}

/// How many of one sort, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Tallied {
    pub(crate) count: u64,
    pub(crate) rows: Vec<Row>,
    /// What they come to, in each currency.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sums: Vec<Money>,
}

/// What needs somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Needs {
    /// When the first of it was seen; `None` while there is nothing.
    pub(crate) first_at: Option<DateTime<Utc>>,
    /// How many of each kind.
    pub(crate) kinds: BTreeMap<String, u64>,
    pub(crate) rows: Vec<Row>,
    /// When the group was last told.
    pub(crate) told_at: Option<DateTime<Utc>>,
    /// How often it was told without an hour of quiet between.
    pub(crate) in_a_row: u32,
}

/// One line of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<BindingKey>,
    /// The connection, where it is about one as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) connection: Option<ConnectionId>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) number: String,
    pub(crate) at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<Rule>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) field: String,
    /// What is said of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) note: String,
    /// What to do, where no table says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) remedy: String,
}

impl Tallied {
    /// Counts one more, and lists it if there is room.
    pub(crate) fn add(&mut self, row: Row) {
        self.count += 1;
        if self.rows.len() < LISTED_MAX {
            self.rows.push(row);
        }
    }

    /// Adds an amount to what they come to.
    pub(crate) fn sum(&mut self, amount: Money) {
        let of_currency = |it: &&mut Money| it.currency == amount.currency;
        match self.sums.iter_mut().find(of_currency) {
            Some(sum) => *sum = sum.checked_add(amount).unwrap_or(*sum),
            None => self.sums.push(amount),
        }
    }
}

impl Digest {
    /// Notes that there is something to tell.
    pub(crate) fn begin(&mut self, now: DateTime<Utc>) {
        self.first_at.get_or_insert(now);
    }
}

impl Needs {
    /// Adds something that needs somebody.
    pub(crate) fn add(&mut self, row: Row, now: DateTime<Utc>) {
        if self.first_at.is_none() {
            self.first_at = Some(now);
            let is_quiet = self.told_at.is_none_or(|told| now - told > QUIET);
            if is_quiet {
                self.in_a_row = 0;
            }
        }
        let name = row.rule.as_ref().map_or("other", Rule::as_str);
        let name = match self.kinds.len() < KINDS_MAX || self.kinds.contains_key(name) {
            true => name.to_owned(),
            false => "other".to_owned(),
        };
        *self.kinds.entry(name).or_default() += 1;
        if self.rows.len() < LISTED_MAX {
            self.rows.push(row);
        }
    }

    /// Takes something back that went before it was told; `opened_at` is when it was added.
    pub(crate) fn take_back(
        &mut self,
        key: &BindingKey,
        rule: &Rule,
        field: &str,
        opened_at: DateTime<Utc>,
    ) {
        if self.first_at.is_none_or(|first| opened_at < first) {
            return;
        }
        self.rows.retain(|row| {
            (row.key.as_ref(), row.rule.as_ref(), row.field.as_str())
                != (Some(key), Some(rule), field)
        });
        self.one_less(rule.as_str());
    }

    /// The access of a connection works again before anybody was told that it did not.
    pub(crate) fn access_back(&mut self, connection: &ConnectionId, rule: &str) {
        let before = self.rows.len();
        self.rows
            .retain(|row| row.connection.as_ref() != Some(connection));
        if self.rows.len() < before {
            self.one_less(rule);
        }
    }

    fn one_less(&mut self, name: &str) {
        if let Some(count) = self.kinds.get_mut(name) {
            *count -= 1;
            if *count == 0 {
                self.kinds.remove(name);
            }
        }
        if self.kinds.is_empty() {
            self.first_at = None;
        }
    }

    /// When it is told: after a gathering that grows while findings keep coming; `None` while there is nothing.
    pub(crate) fn due_at(&self, gather: TimeDelta) -> Option<DateTime<Utc>> {
        let doubled = 1_i32 << self.in_a_row.min(10);
        Some(self.first_at? + (gather * doubled).min(GATHER_MAX))
    }

    /// Everything gathered was told.
    pub(crate) fn told(&mut self, now: DateTime<Utc>) {
        *self = Self {
            told_at: Some(now),
            in_a_row: self.in_a_row.saturating_add(1),
            ..Self::default()
        };
    }

    /// How many.
    pub(crate) fn count(&self) -> u64 {
        self.kinds.values().sum()
    }
}

/// A text as a row keeps it: one line, cut off.
pub(crate) fn note(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect();
    match line.char_indices().nth(NOTE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}
