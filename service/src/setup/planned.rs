//! Plans that pages show: made in the background, kept for a while, each for the configuration that somebody thinks of.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tieout_core::document::ConnectionId;
use tieout_core::driver::{Asking, Preview, PreviewOptions, Verdict};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::command::{Gathered, gather};
use crate::config::edit::Edit;
use crate::exit::Failure;
use crate::office::{Office, Trial};

/// Plans that are kept; the oldest goes first.
const KEPT_MAX: usize = 20;
/// Plans that are made at once: each reads every document.
const AT_ONCE_MAX: usize = 2;
/// Documents of a plan that are shown one by one.
const SHOWN_MAX: usize = 200;

/// The plans of a server.
pub(crate) struct Plans {
    kept: Mutex<VecDeque<Arc<Planned>>>,
    places: Arc<Semaphore>,
}

/// One plan.
pub(crate) struct Planned {
    /// By which it is found.
    pub(crate) id: String,
    /// The connection that somebody thinks of.
    pub(crate) connection: ConnectionId,
    /// The change of the configuration that it is made for; none for the one at work.
    pub(crate) edit: Option<Edit>,
    /// When it was asked for.
    pub(crate) asked_at: DateTime<Utc>,
    looked_at: Arc<AtomicU64>,
    came_to: Mutex<Option<Result<Shown, Failure>>>,
}

/// What a plan came to.
pub(crate) struct Shown {
    /// The first documents that something would be done about.
    pub(crate) documents: Vec<Preview>,
    /// Whether there are more of them.
    pub(crate) is_cut: bool,
    /// Everything counted and priced.
    pub(crate) gathered: Gathered,
}

impl Default for Plans {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            places: Arc::new(Semaphore::new(AT_ONCE_MAX)),
        }
    }
}

impl Plans {
    /// Begins a plan for a connection: of the configuration at work, or of one that an edit would make of it.
    pub(crate) fn begin(
        &self,
        office: Office,
        connection: ConnectionId,
        edit: Option<Edit>,
        end: CancellationToken,
    ) -> Arc<Planned> {
        let planned = Arc::new(Planned {
            id: Uuid::new_v4().simple().to_string(),
            connection,
            edit,
            asked_at: office.clock.now(),
            looked_at: Arc::default(),
            came_to: Mutex::new(None),
        });
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT_MAX - 1);
        kept.push_front(Arc::clone(&planned));
        drop(kept);
        let (places, work) = (Arc::clone(&self.places), Arc::clone(&planned));
        tokio::spawn(async move {
            let made = async {
                let _place = places.acquire_owned().await;
                work.make(office).await
            };
            let came_to = tokio::select! {
                came_to = made => came_to,
                () = end.cancelled() => Err(Failure::new("the program began anew before the plan was made")),
            };
            *work.lock() = Some(came_to);
        });
        planned
    }

    /// A plan by its name.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Planned>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|planned| planned.id == id).cloned()
    }
}

impl Planned {
    /// Documents that were looked at so far.
    pub(crate) fn looked_at(&self) -> u64 {
        self.looked_at.load(Ordering::Relaxed)
    }

    /// What it came to, once it is made.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Option<Result<Shown, Failure>>> {
        self.came_to.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn make(&self, office: Office) -> Result<Shown, Failure> {
        let loaded = match &self.edit {
            Some(edit) => edit.after.clone(),
            None => office.loaded.clone(),
        };
        let trial = office.trial(loaded, Some(&self.connection)).await?;
        let shown = self.look(&trial).await;
        trial.close().await;
        shown
    }

    async fn look(&self, trial: &Trial) -> Result<Shown, Failure> {
        let options = PreviewOptions {
            only: None,
            asking: Asking::Providers,
            looked_at: Arc::clone(&self.looked_at),
        };
        let (mut documents, mut is_cut) = (Vec::new(), false);
        let gathered = gather(
            &trial.office,
            &trial.staff,
            &options,
            &mut |preview: Preview| {
                if !is_news(&preview) {
                    return;
                }
                is_cut |= documents.len() >= SHOWN_MAX;
                if documents.len() < SHOWN_MAX {
                    documents.push(preview);
                }
            },
        )
        .await?;
        Ok(Shown {
            documents,
            is_cut,
            gathered,
        })
    }
}

/// Whether something would be done about a document, or somebody is wanted.
fn is_news(preview: &Preview) -> bool {
    match preview.verdict {
        Verdict::Create
        | Verdict::Update
        | Verdict::Void
        | Verdict::Beside
        | Verdict::Held
        | Verdict::InDoubt => true,
        Verdict::Skipped | Verdict::LeftAlone => false,
    }
}
