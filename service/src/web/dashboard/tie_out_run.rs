//! The comparison that somebody began on a page: one at a time, told of while it works, and at its end.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tieout_core::driver::World;
use tieout_core::tieout::Depth;
use tokio_util::sync::CancellationToken;

use crate::exit::Failure;
use crate::report::Archive;

/// How a comparison stands.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// Who began it.
    pub(super) by: String,
    /// When.
    pub(super) began_at: DateTime<Utc>,
    /// Why it came to nothing, if it did.
    pub(super) failed: Option<String>,
    rows: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
}

/// The last one of this process.
static LAST: Mutex<Option<Standing>> = Mutex::new(None);

impl Standing {
    /// Documents that were compared.
    pub(super) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Whether it goes on.
    pub(super) fn is_at_work(&self) -> bool {
        !self.is_over.load(Ordering::Acquire)
    }
}

/// How the last one stands, if there was one.
pub(super) fn standing() -> Option<Standing> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Begins one in somebody's name; it keeps a certificate. Ends without one when `stop` comes first.
pub(super) fn begin(
    world: Arc<World>,
    archive: Archive,
    (depth, by): (Depth, &str),
    stop: CancellationToken,
) -> Result<(), Failure> {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.as_ref().is_some_and(Standing::is_at_work) {
        return Err(Failure::config("both sides are being compared already"));
    }
    let standing = Standing {
        by: by.to_owned(),
        began_at: world.clock.now(),
        failed: None,
        rows: Arc::default(),
        is_over: Arc::default(),
    };
    *last = Some(standing.clone());
    drop(last);
    tokio::spawn(async move {
        let rows = Arc::clone(&standing.rows);
        let mut tell = |_: &crate::report::Row| {
            rows.fetch_add(1, Ordering::Relaxed);
        };
        let made = archive.keep(&world, depth, &stop, &mut tell).await;
        if let Err(failure) = &made {
            tracing::warn!(error = failure.message, "a comparison came to nothing");
            let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(last) = last.as_mut() {
                last.failed = Some(format!("no certificate was made: {}", failure.message));
            }
        }
        standing.is_over.store(true, Ordering::Release);
    });
    Ok(())
}
