//! How payments are created in iinsight, which knows no idempotency: what is meant is noted before, what came of it after,
//! and what is in doubt is looked for before it is tried again.

use std::fmt;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tieout_core::document::{Payment, PaymentKind, decimal};
use tieout_core::host::{
    Delivery, DocumentRef, HostError, HostErrorKind, Note, WriteBack, WriteBackRefusal,
};
use tieout_host_web::{Reply, refusal};
use tokio::sync::Mutex;

use crate::changes::{Reader, turn};
use crate::wire::{Row, Status, rows};

const OPERATION: &str = "create payment";
const CHAPTER: &str = "payment";
/// Minutes after an attempt of unknown outcome before another one: what was taken must have become visible.
const VISIBLE_MINUTES: i64 = 2;
/// Hours before an attempt from which payments are searched: clocks differ.
const SEARCH_HOURS: i64 = 24;
/// Attempts that the product answered with a failure of its own before it is taken to refuse the payment.
const ATTEMPTS_MAX: u32 = 5;

/// What is known of one payment of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Written {
    v: u32,
    /// The invoice.
    invoice: String,
    /// What was created, or is to be.
    #[serde(with = "decimal")]
    amount: Decimal,
    date: NaiveDate,
    /// When it was tried last; the outcome is unknown until `done`.
    at: DateTime<Utc>,
    /// When it was tried first.
    first: DateTime<Utc>,
    attempts: u32,
    /// Whether it stands in iinsight.
    done: bool,
    /// Its number there, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<String>,
}

/// Writes payments, one after the other.
#[derive(Default)]
pub(crate) struct Writer {
    alone: Mutex<()>,
}

/// What a search for a payment found.
enum Found {
    Nothing,
    Active { number: String, amount: Decimal },
    Voided { number: String },
}

impl Writer {
    /// Creates each payment once. An error is about those without an outcome; a repeat of the delivery knows what was
    /// done before it.
    pub(crate) async fn deliver(
        &self,
        reader: &Reader,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        let _alone = self.alone.lock().await;
        let mut outcomes = Vec::with_capacity(delivery.items.len());
        let mut failed = None;
        for item in &delivery.items {
            match told(reader, item).await {
                Ok(outcome) => outcomes.push(outcome),
                // Nobody is let in, or nobody answers: the others would fare no better.
                Err((error, false)) => return Err(error),
                Err((error, true)) => {
                    failed.get_or_insert(error);
                }
            }
        }
        failed.map_or(Ok(outcomes), Err)
    }
}

/// The outcome of one write-back; an error says whether the product answered it.
async fn told(
    reader: &Reader,
    item: &WriteBack,
) -> Result<Result<(), WriteBackRefusal>, (HostError, bool)> {
    match item {
        WriteBack::Payment {
            document, payment, ..
        } => match payment.kind {
            PaymentKind::Payment | PaymentKind::PrepaymentAllocation => {
                pay(reader, document, payment).await
            }
            PaymentKind::CreditAllocation | PaymentKind::Other(_) => Ok(refuse(
                "not_writable",
                format!(
                    "iinsight's API creates no adjustments: enter one of {} on {} for invoice {} by hand",
                    Sum(payment),
                    payment.date,
                    document.number
                ),
            )),
        },
        WriteBack::PaymentRemoved {
            document, payment, ..
        } => removed(reader, document, payment).await.map_err(plain),
        WriteBack::Settlement { document, .. } | WriteBack::Posting { document, .. } => Ok(refuse(
            "not_writable",
            format!(
                "iinsight's API has no place for what became of invoice {}",
                document.number
            ),
        )),
    }
}

