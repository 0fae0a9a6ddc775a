//! What happens in the month: which invoice is written, changed and paid at which moment, the same for the same seed.

use chrono::{DateTime, Datelike, TimeDelta, Utc, Weekday};
use rust_decimal::Decimal;
use tieout_core::document::{Document, Invoice};

use crate::invoices::{Invented, Odds};

/// Every so many invoices one is changed in the host after it was written.
const EDITED_EVERY: u64 = 12;
/// Of a hundred invoices so many are paid within the month.
const PAID_PERCENT: u64 = 70;
/// Of a hundred payments so many are of a part.
const IN_PART_PERCENT: u64 = 10;
/// Work begins at this hour of UTC and lasts so long.
const OPENS_HOUR: u64 = 6;
const OPEN_HOURS: u64 = 10;

/// What one organisation's product and its people at Xero do, each in the order of time.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// The product writes or changes an invoice.
    pub told: Vec<Event<Document>>,
    /// Somebody at Xero pays the invoice of a number, an amount or all that is due.
    pub paid: Vec<Event<(String, Option<Decimal>)>>,
}

/// Something at a moment.
#[derive(Clone, Debug)]
pub struct Event<T> {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: T,
}

impl Events {
    /// So many invoices over so many days from `start`, written on working days in working hours.
    #[must_use]
    pub fn of(invoices: Invented, count: u64, start: DateTime<Utc>, days: u32) -> Self {
        let working: Vec<DateTime<Utc>> = (0..i64::from(days))
            .map(|day| start + TimeDelta::days(day))
            .filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
            .collect();
        let end = start + TimeDelta::days(i64::from(days)) - TimeDelta::hours(2);
        let mut events = Self::default();
        for position in 0..count {
            let mut odds = Odds::of(invoices.seed ^ 0x006d_6f6e_7468, position);
            let day = working[usize::try_from(position).unwrap_or_default() % working.len().max(1)];
            let at = day + moment_of_work(&mut odds);
            let invoice = dated(invoices.invoice(position), at);
            events.tell(invoice.clone(), at);
            if position % EDITED_EVERY == 0 {
                let later = at + after(&mut odds, 60, 36 * 3_600);
                if later < end {
                    events.tell(edited(&invoice), later);
                }
            }
            if odds.below(100) < PAID_PERCENT {
                let later = at + after(&mut odds, 2 * 86_400, 12 * 86_400);
                let is_part = odds.below(100) < IN_PART_PERCENT;
                let amount = is_part.then(|| (invoice.totals.gross / Decimal::TWO).round_dp(2));
                if later < end {
                    let what = (invoice.number, amount);
                    events.paid.push(Event { at: later, what });
                }
            }
        }
        events.told.sort_by_key(|event| event.at);
        events.paid.sort_by_key(|event| event.at);
        events
    }

    fn tell(&mut self, invoice: Invoice, at: DateTime<Utc>) {
        let what = Document::Invoice(invoice);
        self.told.push(Event { at, what });
    }
}

fn dated(mut invoice: Invoice, at: DateTime<Utc>) -> Invoice {
    let day = at.date_naive();
    invoice.issue_date = day;
    invoice.due_date = Some(day + TimeDelta::days(14));
    invoice.updated_at = at;
    invoice
}

/// The product corrects the words of a line.
fn edited(before: &Invoice) -> Invoice {
    let mut invoice = before.clone();
    invoice.revision += 1;
    if let Some(line) = invoice.lines.first_mut() {
        line.description.push_str(" (corrected)");
    }
    invoice
}

fn moment_of_work(odds: &mut Odds) -> TimeDelta {
    let opens = TimeDelta::seconds(i64::try_from(OPENS_HOUR * 3_600).unwrap_or_default());
    opens + after(odds, 0, OPEN_HOURS * 3_600)
}

/// Between so many seconds and so many more.
fn after(odds: &mut Odds, least_s: u64, more_s: u64) -> TimeDelta {
    TimeDelta::seconds(i64::try_from(least_s + odds.below(more_s)).unwrap_or_default())
}
