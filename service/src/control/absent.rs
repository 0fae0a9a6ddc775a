//! Where the system has no sockets of this kind: nobody takes commands, and none is handed over.

use std::path::Path;
use std::sync::Arc;

use crate::config::Loaded;
use crate::exit::{Ended, Failure};
use crate::office::{Office, Staff};

/// What the process that has the store is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It keeps both sides in agreement until it is stopped.
    Serving,
    /// It goes once through everything.
    Once,
}

/// Nobody's desk.
pub(crate) enum Desk {}

impl Desk {
    pub(crate) fn open(_office: &Office, _staff: &Arc<Staff>, _role: Role) -> Option<Self> {
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
