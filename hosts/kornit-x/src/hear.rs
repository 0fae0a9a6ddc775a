//! What a push is: who sent it, whether it is an order or a callback, and what of it is news.

use http::Method;
use secrecy::SecretString;
use serde_json::Value;
use tieout_core::host::{Push, PushRefusal};

use crate::auth::verify;
use crate::book::Inlet;
use crate::client::fingerprint;
use crate::wire::{News, Problem, read};

/// Orders in one push: the product sends one.
const ORDERS_MAX: usize = 1_000;

/// What a push tells, each with the fingerprint of the whole.
///
/// Fails where it is not signed, and where it is signed and cannot be understood.
pub(crate) fn heard(
    keys: &[SecretString],
    push: &Push,
) -> Result<(Inlet, Vec<(News, String)>), PushRefusal> {
    let inlet = match push.method {
        Method::POST => Inlet::Push,
        Method::PUT => Inlet::Callback,
        _ => return Err(PushRefusal::NotTaken),
    };
    if keys.is_empty() {
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
    let fingerprint = fingerprint(&push.body);
    let news = values.into_iter().map(|value| match read(value) {
        Ok(news) => Ok((news, fingerprint.clone())),
        Err(Problem { field, message }) => Err(PushRefusal::BadData(match field.is_empty() {
            true => message,
            false => format!("`{field}` {message}"),
        })),
    });
    Ok((inlet, news.collect::<Result<_, _>>()?))
}
