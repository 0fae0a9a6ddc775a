//! What stands in the place of connections in a program that was built without them.

use std::path::Path;

use crate::config::SftpServer;
use crate::error::{SftpError, SftpErrorKind};
use crate::remote::FarFile;
use crate::source::Source;

/// A connection that there cannot be.
pub(crate) enum Line {}

impl Line {
    pub(crate) async fn connect(server: &SftpServer) -> Result<Self, SftpError> {
        let what = "this program was built without SFTP: build it with the feature `sftp`";
        Err(SftpError::new(
            SftpErrorKind::Misconfigured,
            server.shown(),
            what,
        ))
    }

    pub(crate) fn stands(&self) -> bool {
        match *self {}
    }

    pub(crate) async fn folder(&self, _: &str, _: &str) -> Result<String, SftpError> {
        match *self {}
    }

    pub(crate) async fn real(&self, _: &str, _: &str) -> Result<String, SftpError> {
        match *self {}
    }

    pub(crate) async fn list(
        &self,
        _: &str,
        _: &str,
        _: usize,
    ) -> Result<Vec<(FarFile, bool)>, SftpError> {
        match *self {}
    }

    pub(crate) async fn look(&self, _: &str, _: &str) -> Result<(FarFile, bool), SftpError> {
        match *self {}
    }

    pub(crate) async fn is_there(&self, _: &str, _: &str) -> Result<bool, SftpError> {
        match *self {}
    }

    pub(crate) async fn make_folder(&self, _: &str, _: &str) -> Result<(), SftpError> {
        match *self {}
    }

    pub(crate) async fn write(
        &self,
        _: &str,
        _: &str,
        content: Source<'_>,
    ) -> Result<(), SftpError> {
        let _ = content.open();
        match *self {}
    }

    pub(crate) async fn fetch(
        &self,
        _: &str,
        _: &str,
        _: &FarFile,
        _: &Path,
    ) -> Result<(), SftpError> {
        match *self {}
    }

    pub(crate) async fn rename(&self, _: &str, _: &str, _: &str) -> Result<(), SftpError> {
        match *self {}
    }

    pub(crate) async fn remove(&self, _: &str, _: &str) -> Result<(), SftpError> {
        match *self {}
    }
}
