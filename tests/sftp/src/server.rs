//! How the server listens, what its key is, and whom it lets in.

use std::net::{SocketAddr, TcpStream as StdStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use russh::keys::signature::rand_core::{TryCryptoRng, TryRng, UnwrapErr};
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, HashAlg, PrivateKey};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::faults::Faults;
use crate::session::Visitor;

/// The only user.
pub const USER: &str = "books";
/// The user's password.
pub const PASSWORD: &str = "correct horse";

/// How the server lets the user in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WayIn {
    /// By the password.
    #[default]
    Password,
    /// By the password as the answer to a question.
    Question,
    /// By the key whose fingerprint this is.
    Key(String),
    /// By that key, and then by the password.
    KeyAndPassword(String),
}

/// A server that ends when it is dropped.
pub struct Server {
    /// What goes wrong.
    pub faults: Arc<Faults>,
    /// The fingerprint of its key.
    pub host_key: String,
    address: SocketAddr,
    root: TempDir,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts one that lets the user in by password.
    pub async fn start() -> Self {
        Self::letting_in(WayIn::Password).await
    }

    /// Starts one.
    ///
    /// # Panics
    /// When this machine has no port or no folder left.
    pub async fn letting_in(way: WayIn) -> Self {
        let (key, _) = new_key();
        let host_key = key.public_key().fingerprint(HashAlg::Sha256).to_string();
        let root = tempfile::tempdir().expect("a folder for a test");
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port for a test");
        let address = listener.local_addr().expect("a listener has an address");
        let faults = Arc::new(Faults::default());
        let config = russh::server::Config {
            auth_rejection_time: Duration::ZERO,
            auth_rejection_time_initial: Some(Duration::ZERO),
            keys: vec![key],
            ..russh::server::Config::default()
        };
        let desk = Desk {
            config: Arc::new(config),
            way,
            root: root.path().to_owned(),
            faults: Arc::clone(&faults),
        };
        let task = tokio::spawn(desk.serve(listener));
        Self {
            faults,
            host_key,
            address,
            root,
            task,
        }
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The folder that its users see as `/`.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.root.path()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A new private key, locked where a passphrase is given, and its fingerprint.
///
/// # Panics
/// When the machine gives no random bytes.
#[must_use]
pub fn private_key(passphrase: Option<&str>) -> (String, String) {
    let (key, mut random) = new_key();
    let fingerprint = key.public_key().fingerprint(HashAlg::Sha256).to_string();
    let key = match passphrase {
        Some(passphrase) => key
            .encrypt(&mut random, passphrase)
            .expect("a key can be locked"),
        None => key,
    };
    let text = key
        .to_openssh(LineEnding::LF)
        .expect("a key can be written");
    (text.to_string(), fingerprint)
}

struct Desk {
    config: Arc<russh::server::Config>,
    way: WayIn,
    root: PathBuf,
    faults: Arc<Faults>,
}

impl Desk {
    async fn serve(self, listener: TcpListener) {
        while let Ok((socket, _)) = listener.accept().await {
            // The same connection once more: to cut it from inside.
            let Ok(socket) = socket.into_std() else {
                continue;
            };
            let Ok(knife) = socket.try_clone() else {
                continue;
            };
            let Ok(socket) = tokio::net::TcpStream::from_std(socket) else {
                continue;
            };
            self.faults.connected();
            if self.faults.is_down() {
                continue;
            }
            let visitor = Visitor::new(
                self.way.clone(),
                self.root.clone(),
                Arc::clone(&self.faults),
                Knife(Arc::new(knife)),
            );
            let config = Arc::clone(&self.config);
            tokio::spawn(async move {
                if let Ok(session) = russh::server::run_stream(config, socket, visitor).await {
                    // A connection that ends badly is what tests are for.
                    let _ = session.await;
                }
            });
        }
    }
}

/// What ends a connection at once.
#[derive(Clone)]
pub(crate) struct Knife(Arc<StdStream>);

impl Knife {
    pub(crate) fn cut(&self) {
        // One that is cut already is cut.
        let _ = self.0.shutdown(std::net::Shutdown::Both);
    }
}

fn new_key() -> (PrivateKey, UnwrapErr<Random>) {
    let mut random = UnwrapErr(Random);
    let key =
        PrivateKey::random(&mut random, Algorithm::Ed25519).expect("an Ed25519 key can be made");
    (key, random)
}

/// The system's random bytes, for a library that wants them by a trait of its own.
struct Random;

impl TryRng for Random {
    type Error = getrandom::Error;

    fn try_next_u32(&mut self) -> Result<u32, getrandom::Error> {
        getrandom::u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, getrandom::Error> {
        getrandom::u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), getrandom::Error> {
        getrandom::fill(bytes)
    }
}

impl TryCryptoRng for Random {}
