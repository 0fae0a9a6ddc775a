//! Where the system has no sockets of this kind: nobody takes commands, and none is handed over.

use std::path::Path;
use std::sync::Arc;

use super::shop::Shop;
use crate::config::Loaded;
use crate::exit::{Ended, Failure};

/// Nobody's desk.
pub(crate) enum Desk {}

impl Desk {
    pub(crate) fn open(_shop: Arc<Shop>) -> Option<Self> {
        None
    }

    pub(crate) async fn close(self) {
        match self {}
    }
}

/// Nobody.
pub(crate) enum Holder {}

impl Holder {
    pub(crate) async fn of(_store: &Path) -> Option<Self> {
        None
    }

    pub(crate) async fn run(self, _loaded: &Loaded) -> Result<Ended, Failure> {
        match self {}
    }
}
