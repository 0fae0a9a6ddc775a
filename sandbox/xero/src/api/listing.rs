//! Which rows of a ledger a list shows: changed since, meeting the condition, in order, one page of them.

use std::cmp::Ordering;

use http::header;
use http::request::Parts;
use serde::Serialize;

use crate::answer::Answer;
use crate::books::ledger::{Ledger, Row};
use crate::switches::Switches;
use crate::wire::date::parse_modified_since;

use super::filter::{self, Field};
use super::query::{Paging, Query};
use super::where_clause::{self, Condition};

/// Most rows that a list without pages can show.
pub const UNPAGED_ROWS_MAX: usize = 100_000;

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

impl Ask {
    /// Reads the parameters and the header.
    ///
    /// # Errors
    /// The answer for a condition that cannot be read (400) or a time before 1753 (500).
    pub fn read(parts: &Parts, query: &Query, switches: &Switches) -> Result<Self, Answer> {
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
            since_ms: since_ms(parts, switches)?,
            condition,
            order,
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
    if ask.paging.is_none() && shown.rows.len() > UNPAGED_ROWS_MAX {
        return Err(Answer::exception(
            51,
            "HighVolumeException",
            "The request would return more than 100,000 records. Use paging or a filter.",
        ));
    }
    Ok(shown)
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
