//! The invoice that write-backs are tried on, and how it is told of them.

use chrono::SecondsFormat;
use http::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_core::document::Currency;

use super::bench::{Answer, Bench, Key};
use super::exchange::Exchange;
use super::made::{is_gone, taken_back};
use super::report::{Tried, Trouble, left_out};
use super::survey::page;
use crate::http::{Served, Takes};
use crate::map::amount;

/// What the payments of one promise come to at most.
const GROSS_MIN: u32 = 5;

/// The invoice that write-backs are tried on.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) id: String,
    pub(super) number: String,
    currency: Currency,
    gross: Decimal,
}

/// The invoice that was named, as the product tells it.
pub(super) async fn subject(bench: &Bench) -> Result<Subject, Trouble> {
    let Some(id) = &bench.trial.invoice else {
        return left_out("no invoice was named with --invoice to try write-backs on");
    };
    let record = match alone(bench, id).await? {
        Some((record, _)) => record,
        None => listed(bench, id).await?,
    };
    if record.get("removed_at").is_some_and(Value::is_string) {
        return left_out(format!("`{id}` is deleted: name another invoice"));
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let gross = text(record.pointer("/totals/gross")).parse::<Decimal>();
    let currency = Currency::from_code(&text(record.get("currency")));
    let (Ok(gross), Ok(currency)) = (gross, currency) else {
        return left_out(format!("`{id}` has no `totals.gross` or no `currency`"));
    };
    if gross < Decimal::from(GROSS_MIN) {
        return left_out(format!(
            "`{id}` is of {gross} {currency}: payments are tried on one of {GROSS_MIN} or more"
        ));
    }
    Ok(Subject {
        id: id.clone(),
        number: text(record.get("number")),
        currency,
        gross,
    })
}

/// An invoice that is served alone; `None` where it is not.
pub(super) async fn alone(bench: &Bench, id: &str) -> Result<Option<(Value, Exchange)>, Trouble> {
    let answer = bench.get(&["v1", "invoices", id], &[]).await?;
    match answer.is_done() {
        true => Ok(Some((answer.json()?, answer.exchange))),
        false => Ok(None),
    }
}

/// The record of the list, where none is served alone.
async fn listed(bench: &Bench, id: &str) -> Result<Value, Trouble> {
    let survey = bench.survey(Served::Invoices).await?;
    for seen in &survey.pages {
        if !seen.records.iter().any(|record| record.id == *id) {
            continue;
        }
        let (_, data) = page(bench, Served::Invoices, seen.after.as_deref(), 100).await?;
        let found = data.into_iter().find(|record| record["id"] == *id);
        if let Some(found) = found {
            return Ok(found);
        }
    }
    left_out(format!("there is no invoice with the identifier `{id}`"))
}

impl Subject {
    /// A payment of whole units of the currency.
    pub(super) fn payment(&self, bench: &Bench, revision: u64, units: u32) -> Value {
        json!({
            "number": self.number, "revision": revision, "date": bench.now().date_naive().to_string(),
            "amount": amount(Decimal::from(units), self.currency), "currency": self.currency.to_string(),
            "reference": "tieout conform", "kind": "payment",
        })
    }

    /// A settlement with so many units paid.
    pub(super) fn settlement(&self, bench: &Bench, revision: i64, paid: u32) -> Value {
        let status = match paid {
            0 => "unpaid",
            _ => "partly_paid",
        };
        let paid = Decimal::from(paid);
        let money = |value| amount(value, self.currency);
        json!({
            "number": self.number, "revision": revision, "status": status, "amount_paid": money(paid),
            "amount_credited": money(Decimal::ZERO), "amount_due": money(self.gross - paid),
            "currency": self.currency.to_string(),
            "as_of": bench.now().to_rfc3339_opts(SecondsFormat::Secs, true),
        })
    }

    /// What became of the invoice, in its own words.
    pub(super) fn posting(&self, mut said: Value) -> Value {
        said["number"] = json!(self.number);
        said
    }

    /// The invoice of another identifier.
    pub(super) fn called(&self, id: String) -> Self {
        Self { id, ..self.clone() }
    }

    pub(super) async fn put(
        &self,
        bench: &Bench,
        tail: &[&str],
        body: &Value,
    ) -> Result<Answer, Trouble> {
        self.put_as(bench, Key::Own, tail, body).await
    }

    async fn put_as(
        &self,
        bench: &Bench,
        who: Key,
        tail: &[&str],
        body: &Value,
    ) -> Result<Answer, Trouble> {
        let mut parts = vec!["v1", "invoices", self.id.as_str()];
        parts.extend(tail);
        let tells = body.get("revision").or_else(|| body.get("state"));
        let tells = tells.map(ToString::to_string).unwrap_or_default();
        let what = format!("{}-{}", tail.join("-"), tells.trim_matches('"'));
        let key = bench.idempotency_key(&what);
        let body = Some((key.as_str(), body));
        bench.ask(who, Method::PUT, &parts, &[], body).await
    }

    /// Tells of a payment, which is taken back at the end if it may be there.
    pub(super) async fn pay(
        &self,
        bench: &Bench,
        id: &str,
        body: &Value,
    ) -> Result<Answer, Trouble> {
        self.pay_as(bench, Key::Own, id, body).await
    }

    /// The same with some key.
    pub(super) async fn pay_as(
        &self,
        bench: &Bench,
        who: Key,
        id: &str,
        body: &Value,
    ) -> Result<Answer, Trouble> {
        let revision = body["revision"].as_u64().unwrap_or(1);
        let is_new = bench.made.note(&self.id, id, revision);
        let answer = self.put_as(bench, who, &["payments", id], body).await?;
        let is_refused =
            answer.status.is_client_error() && !matches!(answer.status.as_u16(), 408 | 425 | 429);
        // What was refused at the first time is not there.
        if is_new && is_refused {
            bench.made.forget(&self.id, id);
        }
        Ok(answer)
    }

    /// Takes a payment back; whether it was there makes no difference.
    pub(super) async fn take_back(&self, bench: &Bench, id: &str, revision: u64) -> Tried {
        if bench.is_stopped() {
            return left_out(super::bench::INTERRUPTED);
        }
        is_gone(taken_back(bench, &self.id, id, revision).await?)?;
        bench.made.forget(&self.id, id);
        Ok(())
    }
}

/// The name of a payment of this run.
pub(super) fn payment_id(bench: &Bench, name: &str) -> String {
    format!("tieout-conform-{}-{name}", bench.run)
}

/// Leaves a promise out where the product does not take such write-backs.
pub(super) fn wants(bench: &Bench, what: Takes) -> Tried {
    match bench.trial.config.takes.contains(&what) {
        true => Ok(()),
        false => left_out(format!("`{}` are not asked for", what.as_str())),
    }
}
