//! What the driver has done so far, for bars, lines and metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that grow while the driver runs. Reading them costs nothing.
#[derive(Debug, Default)]
pub struct Progress {
    records: AtomicU64,
    unreadable: AtomicU64,
    planned: AtomicU64,
    held: AtomicU64,
    skipped: AtomicU64,
    requests: AtomicU64,
    posted: AtomicU64,
    voided: AtomicU64,
    refused: AtomicU64,
    doubts: AtomicU64,
    adopted: AtomicU64,
    ignored: AtomicU64,
    changes: AtomicU64,
    delivered: AtomicU64,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ProgressCounts {
    /// Records read from hosts.
    pub records: u64,
    /// Records that could not be read.
    pub unreadable: u64,
    /// Documents to be sent.
    pub planned: u64,
    /// Documents held with a finding.
    pub held: u64,
    /// Documents deliberately not sent.
    pub skipped: u64,
    /// Requests that write to providers.
    pub requests: u64,
    /// Documents created or updated at providers.
    pub posted: u64,
    /// Documents taken out of the books.
    pub voided: u64,
    /// Documents that providers refused.
    pub refused: u64,
    /// Documents whose reply was lost.
    pub doubts: u64,
    /// Documents that stood at providers already and were bound.
    pub adopted: u64,
    /// Posted documents that hosts handed over again without a change.
    pub ignored: u64,
    /// Changes of bound documents read from providers.
    pub changes: u64,
    /// Write-backs that hosts acknowledged.
    pub delivered: u64,
}

macro_rules! counters {
    ($($name:ident),+ $(,)?) => {
        impl Progress {
            $(pub(super) fn $name(&self, more: usize) {
                self.$name.fetch_add(u64::try_from(more).unwrap_or(u64::MAX), Ordering::Relaxed);
            })+

            /// The counters now.
            #[must_use]
            pub fn counts(&self) -> ProgressCounts {
                ProgressCounts { $($name: self.$name.load(Ordering::Relaxed),)+ }
            }
        }

        impl ProgressCounts {
            /// What was counted since an earlier moment.
            #[must_use]
            pub fn since(self, earlier: Self) -> Self {
                Self { $($name: self.$name.saturating_sub(earlier.$name),)+ }
            }
        }
    };
}

counters!(
    records, unreadable, planned, held, skipped, requests, posted, voided, refused, doubts,
    adopted, ignored, changes, delivered
);
