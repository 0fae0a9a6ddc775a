//! A document as its file holds it, how a posting becomes one, and what of it the engine is shown.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use tieout_core::document::{
    AmountsAre, Currency, DocumentKind, Payment, PaymentKind, ProviderContactId,
    ProviderDocumentId, ProviderPaymentId, Totals, decimal,
};
use tieout_core::provider::{Chart, Posting, PostingLine, Snapshot, SnapshotLine, SnapshotStatus};
use tieout_core::settings::CreateStatus;

/// Requests that a document remembers.
const REQUESTS_MAX: usize = 100;

/// A document's file. Sums are not in it: they follow from its lines and payments, whoever changes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) number: String,
    #[serde(default)]
    pub(crate) reference: Option<String>,
    pub(crate) contact: ProviderContactId,
    pub(crate) date: NaiveDate,
    #[serde(default)]
    pub(crate) due_date: Option<NaiveDate>,
    #[serde(default)]
    pub(crate) delivery_date: Option<NaiveDate>,
    pub(crate) status: SnapshotStatus,
    pub(crate) currency: Currency,
    pub(crate) amounts_are: AmountsAre,
    pub(crate) lines: Vec<HeldLine>,
    #[serde(default)]
    pub(crate) payments: Vec<HeldPayment>,
    #[serde(default)]
    pub(crate) url: Option<String>,
    /// The orders that wrote it, the latest last: a repeat of one changes nothing.
    #[serde(default)]
    pub(crate) requests: Vec<String>,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldLine {
    pub(crate) id: String,
    pub(crate) description: String,
    #[serde(with = "decimal")]
    pub(crate) quantity: Decimal,
    #[serde(with = "decimal")]
    pub(crate) unit_amount: Decimal,
    #[serde(default, with = "decimal::optional")]
    pub(crate) discount_amount: Option<Decimal>,
    #[serde(with = "decimal")]
    pub(crate) amount: Decimal,
    #[serde(with = "decimal")]
    pub(crate) tax_amount: Decimal,
    pub(crate) account_code: String,
    #[serde(default)]
    pub(crate) tax_type: Option<String>,
    #[serde(default)]
    pub(crate) item_code: Option<String>,
}

/// Money that came in or went out, as a person wrote it down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldPayment {
    pub(crate) id: ProviderPaymentId,
    pub(crate) date: NaiveDate,
    #[serde(with = "decimal")]
    pub(crate) amount: Decimal,
    #[serde(default)]
    pub(crate) reference: Option<String>,
}

impl Held {
    /// The document that a posting asks for; lines that were there before keep their identifiers. `None` where its figures
    /// do not fit 28 digits.
    pub(crate) fn of(
        posting: &Posting,
        line_ids: &[Option<String>],
        before: Option<&Self>,
        chart: &Chart,
    ) -> Option<Self> {
        let known = before.map_or(&[][..], |before| &before.lines);
        let highest = known.iter().filter_map(|line| line.id.parse::<u64>().ok());
        let mut next = highest.max().unwrap_or_default();
        let mut lines = Vec::with_capacity(posting.lines.len());
        for (at, line) in posting.lines.iter().enumerate() {
            let kept = line_ids.get(at).cloned().flatten();
            let kept = kept.filter(|id| known.iter().any(|line| line.id == *id));
            let id = kept.unwrap_or_else(|| {
                next += 1;
                next.to_string()
            });
            lines.push(HeldLine::of(id, line, posting, chart)?);
        }
        Some(Self {
            number: posting.number.clone(),
            reference: posting.reference.clone(),
            contact: posting.contact.clone(),
            date: posting.date,
            due_date: posting.due_date,
            delivery_date: posting.delivery_date,
            status: match posting.status {
                CreateStatus::Draft => SnapshotStatus::Draft,
                CreateStatus::Submitted => SnapshotStatus::Submitted,
                CreateStatus::Authorised => SnapshotStatus::Authorised,
            },
            currency: posting.currency,
            amounts_are: posting.amounts_are.clone(),
            lines,
            payments: before.map(|it| it.payments.clone()).unwrap_or_default(),
            url: posting.url.clone(),
            requests: before.map(|it| it.requests.clone()).unwrap_or_default(),
        })
    }

    /// The same, written by an order.
    pub(crate) fn by(mut self, order: &str) -> Self {
        self.requests.push(order.to_owned());
        let old = self.requests.len().saturating_sub(REQUESTS_MAX);
        self.requests.drain(..old);
        self
    }

