//! What a product holds after a write-back: the record in its reply, compared with what counts.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::bench::Answer;
use super::exchange::Exchange;
use super::report::{Tried, Trouble, broken};

/// The fields of a payment that are compared.
pub(super) const PAYMENT: [&str; 4] = ["revision", "date", "amount", "currency"];
/// The fields of a settlement that are compared.
pub(super) const SETTLEMENT: [&str; 6] = [
    "revision",
    "status",
    "amount_paid",
    "amount_credited",
    "amount_due",
    "currency",
];
/// The fields of a posting that are compared.
pub(super) const POSTING: [&str; 3] = ["state", "ledger_invoice_id", "message"];

/// The record that a reply shows.
pub(super) struct Held {
    what: String,
    record: Map<String, Value>,
    exchange: Exchange,
}

impl Held {
    /// The record in the reply to a PUT. Broken where the product did not do it, or shows nothing.
    pub(super) fn of(answer: Answer, what: &str) -> Result<Self, Trouble> {
        let answer = answer.done(what)?;
        let Ok(record) = serde_json::from_slice(&answer.body) else {
            let seen = format!(
                "{what} was answered {} without the record that is held now",
                answer.status
            );
            return broken(seen, [answer.exchange]);
        };
        Ok(Self {
            what: what.to_owned(),
            record,
            exchange: answer.exchange,
        })
    }

    /// Broken unless the fields are those of what counts.
    pub(super) fn counts(&self, told: &Value, fields: &[&str]) -> Tried {
        for field in fields {
            let (held, told) = (self.value(field), told.get(field).unwrap_or(&Value::Null));
            if is_same(held, told) {
                continue;
            }
            let seen = match held {
                Value::Null => format!(
                    "the reply to {} has no `{field}`, and {told} is what counts",
                    self.what
                ),
                held => format!(
                    "the reply to {} shows `{field}` as {held}, and {told} is what counts",
                    self.what
                ),
            };
            return broken(seen, [self.exchange.clone()]);
        }
        Ok(())
    }

    /// The product's own identifier of a payment.
    pub(super) fn own_id(&self) -> Result<String, Trouble> {
        match self.value("host_payment_id") {
            Value::String(id) if !id.is_empty() => Ok(id.clone()),
            Value::Number(id) => Ok(id.to_string()),
            Value::Null
            | Value::Bool(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => {
                let what = &self.what;
                let seen = format!(
                    "the reply to {what} has no `host_payment_id`, by which two would be told from one"
                );
                broken(seen, [self.exchange.clone()])
            }
        }
    }

    /// Whether it says that the payment was taken back.
    pub(super) fn is_deleted(&self) -> bool {
        *self.value("deleted") == Value::Bool(true)
    }

    pub(super) fn exchange(&self) -> Exchange {
        self.exchange.clone()
    }

    fn value(&self, field: &str) -> &Value {
        self.record.get(field).unwrap_or(&Value::Null)
    }
}

/// Whether two values say the same: `1`, `1.0` and `1.00` do, as long as both are texts.
fn is_same(held: &Value, told: &Value) -> bool {
    let decimal = |value: &Value| Decimal::from_str(value.as_str()?).ok();
    match (decimal(held), decimal(told)) {
        (Some(held), Some(told)) => held == told,
        _ => held == told,
    }
}
