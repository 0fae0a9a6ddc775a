//! The disk of a node: what survives every process on it, in memory or as a real store in a folder.

use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;
use tieout_core::store::{MemoryStore, SledOptions, SledStore, Store, StoreError};

/// The disk.
pub(crate) struct Disk {
    kind: Kind,
    open: Mutex<Option<Arc<dyn Store>>>,
}

enum Kind {
    Memory(Arc<MemoryStore>),
    Folder(TempDir),
}

impl Disk {
    pub(crate) fn in_memory() -> Self {
        Self {
            kind: Kind::Memory(Arc::new(MemoryStore::new())),
            open: Mutex::default(),
        }
    }

    /// A folder that is removed with this.
    pub(crate) fn in_folder() -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("tieout-sim-").tempdir()?;
        Ok(Self {
            kind: Kind::Folder(folder),
            open: Mutex::default(),
        })
    }

    /// The store, opened if it is not open.
    pub(crate) fn store(&self) -> Result<Arc<dyn Store>, StoreError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = open.as_ref() {
            return Ok(Arc::clone(store));
        }
        let store: Arc<dyn Store> = match &self.kind {
            Kind::Memory(memory) => Arc::clone(memory) as _,
            Kind::Folder(folder) => {
                Arc::new(SledStore::open(folder.path(), SledOptions::default())?)
            }
        };
        *open = Some(Arc::clone(&store));
        Ok(store)
    }

    /// Lets go of the open store, so that the next look opens it anew.
    pub(crate) fn close(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
