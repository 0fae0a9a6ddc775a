//! The promises about write-backs, tried on one invoice that was named for it: each may come again, late, or be wrong.

use chrono::SecondsFormat;
use http::Method;
use serde_json::{Value, json};

use super::bench::{Answer, Bench, Key};
use super::report::{Tried, Trouble, broken, left_out};
use crate::http::{Served, Takes};

/// An invoice that write-backs are tried on.
#[derive(Clone)]
struct Subject {
    id: String,
    number: String,
    currency: String,
    gross: String,
}

/// The invoice that was named, as the product tells it.
async fn subject(bench: &Bench) -> Result<Subject, Trouble> {
    let Some(id) = &bench.trial.invoice else {
        return left_out("no invoice was named with --invoice to try write-backs on");
    };
    let alone = bench.get(&["v1", "invoices", id], &[]).await?;
    let record = match alone.is_done() {
        true => alone.json()?,
        false => listed(bench, id).await?,
    };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Subject {
        id: id.clone(),
        number: text(record.get("number")),
        currency: text(record.get("currency")),
        gross: text(record.pointer("/totals/gross")),
    })
}

/// The record of the list, where none is served alone.
async fn listed(bench: &Bench, id: &str) -> Result<Value, Trouble> {
    let survey = bench.survey(Served::Invoices).await?;
    for page in &survey.pages {
        if !page.records.iter().any(|record| record.id == *id) {
            continue;
        }
        let cursor = page.after.as_deref();
        let (_, data) = super::survey::page(bench, Served::Invoices, cursor, 100).await?;
        let found = data.into_iter().find(|record| record["id"] == *id);
        if let Some(found) = found {
            return Ok(found);
        }
    }
    left_out(format!("there is no invoice with the identifier `{id}`"))
}

impl Subject {
    fn payment(&self, bench: &Bench, revision: u64, amount: &str) -> Value {
        json!({
            "number": self.number, "revision": revision, "date": bench.now().date_naive().to_string(),
            "amount": amount, "currency": self.currency, "reference": "tieout conform", "kind": "payment",
        })
    }

    fn settlement(&self, bench: &Bench, revision: i64) -> Value {
        json!({
            "number": self.number, "revision": revision, "status": "unpaid", "amount_paid": "0.00",
            "amount_credited": "0.00", "amount_due": self.gross, "currency": self.currency,
            "as_of": bench.now().to_rfc3339_opts(SecondsFormat::Secs, true),
        })
    }

    async fn put(&self, bench: &Bench, tail: &[&str], body: &Value) -> Result<Answer, Trouble> {
        let mut parts = vec!["v1", "invoices", self.id.as_str()];
        parts.extend(tail);
        let key = format!("{}-{}-{}", bench.run, tail.join("-"), body["revision"]);
        let body = Some((key.as_str(), body));
        bench.ask(Key::Own, Method::PUT, &parts, &[], body).await
    }

    async fn pay(&self, bench: &Bench, id: &str, body: &Value) -> Result<Answer, Trouble> {
        self.put(bench, &["payments", id], body).await
    }

    async fn take_back(&self, bench: &Bench, id: &str, revision: u64) -> Result<Answer, Trouble> {
        let parts = ["v1", "invoices", self.id.as_str(), "payments", id];
        let revision = revision.to_string();
        let query = [
            ("revision", revision.as_str()),
            ("reason", "removed_in_ledger"),
        ];
        let key = format!("{}-{id}-gone", bench.run);
        let body = Some((key.as_str(), &Value::Null));
        bench
            .ask(Key::Own, Method::DELETE, &parts, &query, body)
            .await
    }
}

/// The name of a payment of this run.
fn payment_id(bench: &Bench, name: &str) -> String {
    format!("tieout-conform-{}-{name}", bench.run)
}

fn wants(bench: &Bench, what: Takes) -> Tried {
    match bench.trial.config.takes.contains(&what) {
        true => Ok(()),
        false => left_out(format!("`{}` are not asked for", what.as_str())),
    }
}

pub(super) async fn a_payment_may_come_twice(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let id = payment_id(bench, "twice");
    let body = subject.payment(bench, 1, "1.00");
    for what in ["a payment", "the same payment again"] {
        subject.pay(bench, &id, &body).await?.done(what)?;
    }
    gone(&subject, bench, &id, 2).await
}

pub(super) async fn a_payment_is_replaced_by_a_higher_revision(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let id = payment_id(bench, "replaced");
    let first = subject.payment(bench, 1, "1.00");
    let second = subject.payment(bench, 2, "2.00");
    subject.pay(bench, &id, &first).await?.done("a payment")?;
    let replaced = subject.pay(bench, &id, &second).await?;
    stored(&replaced.done("a higher revision of it")?, 2)?;
    // It was on its way for long: it must not undo what came before it.
    let late = subject.pay(bench, &id, &first).await?;
    if !(late.is_done() || (late.status.as_u16() == 409 && late.is_problem)) {
        let seen = format!(
            "an older revision that comes late was answered {}, neither 2xx nor 409 with application/problem+json",
            late.status
        );
        return broken(seen, [late.exchange]);
    }
    if late.is_done() {
        stored(&late, 2)?;
    }
    gone(&subject, bench, &id, 3).await
}

/// Broken where a reply shows another revision than it should. A product may answer with nothing.
fn stored(answer: &Answer, revision: u64) -> Tried {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match said.get("revision") {
        Some(stored) if stored.as_u64() != Some(revision) => broken(
            format!(
                "the product now holds revision {stored}, and {revision} is the highest it was told"
            ),
            [answer.exchange.clone()],
        ),
        Some(_) | None => Ok(()),
    }
}

