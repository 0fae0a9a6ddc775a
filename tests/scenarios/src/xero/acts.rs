//! Which words stand for which act of the sandbox's control API, and what each of them needs.

use serde_json::{Map, Value, json};
use tieout_sandbox_xero::WEB_CLIENT_ID;
use tieout_sandbox_xero::books::Organisation;
use tieout_sandbox_xero::books::payment::PaymentStatus;
use uuid::Uuid;

use crate::stage::Stage;

/// The word, the act, and what its words behind it are, in order.
const ACTS: &[(&str, &str, &[&str])] = &[
    ("pay", "pay", &["invoice", "amount", "date"]),
    ("void", "void", &["invoice"]),
    ("approve", "approve", &["invoice"]),
    ("archive-contact", "archive-contact", &["contact"]),
    ("restore-contact", "restore-contact", &["contact"]),
    ("merge-contact", "merge-contact", &["from", "into"]),
    ("rename-contact", "rename-contact", &["contact", "name"]),
    ("lock", "lock-dates", &["period", "year"]),
    ("add-currency", "add-currency", &["code", "rate"]),
    ("remove-currency", "remove-currency", &["code"]),
    ("archive-account", "archive-account", &["code"]),
    ("allocate", "allocate", &["credit", "invoice", "amount"]),
    ("refund", "refund", &["credit", "amount"]),
    ("overpay", "overpay", &["invoice", "amount"]),
    ("approve-credit-note", "approve-credit-note", &["credit"]),
    ("void-credit", "void-credit", &["credit"]),
    ("move-order", "move-purchase-order", &["order", "status"]),
    ("disconnect", "disconnect", &[]),
];

/// The act of a word, with its body.
pub(super) fn act(
    stage: &Stage,
    organisation: Uuid,
    verb: &str,
    words: &[String],
) -> Result<(String, Value), String> {
    match (verb, words) {
        ("edit", [invoice, fields @ ..]) => {
            let body = json!({ "invoice": invoice, "fields": self::fields(fields)? });
            return Ok(("edit".to_owned(), body));
        }
        ("write", fields) => return Ok(("write-invoice".to_owned(), self::fields(fields)?)),
        ("take-back", [invoice]) => {
            let found = |books: &Organisation| standing_payment(books, invoice);
            let payment = stage.xero.sandbox.read(organisation, found).flatten();
            let payment = payment.ok_or_else(|| format!("{invoice} has no payment"))?;
            let body = json!({ "payment": payment });
            return Ok(("delete-payment".to_owned(), body));
        }
        _ => {}
    }
    let (_, act, names) = ACTS
        .iter()
        .find(|(word, _, _)| *word == verb)
        .ok_or_else(|| format!("nobody knows how to `xero {verb}`"))?;
    if words.len() > names.len() {
        return Err(format!("`xero {verb}` takes {} at most", names.len()));
    }
    let body: Map<String, Value> = names
        .iter()
        .zip(words)
        .map(|(name, word)| ((*name).to_owned(), json!(word)))
        .collect();
    Ok(((*act).to_owned(), Value::Object(body)))
}

/// `NAME=VALUE …`, where a value is JSON if it looks like it, else a text.
pub(super) fn fields(words: &[String]) -> Result<Value, String> {
    let mut fields = Map::new();
    for word in words {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| format!("`{word}` is no NAME=VALUE"))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        fields.insert(name.to_owned(), value);
    }
    Ok(Value::Object(fields))
}

/// `KIND METHOD PATH [NAME=VALUE …]`: the next such request goes wrong; the fields are those of the fault.
pub(super) fn fault(words: &[String]) -> Result<Value, String> {
    let [kind, method, path, rest @ ..] = words else {
        return Err("xero fault KIND METHOD PATH".to_owned());
    };
    let mut fault = fields(rest)?;
    let times = fault
        .as_object_mut()
        .and_then(|fields| fields.remove("times"));
    fault["kind"] = json!(kind);
    Ok(
        json!({ "method": method, "path": path, "times": times.unwrap_or(json!(1)), "fault": fault }),
    )
}

/// `URL KEY`: where webhooks go, and what signs them.
pub(super) fn webhook(words: &[String]) -> Result<Value, String> {
    let [url, key] = words else {
        return Err("xero webhook URL KEY".to_owned());
    };
    Ok(json!({ "client_id": WEB_CLIENT_ID, "url": url, "key": key }))
}

/// The newest payment of an invoice that nobody took back.
fn standing_payment(books: &Organisation, number: &str) -> Option<Uuid> {
    let payments = books.payments.rows().iter().rev();
    payments
        .filter(|payment| payment.status != PaymentStatus::Deleted)
        .find(|payment| {
            let at = payment.invoice();
            at.is_some_and(|at| books.invoices.ledger.row(at).number == number)
        })
        .map(|payment| payment.id)
}