async fn pay(
    reader: &Reader,
    document: &DocumentRef,
    payment: &Payment,
) -> Result<Result<(), WriteBackRefusal>, (HostError, bool)> {
    let now = reader.clock.now();
    let id = payment.id.as_str();
    let known = read(reader, id).await.map_err(plain)?;
    let mut written = Written {
        v: 1,
        invoice: document.id.to_string(),
        amount: payment.amount,
        date: payment.date,
        at: now,
        first: now,
        attempts: 1,
        done: false,
        number: None,
    };
    if let Some(known) = known {
        if known.done {
            return Ok(unchanged(&known, document, payment));
        }
        match search(reader, id, known.first).await.map_err(plain)? {
            Found::Active { number, amount } => {
                let done = Written {
                    done: true,
                    number: Some(number),
                    amount,
                    ..known
                };
                write(reader, id, Some(&done)).await.map_err(plain)?;
                return Ok(unchanged(&done, document, payment));
            }
            Found::Voided { number } => return Ok(voided(&number, payment)),
            Found::Nothing if now - known.at < TimeDelta::minutes(VISIBLE_MINUTES) => {
                return Err((in_doubt(payment), true));
            }
            Found::Nothing if known.attempts >= ATTEMPTS_MAX => {
                write(reader, id, None).await.map_err(plain)?;
                let message = format!(
                    "iinsight failed {ATTEMPTS_MAX} times to take the payment of {} for invoice {}, and does not hold it",
                    Sum(payment),
                    document.number
                );
                return Ok(refuse("always_fails", message));
            }
            Found::Nothing => {
                written.first = known.first;
                written.attempts = known.attempts + 1;
            }
        }
    }
    // From here on a crash leaves a payment that is looked for before it is created.
    write(reader, id, Some(&written)).await.map_err(plain)?;
    create(reader, document, payment, written).await
}

async fn create(
    reader: &Reader,
    document: &DocumentRef,
    payment: &Payment,
    written: Written,
) -> Result<Result<(), WriteBackRefusal>, (HostError, bool)> {
    let config = &reader.config;
    let date = payment.date.format("%d-%m-%Y").to_string();
    let amount = decimal::padded(payment.amount, payment.currency.minor_digits());
    let notes = match &payment.reference {
        Some(reference) => format!("Imported from the ledger: {reference}"),
        None => "Imported from the ledger".to_owned(),
    };
    let fields = [
        ("invoice_id", document.id.as_str()),
        ("transaction_date", &date),
        ("amount", &amount),
        ("type", &config.payment_type),
        ("reference_number", payment.id.as_str()),
        ("notes", &notes),
    ];
    let path = &config.create_payment_path;
    let id = payment.id.as_str();
    match reader.api.create_payment(path, &fields).await {
        Ok(reply) if reply.is_done() => {
            let done = Written {
                done: true,
                number: number_in(&reply),
                ..written
            };
            write(reader, id, Some(&done)).await.map_err(plain)?;
            Ok(Ok(()))
        }
        Ok(reply) => {
            // It was understood and turned away: nothing is in doubt.
            write(reader, id, None).await.map_err(plain)?;
            Ok(Err(refusal(reply.status, &reply.body)))
        }
        Err(failed) => Err((failed.error, failed.is_answered)),
    }
}

/// A payment that stands there stays as it is: there is no call that changes one.
fn unchanged(
    known: &Written,
    document: &DocumentRef,
    payment: &Payment,
) -> Result<(), WriteBackRefusal> {
    let same = (known.amount.abs(), known.date, known.invoice.as_str())
        == (payment.amount.abs(), payment.date, document.id.as_str());
    if same {
        return Ok(());
    }
    let there = known
        .number
        .as_deref()
        .unwrap_or("the one with its reference");
    refuse(
        "not_writable",
        format!(
            "the ledger changed payment {} to {} on {}, and iinsight's API changes none: correct {there} of invoice {} by hand",
            payment.id,
            Sum(payment),
            payment.date,
            document.number
        ),
    )
}

async fn removed(
    reader: &Reader,
    document: &DocumentRef,
    payment: &Payment,
) -> Result<Result<(), WriteBackRefusal>, HostError> {
    let id = payment.id.as_str();
    let Some(known) = read(reader, id).await? else {
        // It was never created.
        return Ok(Ok(()));
    };
    let found = search(reader, id, known.first).await?;
    let is_recent = reader.clock.now() - known.at < TimeDelta::minutes(VISIBLE_MINUTES);
    match found {
        // Somebody voided it there already.
        Found::Voided { .. } => Ok(Ok(())),
        Found::Nothing if is_recent => Err(in_doubt(payment)),
        // It never arrived, or somebody deleted it there.
        Found::Nothing => {
            write(reader, id, None).await?;
            Ok(Ok(()))
        }
        Found::Active { number, .. } => Ok(refuse(
            "not_writable",
            format!(
                "the ledger took payment {id} of {} back, and iinsight's API voids none: void {number} of invoice {} by hand",
                Sum(payment),
                document.number
            ),
        )),
    }
}

