//! Whether the books are still open on a document's date.

use chrono::NaiveDate;

use super::{Finding, Rule};
use crate::provider::Organisation;

/// The finding, if the date lies on or before a lock date.
///
/// Advisers may pass the period's lock; whether this connection was authorised by one is unknown, so it is
/// taken that it was not.
pub(crate) fn period_open(date: NaiveDate, organisation: &Organisation) -> Option<Finding> {
    let locked = organisation
        .locked_through()
        .filter(|locked| date <= *locked)?;
    Some(
        Finding::new(
            Rule::PeriodLocked,
            format!("`{}` has locked its books up to {locked}", organisation.name),
            "Move the lock date in the accounting system for as long as this document needs, or date the document later in the host.",
        )
        .at("issue_date", date.to_string()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::chart;

    #[test]
    fn the_later_lock_counts_and_its_own_day_is_locked() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 10, day).unwrap();
        let mut organisation = chart().organisation;
        assert_eq!(period_open(day(1), &organisation), None);
        organisation.year_lock = Some(day(10));
        organisation.period_lock = Some(day(20));
        assert!(
            period_open(day(20), &organisation)
                .unwrap()
                .message
                .ends_with("up to 2026-10-20")
        );
        assert_eq!(period_open(day(21), &organisation), None);
    }
}
