//! Which rows a page of the export holds, and where the next one is: its form is not documented, so the usual ones are read.

use serde_json::Value;

use super::number::number;
use super::word;

/// A page of the export.
#[derive(Debug)]
pub(crate) struct Page {
    /// What it holds.
    pub(crate) rows: Vec<Value>,
    /// Whether another page follows.
    pub(crate) next: Next,
}

/// What a page says of the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It is the last one.
    None,
    /// It lies at this address.
    At(String),
    /// It has the next number.
    Numbered,
    /// Nothing is said: it is asked for, and is there or not.
    Unsaid,
}

/// Reads a page: a list, or an object with a list in `data`, `orders`, `results` or `items`.
///
/// Fails with what it lacks.
pub(crate) fn rows(body: &[u8]) -> Result<Page, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    match value {
        Value::Array(rows) => Ok(Page {
            rows,
            next: Next::Unsaid,
        }),
        Value::Object(mut fields) => {
            let next = next(&Value::Object(fields.clone()));
            let list = ["data", "orders", "results", "items"]
                .iter()
                .find_map(|key| match fields.remove(*key) {
                    Some(Value::Array(rows)) => Some(rows),
                    _ => None,
                });
            let rows = list.ok_or("it holds no list of orders")?;
            Ok(Page { rows, next })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err("it is no list of orders".to_owned())
        }
    }
}

fn next(page: &Value) -> Next {
    for path in ["/links/next", "/next_page_url", "/next"] {
        match page.pointer(path) {
            Some(Value::Null) => return Next::None,
            Some(Value::String(url)) if !url.is_empty() => return Next::At(url.clone()),
            Some(link @ Value::Object(_)) => {
                return word(link.get("href")).map_or(Next::None, Next::At);
            }
            _ => {}
        }
    }
    let told = |keys: &[&str]| {
        let value = keys.iter().find_map(|key| {
            page.pointer(&format!("/meta/{key}"))
                .or_else(|| page.pointer(&format!("/{key}")))
        });
        number(value).ok().flatten()
    };
    let here = told(&["current_page", "page"]);
    let last = told(&["last_page", "total_pages", "pages"]);
    match (here, last) {
        (Some(here), Some(last)) if here >= last => Next::None,
        (Some(_), Some(_)) => Next::Numbered,
        _ => Next::Unsaid,
    }
}
