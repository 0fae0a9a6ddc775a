//! What the answers of a server mean for a caller.

use russh_sftp::client::error::Error;
use russh_sftp::protocol::{Status, StatusCode};

use crate::error::{SftpError, SftpErrorKind};
use crate::name::shown;

/// An answer that is an error, as a caller sees it.
pub(super) fn failed(place: &str, error: Error) -> SftpError {
    let (kind, what) = match error {
        Error::Status(status) => refusal(&status),
        Error::Timeout => (SftpErrorKind::Lost, "the server does not answer".to_owned()),
        Error::Limited(what) => (
            SftpErrorKind::Refused,
            format!("the server takes less at once: {what}"),
        ),
        Error::IO(what) | Error::UnexpectedBehavior(what) => (
            SftpErrorKind::Lost,
            format!("the connection was lost: {}", shown(&what)),
        ),
        Error::UnexpectedPacket => (
            SftpErrorKind::Lost,
            "the server answers something else than it was asked".to_owned(),
        ),
    };
    SftpError::new(kind, place, what)
}

fn refusal(status: &Status) -> (SftpErrorKind, String) {
    let said = shown(status.error_message.trim());
    match status.status_code {
        StatusCode::NoSuchFile => (
            SftpErrorKind::NotFound,
            "there is no such file or folder".to_owned(),
        ),
        StatusCode::PermissionDenied => (
            SftpErrorKind::Denied,
            "this user may not do that".to_owned(),
        ),
        StatusCode::NoConnection | StatusCode::ConnectionLost => (
            SftpErrorKind::Lost,
            format!("the server lost its own connection: {said}"),
        ),
        // The protocol has no word for a full disk, nor for a file that is there.
        StatusCode::Failure => (
            SftpErrorKind::Refused,
            format!("the server refused it: {said}"),
        ),
        StatusCode::Ok | StatusCode::Eof | StatusCode::BadMessage | StatusCode::OpUnsupported => (
            SftpErrorKind::Refused,
            format!("the server does not do that: {said}"),
        ),
    }
}
