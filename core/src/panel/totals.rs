//! What the documents beside a record come to: boxes of paid and unpaid, the overview of a contact, and the net of
//! linked documents. Amounts of different currencies are never added.

use std::collections::BTreeMap;

use chrono::Months;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::View;
use crate::document::{Currency, DocumentKind, decimal};
use crate::provider::{
    ContactTotals, OtherCurrency, SideTotals, Snapshot, SnapshotStatus, Sum, TotalsWanted,
};

/// Amounts of one currency that together have more digits than any sum can hold: one of them is not what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the amounts in {0} are too large to be added up: one of them cannot be right")]
pub struct TooLarge(pub Currency);

/// Adds an amount to a sum of a currency.
fn add(sum: &mut Decimal, amount: Decimal, currency: Currency) -> Result<(), TooLarge> {
    *sum = sum.checked_add(amount).ok_or(TooLarge(currency))?;
    Ok(())
}

/// What sales invoices come to in one currency: the two boxes of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Boxes {
    /// The currency.
    pub currency: Currency,
    /// What the invoices of [`View::Paid`] come to.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub paid: Decimal,
    /// What is due on those of [`View::Unpaid`].
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub unpaid: Decimal,
    /// What is due on those of [`View::Overdue`].
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub overdue: Decimal,
    /// The date of the newest of them.
    pub newest: chrono::NaiveDate,
}

/// The boxes of some documents, by currency; those of no invoice are absent.
///
/// # Errors
/// When amounts cannot be added up.
pub fn boxes(held: &[&Snapshot], today: chrono::NaiveDate) -> Result<Vec<Boxes>, TooLarge> {
    let mut sums: BTreeMap<Currency, Boxes> = BTreeMap::new();
    let sales = held.iter().filter(|one| one.kind == DocumentKind::Invoice);
    for one in sales {
        let shows = |view: View| view.shows(one, false, today);
        let (paid, unpaid) = (shows(View::Paid), shows(View::Unpaid));
        if !paid && !unpaid {
            continue;
        }
        let sum = sums.entry(one.currency).or_insert(Boxes {
            currency: one.currency,
            paid: Decimal::ZERO,
            unpaid: Decimal::ZERO,
            overdue: Decimal::ZERO,
            newest: one.date,
        });
        sum.newest = sum.newest.max(one.date);
        if paid {
            add(&mut sum.paid, one.totals.gross, one.currency)?;
        }
        if unpaid {
            add(&mut sum.unpaid, one.amount_due, one.currency)?;
        }
        if shows(View::Overdue) {
            add(&mut sum.overdue, one.amount_due, one.currency)?;
        }
    }
    let spelled = |sum: Boxes| Boxes {
        paid: sum.currency.figure(sum.paid),
        unpaid: sum.currency.figure(sum.unpaid),
        overdue: sum.currency.figure(sum.overdue),
        ..sum
    };
    Ok(sums.into_values().map(spelled).collect())
}

/// What a contact's documents come to in the currency of the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Overview {
    /// The currency of the books.
    pub currency: Currency,
    /// Sales invoices that wait for approval, or are approved and not wholly paid.
    pub invoices: SideOverview,
    /// Bills that wait for approval.
    pub bills: SideOverview,
    /// What was ever invoiced: those of `invoices`, and those that were paid since.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub lifetime_value: Decimal,
    /// The part of it that is dated within the last twelve months.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub twelve_month_value: Decimal,
    /// The same figures in each other currency, never added to the above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherTotals>,
}

/// Documents of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SideOverview {
    /// How many.
    pub documents: usize,
    /// What they come to.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub total: Decimal,
    /// What is due on them.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub due: Decimal,
}

/// Documents in a currency that is not that of the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherTotals {
    /// The currency.
    pub currency: Currency,
    /// Sales invoices, as in [`Overview::invoices`].
    pub invoices: SideOverview,
    /// Bills, as in [`Overview::bills`].
    pub bills: SideOverview,
}

/// The overview of a contact: authorised and submitted invoices and submitted bills alone count.
///
/// An invoice that is paid was authorised: it left the balance and stays in the values.
///
/// # Errors
/// When amounts cannot be added up.
pub fn overview(totals: &ContactTotals) -> Result<Overview, TooLarge> {
    let own = totals.currency;
    let counted = [
        totals.sales.submitted,
        totals.sales.authorised,
        totals.sales.paid,
    ];
    let value = |of: fn(&Sum) -> Decimal| sum_of(counted.iter().map(of), own);
    let others = totals.others.iter().map(|other| {
        Ok(OtherTotals {
            currency: other.currency,
            invoices: sales(&other.sales, other.currency)?,
            bills: purchases(&other.purchases, other.currency)?,
        })
    });
    Ok(Overview {
        currency: own,
        invoices: sales(&totals.sales, own)?,
        bills: purchases(&totals.purchases, own)?,
        lifetime_value: value(|sum| sum.gross)?,
        twelve_month_value: value(|sum| sum.gross_of_a_year)?,
        others: others.collect::<Result<_, _>>()?,
    })
}

