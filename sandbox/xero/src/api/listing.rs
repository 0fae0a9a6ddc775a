//! Which rows of a ledger a list shows: changed since, meeting the condition, in order, one page of them.

use std::cmp::Ordering;

use http::header;
use http::request::Parts;
use serde::Serialize;

use crate::answer::Answer;
use crate::books::ledger::{Ledger, Row};
use crate::switches::Switches;
use crate::wire::date::parse_modified_since;

use super::Call;
use super::filter::{self, Field};
use super::query::Paging;
use super::where_clause::{self, Condition, Operator};

/// Fields that Xero can filter and order by whatever the number of rows, in lower case (Xero's pages on each endpoint).
#[derive(Debug, Clone, Copy)]
pub struct Optimised {
    /// Compared for equality.
    pub equal: &'static [&'static str],
    /// Compared for equality and ranges.
    pub range: &'static [&'static str],
    /// Joined by OR.
    pub or: &'static [&'static str],
    /// Ordered by.
    pub order: &'static [&'static str],
}

/// What a list call asks for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Page, or all rows.
    pub paging: Option<Paging>,
    /// Only rows changed at or after this millisecond.
    pub since_ms: Option<i64>,
    /// Condition.
    pub condition: Option<Condition>,
    /// Field in lower case and whether descending.
    pub order: Option<(String, bool)>,
    /// Most rows that it may go through when it is not paged or not optimised.
    pub rows_max: usize,
    /// What is optimised.
    pub optimised: Optimised,
}

/// The page as replies describe it.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    page: usize,
    page_size: usize,
    page_count: usize,
    item_count: usize,
}

/// The rows that a list shows.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Positions in order.
    pub rows: Vec<usize>,
    /// Described only when pages were asked for.
    pub pagination: Option<Pagination>,
}

impl Optimised {
    fn covers(&self, condition: &Condition) -> bool {
        match condition {
            Condition::And(left, right) => self.covers(left) && self.covers(right),
            Condition::Or(left, right) => self.covers_or(left) && self.covers_or(right),
            Condition::Compare(name, Operator::Equal, _) => {
                let name = name.as_str();
                self.equal.contains(&name) || self.range.contains(&name) || self.or.contains(&name)
            }
            Condition::Compare(
                name,
                Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual,
                _,
            ) => self.range.contains(&name.as_str()),
            Condition::Compare(_, Operator::NotEqual, _) | Condition::Text(..) => false,
        }
    }

    fn covers_or(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Or(left, right) => self.covers_or(left) && self.covers_or(right),
            Condition::Compare(name, Operator::Equal, _) => self.or.contains(&name.as_str()),
            Condition::And(..) | Condition::Compare(..) | Condition::Text(..) => false,
        }
    }
}

impl Ask {
    /// Reads the parameters and the header.
    ///
    /// # Errors
    /// The answer for a condition that cannot be read (400) or a time before 1753 (500).
    pub fn read(call: &Call<'_>, optimised: Optimised) -> Result<Self, Answer> {
        let query = call.query;
        let condition = query
            .get("where")
            .map(where_clause::parse)
            .transpose()
            .map_err(|why| Answer::exception(16, "QueryParseException", &why))?;
        let order = query.get("order").map(|text| {
            let mut words = text.split_whitespace();
            let field = words.next().unwrap_or_default().to_ascii_lowercase();
            let descends = words
                .next()
                .is_some_and(|word| word.eq_ignore_ascii_case("desc"));
            (field, descends)
        });
        Ok(Self {
            paging: query.paging(),
            since_ms: since_ms(call.parts, call.switches)?,
            condition,
            order,
            rows_max: call.limits.rows_max,
            optimised,
        })
    }
}

impl Ask {
    /// Whether the condition names the status DELETED, which shows deleted rows even when plain lists do not.
    #[must_use]
    pub fn asks_for_deleted(&self) -> bool {
        self.condition
            .as_ref()
            .is_some_and(|condition| format!("{condition:?}").contains("DELETED"))
    }

    /// Whether filter and order stand on optimised fields only.
    fn is_optimised(&self) -> bool {
        let ordered = |(name, _): &(String, bool)| {
            name == "updateddateutc" || self.optimised.order.contains(&name.as_str())
        };
        self.condition
            .as_ref()
            .is_none_or(|condition| self.optimised.covers(condition))
            && self.order.as_ref().is_none_or(ordered)
    }
}

