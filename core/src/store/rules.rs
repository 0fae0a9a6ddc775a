//! What every store decides alike at a commit: sizes, journal pages, stories and leases.

use std::io;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::limits::{
    CHANGE_SET_BYTES_MAX, FLIGHT_ID_BYTES_MAX, JOURNAL_PAGE_BYTES_MAX, LEASE_NAME_BYTES_MAX,
    RECORD_NAME_BYTES_MAX, STORY_PAGES_MAX, VALUE_BYTES_MAX,
};
use super::{ChangeSet, Fence, FlightChange, LeaseRequest, StoreError};
use crate::engine::Priority;

/// The priorities of a lane in the order in which they go.
pub(super) const PRIORITIES: [Priority; 3] =
    [Priority::Operator, Priority::Current, Priority::Backfill];

/// A lease as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HeldLease {
    pub(super) holder: String,
    pub(super) token: u64,
    pub(super) expires_at: DateTime<Utc>,
}

impl HeldLease {
    /// The lease after a request, or `None` while somebody else holds it.
    ///
    /// The holder keeps its token even after expiry: nobody took over, so no fence was passed on.
    pub(super) fn after(held: Option<Self>, request: &LeaseRequest) -> Option<Self> {
        let ttl = TimeDelta::milliseconds(i64::try_from(request.ttl_ms).unwrap_or(i64::MAX));
        let expires_at = request
            .now
            .checked_add_signed(ttl)
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        let token = match held {
            None => 1,
            Some(held) if held.holder == request.holder => held.token,
            Some(held) if held.expires_at <= request.now => held.token + 1,
            Some(_) => return None,
        };
        Some(Self {
            holder: request.holder.clone(),
            token,
            expires_at,
        })
    }
}

/// Refuses a fence that is not the newest of its lease.
pub(super) fn check_fence(held: Option<&HeldLease>, fence: &Fence) -> Result<(), StoreError> {
    match held {
        Some(held) if held.token == fence.token => Ok(()),
        Some(_) | None => Err(StoreError::Fenced),
    }
}

/// Refuses the name of a lease that no key can hold.
pub(super) fn check_lease_name(name: &str) -> Result<(), StoreError> {
    check_size(
        || format!("the name of lease {}", shorten(name)),
        name.len(),
        LEASE_NAME_BYTES_MAX,
    )
}

/// Refuses names that no key can hold.
pub(super) fn check_names(changes: &ChangeSet) -> Result<(), StoreError> {
    for (key, _) in &changes.records {
        let name = key.as_str();
        check_size(
            || format!("the name of record {}", shorten(name)),
            name.len(),
            RECORD_NAME_BYTES_MAX,
        )?;
    }
    for change in &changes.flights {
        let id = match change {
            FlightChange::Open(flight) => &flight.id,
            FlightChange::Close(id) => id,
        };
        let what = || format!("the identifier of flight {}", shorten(&id.0));
        check_size(what, id.0.len(), FLIGHT_ID_BYTES_MAX)?;
    }
    changes
        .fence
        .as_ref()
        .map_or(Ok(()), |fence| check_lease_name(&fence.name))
}

/// Adds up the values of a change set and refuses the first that is too large.
#[derive(Default)]
pub(super) struct Weight {
    bytes: usize,
}

impl Weight {
    /// Counts one value.
    pub(super) fn add(
        &mut self,
        what: impl FnOnce() -> String,
        size: usize,
    ) -> Result<(), StoreError> {
        check_size(what, size, VALUE_BYTES_MAX)?;
        self.bytes += size;
        check_size(
            || "the change set".to_owned(),
            self.bytes,
            CHANGE_SET_BYTES_MAX,
        )
    }

    /// The values counted so far, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

fn check_size(what: impl FnOnce() -> String, size: usize, limit: usize) -> Result<(), StoreError> {
    if size > limit {
        Err(StoreError::TooLarge {
            what: what(),
            size,
            limit,
        })
    } else {
        Ok(())
    }
}

fn shorten(name: &str) -> String {
    name.chars().take(60).collect()
}

/// Deals journal entries out to pages: the page of each entry, from `first` on without a gap.
pub(super) fn deal_pages(first: u64, sizes: impl IntoIterator<Item = usize>) -> Vec<u64> {
    let mut page = first;
    let mut filled = 0;
    let deal = |size: usize| {
        if filled > 0 && filled + size > JOURNAL_PAGE_BYTES_MAX {
            page += 1;
            filled = 0;
        }
        filled += size;
        page
    };
    sizes.into_iter().map(deal).collect()
}

/// Adds a page to a story, once, and forgets the oldest beyond the limit.
pub(super) fn lengthen(story: &mut Vec<u64>, page: u64) {
    if story.last() == Some(&page) {
        return;
    }
    story.push(page);
    if story.len() > STORY_PAGES_MAX {
        story.remove(0);
    }
}

/// The bytes of a value's JSON, without building it.
pub(super) fn json_size<T: Serialize>(value: &T) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, value).expect(JSON_NEVER_FAILS);
    count.0
}

/// The proof that writing one of our types as JSON succeeds.
pub(super) const JSON_NEVER_FAILS: &str = "stored types have string keys and no failing serializer";
