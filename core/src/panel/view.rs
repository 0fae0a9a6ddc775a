//! Which documents a saved view shows, newest first, and what each row says of one.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{
    Currency, DocumentKind, PaymentKind, ProviderContactId, ProviderDocumentId, decimal,
};
use crate::provider::{Snapshot, SnapshotStatus};

/// A saved view. The balance of a draft is not owed yet, so a draft stands in [`View::All`] alone, and in
/// [`View::Pinned`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Balance above zero, and due today or later, or without a due date.
    #[default]
    Open,
    /// Balance zero and wholly paid.
    Paid,
    /// Balance above zero.
    Unpaid,
    /// Balance above zero and due before today.
    Overdue,
    /// Those that a person pinned to the record.
    Pinned,
    /// Everything.
    All,
}

impl View {
    /// The word in commands and output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Unpaid => "unpaid",
            Self::Overdue => "overdue",
            Self::Pinned => "pinned",
            Self::All => "all",
        }
    }

    /// Whether a document stands in it.
    #[must_use]
    pub fn shows(self, held: &Snapshot, is_pinned: bool, today: NaiveDate) -> bool {
        let is_owed = held.amount_due > Decimal::ZERO
            && held.status.is_live()
            && held.status != SnapshotStatus::Draft;
        let is_late = held.due_date.is_some_and(|due| due < today);
        match self {
            Self::Open => is_owed && !is_late,
            Self::Paid => held.amount_due.is_zero() && held.status == SnapshotStatus::Paid,
            Self::Unpaid => is_owed,
            Self::Overdue => is_owed && is_late,
            Self::Pinned => is_pinned,
            Self::All => true,
        }
    }
}

/// A document as a row shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The provider's identifier.
    pub id: ProviderDocumentId,
    /// What it is.
    pub kind: DocumentKind,
    /// Its number.
    pub number: String,
    /// Its reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Where it opens at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whose it is.
    pub contact: ProviderContactId,
    /// The accounting date.
    pub date: NaiveDate,
    /// When it falls due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<NaiveDate>,
    /// Its currency.
    pub currency: Currency,
    /// What is still due.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub balance: Decimal,
    /// What it comes to.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub total: Decimal,
    /// Where it stands, with the number of its instalments when it was not paid at once.
    pub status: String,
    /// What was paid on it, the first at the front.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instalments: Vec<Instalment>,
    /// Whether a person pinned it to the record.
    pub pinned: bool,
    /// Whether it is linked to the record.
    pub linked: bool,
}

/// A payment on a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instalment {
    /// When.
    pub date: NaiveDate,
    /// How much.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub amount: Decimal,
    /// Its number: the payment's reference, or the provider's identifier where it has none.
    pub number: String,
}

/// The rows of documents, newest date first, then by number downwards.
#[must_use]
pub fn rows(
    held: &[&Snapshot],
    pinned: &BTreeSet<ProviderDocumentId>,
    linked: &BTreeSet<ProviderDocumentId>,
    address: impl Fn(&Snapshot) -> Option<String>,
) -> Vec<Row> {
    let mut sorted = held.to_vec();
    sorted.sort_by(|one, other| (other.date, &other.number).cmp(&(one.date, &one.number)));
    let row = |held: &Snapshot| {
        let instalments = instalments(held);
        Row {
            id: held.id.clone(),
            kind: held.kind,
            number: held.number.clone(),
            reference: held.reference.clone(),
            url: address(held),
            contact: held.contact.clone(),
            date: held.date,
            due_date: held.due_date,
            currency: held.currency,
            balance: held.currency.figure(held.amount_due),
            total: held.currency.figure(held.totals.gross),
            status: status(held, instalments.len()),
            instalments,
            pinned: pinned.contains(&held.id),
            linked: linked.contains(&held.id),
        }
    };
    sorted.into_iter().map(row).collect()
}

fn status(held: &Snapshot, instalments: usize) -> String {
    // What one payment settled was paid at once.
    let is_in_parts = instalments > 1 || (held.amount_due > Decimal::ZERO && instalments > 0);
    match (is_in_parts, instalments) {
        (false, _) => held.status.to_string(),
        (true, 1) => format!("{} (1 instalment)", held.status),
        (true, many) => format!("{} ({many} instalments)", held.status),
    }
}

/// What was paid with money or by prepayment; what credit notes settled was never paid.
fn instalments(held: &Snapshot) -> Vec<Instalment> {
    let mut paid: Vec<Instalment> = held
        .payments
        .iter()
        .filter(|payment| payment.kind != PaymentKind::CreditAllocation)
        .map(|payment| Instalment {
            date: payment.date,
            amount: payment.currency.figure(payment.amount),
            number: payment
                .reference
                .clone()
                .filter(|text| !text.trim().is_empty())
                .unwrap_or_else(|| payment.id.to_string()),
        })
        .collect();
    paid.sort_by_key(|instalment| instalment.date);
    paid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::totals::tests::{day, held};

    #[test]
    fn views_part_documents_by_balance_and_due_date_and_today_is_still_open() {
        let today = day("2026-11-22");
        let mut due_today = held("A", "100.00", "40.00");
        due_today.due_date = Some(today);
        let mut late = due_today.clone();
        late.due_date = today.pred_opt();
        let mut paid = held("B", "100.00", "0.00");
        paid.status = SnapshotStatus::Paid;
        let mut draft = due_today.clone();
        draft.status = SnapshotStatus::Draft;
        let mut voided = late.clone();
        voided.status = SnapshotStatus::Voided;
        let shown = |held: &Snapshot| {
            let all = [
                View::Open,
                View::Paid,
                View::Unpaid,
                View::Overdue,
                View::Pinned,
            ];
            let shown = all
                .into_iter()
                .filter(|view| view.shows(held, false, today));
            shown.map(View::as_str).collect::<Vec<_>>()
        };
        assert_eq!(shown(&due_today), ["open", "unpaid"]);
        assert_eq!(shown(&late), ["unpaid", "overdue"]);
        assert_eq!(shown(&paid), ["paid"]);
        assert!(shown(&draft).is_empty());
        assert!(shown(&voided).is_empty());
        assert!(View::Pinned.shows(&draft, true, today));
        let mut without = due_today;
        without.due_date = None;
        assert_eq!(shown(&without), ["open", "unpaid"]);
    }

    #[test]
    fn rows_stand_newest_first_and_count_instalments() {
        let mut old = held("A-1", "100.00", "70.00");
        old.date = day("2026-10-01");
        let new = held("A-2", "50.00", "50.00");
        let payment = |at: &str, reference: &str| crate::document::Payment {
            id: crate::document::ProviderPaymentId::new(at).unwrap(),
            kind: PaymentKind::Payment,
            amount: Decimal::new(1500, 2),
            currency: old.currency,
            reference: Some(reference.to_owned()).filter(|text| !text.is_empty()),
            date: day(at),
        };
        old.payments = vec![payment("2026-11-05", ""), payment("2026-11-01", "R-1")];
        let pins = BTreeSet::from([old.id.clone()]);
        let shown = rows(&[&old, &new], &pins, &BTreeSet::new(), |_| None);
        assert_eq!(shown[0].number, "A-2");
        assert_eq!(shown[1].status, "authorised (2 instalments)");
        let dates: Vec<String> = shown[1]
            .instalments
            .iter()
            .map(|it| it.date.to_string())
            .collect();
        assert_eq!(dates, ["2026-11-01", "2026-11-05"]);
        assert_eq!(shown[1].instalments[0].number, "R-1");
        assert!(shown[1].pinned && !shown[0].pinned);
    }
}