fn in_doubt(payment: &Payment) -> HostError {
    let message = format!(
        "whether iinsight took payment {} of {} is unknown, and it is not in its list yet: it is looked for again before anything else is done about it",
        payment.id,
        Sum(payment)
    );
    HostError::new(HostErrorKind::Unavailable, OPERATION, message)
}

/// Looks for the payment that carries an identifier of the ledger as its reference.
async fn search(reader: &Reader, id: &str, first: DateTime<Utc>) -> Result<Found, HostError> {
    let since = first - TimeDelta::hours(SEARCH_HOURS);
    for status in [Status::Active, Status::Voided] {
        let (mut number, mut last) = (1, String::new());
        loop {
            let page = reader.api.payments(status, since, number).await?;
            if page.rows.is_empty() {
                break;
            }
            let mut rows = page.rows.iter().map(Row::of);
            if let Some(row) = rows.find(|row| row.text("reference_number") == id) {
                return found(status, &row);
            }
            turn(&mut number, &mut last, &page)?;
        }
    }
    Ok(Found::Nothing)
}

fn found(status: Status, row: &Row<'_>) -> Result<Found, HostError> {
    let number = row.text("payment_number");
    if status != Status::Active {
        return Ok(Found::Voided { number });
    }
    let bad = |why: String| {
        let message = format!("payment {number}: {why}");
        HostError::new(HostErrorKind::BadData, OPERATION, message)
    };
    let amount = row.decimal("amount").map_err(|it| bad(it.message))?;
    let amount = amount.ok_or_else(|| bad("`amount` is missing".to_owned()))?;
    // Its sign differs from one example to another.
    Ok(Found::Active {
        number,
        amount: amount.abs(),
    })
}

fn voided(number: &str, payment: &Payment) -> Result<(), WriteBackRefusal> {
    refuse(
        "voided_in_host",
        format!(
            "payment {number} of {} was voided in iinsight while the ledger holds it: it is not created again",
            Sum(payment)
        ),
    )
}

/// The number of the payment that a reply names, as far as its form is known.
fn number_in(reply: &Reply) -> Option<String> {
    let of = |value: &serde_json::Value| Row::of(value).some("payment_number");
    let alone = serde_json::from_slice(&reply.body)
        .ok()
        .and_then(|it| of(&it));
    alone.or_else(|| rows(&reply.body).ok()?.first().and_then(of))
}

async fn read(reader: &Reader, id: &str) -> Result<Option<Written>, HostError> {
    let Some(note) = reader.notebook.read(CHAPTER, id).await? else {
        return Ok(None);
    };
    // A note that cannot be read must not become a second payment.
    serde_json::from_slice(&note).map(Some).map_err(|error| {
        let message = format!("the note of payment {id} cannot be read");
        HostError::new(HostErrorKind::BadData, OPERATION, message).caused_by(error)
    })
}

async fn write(reader: &Reader, id: &str, written: Option<&Written>) -> Result<(), HostError> {
    let json = |written| serde_json::to_vec(written).expect("texts, times and figures are JSON");
    let note = Note {
        chapter: CHAPTER,
        name: id.to_owned(),
        content: written.map(json),
    };
    reader.notebook.write(vec![note]).await
}

fn refuse(code: &str, message: String) -> Result<(), WriteBackRefusal> {
    Err(WriteBackRefusal {
        code: code.to_owned(),
        message,
    })
}

fn plain(error: HostError) -> (HostError, bool) {
    (error, false)
}

/// An amount with its currency, for people.
struct Sum<'a>(&'a Payment);

impl fmt::Display for Sum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.currency.minor_digits();
        write!(
            f,
            "{} {}",
            decimal::padded(self.0.amount, digits),
            self.0.currency
        )
    }
}
