//! How the three lists of invoices are read: each from a moment before the last look, page by page, until one is empty.

use std::sync::Arc;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde_json::Value;
use tieout_core::clock::Clock;
use tieout_core::document::Document;
use tieout_core::engine::ContentHash;
use tieout_core::host::{HostError, HostErrorKind, HostPage, Notebook, Record};
use tokio::sync::Mutex;

use crate::api::{Api, Page};
use crate::cases::Cases;
use crate::comparison::Memory;
use crate::config::{Division, IinsightConfig};
use crate::known::{self, Mark, fingerprint, number};
use crate::map::{Facts, cases_of, invoice};
use crate::notes::{self, Notes};
use crate::parties::Parties;
use crate::position::{Place, Position, Reads, Round};
use crate::wire::{List, Problem, Row, Status, Subject};

/// Readings of a list of several pages, until two of them meet the same.
const PASSES_MAX: u8 = 3;
/// Invoices told of late that are remembered in the position.
const TOLD_MAX: usize = 400;
/// Rows of a full page.
const PAGE_ROWS: usize = 100;
/// Hours for which a list is asked for from where somebody is named whom nobody knows; what changed before is left to
/// the comparisons.
const WAIT_HOURS: i64 = 24;
/// What names a case, a company and a person in a row.
const CASE: &str = "case_number";
const COMPANY: &str = "company_id";
const CONTACT: &str = "contact_id";

