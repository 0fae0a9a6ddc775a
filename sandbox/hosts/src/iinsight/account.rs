//! What an account holds, and what people do in it: they enter invoices, edit, void, reverse and delete them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::Access;
use super::fault::Fault;
use crate::{Running, serve};

const FIXTURE: &str = include_str!("../../fixtures/iinsight.json");

/// The state of an invoice or a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It counts.
    Active,
    /// It was voided.
    Voided,
    /// It was reversed; payments never are.
    Reversed,
}

/// A row with what the API does not show.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) row: Value,
    pub(super) status: Status,
    pub(super) changed: DateTime<Utc>,
}

#[derive(Default)]
pub(super) struct Books {
    pub(super) invoices: Vec<Kept>,
    pub(super) payments: Vec<Kept>,
    pub(super) adjustments: Vec<Kept>,
    pub(super) directories: BTreeMap<String, Vec<(Value, NaiveDate)>>,
    pub(super) cases: Vec<Value>,
    pub(super) accounts: Vec<Value>,
    pub(super) access: Access,
    pub(super) faults: Vec<Fault>,
    /// Each request: method, path and query.
    pub(super) asked: Vec<String>,
    now: Option<DateTime<Utc>>,
}

/// One account. Clones share it.
#[derive(Clone, Default)]
pub struct Iinsight {
    books: Arc<Mutex<Books>>,
}

impl Iinsight {
    /// An account without anything in it.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// An account with ten invoices, their companies, contacts, cases and payments.
    #[must_use]
    pub fn sample() -> Self {
        let account = Self::empty();
        let fixture: Value = serde_json::from_str(FIXTURE).expect("the fixture is JSON");
        let list = |name: &str| fixture[name].as_array().cloned().unwrap_or_default();
        {
            let mut books = account.books();
            let changed = "2026-11-13T00:00:00Z".parse().expect("a moment");
            books.invoices = list("invoices").into_iter().map(kept(changed)).collect();
            books.payments = list("payments").into_iter().map(kept(changed)).collect();
            books.cases = list("cases");
            books.accounts = list("accounts");
        }
        for name in ["companies", "company_contacts"] {
            for row in list(name) {
                account.put_party(name, row, NaiveDate::from_ymd_opt(2026, 11, 1));
            }
        }
        account
    }

