//! What happens behind the scenes: what people do in the books by hand, and the calls that go wrong.
//!
//! Put a stand-in behind the provider here that answers as the vendor does, from its real replies, under a clock that a test
//! moves: what the stand-in does not do, no test will see.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tieout_adapter_skeleton::{SkeletonConfig, SkeletonProvider};
use tieout_conformance::provider::{Act, At, Backstage, Can, Trouble};
use tieout_core::clock::SystemClock;

/// Books of its own for one promise.
pub(crate) struct Organisation {
    pub(crate) provider: SkeletonProvider,
}

impl Organisation {
    pub(crate) fn open() -> Self {
        let config = SkeletonConfig {
            organisation: "my-company".to_owned(),
        };
        Self {
            provider: SkeletonProvider::open(&config, Arc::new(SystemClock)),
        }
    }

    /// The present at the provider.
    pub(crate) fn time(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

impl Backstage for Organisation {
    fn person(&self, act: Act<'_>) {
        panic!("not written yet: tests/support/backstage.rs: what people do: {act:?}");
    }

    fn trouble(&self, trouble: Trouble, at: At) -> Can {
        panic!(
            "not written yet: tests/support/backstage.rs: what goes wrong: {trouble:?} at {at:?}"
        );
    }

    fn pass(&self, _: TimeDelta) {
        panic!("not written yet: tests/support/backstage.rs: the clock that goes on");
    }

    fn writes(&self) -> usize {
        panic!("not written yet: tests/support/backstage.rs: how many requests could write");
    }

    fn crowd(&self) -> usize {
        250
    }
}
