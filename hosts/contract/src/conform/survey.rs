//! A list of the product read once from its beginning: what its pages and records look like.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tieout_core::check::contradictions;

use super::bench::{Answer, Bench};
use super::exchange::Exchange;
use super::report::{Trouble, broken};
use crate::http::Served;
use crate::map::{Content, read_document};

/// Documents asked for in one request.
const PAGE_DOCUMENTS: usize = 100;
/// Records that are told to be wrong, one by one.
const FAULTS_MAX: usize = 20;

/// What was seen of a list.
pub(super) struct Survey {
    pub(super) pages: Vec<Page>,
    pub(super) records: Vec<Seen>,
    /// Records that cannot be read: their place, field and fault. The first ones only.
    pub(super) unreadable: Vec<String>,
    pub(super) unreadable_count: usize,
    /// Documents whose amounts do not agree, like those that cannot be read.
    pub(super) unequal: Vec<String>,
    /// Whether the end was reached within the limit of records.
    pub(super) is_whole: bool,
}

/// A page as it came.
pub(super) struct Page {
    /// The cursor that it was asked for with.
    pub(super) after: Option<String>,
    /// The cursor that it gave.
    pub(super) next: Option<String>,
    pub(super) has_more: bool,
    pub(super) records: Vec<Seen>,
    pub(super) exchange: Exchange,
    pub(super) date: Option<DateTime<Utc>>,
}

/// A record as far as promises speak of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) id: String,
    pub(super) revision: String,
    /// When it changed, or was removed.
    pub(super) changed_at: Option<DateTime<Utc>>,
    pub(super) is_removed: bool,
    /// Of its whole content.
    pub(super) print: [u8; 32],
}

impl Survey {
    /// Reads a list to its end, or to the limit of records.
    pub(super) async fn make(bench: &Bench, list: Served) -> Result<Self, Trouble> {
        let mut survey = Self {
            pages: Vec::new(),
            records: Vec::new(),
            unreadable: Vec::new(),
            unreadable_count: 0,
            unequal: Vec::new(),
            is_whole: true,
        };
        let mut after: Option<String> = None;
        loop {
            let (page, data) = page(bench, list, after.as_deref(), PAGE_DOCUMENTS).await?;
            let at = survey.records.len();
            for (index, value) in data.iter().enumerate() {
                survey.look_at(list, value, at + index + 1);
            }
            survey.records.extend(page.records.iter().cloned());
            let (next, has_more) = (page.next.clone(), page.has_more);
            let is_stuck = has_more && (next.is_none() || next == after);
            let shown = page.exchange.clone();
            survey.pages.push(page);
            if is_stuck {
                return broken(
                    "`has_more` is true and `next_cursor` does not move on",
                    [shown],
                );
            }
            if !has_more {
                return Ok(survey);
            }
            if survey.records.len() >= bench.trial.records_max {
                survey.is_whole = false;
                return Ok(survey);
            }
            after = next;
        }
    }

    fn look_at(&mut self, list: Served, value: &Value, number: usize) {
        let json = value.to_string();
        let reading = read_document(list.file_type(), json.as_bytes(), 1);
        let name = |id: Option<&str>| match id {
            Some(id) => format!("{} {number} ({id})", list.as_str()),
            None => format!("{} {number}", list.as_str()),
        };
        match reading.content {
            Ok(Content::Document(document)) => {
                let why = contradictions(&document);
                if !why.is_empty() && self.unequal.len() < FAULTS_MAX {
                    let name = name(Some(document.number()));
                    self.unequal.push(format!("{name}: {}", why.join("; ")));
                }
            }
            Ok(Content::Removed { .. }) => {}
            Err(problem) => {
                self.unreadable_count += 1;
                if self.unreadable.len() < FAULTS_MAX {
                    let id = reading.number.as_deref().or(reading.id.as_deref());
                    let field = match problem.field.as_str() {
                        "" => String::new(),
                        field => format!(": `{field}`"),
                    };
                    let fault = format!("{}{field}: {}", name(id), problem.message);
                    self.unreadable.push(fault);
                }
            }
        }
    }
}

/// One page of a list, with its records as they came.
pub(super) async fn page(
    bench: &Bench,
    list: Served,
    after: Option<&str>,
    limit: usize,
) -> Result<(Page, Vec<Value>), Trouble> {
    let limit = limit.to_string();
    let mut query = vec![("limit", limit.as_str())];
    if let Some(after) = after {
        query.insert(0, ("cursor", after));
    }
    let answer = bench.get(&["v1", list.as_str()], &query).await?;
    read(answer, after)
}

/// What a reply holds, if it is a page of the contract.
pub(super) fn read(answer: Answer, after: Option<&str>) -> Result<(Page, Vec<Value>), Trouble> {
    if !answer.is_done() {
        let seen = format!("a page was answered {}, not 200", answer.status);
        return broken(seen, [answer.exchange]);
    }
    let said = answer.json()?;
    let wrong = |what: &str| broken(what, [answer.exchange.clone()]);
    let Some(data) = said.get("data").and_then(Value::as_array) else {
        return wrong("`data` is no array of records");
    };
    let has_more = match said.get("has_more") {
        Some(Value::Bool(more)) => *more,
        None => false,
        Some(_) => return wrong("`has_more` is neither true nor false"),
    };
    let next = match said.get("next_cursor") {
        Some(Value::String(cursor)) if !cursor.is_empty() => Some(cursor.clone()),
        None | Some(Value::Null) => None,
        Some(_) => return wrong("`next_cursor` is neither a text nor null"),
    };
    let page = Page {
        after: after.map(str::to_owned),
        next,
        has_more,
        records: data.iter().map(Seen::of).collect(),
        date: answer.date,
        exchange: answer.exchange.clone(),
    };
    Ok((page, data.clone()))
}

impl Seen {
    pub(super) fn of(value: &Value) -> Self {
        let text = |name: &str| match value.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        let removed = value.get("removed_at").and_then(Value::as_str);
        let changed = removed.map_or_else(|| text("updated_at"), str::to_owned);
        let changed_at = DateTime::parse_from_rfc3339(&changed).ok();
        Self {
            id: text("id"),
            revision: text("revision"),
            changed_at: changed_at.map(|at| at.with_timezone(&Utc)),
            is_removed: removed.is_some(),
            print: Sha256::digest(sorted(value).to_string()).into(),
        }
    }
}

/// The same value whatever the order in which a product writes its fields.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| name.as_str());
            let pairs = fields
                .into_iter()
                .map(|(name, value)| Value::from(vec![Value::from(name.as_str()), sorted(value)]));
            Value::Array(pairs.collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
