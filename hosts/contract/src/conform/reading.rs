//! The promises about records: that each can be read, adds up, and is the same wherever it is shown.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::Value;

use super::bench::Bench;
use super::report::{Tried, Trouble, broken, left_out};
use super::survey::{Seen, Survey, read};
use crate::http::Served;

/// How far the clocks of the two sides may be apart.
const SKEW: TimeDelta = TimeDelta::minutes(5);
/// An identifier that no product gives.
const NOBODY: &str = "tieout-conform-nobody";

pub(super) async fn every_list_is_served(bench: &Bench) -> Tried {
    for list in bench.lists() {
        let answer = bench.get(&["v1", list.as_str()], &[("limit", "1")]).await?;
        if !answer.media.starts_with("application/json") && answer.is_done() {
            let seen = format!("`content-type` is `{}`, not application/json", answer.media);
            return broken(seen, [answer.exchange]);
        }
        read(answer, None)?;
    }
    Ok(())
}

pub(super) async fn every_record_can_be_read(bench: &Bench) -> Tried {
    let mut faults = Vec::new();
    let mut count = 0;
    for list in bench.lists() {
        let survey = bench.survey(*list).await?;
        faults.extend(survey.unreadable.iter().map(String::as_str));
        count += survey.unreadable_count;
    }
    told(count, "cannot be read", &faults)
}

pub(super) async fn amounts_agree_to_the_cent(bench: &Bench) -> Tried {
    let mut faults = Vec::new();
    for list in bench.lists() {
        let survey = bench.survey(*list).await?;
        faults.extend(survey.unequal.iter().map(String::as_str));
    }
    told(faults.len(), "contradict themselves", &faults)
}

fn told(count: usize, what: &str, faults: &[&str]) -> Tried {
    match count {
        0 => Ok(()),
        _ => broken(format!("{count} {what}: {}", faults.join(" | ")), []),
    }
}

pub(super) async fn a_record_changes_with_its_revision_only(bench: &Bench) -> Tried {
    for list in bench.lists() {
        let survey = bench.survey(*list).await?;
        let again = Survey::make(bench, *list).await?;
        let mut known: BTreeMap<(&str, &str), &Seen> = BTreeMap::new();
        for record in survey.records.iter().chain(&again.records) {
            // A deleted record may lose whatever it held, and keeps its revision at some products.
            if record.is_removed {
                continue;
            }
            let of = (record.id.as_str(), record.revision.as_str());
            match known.insert(of, record) {
                Some(other) if other.print != record.print => {
                    let seen = format!(
                        "`{}` came with revision {} twice, and not with the same content",
                        record.id, record.revision
                    );
                    return broken(seen, shown_with(&[survey, &again], &record.id));
                }
                Some(_) | None => {}
            }
        }
    }
    Ok(())
}

fn shown_with(surveys: &[&Survey], id: &str) -> Vec<super::exchange::Exchange> {
    let pages = surveys.iter().flat_map(|survey| &survey.pages);
    pages
        .filter(|page| page.records.iter().any(|record| record.id == id))
        .map(|page| page.exchange.clone())
        .take(2)
        .collect()
}

pub(super) async fn a_record_alone_is_that_of_its_list(bench: &Bench) -> Tried {
    let mut is_tried = false;
    for list in bench.lists() {
        let Some(first) = living(bench, *list).await? else {
            continue;
        };
        let answer = bench.get(&["v1", list.as_str(), &first.id], &[]).await?;
        if matches!(answer.status.as_u16(), 404 | 405 | 501) && !answer.is_problem {
            continue;
        }
        is_tried = true;
        let answer = answer.done("a record of the list alone")?;
        let alone = Seen::of(&answer.json()?);
        let is_same = alone.revision != first.revision || alone.print == first.print;
        if alone.id != first.id || !is_same {
            let seen = format!("it is not what the list says of `{}`", first.id);
            return broken(seen, [answer.exchange]);
        }
    }
    match is_tried {
        true => Ok(()),
        false => {
            left_out("no record is served alone, which a product without pushes may leave out")
        }
    }
}

/// The first record of a list that is not deleted.
async fn living(bench: &Bench, list: Served) -> Result<Option<Seen>, Trouble> {
    let survey = bench.survey(list).await?;
    Ok(survey
        .records
        .iter()
        .find(|record| !record.is_removed && !record.id.is_empty())
        .cloned())
}

pub(super) async fn what_is_not_there_is_told_by_problem_json(bench: &Bench) -> Tried {
    for list in bench.lists() {
        let Some(first) = living(bench, *list).await? else {
            continue;
        };
        if !bench
            .get(&["v1", list.as_str(), &first.id], &[])
            .await?
            .is_done()
        {
            return left_out("no record is served alone");
        }
        let answer = bench.get(&["v1", list.as_str(), NOBODY], &[]).await?;
        let is_told = matches!(answer.status.as_u16(), 404 | 410) && answer.is_problem;
        if !is_told {
            let seen = format!(
                "a record that does not exist was answered {} with `{}`, not 404 with application/problem+json",
                answer.status, answer.media
            );
            return broken(seen, [answer.exchange]);
        }
        return Ok(());
    }
    left_out("there is no record yet")
}

pub(super) async fn deleted_records_stay_in_their_list(bench: &Bench) -> Tried {
    let mut any = false;
    for list in bench.lists() {
        let survey = bench.survey(*list).await?;
        for record in survey.records.iter().filter(|record| record.is_removed) {
            any = true;
            if record.revision.is_empty() || record.changed_at.is_none() {
                let seen = format!(
                    "`{}` is deleted and has no `revision`, or no RFC 3339 time as `removed_at`",
                    record.id
                );
                return broken(seen, shown_with(&[survey], &record.id));
            }
        }
    }
    match any {
        true => Ok(()),
        false => left_out("no list holds a deleted record: delete one to have this tried"),
    }
}

pub(super) async fn both_clocks_agree(bench: &Bench) -> Tried {
    for list in bench.lists() {
        let survey = bench.survey(*list).await?;
        let now = bench.now();
        let Some(first) = survey.pages.first() else {
            continue;
        };
        if let Some(theirs) = first.date
            && (theirs - now).abs() > SKEW
        {
            let seen = format!("the product's clock says {theirs}, and it is {now} here");
            return broken(seen, [first.exchange.clone()]);
        }
        for record in &survey.records {
            if record.changed_at.is_some_and(|at| at - now > SKEW) {
                let seen = format!("`{}` was changed in the future", record.id);
                return broken(seen, shown_with(&[survey], &record.id));
            }
        }
    }
    Ok(())
}

pub(super) async fn what_is_not_known_is_ignored(bench: &Bench) -> Tried {
    for list in bench.lists() {
        let query = [("limit", "1"), ("tieout_conform", "1")];
        let answer = bench.get(&["v1", list.as_str()], &query).await?;
        let answer = answer.done("a page asked for with one more parameter")?;
        if !matches!(answer.json()?, Value::Object(_)) {
            return broken("the reply is no page", [answer.exchange]);
        }
    }
    Ok(())
}
