//! Whether a file is whole: its trailer and its `.sha256` side file against what was read.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::outbox::Candidate;
use super::source::Fault;
use super::tally::Tally;
use crate::config::Proof;

const SIDE_BYTES_MAX: u64 = 4_096;
const HASH_DIGITS: usize = 64;

/// The side file of a file.
pub(super) fn side_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sha256");
    PathBuf::from(name)
}

/// Checks every proof that is there and names those that were; refuses with both figures.
pub(super) fn check(
    candidate: &Candidate,
    tally: &Tally,
    sha256: &str,
    proof: Proof,
) -> Result<Vec<&'static str>, Fault> {
    let mut proofs = Vec::new();
    if let Some(trailer) = &tally.trailer {
        if trailer.count != tally.count {
            let (said, held) = (trailer.count, tally.count);
            let documents = if said == 1 { "document" } else { "documents" };
            return refused(format!(
                "the trailer says {said} {documents} and the file holds {held}"
            ));
        }
        proofs.push("count");
        // A row whose total cannot be read leaves nothing to compare; the row itself is reported.
        if let Some((said, found)) = trailer.gross.zip(tally.gross) {
            if said != found {
                return refused(format!(
                    "the trailer says a gross total of {said} and the documents come to {found}"
                ));
            }
            proofs.push("gross");
        }
    } else if tally.count == 0 {
        let message = "the file holds no document and no trailer that says so: it may be cut off";
        return refused(message.to_owned());
    }
    if let Some(wanted) = wanted_hash(&side_file(&candidate.path))? {
        if wanted != sha256 {
            return refused(format!(
                "its `.sha256` file says {wanted} and the bytes of the file come to {sha256}"
            ));
        }
        proofs.push("sha256");
    }
    match proof {
        Proof::Required if proofs.is_empty() => {
            let message = "it has neither a trailer nor a `.sha256` file, and one is required";
            refused(message.to_owned())
        }
        Proof::Required | Proof::Optional => Ok(proofs),
    }
}

/// The hash that a side file names, in the form of `sha256sum`; `None` when there is no side file.
fn wanted_hash(path: &Path) -> Result<Option<String>, Fault> {
    let file = match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => File::open(path)?,
        Ok(_) => return refused("its `.sha256` file is no regular file".to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::new();
    file.take(SIDE_BYTES_MAX).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let hash = text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Some(hash));
    }
    refused(
        "its `.sha256` file does not begin with 64 hexadecimal digits, as sha256sum writes"
            .to_owned(),
    )
}

fn refused<T>(message: String) -> Result<T, Fault> {
    Err(Fault::Refused(message))
}