fn sum_of(
    mut amounts: impl Iterator<Item = Decimal>,
    currency: Currency,
) -> Result<Decimal, TooLarge> {
    let sum = amounts.try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount));
    Ok(currency.figure(sum.ok_or(TooLarge(currency))?))
}

fn sales(side: &SideTotals, currency: Currency) -> Result<SideOverview, TooLarge> {
    of_sums(&[side.submitted, side.authorised], currency)
}

fn purchases(side: &SideTotals, currency: Currency) -> Result<SideOverview, TooLarge> {
    of_sums(&[side.submitted], currency)
}

fn of_sums(sums: &[Sum], currency: Currency) -> Result<SideOverview, TooLarge> {
    Ok(SideOverview {
        documents: sums.iter().map(|sum| sum.documents).sum(),
        total: sum_of(sums.iter().map(|sum| sum.gross), currency)?,
        due: sum_of(sums.iter().map(|sum| sum.due), currency)?,
    })
}

/// The totals that the provider would give for a contact, from its documents when all of them are at hand.
///
/// # Errors
/// When amounts cannot be added up.
pub fn totals_of(held: &[&Snapshot], wanted: &TotalsWanted) -> Result<ContactTotals, TooLarge> {
    let mut sums: BTreeMap<Currency, [SideTotals; 2]> = BTreeMap::new();
    let a_year_ago = wanted.today.checked_sub_months(Months::new(12));
    for one in held {
        let side = match one.kind {
            DocumentKind::Invoice => 0,
            DocumentKind::Bill => 1,
            DocumentKind::CreditNote | DocumentKind::PurchaseOrder => continue,
        };
        let mut nothing = SideTotals::default();
        let is_counted = match &one.status {
            SnapshotStatus::Submitted | SnapshotStatus::Authorised | SnapshotStatus::Paid => true,
            SnapshotStatus::Draft
            | SnapshotStatus::Voided
            | SnapshotStatus::Deleted
            | SnapshotStatus::Other(_) => false,
        };
        let totals = match is_counted {
            true => &mut sums.entry(one.currency).or_default()[side],
            false => &mut nothing,
        };
        let sum = match &one.status {
            SnapshotStatus::Submitted => &mut totals.submitted,
            SnapshotStatus::Paid => &mut totals.paid,
            SnapshotStatus::Authorised
            | SnapshotStatus::Draft
            | SnapshotStatus::Voided
            | SnapshotStatus::Deleted
            | SnapshotStatus::Other(_) => &mut totals.authorised,
        };
        sum.documents += 1;
        let (gross, due) = (one.totals.gross, one.amount_due);
        add(&mut sum.gross, gross, one.currency)?;
        add(&mut sum.due, due, one.currency)?;
        if a_year_ago.is_none_or(|from| one.date > from) && one.date <= wanted.today {
            add(&mut sum.gross_of_a_year, gross, one.currency)?;
        }
        if one.due_date.is_some_and(|due| due < wanted.today) {
            add(&mut sum.overdue, due.max(Decimal::ZERO), one.currency)?;
        }
    }
    let [sales, purchases] = sums.remove(&wanted.currency).unwrap_or_default();
    let other = |(currency, [sales, purchases]): (Currency, [SideTotals; 2])| OtherCurrency {
        currency,
        sales,
        purchases,
    };
    Ok(ContactTotals {
        currency: wanted.currency,
        sales,
        purchases,
        others: sums.into_iter().map(other).collect(),
    })
}

/// What the documents linked to a piece of business come to in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Net {
    /// The currency.
    pub currency: Currency,
    /// Linked invoices, drafts too, removed ones not.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub invoices: Decimal,
    /// Linked bills, the same.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub bills: Decimal,
    /// Invoices less bills.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    pub net: Decimal,
}

