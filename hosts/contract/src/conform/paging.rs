//! The promises about pages: that they end, miss nothing, and go on from any place.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::bench::Bench;
use super::report::{Tried, Trouble, broken, left_out};
use super::survey::{Page, Survey, page, read};
use crate::http::Served;

/// Pages read where a list would have more of them.
const PAGES_MAX: usize = 12;
/// How much earlier than the newest change the next look asks, where the end has no cursor.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);

pub(super) async fn a_page_has_no_more_than_was_asked_for(bench: &Bench) -> Tried {
    for list in bench.lists() {
        for limit in [1, 2] {
            let (page, data) = page(bench, *list, None, limit).await?;
            if data.len() > limit {
                let seen = format!("{} records came for limit={limit}", data.len());
                return broken(seen, [page.exchange]);
            }
        }
    }
    Ok(())
}

pub(super) async fn small_pages_miss_nothing(bench: &Bench) -> Tried {
    for list in bench.lists() {
        let survey = bench.survey(*list).await?;
        let pages = small_pages(bench, *list, survey).await?;
        let seen: BTreeSet<&str> = ids(&pages);
        let missed = survey
            .records
            .iter()
            .find(|record| !seen.contains(record.id.as_str()));
        let is_whole = pages.last().is_some_and(|page| !page.has_more);
        if let Some(missed) = missed.filter(|_| is_whole) {
            let seen = format!(
                "`{}` is on the large page of `{}` and on none of {} small ones",
                missed.id,
                list.as_str(),
                pages.len()
            );
            return broken(seen, pages.into_iter().map(|page| page.exchange).take(4));
        }
    }
    Ok(())
}

/// The list again in pages of a fraction of it, so that there are several.
async fn small_pages(bench: &Bench, list: Served, survey: &Survey) -> Result<Vec<Page>, Trouble> {
    let limit = survey.records.len().div_ceil(PAGES_MAX - 2).clamp(1, 100);
    let mut pages: Vec<Page> = Vec::new();
    while pages.len() < PAGES_MAX {
        let after = pages.last().and_then(|page| page.next.clone());
        if !pages.is_empty() && after.is_none() {
            break;
        }
        let (page, _) = page(bench, list, after.as_deref(), limit).await?;
        let has_more = page.has_more;
        let is_stuck = has_more && (page.next.is_none() || page.next == after);
        if is_stuck {
            let seen = "`has_more` is true and `next_cursor` does not move on";
            return broken(seen, [page.exchange]);
        }
        pages.push(page);
        if !has_more {
            break;
        }
    }
    Ok(pages)
}

fn ids(pages: &[Page]) -> BTreeSet<&str> {
    let records = pages.iter().flat_map(|page| &page.records);
    records.map(|record| record.id.as_str()).collect()
}

pub(super) async fn reading_goes_on_from_any_cursor(bench: &Bench) -> Tried {
    let mut any = false;
    for list in bench.lists() {
        let survey = bench.survey(*list).await?;
        let pages = small_pages(bench, *list, survey).await?;
        let limit = pages.first().map_or(1, |page| page.records.len().max(1));
        for earlier in pages.iter().filter(|page| page.after.is_some()) {
            any = true;
            let (again, _) = page(bench, *list, earlier.after.as_deref(), limit).await?;
            let now: BTreeSet<&str> = again.records.iter().map(|it| it.id.as_str()).collect();
            // What changed meanwhile comes later; it is then on a page after this one.
            let lost = earlier
                .records
                .iter()
                .find(|record| !now.contains(record.id.as_str()));
            if let Some(lost) = lost
                && !comes_later(bench, *list, &again, &lost.id).await?
            {
                let seen = format!("`{}` came after this cursor, and now it does not", lost.id);
                return broken(seen, [earlier.exchange.clone(), again.exchange]);
            }
        }
    }
    match any {
        true => Ok(()),
        false => left_out("no list has a second page: two records are enough"),
    }
}

