//! The promises about procedures for payments, called on one invoice that was named for it, and rolled back.

use rust_decimal::Decimal;
use tieout_core::document::{DocumentId, Payment, PaymentKind};
use tieout_core::host::WriteBack;

use super::super::report::{Tried, Trouble, broken, left_out};
use super::desk::{Attempt, Desk, Rows};
use super::told::{Subject, subject};
use crate::http::Takes;
use crate::sql::Call;

const VIEW: &str = "ledger_v_payment";

impl Subject {
    fn paid(&self, desk: &Desk, name: &str, revision: u64, units: u32) -> Result<Call, Trouble> {
        Ok(Call::of(&WriteBack::Payment {
            document: self.of.clone(),
            revision,
            payment: self.payment(desk, name, units)?,
        }))
    }

    fn removed(&self, desk: &Desk, name: &str, revision: u64) -> Result<Call, Trouble> {
        Ok(Call::of(&WriteBack::PaymentRemoved {
            document: self.of.clone(),
            revision,
            payment: self.payment(desk, name, 1)?,
        }))
    }

    fn payment(&self, desk: &Desk, name: &str, units: u32) -> Result<Payment, Trouble> {
        let id = payment_id(desk, name).parse();
        let id = id.map_err(|_| Trouble::LeftOut("no payment can be named".to_owned()))?;
        Ok(Payment {
            id,
            date: desk.now().date_naive(),
            amount: Decimal::from(units),
            currency: self.currency,
            reference: Some("tieout conform".to_owned()),
            kind: PaymentKind::Payment,
        })
    }
}

fn payment_id(desk: &Desk, name: &str) -> String {
    format!("tieout-conform-{}-{name}", desk.run)
}

/// A payment as the view shows it.
struct Held {
    rows: Rows,
}

impl Held {
    async fn of(desk: &Desk, attempt: &mut Attempt<'_>, name: &str) -> Result<Self, Trouble> {
        let statement = format!(
            "select revision::text, amount::text, removed::text from {} where ledger_payment_id = $1",
            desk.name(VIEW)
        );
        let rows = attempt.ask(&statement, &[&payment_id(desk, name)]).await?;
        Ok(Self { rows })
    }

    /// Broken unless it stands there once, in this form.
    fn is(&self, attempt: &Attempt<'_>, what: &str, revision: u64, units: u32) -> Tried {
        let count = self.rows.cells.len();
        if count != 1 {
            let seen = format!("after {what} it stands {count} times in {VIEW}");
            return broken(seen, attempt.shown());
        }
        if self.rows.first(2) == "true" {
            let seen = format!("after {what} it is removed");
            return broken(seen, attempt.shown());
        }
        let amount = self.rows.first(1).parse::<Decimal>().ok();
        let held = self.rows.first(0);
        if held != revision.to_string() || amount != Some(Decimal::from(units)) {
            let seen = format!(
                "after {what} revision {held} of {} is held, and revision {revision} of {units} is what counts",
                self.rows.first(1)
            );
            return broken(seen, attempt.shown());
        }
        Ok(())
    }

    /// Broken where it is there.
    fn is_gone(&self, attempt: &Attempt<'_>, what: &str) -> Tried {
        let is_there = |row: &Vec<Option<String>>| row[2].as_deref() != Some("true");
        match self.rows.cells.iter().any(is_there) {
            true => broken(format!("after {what} it is there"), attempt.shown()),
            false => Ok(()),
        }
    }
}

/// The invoice, where payments are taken and it can be seen what is held of them.
async fn payable(desk: &Desk) -> Result<Subject, Trouble> {
    let subject = subject(desk, Takes::Payments).await?;
    desk.shows(VIEW).await?;
    Ok(subject)
}

pub(super) async fn a_payment_may_come_twice(desk: &Desk) -> Tried {
    let subject = payable(desk).await?;
    let call = subject.paid(desk, "twice", 1, 1)?;
    let mut attempt = desk.begin().await?;
    for what in ["a payment", "the same payment again"] {
        attempt.call(&call, what).await?;
        let held = Held::of(desk, &mut attempt, "twice").await?;
        held.is(&attempt, what, 1, 1)?;
    }
    attempt.end().await
}

pub(super) async fn a_payment_is_replaced_by_a_higher_revision(desk: &Desk) -> Tried {
    let subject = payable(desk).await?;
    let first = subject.paid(desk, "replaced", 1, 1)?;
    let second = subject.paid(desk, "replaced", 2, 2)?;
    let mut attempt = desk.begin().await?;
    for (what, call, revision, units) in [
        ("a payment", &first, 1, 1),
        ("a higher revision of it", &second, 2, 2),
        ("an older revision that comes late", &first, 2, 2),
    ] {
        attempt.call(call, what).await?;
        let held = Held::of(desk, &mut attempt, "replaced").await?;
        held.is(&attempt, what, revision, units)?;
    }
    attempt.end().await
}

pub(super) async fn a_payment_may_be_deleted_twice(desk: &Desk) -> Tried {
    let subject = payable(desk).await?;
    let paid = subject.paid(desk, "deleted", 1, 1)?;
    let removed = subject.removed(desk, "deleted", 2)?;
    let never = subject.removed(desk, "never", 1)?;
    let mut attempt = desk.begin().await?;
    attempt.call(&paid, "a payment").await?;
    for what in ["its deletion", "its deletion again"] {
        attempt.call(&removed, what).await?;
        let held = Held::of(desk, &mut attempt, "deleted").await?;
        held.is_gone(&attempt, what)?;
    }
    attempt
        .call(&never, "a deletion of what was never told")
        .await?;
    attempt.end().await
}

pub(super) async fn a_deleted_payment_stays_deleted(desk: &Desk) -> Tried {
    let subject = payable(desk).await?;
    let paid = subject.paid(desk, "late", 1, 1)?;
    let removed = subject.removed(desk, "late", 2)?;
    let back = subject.paid(desk, "late", 3, 2)?;
    let mut attempt = desk.begin().await?;
    // The deletion overtook what it deletes.
    attempt.call(&removed, "a deletion").await?;
    attempt
        .call(&paid, "a payment that comes after its deletion")
        .await?;
    let held = Held::of(desk, &mut attempt, "late").await?;
    held.is_gone(&attempt, "a payment that comes after its deletion")?;
    let what = "a higher revision after the deletion";
    attempt.call(&back, what).await?;
    let held = Held::of(desk, &mut attempt, "late").await?;
    held.is(&attempt, what, 3, 2)?;
    attempt.end().await
}

pub(super) async fn a_refusal_has_a_code(desk: &Desk) -> Tried {
    let subject = subject(desk, Takes::Payments).await?;
    let nobody = DocumentId::new(payment_id(desk, "nobody"));
    let Ok(nobody) = nobody else {
        return left_out("no invoice can be named that is not there");
    };
    let unknown = subject.called(nobody);
    let call = unknown.paid(desk, "refused", 1, 1)?;
    let mut attempt = desk.begin().await?;
    let what = "a payment of an invoice that is not there";
    let seen = match attempt.try_call(&call).await? {
        Ok(()) => format!("{what} was taken"),
        Err(code) if code.starts_with("sqlstate_") || code == "refused" => {
            format!("{what} was refused without a code: {code}")
        }
        Err(_) => return attempt.end().await,
    };
    broken(seen, attempt.shown())
}
