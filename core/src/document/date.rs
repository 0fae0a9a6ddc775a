//! When an invoice falls due: civil dates and payment terms, no clock and no zone.

use chrono::{Datelike, Days, Months, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From which day the days of a payment term count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TermBasis {
    /// From the date of the invoice.
    InvoiceDate,
    /// From the last day of the invoice's month.
    MonthEnd,
    /// Not at all: `days` is the day of the following month, or its last day where that comes first.
    FollowingMonth,
}

/// A payment term, such as 14 days from the invoice date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentTerm {
    /// Days to add, at most 3,650; with `following_month` the day of the month, 1 to 31.
    pub days: u16,
    /// The day to add them to.
    pub basis: TermBasis,
}

impl PaymentTerm {
    /// The due date of a document of `issued`, or `None` beyond the calendar's end.
    #[must_use]
    pub fn due(self, issued: NaiveDate) -> Option<NaiveDate> {
        let from = match self.basis {
            TermBasis::InvoiceDate => issued,
            TermBasis::MonthEnd => first_of_next(issued)?.pred_opt()?,
            TermBasis::FollowingMonth => {
                let first = first_of_next(issued)?;
                let last = first_of_next(first)?.pred_opt()?;
                let wanted = first.checked_add_days(Days::new(u64::from(self.days.max(1)) - 1))?;
                return Some(wanted.min(last));
            }
        };
        from.checked_add_days(Days::new(u64::from(self.days)))
    }
}

fn first_of_next(date: NaiveDate) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(date.year(), date.month(), 1)?.checked_add_months(Months::new(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_the_invoice_date_or_from_the_end_of_its_month() {
        let issued = NaiveDate::from_ymd_opt(2028, 2, 3).unwrap();
        let due = |days, basis| PaymentTerm { days, basis }.due(issued).unwrap().to_string();
        assert_eq!(due(0, TermBasis::InvoiceDate), "2028-02-03");
        assert_eq!(due(30, TermBasis::InvoiceDate), "2028-03-04");
        assert_eq!(due(0, TermBasis::MonthEnd), "2028-02-29");
        assert_eq!(due(14, TermBasis::MonthEnd), "2028-03-14");
        assert_eq!(due(1, TermBasis::FollowingMonth), "2028-03-01");
        assert_eq!(due(20, TermBasis::FollowingMonth), "2028-03-20");
        let term = PaymentTerm {
            days: 31,
            basis: TermBasis::FollowingMonth,
        };
        let december = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
        assert_eq!(term.due(december).unwrap().to_string(), "2027-01-31");
        let january = NaiveDate::from_ymd_opt(2027, 1, 5).unwrap();
        assert_eq!(term.due(january).unwrap().to_string(), "2027-02-28");
    }
}
