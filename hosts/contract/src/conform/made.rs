//! The payments that a run makes: each is noted before it is sent, so that it is taken back whatever breaks.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::Method;
use serde::Serialize;
use serde_json::Value;

use super::bench::{Answer, Bench, Key};
use super::report::{Tried, Trouble, broken};

/// A payment of this run that the product may still hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftBehind {
    /// The identifier of the invoice.
    pub invoice: String,
    /// The identifier of the payment, as it stands in the address.
    pub payment: String,
    /// What came of taking it back.
    pub why: String,
}

/// By invoice and payment: what was sent of it.
#[derive(Default)]
pub(super) struct Made(Mutex<BTreeMap<(String, String), Trace>>);

#[derive(Clone, Default)]
struct Trace {
    /// The highest revision that was sent.
    revision: u64,
    /// Why it could not be taken back, once that was tried.
    why: Option<String>,
}

impl Made {
    /// Notes a payment before it is sent; gives whether it is the first time.
    pub(super) fn note(&self, invoice: &str, payment: &str, revision: u64) -> bool {
        let mut made = self.traces();
        let key = (invoice.to_owned(), payment.to_owned());
        let is_new = !made.contains_key(&key);
        let trace = made.entry(key).or_default();
        trace.revision = trace.revision.max(revision);
        is_new
    }

    /// Forgets a payment that the product does not hold.
    pub(super) fn forget(&self, invoice: &str, payment: &str) {
        let key = (invoice.to_owned(), payment.to_owned());
        self.traces().remove(&key);
    }

    /// What may still be there, with the reason where taking it back was tried.
    pub(super) fn left(&self) -> Vec<LeftBehind> {
        let made = self.traces();
        let left = made.iter().map(|((invoice, payment), trace)| LeftBehind {
            invoice: invoice.clone(),
            payment: payment.clone(),
            why: trace.why.clone().unwrap_or_default(),
        });
        left.collect()
    }

    fn failed(&self, invoice: &str, payment: &str, why: String) {
        let key = (invoice.to_owned(), payment.to_owned());
        if let Some(trace) = self.traces().get_mut(&key) {
            trace.why = Some(why);
        }
    }

    fn open(&self, which: Which) -> Vec<(String, String, u64)> {
        let made = self.traces();
        let open = made.iter().filter(|(_, trace)| match which {
            Which::New => trace.why.is_none(),
            Which::All => true,
        });
        let parts = |((invoice, payment), trace): (&(String, String), &Trace)| {
            (invoice.clone(), payment.clone(), trace.revision)
        };
        open.map(parts).collect()
    }

    fn traces(&self) -> MutexGuard<'_, BTreeMap<(String, String), Trace>> {
        // Nothing between two changes of it can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which payments are taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that nobody tried to take back yet.
    New,
    /// Those too that could not be.
    All,
}

/// Takes back what may still be there, also when the run was interrupted.
pub(super) async fn sweep(bench: &Bench, which: Which) {
    for (invoice, payment, revision) in bench.made.open(which) {
        let taken = taken_back(bench, &invoice, &payment, revision + 1).await;
        match taken.and_then(is_gone) {
            Ok(()) => bench.made.forget(&invoice, &payment),
            Err(Trouble::Broken(why, _) | Trouble::LeftOut(why)) => {
                bench.made.failed(&invoice, &payment, why);
            }
        }
    }
}

/// What the product answers when a payment is taken back.
pub(super) async fn taken_back(
    bench: &Bench,
    invoice: &str,
    payment: &str,
    revision: u64,
) -> Result<Answer, Trouble> {
    let parts = ["v1", "invoices", invoice, "payments", payment];
    let key = bench.idempotency_key(&format!("{payment}-gone-{revision}"));
    let revision = revision.to_string();
    let query = [
        ("revision", revision.as_str()),
        ("reason", "removed_in_ledger"),
    ];
    let body = Some((key.as_str(), &Value::Null));
    bench
        .ask_anyway(Key::Own, Method::DELETE, &parts, &query, body)
        .await
}

/// Broken unless a payment is gone; whether it was there makes no difference.
pub(super) fn is_gone(answer: Answer) -> Tried {
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
