//! What a product's refusal says: problem+json where it sends that, and the beginning of anything else.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use tieout_core::host::WriteBackRefusal;

/// Characters of a text of the product that are shown.
const SHOWN_CHARS_MAX: usize = 300;

/// A problem as RFC 9457 has it, as far as it is used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
    code: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Whether a reply is one of the contract, and not of something that stands before the product.
#[must_use]
pub fn is_problem(headers: &HeaderMap) -> bool {
    headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|media| {
            media.split(';').next().map(str::trim) == Some("application/problem+json")
        })
}

/// The refusal in the product's words.
#[must_use]
pub fn refusal(status: StatusCode, body: &Bytes) -> WriteBackRefusal {
    let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
    let of_type = problem
        .kind
        .as_deref()
        .and_then(|kind| kind.rsplit(['/', ':', '#']).next());
    let code = problem
        .code
        .as_deref()
        .or(of_type)
        .filter(|code| !shown(code).is_empty() && *code != "blank");
    let words: Vec<&str> = [&problem.title, &problem.detail]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .filter(|text| !shown(text).is_empty())
        .collect();
    WriteBackRefusal {
        code: shown(code.unwrap_or_else(|| by_status(status))),
        message: if words.is_empty() {
            excerpt(body)
        } else {
            shown(&words.join(": "))
        },
    }
}

/// What a reply says, for people: one line without control characters.
#[must_use]
pub fn excerpt(body: &Bytes) -> String {
    let text = String::from_utf8_lossy(body);
    let text = shown(&text);
    if text.is_empty() {
        "without a word".to_owned()
    } else {
        text
    }
}

fn by_status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        404 | 410 => "invoice_unknown",
        409 => "conflict",
        _ => "refused",
    }
}

fn shown(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = plain
        .skip_while(|c| c.is_whitespace())
        .take(SHOWN_CHARS_MAX + 1)
        .collect();
    short.truncate(short.trim_end().len());
    if short.chars().count() > SHOWN_CHARS_MAX {
        short = short.chars().take(SHOWN_CHARS_MAX).collect();
        short.push('…');
    }
    short
}
