//! How payments are created in iinsight, which knows no idempotency: noted before, and looked for before any repeat.

use std::fmt;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tieout_core::document::{Payment, PaymentKind, decimal};
use tieout_core::host::{
    Delivery, DocumentRef, HostError, HostErrorKind, Note, WriteBack, WriteBackRefusal,
};
use tieout_host_web::{Failed, Reply, excerpt, refusal};
use tokio::sync::Mutex;

use crate::adjusted::is_adjustment;
use crate::changes::Reader;
use crate::sought::{Found, Sought, Stands, claim, look_for};
use crate::wire::{Row, rows};

const OPERATION: &str = "create payment";
const CHAPTER: &str = "payment";
/// Minutes after an attempt of unknown outcome before another one: it must have become visible.
const VISIBLE_MINUTES: i64 = 2;
/// Attempts that the product answered with a failure of its own before it is taken to refuse the payment.
const FAILURES_MAX: u32 = 5;

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
    /// How many of them the product answered without taking it, as far as one can see.
    #[serde(default)]
    failures: u32,
    /// What it said to the last of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said: Option<String>,
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
        } if is_adjustment(&document.id) => Ok(refuse(
            "not_writable",
            format!(
                "iinsight's API takes payments of invoices alone: enter one of {} on {} for adjustment {} by hand",
                Sum(payment),
                payment.date,
                document.number
            ),
        )),
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
        failures: 0,
        said: None,
        done: false,
        number: None,
    };
    if let Some(known) = &known {
        if known.done {
            return Ok(unchanged(known, document, payment));
        }
        match search(reader, id, known).await.map_err(plain)? {
            Found::Active(stands) => {
                let done = stand(reader, id, known, stands).await.map_err(plain)?;
                return Ok(unchanged(&done, document, payment));
            }
            Found::Voided { number } => return Ok(voided(&number, payment)),
            Found::Nothing if now - known.at < TimeDelta::minutes(VISIBLE_MINUTES) => {
                return Err((in_doubt(payment), true));
            }
            Found::Nothing if known.failures >= FAILURES_MAX => {
                // It is kept: whoever lets it be tried again has it looked for again first.
                let again = Written {
                    failures: 0,
                    ..known.clone()
                };
                write(reader, id, Some(&again)).await.map_err(plain)?;
                return Ok(always_fails(known, document, payment));
            }
            Found::Nothing => {
                written.first = known.first;
                written.attempts = known.attempts.saturating_add(1);
                written.failures = known.failures;
                written.said.clone_from(&known.said);
            }
        }
    }
    // From here on a crash leaves a payment that is looked for before it is created.
    write(reader, id, Some(&written)).await.map_err(plain)?;
    create(reader, document, payment, written, known).await
}

async fn create(
    reader: &Reader,
    document: &DocumentRef,
    payment: &Payment,
    written: Written,
    before: Option<Written>,
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
    let reply = match reader.api.create_payment(path, &fields).await {
        Ok(reply) => reply,
        Err(failed) => return Err(not_taken(reader, id, written, before, failed).await),
    };
    if reply.is_done() {
        return match taken(reader, id, &written, &reply).await? {
            true => Ok(Ok(())),
            false => Err((in_doubt(payment), true)),
        };
    }
    let Some(before) = before else {
        // It was understood and turned away: nothing is in doubt.
        write(reader, id, None).await.map_err(plain)?;
        return Ok(Err(refusal(reply.status, &reply.body)));
    };
    // It may be turned away because an earlier attempt, whose reply was lost, was taken after all.
    match search(reader, id, &before).await.map_err(plain)? {
        Found::Active(stands) => {
            let done = stand(reader, id, &before, stands).await.map_err(plain)?;
            Ok(unchanged(&done, document, payment))
        }
        Found::Voided { number } => Ok(voided(&number, payment)),
        Found::Nothing => {
            write(reader, id, Some(&before)).await.map_err(plain)?;
            Ok(Err(refusal(reply.status, &reply.body)))
        }
    }
}