/// What reading an account needs.
pub(crate) struct Reader {
    pub(crate) api: Api,
    pub(crate) config: IinsightConfig,
    pub(crate) cases: Cases,
    pub(crate) parties: Parties,
    pub(crate) notebook: Notebook,
    /// What is noted of this account alone.
    pub(crate) notes: Arc<Notes>,
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
        let first = self.list_after(None).unwrap_or(List::Active);
        let mut position = match after {
            Some(text) => Position::parse(text)?,
            None => Position::start(first),
        };
        self.keep_scope(&mut position.compared);
        if position.keep_reads(self.reads()) {
            position.next = Some(first);
        }
        if let Some(list) = position.next.filter(|list| !self.is_read(list.subject())) {
            position.next = self.list_after(Some(list));
        }
        let limit = limit.max(1);
        loop {
            let Some(list) = position.next else {
                let step = self.compare(&mut position.compared, limit).await?;
                for record in &step.records {
                    // Should it come back as it was, that is news.
                    if let Record::Removed { id, .. } = record {
                        position.forget(id.as_str());
                    }
                }
                position.next = Some(first);
                return Ok(page(step.records, &position, !step.is_end));
            };
            let step = self.step(&mut position, list, limit).await?;
            if step.is_end {
                position.next = self.list_after(Some(list));
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
        list: List,
        limit: usize,
    ) -> Result<Step, HostError> {
        let mut place = position.place(list).clone();
        let mut round = match place.round.take() {
            Some(round) => round,
            None => self.begin(place.since),
        };
        let page = self.page(list, &round).await?;
        if round.page == 1 && round.skip == 0 && round.passes == 0 {
            // The product's own clock decides about its stamps, if it runs behind ours.
            round.began = round.began.min(page.at.unwrap_or(round.began));
        }
        if page.rows.is_empty() {
            self.end(list, &mut place, &round);
            let is_end = place.round.is_none();
            *position.place(list) = place;
            return Ok(Step {
                records: Vec::new(),
                is_end,
            });
        }
        round.is_full |= page.rows.len() >= PAGE_ROWS;
        let rest = page.rows.get(round.skip..).unwrap_or_default();
        let some = &rest[..rest.len().min(limit)];
        let fresh = fresh(list, some, &mut round, &place.told);
        if some.len() < rest.len() {
            round.skip += some.len();
        } else {
            turn(&mut round.page, &mut round.last, &page)?;
            round.skip = 0;
        }
        place.round = Some(round);
        let records = self.tell(position, list, &mut place, fresh).await?;
        *position.place(list) = place;
        Ok(Step {
            records,
            is_end: false,
        })
    }

    async fn page(&self, list: List, round: &Round) -> Result<Page, HostError> {
        let (status, from, page) = (list.status(), round.from, round.page);
        match list.subject() {
            Subject::Payments => self.api.payments(status, from, page).await,
            Subject::Invoices => self.api.invoices(status, from, page).await,
            Subject::Adjustments => self.api.adjustments(status, from, page).await,
        }
    }

    /// The list behind one, of those that are read.
    fn list_after(&self, before: Option<List>) -> Option<List> {
        List::after(before, |subject| self.is_read(subject))
    }

    fn is_read(&self, subject: Subject) -> bool {
        match subject {
            Subject::Payments => self.config.read_payments,
            Subject::Invoices => true,
            Subject::Adjustments => self.config.read_adjustments,
        }
    }

    /// What is read beside invoices, and how.
    fn reads(&self) -> Reads {
        let config = &self.config;
        let print = |is: bool, how: &dyn std::fmt::Debug| {
            is.then(|| {
                ContentHash::of_bytes(format!("{how:?}").as_bytes()).as_str()[..16].to_owned()
            })
        };
        let how = (config.adjustment_amounts, config.positive_adjustments);
        Reads {
            account: notes::account(config),
            payments: print(
                config.read_payments,
                &(&config.refund_types, config.refunds),
            ),
            adjustments: print(config.read_adjustments, &how),
        }
    }

    /// What fresh rows tell, noted as told.
    async fn tell(
        &self,
        position: &mut Position,
        list: List,
        place: &mut Place,
        fresh: Vec<(Mark, &Value)>,
    ) -> Result<Vec<Record>, HostError> {
        let (mut marks, rows): (Vec<Mark>, Vec<&Value>) = fresh.into_iter().unzip();
        let rows = rows.into_iter();
        let mut records = match list.subject() {
            Subject::Payments => self.paid(list.status(), rows).await?,
            Subject::Adjustments => self.adjusted(list.status(), rows).await?,
            Subject::Invoices => {
                let records = self.records(list.status(), rows).await?;
                let mut known = marks.clone();
                self.leave_open(&mut known, &records);
                self.note_told(position, &known).await?;
                records
            }
        };
        position.moved(list, &marks);
        place
            .told
            .retain(|(id, _)| marks.iter().all(|(new, _)| new != id));
        let waits: Vec<bool> = records.iter().map(is_waiting).collect();
        if let Some(round) = place.round.as_mut().filter(|_| waits.contains(&true)) {
            // They count as not told, and come again with the next look.
            round.is_waiting = true;
            match list.subject() {
                Subject::Payments | Subject::Adjustments => marks.clear(),
                Subject::Invoices => {
                    let mut waits = waits.into_iter();
                    marks.retain(|_| waits.next() != Some(true));
                }
            }
        }
        place.told.extend(marks);
        let old = place.told.len().saturating_sub(TOLD_MAX);
        place.told.drain(..old);
        if list.subject() == Subject::Invoices {
            self.tell_adjustments(&mut records).await?;
        }
        Ok(records)
    }

    /// Marks as not told as they are those that could not be read, or whose case nobody found: each comparison
    /// tries again, since rights and this program change without a change of theirs.
    pub(crate) fn leave_open(&self, marks: &mut [Mark], records: &[Record]) {
        for (mark, record) in marks.iter_mut().zip(records) {
            let is_open = match record {
                Record::Unreadable { .. } => true,
                Record::Document(document) => match document.as_ref() {
                    Document::Invoice(invoice) => {
                        self.config.division == Division::Case
                            && invoice.business_division.is_none()
                    }
                    Document::Bill(_) | Document::PurchaseOrder(_) => false,
                },
                Record::Removed { .. } => false,
            };
            if is_open {
                known::OPEN.clone_into(&mut mark.1);
            }
        }
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
            is_full: false,
            is_waiting: false,
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
    /// page moves another one off the next page before that is asked for. What waits is asked for again by the next look.
    fn end(&self, list: List, place: &mut Place, round: &Round) {
        let is_first = place.since.is_none() && list.subject() == Subject::Invoices;
        // Everything is compared right after the first reading.
        let is_compared = is_first && self.config.reconcile_hours > 0;
        // Behind a full page there may have been another one a moment before.
        let is_long = round.page > 2 || round.is_full;
        let is_moving = is_long && round.before != Some(round.sum);
        if is_moving && !is_compared && round.passes + 1 < PASSES_MAX {
            place.round = Some(Round {
                from: round.from,
                began: round.began,
                page: 1,
                skip: 0,
                sum: 0,
                before: Some(round.sum),
                passes: round.passes + 1,
                last: String::new(),
                is_full: false,
                is_waiting: round.is_waiting,
            });
            return;
        }
        place.since = Some(match round.is_waiting {
            true => {
                let held = place.since.unwrap_or(round.from);
                held.max(round.began - TimeDelta::hours(WAIT_HOURS))
            }
            false => round.began,
        });
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
            let (mut facts, unknown) = self.facts(&row).await?;
            if self.config.read_payments || self.config.read_adjustments {
                self.note_invoice(status, value).await?;
            }
            if self.config.read_payments {
                facts.payments = Some(self.payments_of(value).await?);
            }
            let read = match (unknown, status) {
                // It would go to the wrong organisation, or without its funding.
                (Some(problem), Status::Active) => Err(problem),
                // That it counts no more must be told in any case.
                (Some(_), Status::Voided | Status::Reversed) | (None, _) => {
                    invoice(&row, status, &facts, &self.config)
                }
            };
            records.push(match read {
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

    /// What is known beside a row, and what is not although the row names it.
    async fn facts(&self, row: &Row<'_>) -> Result<(Facts, Option<Problem>), HostError> {
        let division = match self.config.division {
            Division::Case => self.cases.division(&self.api, &cases_of(row)).await?,
            Division::None => Ok(None),
        };
        let (division, mut unknown) = match division {
            Ok(division) => (division, None),
            Err(problem) => (None, Some(problem)),
        };
        let mut facts = Facts {
            division,
            ..Facts::default()
        };
        let id = |field: &str| row.some(field).filter(|id| id != "0");
        if let Some(id) = id(COMPANY) {
            facts.company = self.parties.company(&self.api, &id).await?;
            if facts.company.is_none() {
                unknown.get_or_insert_with(|| nobody(COMPANY, &id));
            }
        }
        if let Some(id) = id(CONTACT) {
            facts.contact = self.parties.contact(&self.api, &id).await?;
            if facts.contact.is_none() {
                unknown.get_or_insert_with(|| nobody(CONTACT, &id));
            }
        }
        Ok((facts, unknown))
    }
}

fn nobody(field: &str, id: &str) -> Problem {
    let message = format!(
        "{id} is in no directory that iinsight shows: is it new, deleted, or hidden from the user of this host?"
    );
    Problem::new(field, message)
}

/// Whether a record waits for what the row names and nobody knows yet.
fn is_waiting(record: &Record) -> bool {
    match record {
        Record::Unreadable { field, .. } => [CASE, COMPANY, CONTACT].contains(&field.as_str()),
        Record::Document(_) | Record::Removed { .. } => false,
    }
}

/// The rows that were not told as they are, with their marks; all of them count in the sum of the round.
fn fresh<'a>(
    list: List,
    rows: &'a [Value],
    round: &mut Round,
    told: &[Mark],
) -> Vec<(Mark, &'a Value)> {
    let id = |row: &Row<'_>| match list.subject() {
        Subject::Payments => row.text("payment_id"),
        Subject::Invoices => row.text("invoice_id"),
        Subject::Adjustments => format!(
            "{} {}",
            row.text("transaction_id"),
            row.text("adjustment_number")
        ),
    };
    let mut fresh = Vec::new();
    for row in rows {
        let mark = (id(&Row::of(row)), fingerprint(list.status(), row));
        let sum = number(&format!("{} {}", mark.0, mark.1));
        round.sum = round.sum.wrapping_add(sum);
        if !told.contains(&mark) {
            fresh.push((mark, row));
        }
    }
    fresh
}

/// Goes on to the next page. A product that gives the same page again would be read for ever.
pub(crate) fn turn(number: &mut u64, last: &mut String, page: &Page) -> Result<(), HostError> {
    let this = page.rows.iter().map(Value::to_string).collect::<String>();
    let this = ContentHash::of_bytes(this.as_bytes());
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
