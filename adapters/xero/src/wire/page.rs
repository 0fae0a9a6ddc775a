//! How a reply of any resource is opened: its list, its paging and the moment at which Xero made it.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::read_moment;

/// A reply that is not what Xero's replies are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The body is no JSON object: cut short, or made by a proxy.
    #[error("the body is not a JSON object: {0}")]
    NotJson(String),
    /// The list that the reply is about is not there.
    #[error("the reply holds no list `{0}`")]
    NoList(&'static str),
    /// An element does not fit.
    #[error("{list}[{index}]: {message}")]
    Element {
        /// The list.
        list: &'static str,
        /// Its position.
        index: usize,
        /// What does not fit.
        message: String,
    },
}

/// A resource that comes in a list of its own name.
pub trait Listed: DeserializeOwned {
    /// The name of the list.
    const LIST: &'static str;
}

/// Where a page stands among all pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// This page, from 1.
    #[serde(default)]
    pub page: usize,
    /// Rows on a full page, after clamping.
    #[serde(default)]
    pub page_size: usize,
    /// Pages.
    #[serde(default)]
    pub page_count: usize,
    /// Rows on all pages.
    #[serde(default)]
    pub item_count: usize,
}

/// One reply, opened.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The elements that are not null.
    pub items: Vec<T>,
    /// How many elements the list had, null ones too.
    pub rows: usize,
    /// Where the page stands; absent on replies that are not paged.
    pub pagination: Option<Pagination>,
    /// When Xero made the reply, by its own clock.
    pub made_at: Option<DateTime<Utc>>,
}

impl<T: Listed> Page<T> {
    /// Opens a reply body.
    pub fn parse(body: &[u8]) -> Result<Self, WireError> {
        let raw = Page::<Value>::raw(body, T::LIST)?;
        let items = raw
            .items
            .into_iter()
            .enumerate()
            .filter(|(_, value)| !value.is_null())
            .map(|(index, value)| {
                serde_json::from_value(value).map_err(|error| WireError::Element {
                    list: T::LIST,
                    index,
                    message: error.to_string(),
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            items,
            rows: raw.rows,
            pagination: raw.pagination,
            made_at: raw.made_at,
        })
    }

    /// Whether the page holds fewer rows than its own paging promises.
    ///
    /// An empty page in front of others is cut short whatever size it names: taken as the end, it would
    /// hide a document, and asked for again it would never end.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        self.pagination.is_some_and(|paging| {
            let before = paging
                .page
                .saturating_sub(1)
                .saturating_mul(paging.page_size);
            let left = paging.item_count.saturating_sub(before);
            let is_empty = self.rows == 0 && (left > 0 || paging.page < paging.page_count);
            is_empty || self.rows < left.min(paging.page_size)
        })
    }
}

impl Page<Value> {
    /// Opens a reply body and leaves the elements, null ones too, as they came.
    pub fn raw(body: &[u8], list: &'static str) -> Result<Self, WireError> {
        let mut reply: Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| WireError::NotJson(error.to_string()))?;
        let items = match reply.remove(list) {
            Some(Value::Array(items)) => items,
            Some(single @ Value::Object(_)) => vec![single],
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
                return Err(WireError::NoList(list));
            }
        };
        let pagination = reply
            .remove("pagination")
            .and_then(|paging| serde_json::from_value(paging).ok());
        let made_at = reply
            .get("DateTimeUTC")
            .and_then(Value::as_str)
            .and_then(|text| read_moment(text).ok().flatten());
        Ok(Self {
            rows: items.len(),
            items,
            pagination,
            made_at,
        })
    }
}
