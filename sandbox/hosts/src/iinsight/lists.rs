//! What the lists show: texts alone, dates in the form of their generation, one state at a time, a hundred a page.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value, json};

use super::account::{Iinsight, Kept, Status};
use super::json::Json;

/// Rows of a page.
const PAGE: usize = 100;
/// Companies of a page.
const COMPANIES_PAGE: usize = 5_000;

type Asked = Query<BTreeMap<String, String>>;

/// What a list by state is asked for.
struct Wanted {
    since: DateTime<Utc>,
    page: usize,
    status: Status,
}

pub(super) async fn invoices_1(State(account): State<Iinsight>, Query(asked): Asked) -> Response {
    // The page of the first generation spells its parameter so, and knows two states.
    let wanted = match wanted(&asked, "satus") {
        Ok(wanted) if wanted.status != Status::Reversed => wanted,
        Ok(_) => return bad("satus must be active or voided"),
        Err(why) => return bad(&why),
    };
    let books = account.books();
    let rows = of_state(&books.invoices, &wanted).map(|kept| {
        let mut row = first_generation(&kept.row);
        for item in row["item"].as_array_mut().into_iter().flatten() {
            for field in ["cost_id", "service", "description"] {
                item.as_object_mut().map(|item| item.remove(field));
            }
        }
        row
    });
    Json(page(rows, wanted.page, PAGE)).into_response()
}

pub(super) async fn invoices_2(State(account): State<Iinsight>, Query(asked): Asked) -> Response {
    let wanted = match wanted(&asked, "status") {
        Ok(wanted) => wanted,
        Err(why) => return bad(&why),
    };
    let books = account.books();
    let rows = of_state(&books.invoices, &wanted).map(|kept| kept.row.clone());
    Json(page(rows, wanted.page, PAGE)).into_response()
}

pub(super) async fn payments(
    State(account): State<Iinsight>,
    uri: Uri,
    Query(asked): Asked,
) -> Response {
    let wanted = match wanted(&asked, "status") {
        Ok(wanted) => wanted,
        Err(why) => return bad(&why),
    };
    let is_first = uri.path().starts_with("/api1/");
    let books = account.books();
    let rows = of_state(&books.payments, &wanted).map(|kept| {
        if is_first {
            return first_generation(&kept.row);
        }
        let mut row = kept.row.clone();
        // The second generation shows some payments below zero that the first shows above it.
        let is_even = text(&row, "payment_id")
            .parse()
            .is_ok_and(|id: u64| id.is_multiple_of(2));
        if is_even {
            row["amount"] = json!(format!("-{}", text(&row, "amount")));
        }
        row
    });
    Json(page(rows, wanted.page, PAGE)).into_response()
}

/// Adjustments and reversals, which one list shows; all four parameters are asked for.
pub(super) async fn adjustments(State(account): State<Iinsight>, Query(asked): Asked) -> Response {
    let of_status = |status: &str| {
        let mut asked = asked.clone();
        asked.insert("status".to_owned(), status.to_owned());
        wanted(&asked, "status")
    };
    let states = match asked.get("status").map(String::as_str) {
        Some("all") => vec!["active", "voided"],
        Some(status @ ("active" | "voided")) => vec![status],
        Some(_) | None => return bad("status must be active, voided or all"),
    };
    let is_reversal = match asked.get("type").map(String::as_str) {
        Some("all") => None,
        Some("adjustment") => Some(false),
        Some("reversal") => Some(true),
        Some(_) | None => return bad("type must be adjustment, reversal or all"),
    };
    let books = account.books();
    let (mut rows, mut number) = (Vec::new(), 1);
    for status in states {
        let wanted = match of_status(status) {
            Ok(wanted) => wanted,
            Err(why) => return bad(&why),
        };
        number = wanted.page;
        let kept = of_state(&books.adjustments, &wanted);
        let fits = |kept: &&Kept| {
            is_reversal.is_none_or(|is| is == (text(&kept.row, "type") == "reversal"))
        };
        rows.extend(kept.filter(fits).map(|kept| {
            let mut row = first_generation(&kept.row);
            row["status"] = json!(status);
            row
        }));
    }
    Json(page(rows.into_iter(), number, PAGE)).into_response()
}