/// What linked documents come to, by currency.
///
/// # Errors
/// When amounts cannot be added up.
pub fn net(held: &[&Snapshot]) -> Result<Vec<Net>, TooLarge> {
    let mut sums: BTreeMap<Currency, (Decimal, Decimal)> = BTreeMap::new();
    for one in held.iter().filter(|one| one.status.is_live()) {
        let sum = sums.entry(one.currency).or_default();
        match one.kind {
            DocumentKind::Invoice => add(&mut sum.0, one.totals.gross, one.currency)?,
            DocumentKind::Bill => add(&mut sum.1, one.totals.gross, one.currency)?,
            DocumentKind::CreditNote | DocumentKind::PurchaseOrder => {}
        }
    }
    let of = |(currency, (invoices, bills)): (Currency, (Decimal, Decimal))| {
        let net = invoices.checked_sub(bills).ok_or(TooLarge(currency))?;
        Ok(Net {
            currency,
            invoices: currency.figure(invoices),
            bills: currency.figure(bills),
            net: currency.figure(net),
        })
    };
    sums.into_iter().map(of).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::document::ProviderContactId;
    use crate::document::ProviderDocumentId;
    use crate::engine::sample::snapshot;

    pub(crate) fn day(text: &str) -> chrono::NaiveDate {
        text.parse().unwrap()
    }

    pub(crate) fn held(number: &str, gross: &str, due: &str) -> Snapshot {
        let mut held = snapshot();
        held.id = ProviderDocumentId::new(number).unwrap();
        held.number = number.to_owned();
        held.date = day("2026-11-01");
        held.totals.gross = gross.parse().unwrap();
        held.amount_due = due.parse().unwrap();
        held
    }

    fn of(kind: DocumentKind, status: SnapshotStatus, currency: &str, gross: &str) -> Snapshot {
        let mut held = held(&format!("{kind}{status}{currency}{gross}"), gross, gross);
        (held.kind, held.status) = (kind, status);
        held.currency = Currency::from_code(currency).unwrap();
        held
    }

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn the_overview_counts_authorised_and_submitted_invoices_and_submitted_bills_of_the_books_currency()
     {
        use DocumentKind::{Bill, Invoice};
        use SnapshotStatus::{Authorised, Draft, Paid, Submitted, Voided};
        let mut old = of(Invoice, Paid, "AUD", "1000.00");
        old.date = day("2025-11-22");
        let all = [
            of(Invoice, Authorised, "AUD", "100.10"),
            of(Invoice, Submitted, "AUD", "20.02"),
            of(Invoice, Draft, "AUD", "7"),
            of(Invoice, Voided, "AUD", "8"),
            old,
            of(Bill, Submitted, "AUD", "3.00"),
            of(Bill, Authorised, "AUD", "9"),
            of(Invoice, Authorised, "GBP", "55.55"),
            of(Invoice, Draft, "NZD", "1"),
        ];
        let held: Vec<&Snapshot> = all.iter().collect();
        let wanted = TotalsWanted {
            contact: ProviderContactId::new("x").unwrap(),
            currency: Currency::from_code("AUD").unwrap(),
            today: day("2026-11-22"),
        };
        let seen = overview(&totals_of(&held, &wanted).unwrap()).unwrap();
        assert_eq!(
            (seen.invoices.documents, seen.invoices.total),
            (2, dec("120.12"))
        );
        assert_eq!((seen.bills.documents, seen.bills.total), (1, dec("3.00")));
        assert_eq!(seen.lifetime_value, dec("1120.12"));
        assert_eq!(seen.twelve_month_value, dec("120.12"));
        assert_eq!(seen.others.len(), 1, "a draft alone names no currency");
        assert_eq!(seen.others[0].invoices.total, dec("55.55"));
    }

    #[test]
    fn boxes_are_the_sums_of_their_views_and_currencies_stay_apart() {
        let today = day("2026-11-22");
        let mut paid = held("P", "80.00", "0.00");
        paid.status = SnapshotStatus::Paid;
        let part = held("A", "100.00", "30.00");
        let bill = of(DocumentKind::Bill, SnapshotStatus::Authorised, "AUD", "5");
        let pounds = of(
            DocumentKind::Invoice,
            SnapshotStatus::Authorised,
            "GBP",
            "9.99",
        );
        let sums = boxes(&[&paid, &part, &bill, &pounds], today).unwrap();
        let figures: Vec<_> = sums
            .iter()
            .map(|it| (it.currency.code(), it.paid, it.unpaid))
            .collect();
        assert_eq!(
            figures,
            [
                ("AUD", dec("80.00"), dec("30.00")),
                ("GBP", dec("0"), dec("9.99"))
            ]
        );
    }

    #[test]
    fn the_net_of_linked_documents_is_invoices_less_bills() {
        let invoice = of(DocumentKind::Invoice, SnapshotStatus::Draft, "AUD", "100");
        let bill = of(
            DocumentKind::Bill,
            SnapshotStatus::Authorised,
            "AUD",
            "130.50",
        );
        let gone = of(DocumentKind::Bill, SnapshotStatus::Voided, "AUD", "1");
        let sums = net(&[&invoice, &bill, &gone]).unwrap();
        assert_eq!(sums.len(), 1);
        assert_eq!(sums[0].net, dec("-30.50"));
    }
    #[test]
    fn amounts_that_no_sum_can_hold_are_told_and_break_nothing_off() {
        let largest = Decimal::MAX.to_string();
        let [one, other] = ["1", "2"].map(|number| {
            let mut held = held(number, &largest, &largest);
            held.status = SnapshotStatus::Authorised;
            held
        });
        let both = [&one, &other];
        let aud = TooLarge(one.currency);
        assert_eq!(boxes(&both, day("2026-11-22")), Err(aud));
        assert_eq!(net(&both), Err(aud));
        let wanted = TotalsWanted {
            contact: ProviderContactId::new("x").unwrap(),
            currency: one.currency,
            today: day("2026-11-22"),
        };
        assert_eq!(totals_of(&both, &wanted), Err(aud));
        let side = totals_of(&[&one], &wanted).unwrap();
        assert!(overview(&side).is_ok());
        let mut twice = side;
        twice.sales.submitted = twice.sales.authorised;
        assert_eq!(overview(&twice), Err(aud));
    }
}
