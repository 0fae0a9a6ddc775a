//! How the engine reaches a host folder: every call is file work, so every call leaves the async threads.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tieout_core::document::{Attachment, DocumentKey};
use tieout_core::host::{
    Delivery, Host, HostCapability, HostError, HostErrorKind, HostPage, Repeat, WriteBackRefusal,
};

use crate::capability::FOLDER;
use crate::config::FolderConfig;
use crate::folder::{Folder, attachment};

/// A host that exchanges files in a folder.
///
/// Several processes may open the same folder: each call takes the folder's lock for its own time and
/// is `Unavailable` while another process has it.
pub struct FolderHost {
    folder: Arc<Mutex<Folder>>,
    root: PathBuf,
}

impl FolderHost {
    /// Opens the folder, makes what is missing in it and tries that it can be written.
    ///
    /// A repeat changes nothing. Fails as `Misconfigured`, naming the key or the path, when the settings
    /// make no sense, the folder is missing, or it cannot be written.
    pub async fn open(config: FolderConfig) -> Result<Self, HostError> {
        config.check().map_err(|error| {
            HostError::new(
                HostErrorKind::Misconfigured,
                "open folder",
                error.to_string(),
            )
        })?;
        let root = config.path.clone();
        let folder = on_a_thread(move || Folder::open(config)).await?;
        Ok(Self {
            root,
            folder: Arc::new(Mutex::new(folder)),
        })
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Folder) -> Result<T, HostError> + Send + 'static,
    ) -> Result<T, HostError> {
        let folder = Arc::clone(&self.folder);
        on_a_thread(move || {
            // The folder keeps its state in files, so a panic of an earlier call left nothing half done here.
            let mut folder = folder.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut folder)
        })
        .await
    }
}

#[async_trait]
impl Host for FolderHost {
    fn capability(&self) -> &HostCapability {
        &FOLDER
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        let look = || {
            let after = after.map(str::to_owned);
            self.with(move |folder| folder.changes(after.as_deref(), limit))
        };
        let mut page = look().await?;
        if page.more {
            return Ok(page);
        }
        // Files that were just put there: whoever did so and looks at once would be told that there is nothing.
        let Some(left) = self.with(|folder| folder.ripens_in(RIPENING_MAX)).await? else {
            return Ok(page);
        };
        if page.records.is_empty() {
            tokio::time::sleep(left).await;
            return look().await;
        }
        // What is old enough does not wait for them; the next page does.
        page.more = true;
        Ok(page)
    }

    async fn acknowledge(&self, position: &str) -> Result<(), HostError> {
        let position = position.to_owned();
        self.with(move |folder| folder.acknowledge(&position)).await
    }

    async fn batch(&self, position: &str) -> Result<Option<String>, HostError> {
        let position = position.to_owned();
        self.with(move |folder| folder.batch(&position)).await
    }

    async fn repeated(&self, position: &str, repeats: &[Repeat]) -> Result<(), HostError> {
        let (position, repeats) = (position.to_owned(), repeats.to_vec());
        self.with(move |folder| folder.repeated(&position, &repeats))
            .await
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        let delivery = delivery.clone();
        self.with(move |folder| {
            folder.deliver(&delivery)?;
            Ok(delivery.items.iter().map(|_| Ok(())).collect())
        })
        .await
    }

    async fn attachment(&self, _: &DocumentKey, file: &Attachment) -> Result<Bytes, HostError> {
        // The host's own files change under no lock of ours.
        let (root, file) = (self.root.clone(), file.clone());
        on_a_thread(move || attachment::read(&root, &file)).await
    }
}

/// How long a look waits for files that are too young to be taken, once nothing else is there.
const RIPENING_MAX: Duration = Duration::from_secs(5);

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, HostError> + Send + 'static,
) -> Result<T, HostError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|cause| {
            let message = "the file work was broken off";
            Err(
                HostError::new(HostErrorKind::Unavailable, "run file work", message)
                    .caused_by(cause),
            )
        })
}
