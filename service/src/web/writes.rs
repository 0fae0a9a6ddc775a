//! Writes that were begun for somebody who may have gone away: none outlives the shift that it was begun in.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The writes of a shift.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes {
    tracker: TaskTracker,
    over: CancellationToken,
}

/// How long writes are waited for at the end of a shift.
const END_WITHIN: Duration = Duration::from_secs(6);

impl Writes {
    /// Does something to its end, whether or not anybody waits for it; `None` where the shift ended before.
    ///
    /// What the end cuts off is cut off between two of its commits, as by a crash: each of them is whole.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<Option<T>> {
        let over = self.over.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                biased;
                () = over.cancelled() => None,
                done = work => Some(done),
            }
        })
    }

    /// Waits a moment for those under way, and cuts off the rest. What is begun later is over at once.
    pub(crate) async fn end(&self) {
        self.tracker.close();
        if tokio::time::timeout(END_WITHIN, self.tracker.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                writes = self.tracker.len(),
                "requests that nobody may wait for any more are cut off"
            );
        }
        self.over.cancel();
        self.tracker.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::sync::Notify;

    use super::*;

    /// Says that it is gone.
    struct Gone(Arc<AtomicBool>);

    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_a_shift_waits_for_a_write_whose_caller_left() {
        let (writes, go) = (Writes::default(), Arc::new(Notify::new()));
        let (done, waits) = (Arc::new(AtomicBool::new(false)), Arc::clone(&go));
        let told = Arc::clone(&done);
        drop(writes.spawn(async move {
            waits.notified().await;
            told.store(true, Ordering::SeqCst);
        }));
        let ending = writes.clone();
        let end = tokio::spawn(async move { ending.end().await });
        tokio::task::yield_now().await;
        assert!(!end.is_finished());
        go.notify_one();
        end.await.unwrap();
        assert!(done.load(Ordering::SeqCst));
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_does_not_end_is_cut_off_and_none_begins_after() {
        let writes = Writes::default();
        let gone = Arc::new(AtomicBool::new(false));
        let held = Gone(Arc::clone(&gone));
        let stuck = writes.spawn(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        writes.end().await;
        assert!(gone.load(Ordering::SeqCst));
        assert_eq!(stuck.await.unwrap(), None);
        assert_eq!(writes.spawn(async { 1 }).await.unwrap(), None);
    }
}
