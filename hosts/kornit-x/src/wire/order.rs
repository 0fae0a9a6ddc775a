//! What one order, or one status callback, tells: read tolerantly, since only a part of its fields is documented.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::{Status, date, number, word};

/// News of one order.
#[derive(Clone, Debug)]
pub(crate) struct News {
    /// The product's identifier of the order.
    pub(crate) id: String,
    /// The whole order, where this is one.
    pub(crate) order: Option<Value>,
    /// Its status, where one is told.
    pub(crate) status: Option<Status>,
    /// The last day on which something was shipped, where that is told.
    pub(crate) shipped_on: Option<NaiveDate>,
    /// What was cancelled of it, by the identifier or reference of the item.
    pub(crate) cancelled: BTreeMap<String, Decimal>,
    /// The price of shipping, where it is told without the order.
    pub(crate) shipping_price: Option<Decimal>,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The field, such as `items[0].quantity`.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// Reads news of an order. It is the whole order if it has items.
///
/// Fails where it cannot be told what it is about: an identifier that is missing, or a status that is no number.
pub(crate) fn read(value: Value) -> Result<News, Problem> {
    let Value::Object(fields) = value else {
        return Err(Problem::new("", "is not an order"));
    };
    let fields = flat(fields);
    let id = word(fields.get("id")).ok_or_else(|| Problem::new("id", "is missing"))?;
    if id.len() > ID_BYTES_MAX || id.chars().any(char::is_control) {
        return Err(Problem::new("id", "is not the identifier of an order"));
    }
    let wrong = |field: &'static str| move |message: String| Problem::new(field, message);
    let status = match word(fields.get("status")) {
        None => None,
        Some(text) => {
            let bits = text.parse().map_err(|_| {
                let text: String = text.chars().take(40).collect();
                Problem::new("status", format!("`{text}` is not the number of a status"))
            })?;
            Some(Status(bits))
        }
    };
    let is_whole = fields.get("items").is_some_and(Value::is_array);
    let shipping_price = match is_whole {
        true => None,
        false => number(fields.get("shipping_price")).map_err(wrong("shipping_price"))?,
    };
    Ok(News {
        shipped_on: shipped_on(&fields)?,
        cancelled: cancelled(&fields)?,
        status,
        shipping_price,
        order: is_whole.then(|| Value::Object(fields)),
        id,
    })
}

/// Identifiers become a part of those of documents, which have a prefix.
const ID_BYTES_MAX: usize = 48;

/// The form that some APIs give their records: the fields one level below, beside the identifier.
fn flat(mut fields: Map<String, Value>) -> Map<String, Value> {
    match fields.remove("attributes") {
        Some(Value::Object(mut inner)) => {
            if let Some(id) = fields.remove("id") {
                inner.entry("id").or_insert(id);
            }
            inner
        }
        Some(other) => {
            fields.insert("attributes".to_owned(), other);
            fields
        }
        None => fields,
    }
}

fn shipped_on(fields: &Map<String, Value>) -> Result<Option<NaiveDate>, Problem> {
    let mut last = None;
    for list in ["shipments", "new_shipments"] {
        let shipments = fields.get(list).and_then(Value::as_array);
        for (index, shipment) in shipments.into_iter().flatten().enumerate() {
            let on = date(shipment.get("dispatch_datetime")).map_err(|message| {
                Problem::new(format!("{list}[{index}].dispatch_datetime"), message)
            })?;
            last = last.max(on);
        }
    }
    Ok(last)
}

/// What a callback says was cancelled. Its form is not documented, so both that of shipments, which hold items, and
/// that of items alone are read; what names no quantity is cancelled as a whole.
fn cancelled(fields: &Map<String, Value>) -> Result<BTreeMap<String, Decimal>, Problem> {
    let mut all = BTreeMap::new();
    let list = fields.get("new_cancellations").and_then(Value::as_array);
    for (index, cancellation) in list.into_iter().flatten().enumerate() {
        let of_one = std::slice::from_ref(cancellation);
        let items = cancellation.get("items").and_then(Value::as_array);
        for item in items.map_or(of_one, Vec::as_slice) {
            let field = format!("new_cancellations[{index}]");
            let name = ["ref", "id", "external_ref"]
                .iter()
                .find_map(|key| word(item.get(*key)))
                .ok_or_else(|| {
                    Problem::new(field.clone(), "does not say which item it is about")
                })?;
            let quantity = number(item.get("quantity"))
                .map_err(|message| Problem::new(format!("{field}.quantity"), message))?
                .unwrap_or(Decimal::MAX);
            let sum = all.entry(name).or_insert(Decimal::ZERO);
            *sum = sum.checked_add(quantity).unwrap_or(Decimal::MAX);
        }
    }
    Ok(all)
}
