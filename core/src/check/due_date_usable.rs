//! Whether a document may fall due on a day: not before its own date.

use chrono::NaiveDate;

use super::{Finding, Rule};

/// The finding, if the day lies before the document's date.
pub(crate) fn due_date_usable(issued: NaiveDate, due: NaiveDate) -> Option<Finding> {
    (due < issued).then(|| {
        Finding::new(
            Rule::DueDateUnusable,
            format!("the document falls due before its own date, {issued}"),
            "Correct the due date or the invoice date in the host.",
        )
        .at("due_date", due.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_may_fall_due_on_its_own_day_and_not_before() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        assert_eq!(due_date_usable(day(13), day(13)), None);
        assert_eq!(
            due_date_usable(day(13), day(12)).unwrap().value,
            "2026-11-12"
        );
    }
}
