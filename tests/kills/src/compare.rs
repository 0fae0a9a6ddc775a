//! Whether both sides are equal: what stands in the books, what the host has, and what it was told.

use std::collections::BTreeMap;
use std::fs;

use rust_decimal::Decimal;
use tieout_sandbox_xero::AUSTRALIA;
use tieout_sandbox_xero::books::Organisation;
use tieout_sandbox_xero::books::invoice::Status;
use tieout_sandbox_xero::books::payment::{Payment, PaymentStatus};
use uuid::Uuid;

use crate::inbox::{Inbox, Settled};
use crate::load::{Fate, Load, Paper};
use crate::stage::Stage;

/// Every document of a campaign has a number that begins so; what else stands in the books is nobody's here.
const OURS: &str = "K-";

/// What a note of ours in a document's history begins with, as `tieout.toml` says.
const NOTE: &str = "Sent by the case manager";

/// A document in the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    number: String,
    is_live: bool,
    total: Decimal,
    settled: Decimal,
    due: Decimal,
    /// Payments that stand, by Xero's identifier.
    payments: BTreeMap<String, Decimal>,
    notes: usize,
}

/// Every document in the books that is ours.
#[must_use]
pub fn rows(stage: &Stage) -> Vec<Row> {
    let read = |books: &Organisation| {
        let invoices = books.invoices.ledger.rows().iter().map(|row| Row {
            number: row.number.clone(),
            is_live: is_live(row.status),
            total: row.total,
            settled: row.amount_paid + row.amount_credited,
            due: row.amount_due(),
            payments: standing(row.payments.iter().map(|at| books.payments.row(*at))),
            notes: notes(books, row.id),
        });
        let credits = books.credits.ledger.rows().iter().map(|row| Row {
            number: row.number.clone(),
            is_live: is_live(row.status),
            total: row.total,
            settled: row.applied + row.refunded,
            due: row.remaining(),
            payments: standing(row.refunds.iter().map(|at| books.payments.row(*at))),
            notes: notes(books, row.id),
        });
        let ours = invoices
            .chain(credits)
            .filter(|row| row.number.starts_with(OURS));
        ours.collect()
    };
    stage.xero().read(AUSTRALIA, read).unwrap_or_default()
}

/// Numbers that stand in the books more than once: what must not be at any moment.
#[must_use]
pub fn doubles(rows: &[Row]) -> Vec<String> {
    let mut live: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.is_live) {
        *live.entry(&row.number).or_default() += 1;
    }
    let several = live.into_iter().filter(|(_, times)| *times > 1);
    several
        .map(|(number, times)| format!("{number} stands in the books {times} times"))
        .collect()
}

/// Everything in which the sides differ.
#[must_use]
pub fn differences(stage: &Stage, load: &Load, inbox: &Inbox) -> Vec<String> {
    let rows = rows(stage);
    let mut wrong = inbox.wrong.clone();
    for paper in &load.papers {
        let of_paper: Vec<&Row> = rows
            .iter()
            .filter(|row| row.number == paper.number)
            .collect();
        wrong.extend(document(paper, &of_paper, inbox));
    }
    let unknown = rows
        .iter()
        .filter(|row| !load.papers.iter().any(|paper| paper.number == row.number));
    wrong.extend(
        unknown.map(|row| format!("nobody handed {} over, and it is in the books", row.number)),
    );
    wrong.extend(left_behind(stage));
    wrong
}

