//! Which status may follow which by request (the table of Xero's page on invoices, only these).

use crate::books::invoice::Status;

/// Whether a request may take a document from one status to another, or leave it there.
#[must_use]
pub const fn may_follow(from: Status, to: Status) -> bool {
    match from {
        Status::Draft | Status::Submitted => match to {
            Status::Draft | Status::Submitted | Status::Authorised | Status::Deleted => true,
            Status::Paid | Status::Voided => false,
        },
        Status::Authorised => match to {
            Status::Authorised | Status::Voided => true,
            Status::Draft | Status::Submitted | Status::Paid | Status::Deleted => false,
        },
        Status::Paid | Status::Voided | Status::Deleted => false,
    }
}

/// Whether a document may be created in this status.
#[must_use]
pub const fn may_begin(status: Status) -> bool {
    match status {
        Status::Draft | Status::Submitted | Status::Authorised => true,
        Status::Paid | Status::Voided | Status::Deleted => false,
    }
}