pub(super) async fn directory(
    State(account): State<Iinsight>,
    Path(name): Path<String>,
    Query(asked): Asked,
) -> Response {
    let size = match name.as_str() {
        "companies" => COMPANIES_PAGE,
        "company_contacts" | "case_contacts" => PAGE,
        "accounts" => {
            let books = account.books();
            let number = number(&asked).unwrap_or(1);
            let rows = books.accounts.iter().cloned();
            return Json(page(rows, number, PAGE)).into_response();
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let since = asked.get("modified_since");
    let since = since.and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok());
    let (Some(since), Some(number)) = (since, number(&asked)) else {
        return bad("modified_since (yyyy-mm-dd) and page are mandatory");
    };
    let books = account.books();
    let rows = books.directories.get(&name).into_iter().flatten();
    let rows = rows
        .filter(|(_, changed)| *changed >= since)
        .map(|(row, _)| row.clone());
    Json(page(rows, number, size)).into_response()
}

pub(super) async fn cases(
    State(account): State<Iinsight>,
    uri: Uri,
    Query(asked): Asked,
) -> Response {
    let Some(fields) = asked.get("fields").filter(|fields| !fields.is_empty()) else {
        return bad("fields is mandatory");
    };
    let criteria = asked.get("search_criteria").map_or("{}", String::as_str);
    let Ok(criteria) = serde_json::from_str::<BTreeMap<String, String>>(criteria) else {
        return bad("search_criteria must be JSON");
    };
    let limit: usize = asked
        .get("limit")
        .and_then(|it| it.parse().ok())
        .unwrap_or(PAGE);
    let books = account.books();
    // A search finds what is like it.
    let fits = |row: &&Value| {
        criteria
            .iter()
            .all(|(field, wanted)| text(row, field).contains(wanted.as_str()))
    };
    let found: Vec<&Value> = books.cases.iter().filter(fits).collect();
    let shown = found.iter().map(|row| {
        let shown = fields.split(',').map(str::trim);
        let shown = shown.map(|field| (field.to_owned(), json!(text(row, field))));
        Value::Object(shown.collect::<Map<String, Value>>())
    });
    let rows = page(shown, number(&asked).unwrap_or(1), limit);
    if uri.path().starts_with("/api1/") {
        return Json(rows).into_response();
    }
    let wrapped = json!({
        "status": "success",
        "displayed_records": rows.as_array().map_or(0, Vec::len).to_string(),
        "total_records": found.len().to_string(),
        "data": rows,
    });
    Json(wrapped).into_response()
}

fn wanted(asked: &BTreeMap<String, String>, state: &str) -> Result<Wanted, String> {
    let mandatory = || format!("modified_since (UTC), page and {state} are mandatory");
    let since = asked.get("modified_since").ok_or_else(mandatory)?;
    // No other form of a time is understood.
    let is_utc = since.len() == 20 && since.ends_with('Z');
    let since = DateTime::parse_from_rfc3339(since).ok().filter(|_| is_utc);
    let status = asked.get(state).ok_or_else(mandatory)?;
    Ok(Wanted {
        since: since.ok_or_else(mandatory)?.with_timezone(&Utc),
        page: number(asked).ok_or_else(mandatory)?,
        status: serde_json::from_value(json!(status)).map_err(|_| mandatory())?,
    })
}

fn number(asked: &BTreeMap<String, String>) -> Option<usize> {
    asked.get("page")?.parse().ok().filter(|page| *page > 0)
}

/// Those in a state that changed since a moment, oldest change first.
fn of_state<'a>(kept: &'a [Kept], wanted: &Wanted) -> impl Iterator<Item = &'a Kept> + use<'a> {
    let (status, since) = (wanted.status, wanted.since);
    let mut rows: Vec<&Kept> = kept
        .iter()
        .filter(|kept| kept.status == status && kept.changed >= since)
        .collect();
    rows.sort_by_key(|kept| kept.changed);
    rows.into_iter()
}

fn page(rows: impl Iterator<Item = Value>, number: usize, size: usize) -> Value {
    let before = (number - 1).saturating_mul(size);
    Value::Array(rows.skip(before).take(size).collect())
}

/// The same row with the dates of the first generation, `dd-mm-yyyy`.
fn first_generation(row: &Value) -> Value {
    match row {
        Value::String(text) => match text.strip_suffix("T12:00:00Z") {
            Some(day) => {
                let parts: Vec<&str> = day.split('-').rev().collect();
                json!(parts.join("-"))
            }
            None => row.clone(),
        },
        Value::Array(rows) => rows.iter().map(first_generation).collect(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), first_generation(value)));
            Value::Object(fields.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => row.clone(),
    }
}

pub(super) fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

pub(super) fn bad(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response()
}