    /// What the engine is shown.
    ///
    /// # Errors
    /// What a person wrote that makes no sense, in words.
    pub(crate) fn snapshot(
        &self,
        kind: DocumentKind,
        name: &str,
        changed: DateTime<Utc>,
    ) -> Result<Snapshot, String> {
        let too_large = || "its figures do not fit 28 digits".to_owned();
        let ids: HashSet<&ProviderPaymentId> = self.payments.iter().map(|it| &it.id).collect();
        if ids.len() < self.payments.len() {
            return Err("two of its payments have one `id`".to_owned());
        }
        if let AmountsAre::Other(word) = &self.amounts_are {
            let words = "one of tax_exclusive, tax_inclusive and no_tax";
            return Err(format!(
                "its `amounts_are` is `{word}`, and should be {words}"
            ));
        }
        let totals = self.totals().ok_or_else(too_large)?;
        let paid = sum(self.payments.iter().map(|payment| payment.amount));
        let paid = paid.ok_or_else(too_large)?;
        let due = totals.gross.checked_sub(paid).ok_or_else(too_large)?;
        let status = match &self.status {
            SnapshotStatus::Authorised if due <= Decimal::ZERO && paid > Decimal::ZERO => {
                SnapshotStatus::Paid
            }
            SnapshotStatus::Paid | SnapshotStatus::Other(_) => {
                let words = "one of draft, submitted, authorised, voided and deleted; what is paid follows from `payments`";
                return Err(format!(
                    "its status is `{}`, and should be {words}",
                    self.status
                ));
            }
            status => status.clone(),
        };
        // An order asks for no money, and neither does what was removed.
        let owes = kind != DocumentKind::PurchaseOrder && status.is_live();
        Ok(Snapshot {
            id: ProviderDocumentId::new(name).map_err(|error| format!("its name: {error}"))?,
            kind,
            number: self.number.clone(),
            reference: self.reference.clone(),
            contact: self.contact.clone(),
            date: self.date,
            due_date: self.due_date,
            status,
            currency: self.currency,
            totals,
            lines: self.lines.iter().map(HeldLine::shown).collect(),
            payments: self
                .payments
                .iter()
                .map(|it| it.shown(self.currency))
                .collect(),
            amount_paid: paid,
            amount_credited: Decimal::ZERO,
            amount_due: if owes { due } else { Decimal::ZERO },
            url: self.url.clone(),
            updated_at: changed,
        })
    }

    fn totals(&self) -> Option<Totals> {
        let amounts = sum(self.lines.iter().map(|line| line.amount))?;
        let tax = sum(self.lines.iter().map(|line| line.tax_amount))?;
        Some(match self.amounts_are {
            AmountsAre::TaxInclusive => Totals {
                net: amounts.checked_sub(tax)?,
                tax,
                gross: amounts,
            },
            AmountsAre::TaxExclusive | AmountsAre::NoTax | AmountsAre::Other(_) => Totals {
                net: amounts,
                tax,
                gross: amounts.checked_add(tax)?,
            },
        })
    }
}

impl HeldLine {
    /// The line with its sums, to the currency's minor digits, as the capability says.
    fn of(id: String, line: &PostingLine, posting: &Posting, chart: &Chart) -> Option<Self> {
        let round = |amount: Decimal| {
            let places = posting.currency.minor_digits();
            let strategy = RoundingStrategy::MidpointAwayFromZero;
            let mut rounded = amount.round_dp_with_strategy(places, strategy);
            // People read it: `70.70`, not `70.7`.
            rounded.rescale(places);
            rounded
        };
        let full = line.quantity.checked_mul(line.unit_amount)?;
        let amount = round(full.checked_sub(line.discount_amount.unwrap_or_default())?);
        let rate = line.tax_type.as_ref().and_then(|code| chart.tax_rate(code));
        let rate = rate.map(|rate| rate.rate).unwrap_or_default();
        let tax = match (&posting.amounts_are, line.tax_amount) {
            (AmountsAre::NoTax | AmountsAre::Other(_), _) => Decimal::ZERO,
            (_, Some(tax)) => tax,
            (AmountsAre::TaxExclusive, None) => round(amount.checked_mul(rate)?),
            (AmountsAre::TaxInclusive, None) => {
                let with_tax = Decimal::ONE.checked_add(rate)?;
                round(amount.checked_mul(rate)?.checked_div(with_tax)?)
            }
        };
        Some(Self {
            id,
            description: line.description.clone(),
            quantity: line.quantity,
            unit_amount: line.unit_amount,
            discount_amount: line.discount_amount,
            amount,
            tax_amount: tax,
            account_code: line.account_code.clone(),
            tax_type: line.tax_type.clone(),
            item_code: line.item_code.clone(),
        })
    }

    fn shown(&self) -> SnapshotLine {
        SnapshotLine {
            id: self.id.clone(),
            description: self.description.clone(),
            amount: self.amount,
            tax_amount: self.tax_amount,
            account_code: Some(self.account_code.clone()),
            tax_type: self.tax_type.clone(),
            quantity: Some(self.quantity),
            unit_amount: Some(self.unit_amount),
            item_code: self.item_code.clone(),
            tracking: Some(Vec::new()),
        }
    }
}

impl HeldPayment {
    fn shown(&self, currency: Currency) -> Payment {
        Payment {
            id: self.id.clone(),
            date: self.date,
            amount: self.amount,
            currency,
            reference: self.reference.clone(),
            kind: PaymentKind::Payment,
        }
    }
}

fn sum(mut amounts: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    amounts.try_fold(Decimal::ZERO, Decimal::checked_add)
}
