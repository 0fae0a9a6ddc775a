//! That something was written: pages that are open look again then.

use std::sync::Arc;
use std::time::Duration;

use tieout_core::store::Store;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often the journal's end is looked at: one read of one key.
const LOOK: Duration = Duration::from_millis(400);

/// Tells of every new page of the journal.
#[derive(Clone)]
pub(crate) struct News {
    newest: watch::Receiver<u64>,
}

impl News {
    /// Watches a store until it is stopped.
    pub(crate) fn watch(store: Arc<dyn Store>, stop: CancellationToken) -> Self {
        let (told, newest) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                match store.journal_before(None, 1).await {
                    Ok(pages) => {
                        let page = pages.first().map_or(0, |page| page.number);
                        told.send_if_modified(|known| std::mem::replace(known, page) != page);
                    }
                    Err(error) => tracing::warn!(%error, "the journal's end cannot be seen"),
                }
                tokio::select! {
                    () = tokio::time::sleep(LOOK) => {}
                    () = stop.cancelled() => return,
                }
            }
        });
        Self { newest }
    }

    /// The newest page of the journal, which changes with everything that happens. Ends with the process.
    pub(crate) fn listen(&self) -> watch::Receiver<u64> {
        self.newest.clone()
    }
}
