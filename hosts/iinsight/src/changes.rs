//! How the three lists of invoices are read: each from a moment before the last look, page by page, until one is empty.

use std::sync::Arc;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde_json::Value;
use tieout_core::clock::Clock;
use tieout_core::host::{HostError, HostErrorKind, HostPage, Notebook, Record};
use tokio::sync::Mutex;

use crate::api::{Api, Page};
use crate::cases::Cases;
use crate::comparison::Memory;
use crate::config::{Division, IinsightConfig};
use crate::known::{self, Mark, fingerprint, number};
use crate::map::{Facts, cases_of, invoice};
use crate::parties::Parties;
use crate::position::{Place, Position, Round};
use crate::wire::{Row, Status};

/// Readings of a list of several pages, until two of them meet the same.
const PASSES_MAX: u8 = 3;
/// Invoices told of late that are remembered in the position.
const TOLD_MAX: usize = 400;

/// What reading an account needs.
pub(crate) struct Reader {
    pub(crate) api: Api,
    pub(crate) config: IinsightConfig,
    pub(crate) cases: Cases,
    pub(crate) parties: Parties,
    pub(crate) notebook: Notebook,
    pub(crate) clock: Arc<dyn Clock>,
    /// What all invoices are compared with.
    pub(crate) memory: Mutex<Memory>,
}

/// What one step of a look brought.
pub(crate) struct Step {
    pub(crate) records: Vec<Record>,
    /// Whether the list, or the comparison, is at its end for this look.
    pub(crate) is_end: bool,
}