pub(super) async fn a_payment_may_be_deleted_twice(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let id = payment_id(bench, "deleted");
    let body = subject.payment(bench, 1, "1.00");
    subject.pay(bench, &id, &body).await?.done("a payment")?;
    gone(&subject, bench, &id, 2).await?;
    gone(&subject, bench, &id, 2).await?;
    // Nor was the product ever told of this one.
    gone(&subject, bench, &payment_id(bench, "never"), 1).await
}

/// Deletes a payment; whether it was there makes no difference.
async fn gone(subject: &Subject, bench: &Bench, id: &str, revision: u64) -> Tried {
    let answer = subject.take_back(bench, id, revision).await?;
    let is_gone = match answer.status.as_u16() {
        410 => true,
        404 => answer.is_problem,
        _ => answer.is_done(),
    };
    if is_gone {
        return Ok(());
    }
    let seen = format!(
        "a DELETE was answered {}: neither 2xx, nor 404 with application/problem+json, nor 410",
        answer.status
    );
    broken(seen, [answer.exchange])
}

pub(super) async fn settlements_come_in_any_order(bench: &Bench) -> Tried {
    wants(bench, Takes::Settlements)?;
    let subject = subject(bench).await?;
    let now = bench.now().timestamp_millis();
    for (what, revision) in [
        ("a settlement", now),
        ("the same settlement again", now),
        ("an older settlement that comes late", now - 60_000),
    ] {
        let body = subject.settlement(bench, revision);
        let answer = subject.put(bench, &["settlement"], &body).await?;
        let is_stale = answer.status.as_u16() == 409 && answer.is_problem && revision < now;
        if !is_stale {
            answer.done(what)?;
        }
    }
    Ok(())
}

pub(super) async fn a_posting_may_come_twice(bench: &Bench) -> Tried {
    wants(bench, Takes::Postings)?;
    let subject = subject(bench).await?;
    let rejected = json!({"number": subject.number, "state": "rejected", "message": "tried by tieout conform"});
    let posted = json!({
        "number": subject.number, "state": "posted", "ledger_invoice_id": payment_id(bench, "ledger"),
        "ledger_number": subject.number,
    });
    for (what, body) in [
        ("a posting", &rejected),
        ("a posting after a rejection", &posted),
        ("the same posting again", &posted),
    ] {
        let answer = subject.put(bench, &["posting"], body).await?;
        answer.done(what)?;
    }
    Ok(())
}

pub(super) async fn several_write_backs_come_at_once(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let ids: Vec<String> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| payment_id(bench, name))
        .collect();
    let body = subject.payment(bench, 1, "0.25");
    let (a, b, c, d) = tokio::join!(
        subject.pay(bench, &ids[0], &body),
        subject.pay(bench, &ids[1], &body),
        subject.pay(bench, &ids[2], &body),
        subject.pay(bench, &ids[3], &body),
    );
    for answer in [a, b, c, d] {
        answer?.done("one of four payments at once")?;
    }
    for id in &ids {
        gone(&subject, bench, id, 2).await?;
    }
    Ok(())
}

pub(super) async fn fields_that_are_not_known_are_ignored(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let id = payment_id(bench, "new");
    let mut body = subject.payment(bench, 1, "1.00");
    body["weather_in_wellington"] = json!({"wind": ["strong"]});
    let answer = subject.pay(bench, &id, &body).await?;
    answer.done("a payment with one more field")?;
    gone(&subject, bench, &id, 2).await
}

pub(super) async fn a_refusal_is_told_by_problem_json(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    let subject = subject(bench).await?;
    let id = payment_id(bench, "refused");
    let mut nonsense = subject.payment(bench, 1, "1.00");
    nonsense["amount"] = json!("a lot");
    let unknown = Subject {
        id: payment_id(bench, "nobody"),
        number: "-".to_owned(),
        ..subject.clone()
    };
    let whole = unknown.payment(bench, 1, "1.00");
    for (what, of, body) in [
        ("a payment whose amount is no number", &subject, &nonsense),
        (
            "a payment of an invoice that is not there",
            &unknown,
            &whole,
        ),
    ] {
        let answer = of.pay(bench, &id, body).await?;
        if !(answer.status.is_client_error() && answer.is_problem) {
            let seen = format!(
                "{what} was answered {} with `{}`, not 4xx with application/problem+json",
                answer.status, answer.media
            );
            return broken(seen, [answer.exchange]);
        }
        if matches!(answer.status.as_u16(), 401 | 408 | 425 | 429) {
            let seen = format!(
                "{what} was answered {}, which says to try again",
                answer.status
            );
            return broken(seen, [answer.exchange]);
        }
    }
    Ok(())
}

pub(super) async fn nobody_writes_without_the_key(bench: &Bench) -> Tried {
    wants(bench, Takes::Payments)?;
    if bench.trial.config.api_key.is_none() && bench.trial.config.token_url.is_none() {
        return left_out("no key was given with --api-key");
    }
    let subject = subject(bench).await?;
    let id = payment_id(bench, "stranger");
    let body = subject.payment(bench, 1, "1.00");
    let parts = ["v1", "invoices", subject.id.as_str(), "payments", &id];
    for key in [Key::Absent, Key::Wrong] {
        let answer = bench
            .ask(key, Method::PUT, &parts, &[], Some((id.as_str(), &body)))
            .await?;
        if !matches!(answer.status.as_u16(), 401 | 403) {
            let seen = format!("a payment from a stranger was answered {}", answer.status);
            return broken(seen, [answer.exchange]);
        }
    }
    Ok(())
}
