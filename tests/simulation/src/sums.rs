//! Summaries as the provider's books show them: which documents of the host stand in each, and what must never be there.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc, Weekday};
use rust_decimal::Decimal;
use tieout_core::document::{DocumentId, DocumentKey, DocumentKind, Totals};
use uuid::Uuid;

use crate::books::Row;
use crate::excuse::Excuse;
use crate::model::Wrong;
use crate::paper::host_id;

/// What every number of a summary begins with.
pub(crate) const MARK: &str = "SUM-";
/// A node's clock may be ahead by so much.
const CLOCK_AHEAD: TimeDelta = TimeDelta::seconds(60);

/// A summary in the books.
#[derive(Clone, Debug)]
pub(crate) struct Sum {
    /// The document that the engine makes of it.
    pub(crate) key: DocumentKey,
    /// The documents in it, in the order of their lines, each with what it comes to.
    pub(crate) parts: Vec<(DocumentKey, Totals)>,
    /// Every document that was ever in it.
    pub(crate) ever: BTreeSet<DocumentKey>,
}

impl Sum {
    /// Whether somebody edited its amounts: what of it is for which document, also of those that left it, nobody can say.
    pub(crate) fn is_edited(&self, row: &Row) -> bool {
        let whole: Decimal = self.parts.iter().map(|(_, part)| part.gross).sum();
        whole != row.totals.gross
    }
}

/// All summaries that ever stood in the books.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    rows: BTreeMap<Uuid, Sum>,
    /// Who travelled in a summary before it first stood in the books: what leaves it for a while may come back.
    aboard: BTreeMap<DocumentKey, BTreeSet<DocumentKey>>,
    /// What happened to summaries themselves.
    excuses: BTreeMap<DocumentKey, BTreeSet<Excuse>>,
    /// Hours after a period at which it may close at the earliest.
    closes_after_hours: Option<i64>,
}

/// What is known of a document of the host that a line names.
pub(crate) struct Named<'a> {
    pub(crate) key: DocumentKey,
    /// Everything that it ever came to.
    pub(crate) totals: &'a [Totals],
    /// Every date that it had.
    pub(crate) dates: &'a BTreeSet<NaiveDate>,
    /// Whether the row names a party of it.
    pub(crate) is_of_party: bool,
}

/// What the number of a summary says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spelled {
    pub(crate) key: DocumentKey,
    pub(crate) first: NaiveDate,
    pub(crate) last: NaiveDate,
    /// Whether it is a further one of its period.
    pub(crate) is_further: bool,
}

/// Reads the number of a summary, without the prefix that the settings put before it.
pub(crate) fn spelled(number: &str) -> Option<Spelled> {
    let mut words = number.strip_prefix(MARK)?.split('-');
    let year = words.next()?;
    let second = words.next()?;
    let third = words.next()?;
    let (name, first, last, mark) = if let Some(week) = second.strip_prefix('W') {
        let first =
            NaiveDate::from_isoywd_opt(year.parse().ok()?, week.parse().ok()?, Weekday::Mon)?;
        let last = first.checked_add_days(Days::new(6))?;
        (format!("{year}-{second}"), first, last, third)
    } else if third.len() == 2 {
        let day: NaiveDate = format!("{year}-{second}-{third}").parse().ok()?;
        (day.to_string(), day, day, words.next()?)
    } else {
        let first = NaiveDate::from_ymd_opt(year.parse().ok()?, second.parse().ok()?, 1)?;
        let last = first.checked_add_months(Months::new(1))?.pred_opt()?;
        (format!("{year}-{second}"), first, last, third)
    };
    let part = words.next();
    let id = match part {
        None => format!("sum-{name}-{}", mark.to_lowercase()),
        Some(part) => format!("sum-{name}-{}-{part}", mark.to_lowercase()),
    };
    Some(Spelled {
        key: DocumentKey {
            host: host_id(),
            kind: DocumentKind::Invoice,
            id: DocumentId::new(id).ok()?,
        },
        first,
        last,
        is_further: part.is_some(),
    })
}

