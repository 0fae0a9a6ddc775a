//! How a reply of any resource is opened: its list, its paging and the moment at which Xero made it.

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use serde::de::{DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{loose, read_moment};

/// A reply that is not what Xero's replies are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The body does not even begin as a JSON object: somebody on the way answered, such as a proxy with a page of its own.
    #[error("the reply is not Xero's, its body is not a JSON object: {0}")]
    NotXeros(String),
    /// The body begins as a JSON object and is none.
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
        Self::open(body, T::LIST)
    }
}

impl<T: DeserializeOwned> Page<T> {
    /// Opens a reply body whose list goes by `list`.
    pub fn open(body: &[u8], list: &'static str) -> Result<Self, WireError> {
        let page = match Page::<Option<T>>::whole(body, list) {
            Some(page) => page,
            // Something does not fit: opened again as plain values it is found.
            None => Page::<Value>::raw(body, list)?.typed(list)?,
        };
        Ok(Self {
            items: page.items.into_iter().flatten().collect(),
            rows: page.rows,
            pagination: page.pagination,
            made_at: page.made_at,
        })
    }
}

impl<T: DeserializeOwned> Page<Option<T>> {
    /// Opens a reply body straight into its elements, null ones too; none when anything in it does not fit.
    #[must_use]
    pub(crate) fn whole(body: &[u8], list: &'static str) -> Option<Self> {
        let mut reader = serde_json::Deserializer::from_slice(body);
        let page = reader.deserialize_map(Reply {
            list,
            rows: PhantomData,
        });
        let page = page.ok().filter(|_| reader.end().is_ok())?;
        page.items.map(|items| Self {
            rows: items.len(),
            items,
            pagination: page.pagination,
            made_at: page.made_at,
        })
    }
}

impl<T> Page<T> {
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
            serde_json::from_slice(body).map_err(|error| not_an_object(body, &error))?;
        let items = match reply.remove(list) {
            Some(Value::Array(items)) => items,
            Some(single @ Value::Object(_)) => vec![single],
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
                return Err(WireError::NoList(list));
            }
        };
        let pagination = reply.remove("pagination").and_then(paging);
        let made_at = reply.get("DateTimeUTC").and_then(moment);
        Ok(Self {
            rows: items.len(),
            items,
            pagination,
            made_at,
        })
    }

    fn typed<T: DeserializeOwned>(self, list: &'static str) -> Result<Page<Option<T>>, WireError> {
        let items = self.items.into_iter().enumerate().map(|(index, value)| {
            serde_json::from_value(value).map_err(|error| WireError::Element {
                list,
                index,
                message: error.to_string(),
            })
        });
        Ok(Page {
            items: items.collect::<Result<_, _>>()?,
            rows: self.rows,
            pagination: self.pagination,
            made_at: self.made_at,
        })
    }
}

fn not_an_object(body: &[u8], error: &serde_json::Error) -> WireError {
    let why = error.to_string();
    match body.trim_ascii_start().first() {
        Some(b'{') => WireError::NotJson(why),
        Some(_) | None => WireError::NotXeros(why),
    }
}

fn paging(value: Value) -> Option<Pagination> {
    serde_json::from_value(value).ok()
}

fn moment(value: &Value) -> Option<DateTime<Utc>> {
    read_moment(value.as_str()?).ok().flatten()
}

/// Reads a reply and passes over whatever is neither its list nor about it.
struct Reply<T> {
    list: &'static str,
    rows: PhantomData<T>,
}

struct Opened<T> {
    items: Option<Vec<Option<T>>>,
    pagination: Option<Pagination>,
    made_at: Option<DateTime<Utc>>,
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Reply<T> {
    type Value = Opened<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reply")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Opened<T>, A::Error> {
        let mut opened = Opened {
            items: None,
            pagination: None,
            made_at: None,
        };
        while let Some(name) = fields.next_key::<String>()? {
            match name.as_str() {
                name if name == self.list => {
                    opened.items = fields.next_value_seed(Rows(PhantomData))?;
                }
                "pagination" => opened.pagination = paging(fields.next_value()?),
                "DateTimeUTC" => opened.made_at = moment(&fields.next_value()?),
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(opened)
    }
}

struct Rows<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Rows<T> {
    type Value = Option<Vec<Option<T>>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        loose::rows(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::currency::Currency;

    fn both(body: &str) -> [Result<Vec<Option<String>>, WireError>; 2] {
        let codes = |page: Page<Currency>| page.items.into_iter().map(|one| one.code).collect();
        let slowly = Page::<Value>::raw(body.as_bytes(), Currency::LIST)
            .and_then(|page| page.typed::<Currency>(Currency::LIST))
            .map(|page| {
                page.items
                    .into_iter()
                    .flatten()
                    .map(|one| one.code)
                    .collect()
            });
        [Page::parse(body.as_bytes()).map(codes), slowly]
    }

    #[test]
    fn a_reply_reads_the_same_straight_and_by_way_of_values() {
        for body in [
            r#"{"Currencies":[{"Code":"NZD"},null,{"Code":5,"New":{"a":[1]}}],"pagination":7}"#,
            r#"{"Currencies":{"Code":"NZD"}}"#,
            r#"{"Currencies":null}"#,
            r#"{"Currencies":[7]}"#,
            r#"{"Currencies":[{"Code":[]}]}"#,
            r#"{"Currencies":7}"#,
            r#"{"Currencies":[]} x"#,
            r#"{"Currencies":[]"#,
            r#"{"currencies":[]}"#,
            r#"[]"#,
            "",
        ] {
            let [straight, slowly] = both(body);
            assert_eq!(straight, slowly, "{body}");
        }
    }

    #[test]
    fn a_whole_page_is_opened_without_values() {
        let body =
            br#"{"Id":"x","pagination":{"page":1,"itemCount":2,"pageSize":100,"pageCount":1},
            "DateTimeUTC":"/Date(1552326117126)/","Currencies":[{"Code":"NZD"},null]}"#;
        let page = Page::<Option<Currency>>::whole(body, Currency::LIST).unwrap();
        assert_eq!((page.rows, page.items.len()), (2, 2));
        assert_eq!(page.pagination.unwrap().item_count, 2);
        assert_eq!(page.made_at.unwrap().timestamp_millis(), 1_552_326_117_126);
        assert!(Page::<Option<Currency>>::whole(b"{}", Currency::LIST).is_none());
    }
}
