//! How a user signs in: by key, by password, and by both where the server wants both.

use std::sync::Arc;

use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Asked};
use russh::keys::{Algorithm, PrivateKey, PrivateKeyWithHashAlg, decode_secret_key};
use russh::{MethodKind, MethodSet};
use secrecy::{ExposeSecret, SecretString};

use super::dial::Guard;
use crate::config::SftpServer;
use crate::error::{SftpError, SftpErrorKind};
use crate::name::shown;

/// How often a server may ask something of one who signs in.
const QUESTIONS_MAX: usize = 4;

/// The key of the user, opened. Slow by design where it is locked.
pub(super) fn private_key(server: &SftpServer) -> Result<Option<PrivateKey>, SftpError> {
    let misconfigured =
        |what: String| SftpError::new(SftpErrorKind::Misconfigured, server.shown(), what);
    let Some(text) = &server.private_key else {
        return match &server.password {
            Some(_) => Ok(None),
            None => Err(misconfigured(
                "neither `private_key` nor `password` is set".to_owned(),
            )),
        };
    };
    let passphrase = server.passphrase.as_ref().map(ExposeSecret::expose_secret);
    // Secrets come without the end of their last line.
    let text = format!("{}\n", text.expose_secret());
    let key = decode_secret_key(&text, passphrase).map_err(|error| {
        misconfigured(match passphrase {
            None if is_locked(&error) => "`private_key` is locked: set `passphrase`".to_owned(),
            None => format!(
                "`private_key` cannot be read: {}",
                shown(&error.to_string())
            ),
            Some(_) => format!(
                "`private_key` cannot be opened with `passphrase`: {}",
                shown(&error.to_string())
            ),
        })
    })?;
    match key.algorithm() {
        Algorithm::Ed25519 | Algorithm::Ecdsa { .. } => Ok(Some(key)),
        other => Err(misconfigured(format!(
            "`private_key` is of the kind {}: make one with `ssh-keygen -t ed25519`",
            other.as_str()
        ))),
    }
}

/// Signs the user in.
pub(super) async fn sign_in(
    handle: &mut Handle<Guard>,
    server: &SftpServer,
    key: Option<PrivateKey>,
) -> Result<(), SftpError> {
    let lost = |error: russh::Error| {
        let what = format!(
            "the connection was lost while signing in: {}",
            shown(&error.to_string())
        );
        SftpError::new(SftpErrorKind::Unreachable, server.shown(), what)
    };
    let mut tried = Vec::new();
    let mut left: Option<MethodSet> = None;
    if let Some(key) = key {
        let key = PrivateKeyWithHashAlg::new(Arc::new(key), None);
        match handle
            .authenticate_publickey(&server.user, key)
            .await
            .map_err(lost)?
        {
            AuthResult::Success => return Ok(()),
            AuthResult::Failure {
                remaining_methods,
                partial_success,
            } => {
                tried.push(if partial_success {
                    "the key, which is not enough"
                } else {
                    "the key"
                });
                left = Some(remaining_methods);
            }
        }
    }
    if let Some(password) = &server.password {
        if left
            .as_ref()
            .is_none_or(|left| left.contains(&MethodKind::Password))
        {
            let password = password.expose_secret();
            match handle
                .authenticate_password(&server.user, password)
                .await
                .map_err(lost)?
            {
                AuthResult::Success => return Ok(()),
                AuthResult::Failure {
                    remaining_methods, ..
                } => left = Some(remaining_methods),
            }
        }
        // Many servers take a password only as the answer to a question.
        let asks = left
            .as_ref()
            .is_some_and(|left| left.contains(&MethodKind::KeyboardInteractive));
        if asks && answered(handle, server, password).await.map_err(lost)? {
            return Ok(());
        }
        tried.push("the password");
    }
    Err(not_let_in(server, &tried, left.as_ref()))
}

fn not_let_in(server: &SftpServer, tried: &[&str], left: Option<&MethodSet>) -> SftpError {
    let left: Vec<&str> = left
        .iter()
        .flat_map(|left| left.iter())
        .map(<&str>::from)
        .collect();
    let left = match left.is_empty() {
        true => "nothing else".to_owned(),
        false => shown(&left.join(", ")),
    };
    let what = format!(
        "the server does not let `{}` in by {}; it takes {left}",
        server.user,
        tried.join(" and ")
    );
    SftpError::new(SftpErrorKind::SignIn, server.shown(), what)
}

/// Answers the one question for a password; a server that asks for more, a code for instance, gets no answer.
async fn answered(
    handle: &mut Handle<Guard>,
    server: &SftpServer,
    password: &SecretString,
) -> Result<bool, russh::Error> {
    let mut asked = handle
        .authenticate_keyboard_interactive_start(&server.user, None)
        .await?;
    let mut is_told = false;
    for _ in 0..QUESTIONS_MAX {
        let answers = match asked {
            Asked::Success => return Ok(true),
            Asked::Failure { .. } => return Ok(false),
            Asked::InfoRequest { prompts, .. } => match prompts.as_slice() {
                [] => Vec::new(),
                [prompt] if !prompt.echo && !is_told => {
                    is_told = true;
                    vec![password.expose_secret().to_owned()]
                }
                _ => return Ok(false),
            },
        };
        asked = handle
            .authenticate_keyboard_interactive_respond(answers)
            .await?;
    }
    Ok(matches!(asked, Asked::Success))
}

fn is_locked(error: &russh::keys::Error) -> bool {
    use russh::keys::{Error, ssh_key};
    matches!(
        error,
        Error::KeyIsEncrypted | Error::SshKey(ssh_key::Error::Encrypted)
    )
}
