//! Which calendar day it is for an organisation: Xero dates a document that names no date by the organisation's own zone.

use chrono::{
    DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, Offset, TimeZone, Utc, Weekday,
};

/// A time zone with its summer-time rule, named as Xero names it (Windows names in capitals without spaces).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Sydney, Melbourne: +10, summer +11 from the first Sunday in October to the first in April.
    AustraliaEast,
    /// Auckland: +12, summer +13 from the last Sunday in September to the first in April.
    NewZealand,
    /// London: +0, summer +1 from the last Sunday in March to the last in October.
    Britain,
}

impl Zone {
    /// Xero's spelling in `Organisation.Timezone`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AustraliaEast => "AUSEASTERNSTANDARDTIME",
            Self::NewZealand => "NEWZEALANDSTANDARDTIME",
            Self::Britain => "GMTSTANDARDTIME",
        }
    }

    /// The calendar day in this zone at an instant.
    #[must_use]
    pub fn day(self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.offset(now)).date_naive()
    }

    fn offset(self, now: DateTime<Utc>) -> FixedOffset {
        let year = now.year();
        let (standard_hours, summer) = match self {
            Self::AustraliaEast => (
                10,
                !between(
                    now,
                    at_utc(first_sunday(year, 4), Days::new(1), 16),
                    at_utc(first_sunday(year, 10), Days::new(1), 16),
                ),
            ),
            Self::NewZealand => (
                12,
                !between(
                    now,
                    at_utc(first_sunday(year, 4), Days::new(1), 14),
                    at_utc(last_sunday(year, 9), Days::new(1), 14),
                ),
            ),
            Self::Britain => (
                0,
                between(
                    now,
                    at_utc(last_sunday(year, 3), Days::new(0), 1),
                    at_utc(last_sunday(year, 10), Days::new(0), 1),
                ),
            ),
        };
        let hours = standard_hours + i32::from(summer);
        FixedOffset::east_opt(hours * 3_600).unwrap_or_else(|| Utc.fix())
    }
}

fn between(now: DateTime<Utc>, start: DateTime<Utc>, end: DateTime<Utc>) -> bool {
    start <= now && now < end
}

/// The instant `days_before` days ahead of the local day, at this hour in UTC.
fn at_utc(day: NaiveDate, days_before: Days, hour_utc: u32) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(hour_utc, 0, 0).unwrap_or_default();
    Utc.from_utc_datetime(&(day - days_before).and_time(time))
}

fn first_sunday(year: i32, month: u32) -> NaiveDate {
    NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Sun, 1).unwrap_or_default()
}

fn last_sunday(year: i32, month: u32) -> NaiveDate {
    NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Sun, 5)
        .or_else(|| NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Sun, 4))
        .unwrap_or_default()
}