/// Picks the rows. `field` sees a row's fields, `known` answers for equalities that an index knows, `keeps` is what the
/// endpoint itself asks of a row, `among` limits the rows beforehand.
///
/// # Errors
/// The answer for a field that the rows do not have, or for too many rows without pages.
pub fn pick<'a, T: Row>(
    ledger: &'a Ledger<T>,
    ask: &Ask,
    among: Option<Vec<usize>>,
    keeps: impl Fn(&T) -> bool,
    field: impl Fn(usize, &str) -> Option<Field<'a>>,
) -> Result<Shown, Answer> {
    let unknown = |name: &str| {
        Answer::exception(
            16,
            "QueryParseException",
            &format!("No property or field '{name}' exists"),
        )
    };
    if ledger.rows().len() > ask.rows_max && !ask.is_optimised() {
        return Err(high_volume(ask.rows_max));
    }
    let mut failed = None;
    let mut fits = |at: &usize| {
        let row = ledger.row(*at);
        let recent = ask
            .since_ms
            .is_none_or(|since_ms| row.updated_ms() >= since_ms);
        recent
            && keeps(row)
            && ask.condition.as_ref().is_none_or(|condition| {
                filter::meets(condition, &|name| field(*at, name)).unwrap_or_else(|unknown| {
                    failed = Some(unknown.0);
                    false
                })
            })
    };
    let by_update = ask
        .order
        .as_ref()
        .is_none_or(|(name, descends)| name == "updateddateutc" && !descends);
    let shown = match (among, by_update) {
        (None, true) => window(
            ledger.by_updated_from(ask.since_ms).filter(&mut fits),
            ask.paging,
        ),
        (among, _) => {
            let mut rows: Vec<usize> = match among {
                Some(rows) => rows.into_iter().filter(&mut fits).collect(),
                None => ledger
                    .by_updated_from(ask.since_ms)
                    .filter(&mut fits)
                    .collect(),
            };
            sort(ledger, &mut rows, ask.order.as_ref(), &field).map_err(|name| unknown(&name))?;
            rows.dedup();
            window(rows.into_iter(), ask.paging)
        }
    };
    if let Some(name) = failed {
        return Err(unknown(&name));
    }
    if ask.paging.is_none() && shown.rows.len() > ask.rows_max {
        return Err(high_volume(ask.rows_max));
    }
    Ok(shown)
}

/// Xero's refusal of a read that goes through too many rows.
fn high_volume(rows_max: usize) -> Answer {
    Answer::exception(
        51,
        "HighVolumeException",
        &format!(
            "The request would go through more than {rows_max} records. Use paging and an optimised filter."
        ),
    )
}

fn window(rows: impl Iterator<Item = usize>, paging: Option<Paging>) -> Shown {
    let Some(paging) = paging else {
        return Shown {
            rows: rows.collect(),
            pagination: None,
        };
    };
    let first = (paging.page - 1).saturating_mul(paging.size);
    let mut count = 0;
    let mut page = Vec::with_capacity(paging.size);
    for at in rows {
        if count >= first && page.len() < paging.size {
            page.push(at);
        }
        count += 1;
    }
    Shown {
        rows: page,
        pagination: Some(Pagination {
            page: paging.page,
            page_size: paging.size,
            page_count: count.div_ceil(paging.size),
            item_count: count,
        }),
    }
}

fn sort<'a, T: Row>(
    ledger: &Ledger<T>,
    rows: &mut [usize],
    order: Option<&(String, bool)>,
    field: &impl Fn(usize, &str) -> Option<Field<'a>>,
) -> Result<(), String> {
    let key = |at: &usize| (ledger.row(*at).updated_ms(), ledger.row(*at).id());
    let Some((name, descends)) = order else {
        rows.sort_unstable_by_key(key);
        return Ok(());
    };
    let mut keyed = Vec::with_capacity(rows.len());
    for at in rows.iter() {
        keyed.push((field(*at, name).ok_or_else(|| name.clone())?, *at));
    }
    keyed.sort_by(|(left, left_at), (right, right_at)| {
        let ordering = filter::order(left, right);
        let ordering = if *descends {
            ordering.reverse()
        } else {
            ordering
        };
        ordering.then_with(|| match ordering {
            Ordering::Equal => ledger.row(*left_at).id().cmp(&ledger.row(*right_at).id()),
            Ordering::Less | Ordering::Greater => Ordering::Equal,
        })
    });
    for (slot, (_, at)) in rows.iter_mut().zip(keyed) {
        *slot = at;
    }
    Ok(())
}

/// Second accuracy. A text that is no time is ignored, which gives the full list.
fn since_ms(parts: &Parts, switches: &Switches) -> Result<Option<i64>, Answer> {
    let at = parts
        .headers
        .get(header::IF_MODIFIED_SINCE)
        .and_then(|value| value.to_str().ok())
        .and_then(parse_modified_since);
    let Some(at) = at else {
        return Ok(None);
    };
    let first_allowed = "1753-01-01T00:00:00Z";
    if parse_modified_since(first_allowed).is_some_and(|first| at < first) {
        return Err(Answer::text(
            http::StatusCode::INTERNAL_SERVER_ERROR,
            "An error occurred in Xero. Check the API Status page",
        ));
    }
    let second = at.timestamp() + i64::from(!switches.modified_since_inclusive);
    Ok(Some(second.saturating_mul(1_000)))
}
