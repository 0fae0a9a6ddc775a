//! Whether a document is meant by a part of its number or reference and by the days around it.

use chrono::NaiveDate;

use super::text::plain;

/// Whether a part of a number or a reference occurs in one of some texts, in any case.
#[must_use]
pub fn occurs_in(part: &str, texts: [Option<&str>; 2]) -> bool {
    let part = plain(part);
    let mut texts = texts.into_iter().flatten();
    !part.is_empty() && texts.any(|text| plain(text).contains(&part))
}

/// Whether a day lies between two others, which belong to it.
#[must_use]
pub fn within(day: NaiveDate, from: Option<NaiveDate>, to: Option<NaiveDate>) -> bool {
    from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
}
