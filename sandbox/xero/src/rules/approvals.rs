//! How many invoices and bills the plan of an organisation lets it approve in a month.

use chrono::Datelike;

use crate::books::Organisation;
use crate::books::invoice::{Kind, Status};

use super::Act;

/// Counts the approval of an invoice or bill that goes from one status to another, if it is one.
///
/// # Errors
/// Xero's message when the plan allows no more this month; nothing is counted then.
pub(super) fn count(
    organisation: &mut Organisation,
    act: &Act<'_>,
    kind: Kind,
    from: Option<Status>,
    to: Status,
) -> Result<(), String> {
    let is_approved = |status: Status| matches!(status, Status::Authorised | Status::Paid);
    if from.is_some_and(is_approved) || !is_approved(to) {
        return Ok(());
    }
    if are_used_up(organisation, act, kind) {
        return Err("You have reached the limit of invoices you can approve".to_owned());
    }
    let month = month(organisation, act, kind);
    *organisation.approvals.entry(month).or_default() += 1;
    Ok(())
}

/// Whether no further one can be approved this month.
#[must_use]
pub fn are_used_up(organisation: &Organisation, act: &Act<'_>, kind: Kind) -> bool {
    let limit = match kind {
        Kind::Receivable => act.approvals_max.sales,
        Kind::Payable => act.approvals_max.bills,
    };
    let used = organisation
        .approvals
        .get(&month(organisation, act, kind))
        .copied()
        .unwrap_or_default();
    limit.is_some_and(|limit| used >= limit)
}

fn month(organisation: &Organisation, act: &Act<'_>, kind: Kind) -> (i32, u32, Kind) {
    let today = organisation.profile.zone.day(act.now);
    (today.year(), today.month(), kind)
}
