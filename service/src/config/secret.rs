//! How secrets reach the configuration: by reference to the environment or to a file, never in the file itself.

use std::path::Path;

use serde_json::Value;

use super::load::Loaded;
use super::locate::Mistake;
use super::paths::resolve;

/// A reference that leads nowhere, or a secret in clear.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SecretProblem {
    /// The path of the key.
    pub(super) path: String,
    /// What is wrong.
    pub(super) message: String,
    /// What to do, as a sentence.
    pub(super) remedy: &'static str,
}

/// Keys that hold secrets, by their last two parts.
pub(super) const SECRETS: &[(&str, &str)] = &[
    ("export", "client_secret"),
    ("freshsales", "api_key"),
    ("http", "api_key"),
    ("http", "client_secret"),
    ("http", "webhook_secret"),
    ("iinsight", "client_secret"),
    ("iinsight", "password"),
    ("insightly", "api_key"),
    ("kornit_x", "hmac_key"),
    ("oidc", "client_secret"),
    ("panel", "former_secret"),
    ("panel", "secret"),
    ("secrets", "key"),
    ("sftp", "passphrase"),
    ("sftp", "password"),
    ("sftp", "private_key"),
    ("smtp", "password"),
    ("sql", "password"),
    ("sql", "url"),
    ("xero", "client_secret"),
    ("xero", "webhook_key"),
];
/// The path of the key that seals tokens.
const KEY: &str = "secrets.key";
/// Longest secret file, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Whether a command works without its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// Every reference must lead to a secret.
    Needed,
    /// A reference that leads nowhere counts as left out: the command only reads the store.
    Spared,
}

/// Whether a key, by its whole path, holds a secret.
pub(super) fn is_secret(path: &str) -> bool {
    let mut parts = path.rsplit('.');
    let (last, before) = (parts.next(), parts.next());
    SECRETS
        .iter()
        .any(|(section, key)| before == Some(*section) && last == Some(*key))
}

/// A key that was read and is none.
pub(crate) fn no_key(loaded: &Loaded, why: &str) -> Mistake {
    loaded.mistake(KEY, why).mended(remedy(KEY))
}

/// Puts what the references lead to in their place, everywhere in the tree; a secret that is not there is left out.
/// Gives every reference that leads nowhere.
pub(super) fn resolve_all(tree: &mut Value, file: &Path, secrets: Secrets) -> Vec<SecretProblem> {
    let mut problems = Vec::new();
    walk(tree, "", "", &mut |path, value| {
        *value = match (look_up(value, file), secrets) {
            (Ok(secret), _) => Value::String(secret),
            (Err(_), Secrets::Spared) if value.is_object() => Value::Null,
            (Err(message), _) => {
                let remedy = remedy(&path);
                problems.push(SecretProblem {
                    path,
                    message,
                    remedy,
                });
                Value::Null
            }
        };
    });
    problems
}

fn walk(value: &mut Value, path: &str, name: &str, found: &mut dyn FnMut(String, &mut Value)) {
    let Value::Object(fields) = value else {
        return;
    };
    for (key, value) in fields.iter_mut() {
        let below = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        if SECRETS.contains(&(name, key.as_str())) {
            found(below, value);
        } else {
            walk(value, &below, key, found);
        }
    }
}

/// What to do where a secret is not to be had.
fn remedy(path: &str) -> &'static str {
    if path == KEY {
        "Put the key there as it was, readable for the user that runs this: nothing else opens the tokens in the \
         store. Where it is lost, put a new one there (`tieout init` in another folder writes one) and connect \
         again with `tieout connect NAME --again`: documents are not sealed."
    } else {
        "Put the secret there, readable for the user that runs this."
    }
}

fn look_up(reference: &Value, file: &Path) -> Result<String, String> {
    const FORM: &str = "write { env = \"NAME\" } or { file = \"path\" }";
    let Value::Object(fields) = reference else {
        return Err(format!(
            "a secret does not belong into the configuration: {FORM}"
        ));
    };
    let mut fields = fields.iter();
    match (fields.next(), fields.next()) {
        (Some((kind, Value::String(name))), None) if kind == "env" => std::env::var(name)
            .ok()
            .filter(|secret| !secret.trim().is_empty())
            .map(|secret| secret.trim().to_owned())
            .ok_or_else(|| format!("the environment variable {name} is not set")),
        (Some((kind, Value::String(name))), None) if kind == "file" => {
            read(&resolve(file, Path::new(name)))
        }
        _ => Err(format!("this is no reference to a secret: {FORM}")),
    }
}

fn read(path: &Path) -> Result<String, String> {
    let problem =
        |error: std::io::Error| format!("the file {} cannot be read: {error}", path.display());
    let size = std::fs::metadata(path).map_err(problem)?.len();
    if size > FILE_BYTES_MAX {
        return Err(format!(
            "the file {} is too large for a secret: {size} bytes",
            path.display()
        ));
    }
    let text = std::fs::read_to_string(path).map_err(problem)?;
    match text.trim() {
        "" => Err(format!("the file {} is empty", path.display())),
        secret => Ok(secret.to_owned()),
    }
}
