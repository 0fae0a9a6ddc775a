//! What one order, or one status callback, tells: read tolerantly, since only a part of its fields is documented.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
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
    /// What of it cannot be read. The rest counts all the same.
    pub(crate) faults: Vec<Problem>,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

    /// Whether it is about how something is sent: what was ordered is known all the same.
    pub(crate) fn is_of_the_dispatch(&self) -> bool {
        [SHIPPING_PRICE, "shipments", "new_shipments"]
            .iter()
            .any(|field| self.field.starts_with(field))
    }
}

/// The field of an order's status.
pub(crate) const STATUS: &str = "status";
/// The field of the price of its shipping.
pub(crate) const SHIPPING_PRICE: &str = "shipping_price";

/// Reads news of an order. It is the whole order if it has items.
///
/// Fails where it cannot be told which order it is about. Whatever else is wrong is kept as a fault of the order: it is
/// told by its identifier, and never lost.
pub(crate) fn read(value: Value) -> Result<News, Problem> {
    let Value::Object(fields) = value else {
        return Err(Problem::new("", "is not an order"));
    };
    let fields = flat(fields);
    let id = word(fields.get("id")).ok_or_else(|| Problem::new("id", "is missing"))?;
    if id.len() > ID_BYTES_MAX || id.chars().any(char::is_control) {
        return Err(Problem::new("id", "is not the identifier of an order"));
    }
    let mut faults = Vec::new();
    let status = kept(status(&fields), &mut faults);
    let is_whole = fields.get("items").is_some_and(Value::is_array);
    let shipping_price = match is_whole {
        true => None,
        false => {
            let price = number(fields.get(SHIPPING_PRICE));
            let price = price.map_err(|message| Problem::new(SHIPPING_PRICE, message));
            kept(price, &mut faults)
        }
    };
    Ok(News {
        shipped_on: kept(shipped_on(&fields), &mut faults),
        cancelled: kept(cancelled(&fields), &mut faults),
        status,
        shipping_price,
        order: is_whole.then(|| Value::Object(fields)),
        id,
        faults,
    })
}

/// What was read; what was not is nothing, and a fault.
fn kept<T: Default>(read: Result<T, Problem>, faults: &mut Vec<Problem>) -> T {
    read.unwrap_or_else(|problem| {
        faults.push(problem);
        T::default()
    })
}

fn status(fields: &Map<String, Value>) -> Result<Option<Status>, Problem> {
    let value = fields.get(STATUS);
    let wrong = |text: &str| {
        let text: String = text.chars().take(40).collect();
        Problem::new(STATUS, format!("`{text}` is not the number of a status"))
    };
    match (word(value), value) {
        (Some(text), _) => text
            .parse()
            .map(|bits| Some(Status(bits)))
            .map_err(|_| wrong(&text)),
        (None, None | Some(Value::Null | Value::String(_))) => Ok(None),
        (None, Some(other)) => Err(wrong(&other.to_string())),
    }
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
            if quantity.is_sign_negative() && !quantity.is_zero() {
                let message = "must not be negative";
                return Err(Problem::new(format!("{field}.quantity"), message));
            }
            let sum = all.entry(name).or_insert(Decimal::ZERO);
            *sum = sum.checked_add(quantity).unwrap_or(Decimal::MAX);
        }
    }
    Ok(all)
}