/// The last day of the period of a day that ends last of all periods that there are.
pub(crate) fn ends_at_most(day: NaiveDate) -> NaiveDate {
    let month = day
        .with_day(1)
        .and_then(|first| first.checked_add_months(Months::new(1)));
    let month = month.and_then(|next| next.pred_opt()).unwrap_or(day);
    let week = day.checked_add_days(Days::new(6)).unwrap_or(day);
    month.max(week)
}

impl Sums {
    /// Settings were in force by which a period closes so long after its end.
    pub(crate) fn closes_after(&mut self, hours: i64) {
        let least = self.closes_after_hours.map_or(hours, |it| it.min(hours));
        self.closes_after_hours = Some(least);
    }

    /// A document travels in a summary.
    pub(crate) fn aboard(&mut self, summary: &DocumentKey, document: &DocumentKey) {
        if !self.rows.values().any(|sum| sum.key == *summary) {
            let aboard = self.aboard.entry(summary.clone()).or_default();
            aboard.insert(document.clone());
        }
    }

    /// Whether a document travelled in a summary before that first stood in the books.
    fn was_aboard(&self, summary: &DocumentKey, document: &DocumentKey) -> bool {
        let aboard = self.aboard.get(summary);
        aboard.is_some_and(|aboard| aboard.contains(document))
    }

    /// The app wrote a summary: what must not be.
    pub(crate) fn written(
        &mut self,
        row: &Row,
        spelled: &Spelled,
        named: &BTreeMap<String, Named<'_>>,
        now: DateTime<Utc>,
    ) -> Vec<Wrong> {
        let known = self.rows.get(&row.id);
        let ever = known.map(|known| known.ever.clone());
        let mut wrong = Vec::new();
        let mut tell = |invariant, what: String| {
            wrong.push(Wrong {
                invariant,
                document: row.number.clone(),
                what,
            });
        };
        let (parts, strangers) = parts(row, named);
        for text in strangers {
            tell(
                "what a summary has is of a document of the host",
                format!("nobody has {text:?}"),
            );
        }
        for named in named.values() {
            let Some((key, part)) = parts.iter().find(|(key, _)| *key == named.key) else {
                continue;
            };
            if !named.totals.contains(part) {
                let what = format!("{key} is {part:?} there, the host said {:?}", named.totals);
                tell("a summary has each document to the cent", what);
            }
            let lies = |day: &NaiveDate| (spelled.first..=spelled.last).contains(day);
            if !named.dates.iter().any(lies) {
                let what = format!("{key} was of {:?}", named.dates);
                tell("a summary has documents of its period only", what);
            }
            if !named.is_of_party {
                let what = format!("{key} stands on an invoice to {}", row.party);
                tell("a summary has documents of its customer only", what);
            }
            let is_new = ever.as_ref().is_some_and(|ever| !ever.contains(key));
            if is_new && !self.was_aboard(&spelled.key, key) {
                tell(
                    "nobody joins a summary that was sent",
                    format!("{key} came into {row:?}"),
                );
            }
        }
        let sum = |of: fn(&Totals) -> Decimal| parts.iter().map(|(_, it)| of(it)).sum::<Decimal>();
        let sums = Totals {
            net: sum(|it| it.net),
            tax: sum(|it| it.tax),
            gross: sum(|it| it.gross),
        };
        if sums != row.totals {
            let what = format!("its parts are {sums:?}, there is {row:?}");
            tell("a summary is the sum of its documents", what);
        }
        let closes = self.closes(spelled);
        if known.is_none() && closes.is_some_and(|closes| now + CLOCK_AHEAD < closes) {
            let what = format!("it was sent at {now}, its period closes at {closes:?}");
            tell("a summary waits for the end of its period", what);
        }
        let mut ever = ever.unwrap_or_default();
        ever.extend(parts.iter().map(|(key, _)| key.clone()));
        let key = spelled.key.clone();
        self.rows.insert(row.id, Sum { key, parts, ever });
        wrong
    }

    /// When the period of a summary is over at the earliest.
    fn closes(&self, spelled: &Spelled) -> Option<DateTime<Utc>> {
        let midnight = spelled.last.succ_opt()?.and_hms_opt(0, 0, 0)?.and_utc();
        Some(midnight + TimeDelta::hours(self.closes_after_hours.unwrap_or_default()))
    }