fn document(paper: &Paper, rows: &[&Row], inbox: &Inbox) -> Vec<String> {
    let number = &paper.number;
    let live: Vec<&&Row> = rows.iter().filter(|row| row.is_live).collect();
    let (wanted, posting) = if paper.is_void {
        (0, "voided")
    } else {
        (1, "posted")
    };
    let mut wrong = Vec::new();
    if live.len() != wanted {
        wrong.push(format!(
            "{number} should stand in the books {wanted} times, and stands there {} times",
            live.len()
        ));
    }
    // What the host let go before it was ever sent is told as nothing or as voided.
    let last_word = inbox.postings.get(number).map(String::as_str);
    if last_word != Some(posting) && !(rows.is_empty() && paper.is_void) {
        wrong.push(format!(
            "the host should know that {number} is {posting}, and was told {last_word:?}"
        ));
    }
    if let [row] = live.as_slice() {
        wrong.extend(content(paper, row));
        wrong.extend(money(paper, row, inbox));
    }
    wrong
}

/// What the host wrote is what stands there.
fn content(paper: &Paper, row: &Row) -> Vec<String> {
    let number = &paper.number;
    let mut wrong = Vec::new();
    if row.total != paper.gross() {
        wrong.push(format!(
            "{number} comes to {} in the books and to {} in the host",
            row.total,
            paper.gross()
        ));
    }
    if row.notes != 1 {
        wrong.push(format!(
            "{number} has {} notes of ours in its history instead of one",
            row.notes
        ));
    }
    wrong
}

/// Each payment is on both sides once, and both know how far the document is settled.
fn money(paper: &Paper, row: &Row, inbox: &Inbox) -> Vec<String> {
    let number = &paper.number;
    let mut wrong = Vec::new();
    let theirs = match paper.fate {
        Fate::PaidHere => BTreeMap::new(),
        Fate::Plain | Fate::Edited | Fate::Voided | Fate::PaidThere => row.payments.clone(),
    };
    let ours: Decimal = paper.payments.iter().map(|(_, amount)| *amount).sum();
    let should_be = ours + theirs.values().sum::<Decimal>();
    if row.settled != should_be {
        wrong.push(format!(
            "{number} is settled by {} in the books, and should be by {should_be}",
            row.settled
        ));
    }
    if paper.fate == Fate::PaidHere && row.payments.len() != paper.payments.len() {
        let (there, here) = (row.payments.len(), paper.payments.len());
        wrong.push(format!(
            "{number} has {there} payments in the books and {here} in the host"
        ));
    }
    let told = told_payments(inbox, number);
    if told != theirs {
        wrong.push(format!(
            "{number} was paid by {theirs:?} in Xero, and the host was told {told:?}"
        ));
    }
    let is = Settled {
        settled: row.settled,
        due: row.due,
    };
    let last = inbox.settlements.get(number);
    if last.map_or(!row.settled.is_zero(), |last| *last != is) {
        wrong.push(format!(
            "{number} is settled as {is:?}, and the host was told {last:?}"
        ));
    }
    wrong
}

fn told_payments(inbox: &Inbox, number: &str) -> BTreeMap<String, Decimal> {
    let of_document = inbox
        .payments
        .iter()
        .filter(|(_, told)| told.document == number);
    of_document
        .filter_map(|(id, told)| Some((id.clone(), told.amount?)))
        .collect()
}

/// Files that nobody took, or that were refused.
fn left_behind(stage: &Stage) -> Vec<String> {
    let mut left = Vec::new();
    for folder in ["host/outbox", "host/failed"] {
        let items = fs::read_dir(stage.path(folder))
            .into_iter()
            .flatten()
            .flatten();
        left.extend(
            items.map(|item| format!("{} lies in {folder}", item.file_name().to_string_lossy())),
        );
    }
    left
}

fn is_live(status: Status) -> bool {
    !matches!(status, Status::Voided | Status::Deleted)
}

fn standing<'a>(payments: impl Iterator<Item = &'a Payment>) -> BTreeMap<String, Decimal> {
    let counts = payments.filter(|payment| payment.status == PaymentStatus::Authorised);
    counts
        .map(|payment| (payment.id.to_string(), payment.amount))
        .collect()
}

fn notes(books: &Organisation, id: Uuid) -> usize {
    let notes = books.papers.notes(id).iter();
    notes.filter(|note| note.details.starts_with(NOTE)).count()
}
