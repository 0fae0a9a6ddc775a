//! How many invoices and bills the plan of an organisation lets it approve in a month.

use chrono::Datelike;

use crate::books::Organisation;
use crate::books::invoice::{Kind, Status};

use super::Act;

/// Whether a write that takes an invoice or bill from one status to another approves it.
///
/// # Errors
/// Xero's message when the plan allows no more this month.
pub(super) fn check(
    organisation: &Organisation,
    act: &Act<'_>,
    kind: Kind,
    from: Option<Status>,
    to: Status,
) -> Result<bool, String> {
    let is_approved = |status: Status| matches!(status, Status::Authorised | Status::Paid);
    if from.is_some_and(is_approved) || !is_approved(to) {
        return Ok(false);
    }
    if are_used_up(organisation, act, kind) {
        return Err("You have reached the limit of invoices you can approve".to_owned());
    }
    Ok(true)
}

/// Counts an approval that was carried out.
pub(super) fn count(organisation: &mut Organisation, act: &Act<'_>, kind: Kind) {
    let month = month(organisation, act, kind);
    *organisation.approvals.entry(month).or_default() += 1;
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
