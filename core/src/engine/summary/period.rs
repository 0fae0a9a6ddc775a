//! Which documents gather, for which summary, and when its period closes.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::document::{
    ConnectionId, Document, DocumentId, HostId, Invoice, InvoiceKind, InvoiceStatus,
};
use crate::engine::{BindingKey, ContentHash, SkipReason};
use crate::provider::Posting;
use crate::settings::{Settings, SummaryPeriod, SummaryPolicy};

/// The days over which documents are gathered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub first: NaiveDate,
    /// The last day: the date of the summary.
    pub last: NaiveDate,
    /// As people name it: `2026-11-22`, `2026-W47`, `2026-11`.
    pub name: String,
}

/// For what a document gathers, as far as it says itself; its contact is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathering {
    host: HostId,
    connection: ConnectionId,
    /// The period of its date.
    pub period: Period,
    /// When the period closes.
    pub leaves_at: DateTime<Utc>,
}

/// Hexadecimal digits that tell the summaries of one period apart. Two groups with one mark would be one invoice, and nothing
/// else would catch that: with 64 bits, a hundred thousand customers of a period meet so once in three billion periods.
const MARK_DIGITS: usize = 16;

/// The digits that marks had before. What was stored with them is known on.
const MARK_DIGITS_BEFORE: usize = 10;

impl Period {
    /// The period that a day lies in; `None` at the end of the calendar.
    #[must_use]
    pub fn of(kind: SummaryPeriod, day: NaiveDate) -> Option<Self> {
        let (first, last, name) = match kind {
            SummaryPeriod::Day => (day, day, day.to_string()),
            SummaryPeriod::Week => {
                let since = u64::from(day.weekday().num_days_from_monday());
                let first = day.checked_sub_days(Days::new(since))?;
                let week = day.iso_week();
                let name = format!("{}-W{:02}", week.year(), week.week());
                (first, first.checked_add_days(Days::new(6))?, name)
            }
            SummaryPeriod::Month => {
                let first = day.with_day(1)?;
                let next = first.checked_add_months(Months::new(1))?;
                let name = first.format("%Y-%m").to_string();
                (first, next.pred_opt()?, name)
            }
        };
        Some(Self { first, last, name })
    }

    /// Whether the summaries of a group are named after it.
    #[must_use]
    pub fn names(&self, group: &DocumentId) -> bool {
        let rest = group.as_str().strip_prefix("sum-");
        let rest = rest.and_then(|rest| rest.strip_prefix(self.name.as_str()));
        let digits = rest.and_then(|rest| rest.strip_prefix('-')).map(str::len);
        digits.is_some_and(|digits| [MARK_DIGITS, MARK_DIGITS_BEFORE].contains(&digits))
    }

    /// When it closes: so many hours after the midnight (UTC) that ends it.
    fn closes_at(&self, policy: &SummaryPolicy) -> Option<DateTime<Utc>> {
        let midnight = self.last.succ_opt()?.and_time(NaiveTime::MIN).and_utc();
        midnight.checked_add_signed(TimeDelta::hours(i64::from(policy.closes_after_hours)))
    }
}

/// For what a document gathers, if the settings gather it: a sales invoice that is finished, of a host and a division that
/// they name, without a payment that is to be made beside it.
#[must_use]
pub fn gathering(
    host: &HostId,
    connection: &ConnectionId,
    document: &Document,
    settings: &Settings,
) -> Option<Gathering> {
    let policy = settings.summary.as_ref()?;
    let invoice = match document {
        Document::Invoice(invoice) if invoice.kind == InvoiceKind::Sales => invoice,
        Document::Invoice(_) | Document::Bill(_) | Document::PurchaseOrder(_) => return None,
    };
    let is_finished = match invoice.status {
        InvoiceStatus::Final | InvoiceStatus::Proposed => true,
        InvoiceStatus::Draft
        | InvoiceStatus::Voided
        | InvoiceStatus::Reversed
        | InvoiceStatus::Other(_) => false,
    };
    let named = |names: &[String], name: &str| {
        names.is_empty() || names.iter().any(|it| it.trim() == name.trim())
    };
    let division = invoice.business_division.as_deref().unwrap_or_default();
    let fits = is_finished
        && !invoice.is_summary()
        && named(&policy.hosts, host.as_str())
        && named(&policy.divisions, division)
        && !pays_by_itself(invoice, settings);
    if !fits {
        return None;
    }
    let period = Period::of(policy.period, invoice.issue_date)?;
    Some(Gathering {
        host: host.clone(),
        connection: connection.clone(),
        leaves_at: period.closes_at(policy)?,
        period,
    })
}

