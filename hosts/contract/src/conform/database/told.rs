//! The promises about procedures that are told of an invoice as a whole, and the invoice that all of them are tried on.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use tieout_core::document::{Currency, Document, DocumentId, Settlement, SettlementStatus};
use tieout_core::host::{DocumentRef, PostingNotice, PostingState, WriteBack};

use super::super::report::{Tried, Trouble, broken, left_out};
use super::desk::Desk;
use super::survey::document;
use crate::http::Takes;
use crate::sql::Call;

/// What the payments of one promise come to at most.
const GROSS_MIN: u32 = 5;

/// The invoice that procedures are tried on.
pub(super) struct Subject {
    pub(super) of: DocumentRef,
    pub(super) currency: Currency,
    gross: Decimal,
}

/// The invoice that was named; left out where none was, or the write-back is not asked for.
pub(super) async fn subject(desk: &Desk, takes: Takes) -> Result<Subject, Trouble> {
    if !desk.trial.config.takes.contains(&takes) {
        return left_out(format!("`{}` are not asked for", takes.as_str()));
    }
    let Some(id) = &desk.trial.invoice else {
        return left_out("no invoice was named with --invoice to try procedures on");
    };
    desk.survey().await?;
    let found = document(&desk.host, id, desk.trial.records_max).await;
    let found = found.map_err(super::desk::trouble)?;
    let Some(Document::Invoice(invoice)) = found else {
        return left_out(format!("there is no invoice with the identifier `{id}`"));
    };
    let gross = invoice.totals.gross;
    if gross < Decimal::from(GROSS_MIN) {
        return left_out(format!(
            "`{id}` is of {gross}: payments are tried on one of {GROSS_MIN} or more"
        ));
    }
    let whole = Document::Invoice(invoice.clone());
    Ok(Subject {
        of: DocumentRef {
            kind: whole.kind(),
            id: whole.id().clone(),
            number: whole.number().to_owned(),
        },
        currency: invoice.currency,
        gross,
    })
}

impl Subject {
    /// The invoice of another identifier.
    pub(super) fn called(&self, id: DocumentId) -> Self {
        Self {
            of: DocumentRef {
                id,
                ..self.of.clone()
            },
            currency: self.currency,
            gross: self.gross,
        }
    }

    fn settled(&self, as_of: DateTime<Utc>, paid: u32) -> Call {
        let paid = Decimal::from(paid);
        Call::of(&WriteBack::Settlement {
            document: self.of.clone(),
            settlement: Settlement {
                status: match paid.is_zero() {
                    true => SettlementStatus::Unpaid,
                    false => SettlementStatus::PartlyPaid,
                },
                amount_paid: paid,
                amount_credited: Decimal::ZERO,
                amount_due: self.gross - paid,
                currency: self.currency,
                as_of,
            },
        })
    }

    fn posted(&self, notice: PostingNotice) -> Call {
        Call::of(&WriteBack::Posting {
            document: self.of.clone(),
            notice,
        })
    }
}

impl Desk {
    /// Left out where a view does not show what is held.
    pub(super) async fn shows(&self, view: &str) -> Tried {
        let name = self.name(view);
        let statement = "select case when to_regclass($1) is null then 'none' \
             else has_table_privilege(to_regclass($1)::oid, 'select')::text end";
        let rows = self.ask(statement, &[&name]).await?;
        match rows.first(0) {
            "true" => Ok(()),
            "none" => left_out(format!(
                "there is no view {name} that shows what is held: make it to have this tried"
            )),
            _ => left_out(format!(
                "the user may not read {name}, which shows what is held"
            )),
        }
    }
}

pub(super) async fn settlements_come_in_any_order(desk: &Desk) -> Tried {
    const VIEW: &str = "ledger_v_settlement";
    let subject = subject(desk, Takes::Settlements).await?;
    desk.shows(VIEW).await?;
    let now = desk.now();
    let first = subject.settled(now, 0);
    let newer = subject.settled(now + TimeDelta::milliseconds(1), 2);
    let (unpaid, paid) = (("unpaid", 0), ("partly_paid", 2));
    let statement = format!(
        "select status::text, amount_paid::text, amount_due::text from {} where invoice_id::text = $1",
        desk.name(VIEW)
    );
    let mut attempt = desk.begin().await?;
    for (what, call, (status, units)) in [
        ("a settlement", &first, unpaid),
        ("a newer settlement", &newer, paid),
        ("the same settlement again", &newer, paid),
        ("an older settlement that comes late", &first, paid),
    ] {
        attempt.call(call, what).await?;
        let rows = attempt.ask(&statement, &[subject.of.id.as_str()]).await?;
        let decimal = |at| rows.first(at).parse::<Decimal>().ok();
        let units = Decimal::from(units);
        let is_held = rows.cells.len() == 1
            && rows.first(0) == status
            && decimal(1) == Some(units)
            && decimal(2) == Some(subject.gross - units);
        if !is_held {
            let seen = format!(
                "after {what} {VIEW} has {} rows, the first `{}` with {} paid and {} due, and `{status}` with {units} \
                 paid is what counts",
                rows.cells.len(),
                rows.first(0),
                rows.first(1),
                rows.first(2)
            );
            return broken(seen, attempt.shown());
        }
    }
    attempt.end().await
}

pub(super) async fn a_posting_may_come_twice(desk: &Desk) -> Tried {
    const VIEW: &str = "ledger_v_posting";
    let subject = subject(desk, Takes::Postings).await?;
    desk.shows(VIEW).await?;
    let rejected = subject.posted(PostingNotice {
        state: PostingState::Rejected,
        ledger_id: None,
        ledger_number: None,
        message: Some("tried by tieout conform".to_owned()),
    });
    let posted = subject.posted(PostingNotice {
        state: PostingState::Posted,
        ledger_id: Some(desk.run.clone()),
        ledger_number: Some(subject.of.number.clone()),
        message: None,
    });
    let statement = format!(
        "select state::text, ledger_id::text, message::text from {} where invoice_id::text = $1",
        desk.name(VIEW)
    );
    let mut attempt = desk.begin().await?;
    for (what, call, wanted) in [
        (
            "a posting",
            &rejected,
            ["rejected", "", "tried by tieout conform"],
        ),
        (
            "a posting after a rejection",
            &posted,
            ["posted", &desk.run, ""],
        ),
        ("the same posting again", &posted, ["posted", &desk.run, ""]),
    ] {
        attempt.call(call, what).await?;
        let rows = attempt.ask(&statement, &[subject.of.id.as_str()]).await?;
        let held = [rows.first(0), rows.first(1), rows.first(2)];
        if rows.cells.len() != 1 || held != wanted {
            let seen = format!(
                "after {what} {VIEW} has {} rows, the first with state, ledger_id and message {held:?}, and {wanted:?} \
                 is what counts",
                rows.cells.len()
            );
            return broken(seen, attempt.shown());
        }
    }
    attempt.end().await
}