async fn comes_later(bench: &Bench, list: Served, from: &Page, id: &str) -> Result<bool, Trouble> {
    let mut next = from.next.clone();
    for _ in 0..PAGES_MAX {
        let Some(after) = next else { return Ok(false) };
        let (page, _) = page(bench, list, Some(&after), 100).await?;
        if page.records.iter().any(|record| record.id == id) {
            return Ok(true);
        }
        next = page.next.filter(|_| page.has_more);
    }
    Ok(false)
}

pub(super) async fn the_oldest_change_comes_first(bench: &Bench) -> Tried {
    for list in bench.lists() {
        let survey = bench.survey(*list).await?;
        let mut newest: Option<DateTime<Utc>> = None;
        for page in &survey.pages {
            for record in &page.records {
                let Some(at) = record.changed_at else {
                    continue;
                };
                if newest.is_some_and(|newest| at < newest) {
                    let seen = format!(
                        "`{}` was changed at {at}, and comes after one that was changed later",
                        record.id
                    );
                    return broken(seen, [page.exchange.clone()]);
                }
                newest = Some(at);
            }
        }
    }
    Ok(())
}

pub(super) async fn the_end_has_a_cursor_that_tells_nothing_twice(bench: &Bench) -> Tried {
    for list in bench.lists() {
        let survey = bench.survey(*list).await?;
        let Some(last) = survey.pages.last().filter(|_| survey.is_whole) else {
            return left_out("the end of the list lies beyond the limit of records");
        };
        let Some(cursor) = &last.next else {
            let seen = format!("the last page of `{}` has no `next_cursor`", list.as_str());
            return broken(seen, [last.exchange.clone()]);
        };
        let (after, _) = page(bench, *list, Some(cursor), 100).await?;
        let known = |id: &str| survey.records.iter().find(|record| record.id == id);
        let twice = after
            .records
            .iter()
            .find(|record| known(&record.id).is_some_and(|known| known == *record));
        if let Some(twice) = twice {
            let seen = format!("`{}` comes again after the end, unchanged", twice.id);
            return broken(seen, [last.exchange.clone(), after.exchange]);
        }
    }
    Ok(())
}

pub(super) async fn changes_since_a_time_are_found(bench: &Bench) -> Tried {
    let mut any = false;
    for list in bench.lists() {
        let survey = bench.survey(*list).await?;
        let times = survey.records.iter().filter_map(|record| record.changed_at);
        let Some(newest) = times.max().filter(|_| survey.is_whole) else {
            continue;
        };
        any = true;
        let since = newest - OVERLAP;
        let text = since.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let query = [("updated_since", text.as_str()), ("limit", "1000")];
        let answer = bench.get(&["v1", list.as_str()], &query).await?;
        let (page, _) = read(answer, None)?;
        let wanted = survey
            .records
            .iter()
            .filter(|record| record.changed_at.is_some_and(|at| at >= since));
        let found = |id: &str| page.records.iter().any(|record| record.id == id);
        let lost = wanted
            .filter(|record| !found(&record.id))
            .find(|_| !page.has_more);
        if let Some(lost) = lost {
            let at = lost.changed_at.unwrap_or(newest);
            let seen = format!("`{}` was changed at {at} and is not found", lost.id);
            return broken(seen, [page.exchange]);
        }
        let old = page
            .records
            .iter()
            .find(|record| record.changed_at.is_some_and(|at| at < since));
        if let Some(old) = old {
            let seen = format!("`{}` did not change since then", old.id);
            return broken(seen, [page.exchange]);
        }
    }
    match any {
        true => Ok(()),
        false => {
            left_out("no list holds a record with an `updated_at`, or its end was not reached")
        }
    }
}

pub(super) async fn a_cursor_of_another_make_is_refused(bench: &Bench) -> Tried {
    for list in bench.lists() {
        let query = [("cursor", "tieout-conform-no-cursor"), ("limit", "1")];
        let answer = bench.get(&["v1", list.as_str()], &query).await?;
        if !answer.status.is_client_error() {
            let seen = format!(
                "a cursor that the product never gave was answered {}, not 400",
                answer.status
            );
            return broken(seen, [answer.exchange]);
        }
    }
    Ok(())
}
