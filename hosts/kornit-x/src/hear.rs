//! What a push is: who sent it, whether it is an order or a callback, and what of it is news.

use http::Method;
use secrecy::SecretString;
use serde_json::Value;
use tieout_core::host::{Push, PushRefusal};

use crate::auth::{SIGNATURE, verify};
use crate::book::{Inlet, Told};
use crate::client::fingerprint;
use crate::wire::{Problem, read};

/// Orders in one push: the product sends one.
const ORDERS_MAX: usize = 1_000;

/// What a push tells.
pub(crate) struct HeardOrders {
    /// What it tells of orders.
    pub(crate) told: Vec<Told>,
    /// What is wrong with a part of it that names no order: the sender is to know, and the rest counts.
    pub(crate) nameless: Option<String>,
}

/// What a push tells.
///
/// Only the body is signed, so the method proves nothing: whether it is an order or a callback is seen by its form alone.
/// Fails where it is not signed, and where it is signed and nothing of it can be understood.
pub(crate) fn heard(keys: &[SecretString], push: &Push) -> Result<HeardOrders, PushRefusal> {
    if keys.is_empty() || !matches!(push.method, Method::POST | Method::PUT) {
        return Err(PushRefusal::NotTaken);
    }
    verify(keys, &push.headers, &push.body)
        .map_err(|why| PushRefusal::NotSigned(why.to_owned()))?;
    let value: Value = serde_json::from_slice(&push.body)
        .map_err(|error| PushRefusal::BadData(format!("this is no JSON: {error}")))?;
    let values = match value {
        Value::Array(values) => values,
        one => vec![one],
    };
    if values.is_empty() || values.len() > ORDERS_MAX {
        let message = format!("one push holds 1 to {ORDERS_MAX} orders");
        return Err(PushRefusal::BadData(message));
    }
    let whole = fingerprint(&push.body);
    let (mut told, mut nameless) = (Vec::with_capacity(values.len()), None);
    for (index, value) in values.into_iter().enumerate() {
        match read(value) {
            Ok(news) => told.push(Told {
                inlet: match news.order {
                    Some(_) => Inlet::Push,
                    None => Inlet::Callback,
                },
                // Two of one push may say the same, and both count.
                fingerprint: match index {
                    0 => whole.clone(),
                    index => format!("{whole}-{index}"),
                },
                news,
            }),
            Err(Problem { field, message }) => {
                nameless = Some(match field.is_empty() {
                    true => message,
                    false => format!("`{field}` {message}"),
                });
            }
        }
    }
    match nameless {
        Some(message) if told.is_empty() => Err(PushRefusal::BadData(message)),
        nameless => Ok(HeardOrders { told, nameless }),
    }
}

/// Whether a push is a callback that carries no signature at all: what it says is not believed, and may be looked after. One
/// with a wrong signature is none.
pub(crate) fn is_unsigned_callback(push: &Push) -> bool {
    if push.method != Method::PUT || push.headers.contains_key(SIGNATURE) {
        return false;
    }
    let value = serde_json::from_slice::<Value>(&push.body).ok();
    let news = value.filter(Value::is_object).and_then(|it| read(it).ok());
    news.is_some_and(|news| news.order.is_none())
}