    /// Serves the account on a port of this machine: `0` takes a free one.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn serve(&self, port: u16) -> std::io::Result<Running> {
        serve(self.routes(), port).await
    }

    /// Enters an invoice as `api2/invoices` shows it, or replaces the one of the same `invoice_id`.
    pub fn put_invoice(&self, row: Value) {
        let mut books = self.books();
        let changed = books.now();
        books
            .invoices
            .retain(|kept| kept.row["invoice_id"] != row["invoice_id"]);
        books.invoices.push(Kept {
            row,
            status: Status::Active,
            changed,
        });
    }

    /// The invoice of a number as it stands.
    #[must_use]
    pub fn invoice(&self, number: &str) -> Option<Value> {
        let books = self.books();
        let found = books
            .invoices
            .iter()
            .find(|kept| kept.row["invoice_number"] == number);
        found.map(|kept| kept.row.clone())
    }

    /// Voids an invoice: the document stays, its value goes and its costs are free again. Gives whether it is there.
    pub fn void(&self, number: &str) -> bool {
        self.act(number, |kept| {
            kept.status = Status::Voided;
            kept.row["total_amount_payable"] = json!("0.00");
            kept.row["item"] = json!([]);
        })
    }

    /// Reverses an invoice by an opposite entry; it stays as it was. Gives whether it is there.
    pub fn reverse(&self, number: &str) -> bool {
        self.act(number, |kept| kept.status = Status::Reversed)
    }

    /// Deletes an invoice: nothing of it is left, in no list. Gives whether it was there.
    pub fn delete(&self, number: &str) -> bool {
        let mut books = self.books();
        let before = books.invoices.len();
        books
            .invoices
            .retain(|kept| kept.row["invoice_number"] != number);
        books.invoices.len() < before
    }

    /// Puts a row into a directory: `companies`, `company_contacts` or `case_contacts`.
    pub fn put_party(&self, directory: &str, row: Value, changed: Option<NaiveDate>) {
        let mut books = self.books();
        let changed = changed.unwrap_or_else(|| books.now().date_naive());
        let key = if directory == "companies" {
            "company_id"
        } else {
            "contact_id"
        };
        let rows = books.directories.entry(directory.to_owned()).or_default();
        rows.retain(|(known, _)| known[key] != row[key]);
        rows.push((row, changed));
    }

    /// Puts a case, or replaces the one of the same `case_n`.
    pub fn put_case(&self, row: Value) {
        let mut books = self.books();
        books.cases.retain(|known| known["case_n"] != row["case_n"]);
        books.cases.push(row);
    }

    /// The payments that count, as `api2/payments` shows them.
    #[must_use]
    pub fn payments(&self) -> Vec<Value> {
        let books = self.books();
        let active = books
            .payments
            .iter()
            .filter(|kept| kept.status == Status::Active);
        active.map(|kept| kept.row.clone()).collect()
    }

    /// Enters a payment as `api2/payments` shows it, or replaces the one of the same `payment_id`.
    pub fn put_payment(&self, row: Value) {
        let mut books = self.books();
        let changed = books.now();
        books
            .payments
            .retain(|kept| kept.row["payment_id"] != row["payment_id"]);
        books.payments.push(Kept {
            row,
            status: Status::Active,
            changed,
        });
    }

    /// Voids a payment by its number. Gives whether it is there.
    pub fn void_payment(&self, number: &str) -> bool {
        let mut books = self.books();
        let now = books.now();
        let mut found = books
            .payments
            .iter_mut()
            .filter(|kept| kept.row["payment_number"] == number);
        let Some(kept) = found.next() else {
            return false;
        };
        kept.status = Status::Voided;
        kept.changed = now;
        true
    }

    /// Enters an adjustment as `api1/adjustments` shows it, dates as in the second generation, or replaces the one of the
    /// same `adjustment_number`.
    pub fn put_adjustment(&self, row: Value) {
        let mut books = self.books();
        let changed = books.now();
        books
            .adjustments
            .retain(|kept| kept.row["adjustment_number"] != row["adjustment_number"]);
        books.adjustments.push(Kept {
            row,
            status: Status::Active,
            changed,
        });
    }

    /// Voids an adjustment by its number. Gives whether it is there.
    pub fn void_adjustment(&self, number: &str) -> bool {
        let mut books = self.books();
        let now = books.now();
        let mut found = books
            .adjustments
            .iter_mut()
            .filter(|kept| kept.row["adjustment_number"] == number);
        let Some(kept) = found.next() else {
            return false;
        };
        kept.status = Status::Voided;
        kept.changed = now;
        true
    }

    /// Lets something go wrong.
    pub fn fail(&self, fault: Fault) {
        self.books().faults.push(fault);
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.books().faults.clear();
    }

    /// Every token and refresh token that was given out is worth nothing from now on.
    pub fn forget_tokens(&self) {
        self.books().access.forget();
    }

    /// Every token is worth nothing; refresh tokens still work.
    pub fn expire_tokens(&self) {
        self.books().access.expire();
    }

    /// Sets the account's clock, which otherwise is the machine's.
    pub fn set_now(&self, now: DateTime<Utc>) {
        self.books().now = Some(now);
    }

    /// The requests since the last call: method, path and query.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.books().asked)
    }

    fn act(&self, number: &str, act: impl FnOnce(&mut Kept)) -> bool {
        let mut books = self.books();
        let now = books.now();
        let mut found = books
            .invoices
            .iter_mut()
            .filter(|kept| kept.row["invoice_number"] == number);
        let Some(kept) = found.next() else {
            return false;
        };
        act(kept);
        kept.changed = now;
        true
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.now.unwrap_or_else(Utc::now)
    }
}

/// A row of the fixture, whose state stands in a field of ours.
fn kept(changed: DateTime<Utc>) -> impl Fn(Value) -> Kept {
    move |mut row| {
        let fields = row.as_object_mut().expect("rows are objects");
        let status = fields.remove("_status").unwrap_or_default();
        Kept {
            status: serde_json::from_value(status).expect("a state"),
            row,
            changed,
        }
    }
}
