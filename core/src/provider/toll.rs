//! What work costs at a provider before it is done: calls, and bytes both ways.

use std::ops::AddAssign;

use serde::Serialize;

use super::{ContactWanted, Order};
use crate::document::DocumentKind;

/// Something that is going to be done.
#[derive(Clone, Copy, Debug)]
pub enum Work<'a> {
    /// Reading the reference data.
    Chart,
    /// Looking for contacts in one question, and making those that are missing, which is all of them.
    MissingContacts(&'a [ContactWanted]),
    /// Making a tracking option.
    Option,
    /// One request that writes documents, without the documents.
    Request,
    /// A document in such a request.
    Document(&'a Order),
    /// Reading so many documents by identifier in one question.
    Read(DocumentKind, usize),
    /// Making a payment.
    Payment,
    /// Taking a payment back.
    TakeBack,
    /// Putting a file on a document.
    File,
    /// Writing a note.
    Note,
}

/// What it costs. Where a look decides how many calls it takes, both ends are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Toll {
    /// Calls at least.
    pub calls_min: u64,
    /// Calls at most, where no list is longer than a page.
    pub calls_max: u64,
    /// Bytes of request bodies, about.
    pub bytes_up: u64,
    /// Bytes of reply bodies, about.
    pub bytes_down: u64,
}

impl Toll {
    /// Just so many calls, of bytes that nobody tells.
    #[must_use]
    pub fn of(calls: u64) -> Self {
        Self {
            calls_min: calls,
            calls_max: calls,
            ..Self::default()
        }
    }

    /// The same with so many bytes.
    #[must_use]
    pub fn bytes(self, up: u64, down: u64) -> Self {
        Self {
            bytes_up: up,
            bytes_down: down,
            ..self
        }
    }
}

impl AddAssign for Toll {
    fn add_assign(&mut self, other: Self) {
        self.calls_min += other.calls_min;
        self.calls_max += other.calls_max;
        self.bytes_up += other.bytes_up;
        self.bytes_down += other.bytes_down;
    }
}
