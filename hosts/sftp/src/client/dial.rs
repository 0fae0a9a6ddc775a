//! How a connection is made, and that nothing is said to a server whose key is not the pinned one.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use russh::client::{Config, Handle, Handler};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PublicKeyOrCertificate};
use russh::{AlgorithmKind, Preferred};

use crate::config::SftpServer;
use crate::error::{SftpError, SftpErrorKind};
use crate::name::shown;

/// The kinds of keys that a server may show. RSA is none of them: no library for it is without a known flaw.
const KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP256,
    },
    Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP384,
    },
    Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP521,
    },
];

/// Looks at the key that the server shows.
pub(super) struct Guard {
    pinned: Option<String>,
    seen: Arc<Mutex<Option<Seen>>>,
}

/// A key that a server showed.
#[derive(Clone, Debug)]
struct Seen {
    algorithm: String,
    fingerprint: String,
}

/// A connection to the server whose key is pinned. Nobody is signed in yet.
pub(super) async fn dial(server: &SftpServer) -> Result<Handle<Guard>, SftpError> {
    let seen = Arc::default();
    let guard = Guard {
        pinned: server.host_key.clone(),
        seen: Arc::clone(&seen),
    };
    let config = Config {
        preferred: Preferred {
            key: Cow::Borrowed(KEYS),
            ..Preferred::default()
        },
        nodelay: true,
        ..Config::default()
    };
    let address = (server.host.as_str(), server.port);
    let dialled = russh::client::connect(Arc::new(config), address, guard).await;
    dialled.map_err(|error| {
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        let is_other = seen
            .as_ref()
            .filter(|seen| server.host_key.as_deref() != Some(seen.fingerprint.as_str()));
        match is_other {
            Some(seen) => stranger(server, seen),
            None => unreachable(server, &error),
        }
    })
}

impl Handler for Guard {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        key: &PublicKeyOrCertificate,
    ) -> Result<bool, russh::Error> {
        let key = key.public_key();
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let is_pinned = self.pinned.as_deref() == Some(fingerprint.as_str());
        let seen = Seen {
            algorithm: key.algorithm().as_str().to_owned(),
            fingerprint,
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        Ok(is_pinned)
    }
}

fn stranger(server: &SftpServer, seen: &Seen) -> SftpError {
    let Seen {
        algorithm,
        fingerprint,
    } = seen;
    let (kind, what) = match &server.host_key {
        None => (
            SftpErrorKind::Misconfigured,
            format!(
                "`host_key` is not set, so nothing was sent. The server shows the key {fingerprint} ({algorithm}): compare it with \
                 what the server's operator says, and only then set `host_key = \"{fingerprint}\"`"
            ),
        ),
        Some(pinned) => (
            SftpErrorKind::HostKey,
            format!(
                "the server shows the key {fingerprint} ({algorithm}), and `host_key` is {pinned}: nothing was sent"
            ),
        ),
    };
    SftpError::new(kind, server.shown(), what)
}

fn unreachable(server: &SftpServer, error: &russh::Error) -> SftpError {
    let what = match error {
        russh::Error::NoCommonAlgo {
            kind: AlgorithmKind::Key,
            theirs,
            ..
        } => {
            let theirs = shown(&theirs.join(", "));
            let what = format!(
                "the server has neither an Ed25519 nor an ECDSA key of its own, only {theirs}: it needs one"
            );
            return SftpError::new(SftpErrorKind::Misconfigured, server.shown(), what);
        }
        russh::Error::IO(error) => format!("the server is not reached: {error}"),
        error => format!("the server is not reached: {}", shown(&error.to_string())),
    };
    SftpError::new(SftpErrorKind::Unreachable, server.shown(), what)
}
