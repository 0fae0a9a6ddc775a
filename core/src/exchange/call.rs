//! What is kept of one HTTP call beside its bodies, and which of its headers.

use chrono::{DateTime, Utc};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

/// One call, without its bodies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// When it left.
    pub at: DateTime<Utc>,
    /// The method.
    pub method: String,
    /// The path with the query. It may name people: see [`super::masked_path`].
    pub path: String,
    /// The headers of the request that matter, by their names in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Bytes of the request's body.
    pub bytes: u64,
    /// How long it took until the reply was there or given up, in milliseconds.
    pub duration_ms: u64,
    /// What came back.
    pub answer: Answer,
    /// Why a body is not kept, where one is not though there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_kept: Option<String>,
    /// What of a list in the reply is kept, where it is not the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

/// How much of a list is kept: what is about nothing of ours is none of our business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Elements that are kept.
    pub kept: usize,
    /// Elements that came.
    pub of: usize,
}

/// What came back of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A reply of any status.
    Status {
        /// The status.
        status: u16,
        /// Its headers that matter.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<(String, String)>,
        /// Bytes of its body.
        bytes: u64,
    },
    /// No connection was made: nothing was said.
    NotSent {
        /// What went wrong.
        why: String,
    },
    /// It may have been processed, and nobody knows.
    Lost {
        /// What went wrong.
        why: String,
    },
}

/// Which headers of a provider matter. Whatever is not named here is never kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderNames {
    /// Of requests, in lower case.
    pub request: &'static [&'static str],
    /// Of replies, in lower case.
    pub reply: &'static [&'static str],
}

/// Headers that carry secrets. They are not kept even if somebody names them.
const SECRET: [&str; 6] = [
    "authorization",
    "proxy-authorization",
    "authentication-info",
    "cookie",
    "set-cookie",
    "www-authenticate",
];

/// Longest value of a header that is kept, in characters.
const VALUE_CHARS_MAX: usize = 300;

/// The named headers with their values, as far as they are text.
pub(super) fn headers(all: &HeaderMap, names: &[&str]) -> Vec<(String, String)> {
    let wanted = names.iter().filter(|name| !SECRET.contains(name));
    wanted
        .filter_map(|name| {
            let value = all.get(*name)?.to_str().ok()?;
            Some((
                (*name).to_owned(),
                value.chars().take(VALUE_CHARS_MAX).collect(),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_kept_even_if_somebody_names_its_header() {
        let mut all = HeaderMap::new();
        all.insert("authorization", "Bearer abc".parse().unwrap());
        all.insert("set-cookie", "s=abc".parse().unwrap());
        all.insert("idempotency-key", "k1".parse().unwrap());
        let kept = headers(&all, &["authorization", "set-cookie", "idempotency-key"]);
        assert_eq!(kept, [("idempotency-key".to_owned(), "k1".to_owned())]);
    }
}