impl Reader {
    /// The next records after a position. A look reads each list once to its end and then compares as far as that is
    /// due; it ends with a page that says that nothing waits.
    pub(crate) async fn changes(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<HostPage, HostError> {
        let mut position = match after {
            Some(text) => Position::parse(text)?,
            None => Position::start(),
        };
        let limit = limit.max(1);
        loop {
            let Some(status) = position.next else {
                let step = self.compare(&mut position.compared, limit).await?;
                for record in &step.records {
                    // Should it come back as it was, that is news.
                    if let Record::Removed { id, .. } = record {
                        position.forget(id.as_str());
                    }
                }
                position.next = Some(Status::Active);
                return Ok(page(step.records, &position, !step.is_end));
            };
            let step = self.step(&mut position, status, limit).await?;
            if step.is_end {
                position.next = status.next();
            }
            if !step.is_end || !step.records.is_empty() {
                return Ok(page(step.records, &position, true));
            }
        }
    }

    /// One page of one list.
    async fn step(
        &self,
        position: &mut Position,
        status: Status,
        limit: usize,
    ) -> Result<Step, HostError> {
        let mut place = position.place(status).clone();
        let mut round = match place.round.take() {
            Some(round) => round,
            None => self.begin(place.since),
        };
        let page = self.api.invoices(status, round.from, round.page).await?;
        if round.page == 1 && round.skip == 0 && round.passes == 0 {
            // The product's own clock decides about its stamps, if it runs behind ours.
            round.began = round.began.min(page.at.unwrap_or(round.began));
        }
        if page.rows.is_empty() {
            self.end(&mut place, round);
            let is_end = place.round.is_none();
            *position.place(status) = place;
            return Ok(Step {
                records: Vec::new(),
                is_end,
            });
        }
        let rest = page.rows.get(round.skip..).unwrap_or_default();
        let some = &rest[..rest.len().min(limit)];
        let mut fresh: Vec<(Mark, &Value)> = Vec::new();
        for row in some {
            let mark = (Row::of(row).text("invoice_id"), fingerprint(status, row));
            round.sum = round
                .sum
                .wrapping_add(number(&format!("{} {}", mark.0, mark.1)));
            if !place.told.contains(&mark) {
                fresh.push((mark, row));
            }
        }
        if some.len() < rest.len() {
            round.skip += some.len();
        } else {
            turn(&mut round.page, &mut round.last, &page)?;
            round.skip = 0;
        }
        let records = self
            .records(status, fresh.iter().map(|(_, row)| *row))
            .await?;
        let marks: Vec<Mark> = fresh.into_iter().map(|(mark, _)| mark).collect();
        self.note_told(position, &marks).await?;
        place
            .told
            .retain(|(id, _)| marks.iter().all(|(new, _)| new != id));
        place.told.extend(marks);
        let old = place.told.len().saturating_sub(TOLD_MAX);
        place.told.drain(..old);
        place.round = Some(round);
        *position.place(status) = place;
        Ok(Step {
            records,
            is_end: false,
        })
    }

    fn begin(&self, since: Option<DateTime<Utc>>) -> Round {
        let overlap = TimeDelta::minutes(i64::from(self.config.overlap_minutes));
        Round {
            from: since.map_or_else(|| self.first(), |at| at - overlap),
            began: self.clock.now(),
            page: 1,
            skip: 0,
            sum: 0,
            before: None,
            passes: 0,
            last: String::new(),
        }
    }

    /// The moment from which everything is asked for.
    pub(crate) fn first(&self) -> DateTime<Utc> {
        let day = self
            .config
            .read_from
            .map(|day| day.and_time(NaiveTime::MIN));
        day.map_or(DateTime::UNIX_EPOCH, |at| at.and_utc())
    }

    /// The empty page was met. A list of several pages is read until two readings meet the same: an invoice that leaves a
    /// page moves another one off the next page before that is asked for.
    fn end(&self, place: &mut Place, round: Round) {
        let is_first = place.since.is_none();
        // Everything is compared right after the first reading.
        let is_compared = is_first && self.config.reconcile_hours > 0;
        let is_moving = round.page > 2 && round.before != Some(round.sum);
        if is_moving && !is_compared && round.passes + 1 < PASSES_MAX {
            place.round = Some(Round {
                page: 1,
                skip: 0,
                sum: 0,
                before: Some(round.sum),
                passes: round.passes + 1,
                last: String::new(),
                ..round
            });
            return;
        }
        place.since = Some(round.began);
    }

    /// Notes that these are known, before they are told: of what was never told a deletion says nothing.
    async fn note_told(&self, position: &mut Position, marks: &[Mark]) -> Result<(), HostError> {
        if marks.is_empty() || self.config.reconcile_hours == 0 {
            return Ok(());
        }
        let note = known::told_note(position.compared.told_to, marks);
        self.notebook.write(vec![note]).await?;
        position.compared.told_to += 1;
        Ok(())
    }

    /// What rows of a list tell.
    pub(crate) async fn records<'a>(
        &self,
        status: Status,
        rows: impl Iterator<Item = &'a Value>,
    ) -> Result<Vec<Record>, HostError> {
        let mut records = Vec::new();
        for value in rows {
            let row = Row::of(value);
            let facts = self.facts(&row).await?;
            records.push(match invoice(&row, status, &facts, &self.config) {
                Ok(document) => Record::Document(Box::new(document)),
                Err(problem) => {
                    let name = ["invoice_number", "invoice_id"].map(|field| row.some(field));
                    let name = name.into_iter().flatten().next();
                    let name = name.unwrap_or_else(|| "without a number".to_owned());
                    let place = format!("{} invoice {name}", status.as_str());
                    Record::Unreadable {
                        id: Some(row.some("invoice_id").unwrap_or_else(|| place.clone())),
                        place,
                        field: problem.field,
                        message: problem.message,
                    }
                }
            });
        }
        Ok(records)
    }

    async fn facts(&self, row: &Row<'_>) -> Result<Facts, HostError> {
        let division = match self.config.division {
            Division::Case => self.cases.division(&self.api, &cases_of(row)).await?,
            Division::None => None,
        };
        let mut facts = Facts {
            division,
            ..Facts::default()
        };
        let id = |field: &str| row.some(field).filter(|id| id != "0");
        if let Some(id) = id("company_id") {
            facts.company = self.parties.company(&self.api, &id).await?;
        }
        if let Some(id) = id("contact_id") {
            facts.contact = self.parties.contact(&self.api, &id).await?;
        }
        Ok(facts)
    }
}

/// Goes on to the next page. A product that gives the same page again would be read for ever.
pub(crate) fn turn(number: &mut u64, last: &mut String, page: &Page) -> Result<(), HostError> {
    let this = page.rows.iter().map(Value::to_string).collect::<String>();
    let this = tieout_core::engine::ContentHash::of_bytes(this.as_bytes());
    if this.as_str() == last {
        let message = format!(
            "page {number} of the list is page {} again: nothing is taken for its end",
            *number - 1
        );
        return Err(HostError::new(
            HostErrorKind::BadData,
            "read changes",
            message,
        ));
    }
    this.as_str().clone_into(last);
    *number += 1;
    Ok(())
}

fn page(records: Vec<Record>, position: &Position, more: bool) -> HostPage {
    HostPage {
        records,
        position: Some(position.to_text()),
        more,
    }
}