/// Whether a payment stands there after a reply that says so: the reply names it, or it is in the list. A page for people
/// is a success too.
async fn taken(
    reader: &Reader,
    id: &str,
    written: &Written,
    reply: &Reply,
) -> Result<bool, (HostError, bool)> {
    let said = named_in(reply);
    let stands = match said {
        Some((payment_id, number)) => Stands {
            payment_id,
            number,
            amount: written.amount,
        },
        None => match search(reader, id, written).await.map_err(plain)? {
            Found::Active(stands) => stands,
            Found::Voided { .. } | Found::Nothing => {
                // It may appear. It is not sent again by itself: the product says that it took it.
                let doubtful = Written {
                    failures: FAILURES_MAX,
                    said: Some(format!("{}: {}", reply.status, excerpt(&reply.body))),
                    ..written.clone()
                };
                write(reader, id, Some(&doubtful)).await.map_err(plain)?;
                return Ok(false);
            }
        },
    };
    stand(reader, id, written, stands).await.map_err(plain)?;
    Ok(true)
}

/// Notes what a failed attempt leaves: what it was before where nothing can have been taken, a failure where the product
/// answered with one, and doubt otherwise. Gives the error, and whether the others may fare better.
async fn not_taken(
    reader: &Reader,
    id: &str,
    written: Written,
    before: Option<Written>,
    failed: Failed,
) -> (HostError, bool) {
    let Failed { error, is_answered } = failed;
    let (left, error, is_alone) = match error.kind {
        HostErrorKind::Unauthorised => (before, error, is_answered),
        HostErrorKind::Misconfigured => {
            let path = &reader.config.create_payment_path;
            let message = format!(
                "{}; is `create_payment_path` right ({path})?",
                error.message
            );
            let error = HostError::new(HostErrorKind::Misconfigured, OPERATION, message);
            (before, error, false)
        }
        HostErrorKind::Unavailable | HostErrorKind::BadData if is_answered => {
            let failing = Written {
                failures: written.failures.saturating_add(1),
                said: Some(error.message.clone()),
                ..written
            };
            (Some(failing), error, true)
        }
        HostErrorKind::Unavailable | HostErrorKind::BadData => (Some(written), error, false),
    };
    match write(reader, id, left.as_ref()).await {
        Ok(()) => (error, is_alone),
        Err(error) => plain(error),
    }
}

/// Notes that a payment stands there, and whose it is.
async fn stand(
    reader: &Reader,
    id: &str,
    written: &Written,
    stands: Stands,
) -> Result<Written, HostError> {
    claim(reader, &stands.payment_id, id).await?;
    let done = Written {
        done: true,
        number: Some(stands.number).filter(|number| !number.is_empty()),
        amount: stands.amount,
        ..written.clone()
    };
    write(reader, id, Some(&done)).await?;
    Ok(done)
}

fn always_fails(
    known: &Written,
    document: &DocumentRef,
    payment: &Payment,
) -> Result<(), WriteBackRefusal> {
    let said = known.said.as_deref().unwrap_or("nothing");
    refuse(
        "always_fails",
        format!(
            "iinsight does not hold the payment of {} for invoice {} after {} attempts; it said last: {said}",
            Sum(payment),
            document.number,
            known.attempts
        ),
    )
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
    let found = search(reader, id, &known).await?;
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
        Found::Active(Stands { number, .. }) => Ok(refuse(
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

async fn search(reader: &Reader, id: &str, known: &Written) -> Result<Found, HostError> {
    let sought = Sought {
        id,
        number: known.number.as_deref(),
        invoice: &known.invoice,
        amount: known.amount,
        date: known.date,
        first: known.first,
    };
    look_for(reader, &sought).await
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

/// The identifier and the number of the payment that a reply names, as far as its form is known: one of them may be empty.
fn named_in(reply: &Reply) -> Option<(String, String)> {
    let of = |value: &serde_json::Value| {
        let row = Row::of(value);
        let (id, number) = (row.some("payment_id"), row.some("payment_number"));
        let is_named = id.is_some() || number.is_some();
        is_named.then(|| (id.unwrap_or_default(), number.unwrap_or_default()))
    };
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

/// Whether a reference of iinsight is a payment of the ledger that stands there because of us.
pub(crate) async fn is_ours(reader: &Reader, reference: &str) -> Result<bool, HostError> {
    Ok(read(reader, reference).await?.is_some())
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
