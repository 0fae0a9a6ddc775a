//! Where the socket lies, who may touch it, and what is done where its path is too long for a socket.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// The folder in that of the store. Only its owner may enter it, so nobody is at the socket before its mode is set.
const FOLDER: &str = "control";
const SOCKET: &str = "control.sock";
/// The longest path that a socket's address holds on every system that we know, in bytes, without its final zero.
const PATH_BYTES_MAX: usize = 103;

/// A socket that listens, until it is dropped.
pub(super) struct Bound {
    pub(super) listener: UnixListener,
    /// The user it belongs to.
    pub(super) uid: u32,
    path: PathBuf,
}

/// Listens beside a store that this process has locked: a socket that lies there is a dead one's.
pub(super) fn bind(store: &Path) -> io::Result<Bound> {
    let folder = store.join(FOLDER);
    match DirBuilder::new().mode(0o700).create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => fs::set_permissions(&folder, Permissions::from_mode(0o700))?,
    }
    let path = folder.join(SOCKET);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&Near::to(&folder)?.socket)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    let uid = fs::symlink_metadata(&path)?.uid();
    Ok(Bound {
        listener,
        uid,
        path,
    })
}

impl Drop for Bound {
    fn drop(&mut self) {
        // What stays behind is refused by the system and replaced by the next one who listens.
        let _ = fs::remove_file(&self.path);
    }
}

/// Connects to whoever listens beside a store; `None` where nobody does, or nobody whom we may reach: the store then
/// says what is wrong.
pub(super) async fn connect(store: &Path) -> Option<UnixStream> {
    let near = Near::to(&store.join(FOLDER)).ok()?;
    match UnixStream::connect(&near.socket).await {
        Ok(stream) => Some(stream),
        Err(error) => {
            tracing::debug!(%error, "nobody takes commands beside the store");
            None
        }
    }
}

/// The socket of a folder by a path that an address holds.
struct Near {
    socket: PathBuf,
    /// What the path leads through; it holds while this is open.
    _folder: Option<File>,
}

impl Near {
    /// A path that is too long leads through the open folder: the system knows that by a short name.
    fn to(folder: &Path) -> io::Result<Self> {
        let socket = folder.join(SOCKET);
        if socket.as_os_str().len() <= PATH_BYTES_MAX {
            return Ok(Self {
                socket,
                _folder: None,
            });
        }
        let open = File::open(folder)?;
        let socket = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd())).join(SOCKET);
        Ok(Self {
            socket,
            _folder: Some(open),
        })
    }
}
