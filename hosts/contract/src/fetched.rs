//! Whether a file that a host handed over is the one that its document names.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tieout_core::document::Attachment;
use tieout_core::host::{HostError, HostErrorKind};

/// Bytes of a file: no more can be attached anywhere.
pub(crate) const FILE_BYTES_MAX: u64 = 10 << 20;

/// The content, if it is neither empty nor too large and has the fingerprint that the document gives.
pub(crate) fn checked(file: &Attachment, content: Bytes) -> Result<Bytes, HostError> {
    let bad = |message| HostError::new(HostErrorKind::BadData, "read attachment", message);
    if content.is_empty() || u64::try_from(content.len()).is_ok_and(|it| it > FILE_BYTES_MAX) {
        return Err(bad(format!(
            "`{}` is empty or has more than {FILE_BYTES_MAX} bytes",
            file.url
        )));
    }
    if let Some(said) = &file.sha256 {
        let is = format!("{:x}", Bytes::copy_from_slice(&Sha256::digest(&content)));
        if !is.eq_ignore_ascii_case(said.trim()) {
            return Err(bad(format!(
                "the document says that `{}` has the SHA-256 {}, and it has {is}",
                file.url,
                said.trim()
            )));
        }
    }
    Ok(content)
}