/// Whether payments that the host took itself go out beside it: they belong to this very document.
pub(crate) fn pays_by_itself(invoice: &Invoice, settings: &Settings) -> bool {
    let payments = invoice.payments.as_deref().unwrap_or_default();
    let own = |it: &&crate::document::HostPayment| it.ledger_payment_id.is_none();
    settings.host_payments.is_some() && payments.iter().any(|payment| own(&payment))
}

impl Gathering {
    /// The summary of the contact, currency and manner of a posting, and why the document itself is not sent.
    #[must_use]
    pub fn reason(&self, posting: &Posting) -> SkipReason {
        SkipReason::Gathers {
            into: self.into(posting),
            period: self.period.name.clone(),
            leaves_at: self.leaves_at,
        }
    }

    fn into(&self, posting: &Posting) -> DocumentId {
        let mark = mark(&self.host, &self.connection, posting);
        let text = format!("sum-{}-{mark}", self.period.name);
        DocumentId::new(text).expect("a short text without control characters")
    }
}

/// What tells the summaries of one period apart: contact, currency and manner.
fn mark(host: &HostId, connection: &ConnectionId, posting: &Posting) -> String {
    let whole = ContentHash::of(&(
        (host, connection),
        (&posting.contact, posting.currency),
        (&posting.amounts_are, posting.status),
    ));
    whole.as_str()[..MARK_DIGITS].to_owned()
}

/// Whether a posting is of the contact, currency and manner of a group, whatever the period.
#[must_use]
pub fn is_alike(group: &DocumentId, key: &BindingKey, posting: &Posting) -> bool {
    let mark = mark(&key.document.host, &key.connection, posting);
    are_one(mark_of(group), &mark)
}

/// Whether two groups are of the same contact, currency and manner, whatever their periods.
#[must_use]
pub fn are_alike(one: &DocumentId, other: &DocumentId) -> bool {
    are_one(mark_of(one), mark_of(other))
}

fn mark_of(group: &DocumentId) -> &str {
    group.as_str().rsplit('-').next().unwrap_or_default()
}

/// Whether two marks are the same one, as far as the shorter of them tells.
fn are_one(one: &str, other: &str) -> bool {
    let digits = one.len().min(other.len());
    digits >= MARK_DIGITS_BEFORE && one.get(..digits) == other.get(..digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn period(kind: SummaryPeriod, of: &str) -> (String, String, String) {
        let period = Period::of(kind, day(of)).unwrap();
        (
            period.first.to_string(),
            period.last.to_string(),
            period.name,
        )
    }

    fn strings(of: [&str; 3]) -> (String, String, String) {
        let [first, last, name] = of.map(str::to_owned);
        (first, last, name)
    }

    #[test]
    fn a_period_is_a_day_a_week_from_monday_or_a_month() {
        use SummaryPeriod::{Day, Month, Week};
        let cases = [
            (
                Day,
                "2026-11-22",
                ["2026-11-22", "2026-11-22", "2026-11-22"],
            ),
            (Week, "2026-11-22", ["2026-11-16", "2026-11-22", "2026-W47"]),
            (Week, "2026-11-23", ["2026-11-23", "2026-11-29", "2026-W48"]),
            // The first days of January belong to the last week of the year before.
            (Week, "2027-01-03", ["2026-12-28", "2027-01-03", "2026-W53"]),
            (Month, "2028-02-29", ["2028-02-01", "2028-02-29", "2028-02"]),
        ];
        for (kind, of, expected) in cases {
            assert_eq!(period(kind, of), strings(expected));
        }
        assert_eq!(Period::of(Month, NaiveDate::MAX), None);
    }

    #[test]
    fn a_summary_with_the_shorter_mark_of_before_is_known_on() {
        let group = |text: &str| DocumentId::new(text).unwrap();
        let now = group("sum-2026-W47-0123456789abcdef");
        let before = group("sum-2026-W47-0123456789");
        let period = Period::of(SummaryPeriod::Week, day("2026-11-18")).unwrap();
        assert!(period.names(&now) && period.names(&before));
        assert!(are_alike(&now, &before) && are_alike(&before, &now));
        for other in ["sum-2026-W47-0123456788", "sum-2026-W47-0123456789abcdee"] {
            assert!(!are_alike(&now, &group(other)), "{other}");
        }
        assert!(!period.names(&group("sum-2026-W48-0123456789")));
        assert!(!period.names(&group("sum-2026-W47-0123456789abcdef-2")));
    }

    #[test]
    fn a_period_closes_so_many_hours_after_the_midnight_that_ends_it() {
        let policy = SummaryPolicy {
            period: SummaryPeriod::Week,
            hosts: Vec::new(),
            divisions: Vec::new(),
            closes_after_hours: 24,
        };
        let week = Period::of(SummaryPeriod::Week, day("2026-11-18")).unwrap();
        let closes = week.closes_at(&policy).unwrap();
        assert_eq!(closes.to_rfc3339(), "2026-11-24T00:00:00+00:00");
    }
}
