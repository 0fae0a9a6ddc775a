//! How a list is read page by page: how many, from where on, and where the next page is.

use axum::http::Uri;
use axum::http::header::LINK;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::endpoint::Reply;
use super::problem::{Problem, Sort};

/// Things on a page, at most.
const LIMIT_MAX: u16 = 500;
/// Things on a page, when nobody says.
const LIMIT_USUAL: u16 = 50;
/// Bytes of a cursor.
const CURSOR_BYTES_MAX: usize = 2_048;

/// How many are wanted on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub(super) struct Limit(u16);

impl Default for Limit {
    fn default() -> Self {
        Self(LIMIT_USUAL)
    }
}

impl Limit {
    pub(super) fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl TryFrom<u64> for Limit {
    type Error = String;

    fn try_from(wanted: u64) -> Result<Self, String> {
        match u16::try_from(wanted) {
            Ok(wanted @ 1..=LIMIT_MAX) => Ok(Self(wanted)),
            Ok(_) | Err(_) => Err(format!("`limit` is 1 to {LIMIT_MAX}")),
        }
    }
}

impl JsonSchema for Limit {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Limit".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_USUAL})
    }
}

/// One page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub(super) struct Page<T> {
    /// What is on it. It may be empty while there are further pages.
    pub(super) data: Vec<T>,
    /// Where the next page begins: send it as `after`. Absent on the last page. The header `Link` has the whole address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

impl<T> Page<T> {
    /// The page as a reply to what was asked.
    pub(super) fn reply(self, asked: &Uri) -> Reply<Self> {
        let link = self.next.as_deref().map(|next| {
            let question = asked.query().unwrap_or_default();
            let pairs = url::form_urlencoded::parse(question.as_bytes());
            let others = pairs.filter(|(name, _)| name != "after");
            let mut written = url::form_urlencoded::Serializer::new(String::new());
            written.extend_pairs(others).append_pair("after", next);
            format!("<{}?{}>; rel=\"next\"", asked.path(), written.finish())
        });
        let reply = Reply::of(self);
        match link {
            Some(link) => reply.with(LINK, &link),
            None => reply,
        }
    }
}

/// Writes a place in a list, so that nobody takes it for something else.
pub(super) fn cursor<T: Serialize>(place: &T) -> String {
    let json = serde_json::to_vec(place).expect("a place in a list is plain JSON");
    URL_SAFE_NO_PAD.encode(json)
}

/// Reads a place in a list as it was given.
pub(super) fn place<T: DeserializeOwned>(after: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(text) = after else { return Ok(None) };
    let json = Some(text)
        .filter(|text| text.len() <= CURSOR_BYTES_MAX)
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let place = json.and_then(|json| serde_json::from_slice(&json).ok());
    place.map(Some).ok_or_else(bad_place)
}

/// What was given as `after` is no place in this list.
pub(super) fn bad_place() -> Problem {
    Problem::new(Sort::NotReadable, "`after` is no place in this list")
        .advise("Send the `next` of an earlier page of the same list as it was, or begin anew.")
}

/// A page of a list that is short enough to be held whole; a place in it is the name of the last one given.
pub(super) fn page_of<T>(
    all: Vec<T>,
    limit: Limit,
    after: Option<&str>,
    name: impl Fn(&T) -> String,
) -> Result<Page<T>, Problem> {
    let last: Option<String> = place(after)?;
    let mut rest = all.into_iter();
    if let Some(last) = last {
        // One that is gone meanwhile ends the list: to begin anew is right then.
        rest.find(|it| name(it) == last).ok_or_else(bad_place)?;
    }
    let data: Vec<T> = rest.by_ref().take(limit.get()).collect();
    let next = match (rest.next(), data.last()) {
        (Some(_), Some(last)) => Some(cursor(&name(last))),
        (_, _) => None,
    };
    Ok(Page { data, next })
}
