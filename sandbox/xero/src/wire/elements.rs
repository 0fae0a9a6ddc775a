//! How a request body becomes elements: one object, a bare array, or an object with the plural name as its key.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Reads the elements of a body. Null items are dropped; a body without the plural key is one element.
///
/// # Errors
/// When the body is not JSON or a field cannot be converted; the text says where.
pub fn read<T: DeserializeOwned>(body: &[u8], plural: &'static str) -> Result<Vec<T>, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err("no data was posted".to_owned());
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let found = json
        .deserialize_any(BodyVisitor::<T> {
            plural,
            element: PhantomData,
        })
        .and_then(|found| json.end().map(|()| found))
        .map_err(|error| error.to_string())?;
    match found {
        Some(elements) => Ok(elements),
        None => serde_json::from_slice::<T>(body)
            .map(|element| vec![element])
            .map_err(|error| error.to_string()),
    }
}

struct BodyVisitor<T> {
    plural: &'static str,
    element: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for BodyVisitor<T> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "an object or an array of {}", self.plural)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key.eq_ignore_ascii_case(self.plural) {
                let items: Option<Vec<Option<T>>> = map.next_value()?;
                found = Some(items.unwrap_or_default().into_iter().flatten().collect());
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(item) = items.next_element::<Option<T>>()? {
            elements.extend(item);
        }
        Ok(Some(elements))
    }
}
