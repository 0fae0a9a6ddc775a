//! Which refusal of access a 401 or 403 of the API is.

use http::StatusCode;
use serde::Deserialize;

use super::AuthError;

/// The problem body; its keys come in both cases.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    #[serde(alias = "Detail")]
    detail: Option<String>,
}

/// What a reply of the API says about access; `None` for any other status.
///
/// A missing scope and a wrong organisation look alike in some replies: only a detail that names the scope is taken for one.
#[must_use]
pub fn api_refusal(status: StatusCode, body: &[u8]) -> Option<AuthError> {
    let detail = serde_json::from_slice::<Problem>(body)
        .unwrap_or_default()
        .detail
        .unwrap_or_default()
        .to_ascii_lowercase();
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if detail.contains("scope") => {
            Some(AuthError::ScopeMissing)
        }
        StatusCode::UNAUTHORIZED => Some(AuthError::TokenRefused),
        StatusCode::FORBIDDEN => Some(AuthError::TenantRefused),
        _ => None,
    }
}
