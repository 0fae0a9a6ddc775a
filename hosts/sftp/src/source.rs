//! Where the content of a file comes from that is written at a server.

use std::io;
use std::path::Path;

use tokio::fs::File;
use tokio::io::AsyncRead;

/// Content that can be read as often as a connection is lost.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Bytes in memory.
    Bytes(&'a [u8]),
    /// A file of this machine, which nobody changes.
    File(&'a Path),
}

impl Source<'_> {
    /// The content from its beginning.
    pub(crate) async fn open(&self) -> io::Result<Box<dyn AsyncRead + Send + Unpin + '_>> {
        Ok(match self {
            Self::Bytes(bytes) => Box::new(*bytes),
            Self::File(path) => Box::new(File::open(path).await?),
        })
    }
}