    /// A summary by its row.
    pub(crate) fn of_row(&self, row: Uuid) -> Option<&Sum> {
        self.rows.get(&row)
    }

    /// The rows of summaries in which a document stands.
    pub(crate) fn rows_with<'a>(&'a self, key: &'a DocumentKey) -> impl Iterator<Item = Uuid> + 'a {
        let has = move |sum: &&Sum| sum.parts.iter().any(|(member, _)| member == key);
        let rows = self.rows.iter().filter(move |(_, sum)| has(sum));
        rows.map(|(row, _)| *row)
    }

    /// Every document that ever stood in a summary.
    pub(crate) fn ever_in(&self, key: &DocumentKey) -> BTreeSet<DocumentKey> {
        let sums = self.rows.values().filter(|sum| sum.key == *key);
        sums.flat_map(|sum| sum.ever.clone()).collect()
    }

    /// Something happened to a summary.
    pub(crate) fn excuse(&mut self, key: &DocumentKey, excuse: Excuse) {
        self.excuses.entry(key.clone()).or_default().insert(excuse);
    }

    /// Whether something happened to a summary.
    pub(crate) fn has(&self, key: &DocumentKey, excuse: Excuse) -> bool {
        let excuses = self.excuses.get(key);
        excuses.is_some_and(|excuses| excuses.contains(&excuse))
    }
}

/// Whether a document is one that the engine made itself.
pub(crate) fn is_summary(key: &DocumentKey) -> bool {
    key.id.as_str().starts_with("sum-")
}

/// What each document comes to in a summary, in the order of its lines; and lines that name none.
fn parts(
    row: &Row,
    named: &BTreeMap<String, Named<'_>>,
) -> (Vec<(DocumentKey, Totals)>, Vec<String>) {
    let mut parts: Vec<(DocumentKey, Totals)> = Vec::new();
    let mut strangers = Vec::new();
    for line in &row.lines {
        let number = line.text.split_once(": ").map(|(number, _)| number);
        let Some(named) = number.and_then(|number| named.get(number)) else {
            strangers.push(line.text.clone());
            continue;
        };
        let at = parts.iter().position(|(key, _)| *key == named.key);
        let at = at.unwrap_or_else(|| {
            let nothing = Totals {
                net: Decimal::ZERO,
                tax: Decimal::ZERO,
                gross: Decimal::ZERO,
            };
            parts.push((named.key.clone(), nothing));
            parts.len() - 1
        });
        let part = &mut parts[at].1;
        part.net += line.net;
        part.tax += line.tax;
        part.gross += line.net + line.tax;
    }
    (parts, strangers)
}

/// How much of what settles a summary is each document's: the first in it is settled first, the last has what is too much.
pub(crate) fn dealt(parts: &[(DocumentKey, Totals)], settled: Decimal) -> Vec<Decimal> {
    let mut left = settled;
    let mut dealt: Vec<Decimal> = parts
        .iter()
        .map(|(_, part)| {
            let share = left.min(part.gross);
            left -= share;
            share
        })
        .collect();
    if let Some(last) = dealt.last_mut() {
        *last += left;
    }
    dealt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_summary_says_its_period() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_default();
        let cases = [
            (
                "SUM-2026-11-22-0A1B",
                "2026-11-22",
                "2026-11-22",
                "sum-2026-11-22-0a1b",
            ),
            (
                "SUM-2026-W47-0A1B-2",
                "2026-11-16",
                "2026-11-22",
                "sum-2026-W47-0a1b-2",
            ),
            (
                "SUM-2028-02-0A1B",
                "2028-02-01",
                "2028-02-29",
                "sum-2028-02-0a1b",
            ),
        ];
        for (number, first, last, id) in cases {
            let Some(spelled) = spelled(number) else {
                unreachable!("a number of a summary")
            };
            assert_eq!((spelled.first, spelled.last), (day(first), day(last)));
            assert_eq!(spelled.key.id.as_str(), id);
        }
    }
}
