//! How a field is read that Xero spells in more than one way: null, empty, a number or a string.

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    DeserializeSeed, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

use super::{read_date, read_moment};

/// A text; null and the empty text are none, a number or a flag becomes its text.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(Text(|text: &str| Ok(Some(text.to_owned()))))
}

/// Far above any figure of Xero's, and far enough below the end of the type that sums of them stay inside it.
const FIGURE_MAX: Decimal = Decimal::from_parts(0, 0, 1 << 16, false, 0);

/// An exact decimal from a JSON number or a string; null and the empty text are none.
pub(super) fn decimal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    deserializer.deserialize_any(Text(|digits: &str| {
        let digits = digits.trim();
        Decimal::from_str_exact(digits)
            .or_else(|_| Decimal::from_scientific(digits))
            .ok()
            .filter(|figure| figure.abs() < FIGURE_MAX)
            .map(Some)
            .ok_or_else(|| {
                let shown: String = digits.chars().take(40).collect();
                format!("`{shown}` is not a decimal")
            })
    }))
}

/// A flag; null and rubbish are false.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let word = Text(|word: &str| Ok(Some(word.eq_ignore_ascii_case("true"))));
    Ok(deserializer.deserialize_any(word)?.unwrap_or_default())
}

/// A civil date.
pub(super) fn date<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<NaiveDate>, D::Error> {
    deserializer.deserialize_any(Text(|text: &str| {
        read_date(text).map_err(|error| error.to_string())
    }))
}

/// A moment.
pub(super) fn moment<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    deserializer.deserialize_any(Text(|text: &str| {
        read_moment(text).map_err(|error| error.to_string())
    }))
}

/// A list; null is empty, null items are dropped, one object stands for a list of it.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let rows = deserializer.deserialize_any(Rows(PhantomData))?;
    Ok(rows.unwrap_or_default().into_iter().flatten().collect())
}

/// The rows of a list, null ones too; one object stands for a list of it, and null is no list.
pub(super) fn rows<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<Option<T>>>, D::Error> {
    deserializer.deserialize_any(Rows(PhantomData))
}

/// How many items a list has that are not null; whatever is no list has none.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    deserializer.deserialize_any(Count)
}

/// A nested object; an empty list may stand for null.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(Object(PhantomData))
}

/// Reads whatever has a text, without keeping the text.
struct Text<F>(F);

impl<'de, T, F: FnOnce(&str) -> Result<Option<T>, String>> Visitor<'de> for Text<F> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.is_empty() {
            return Ok(None);
        }
        (self.0)(text).map_err(E::custom)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        self.visit_str(if flag { "true" } else { "false" })
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.visit_str(&number.to_string())
    }

    // A number that was read before comes so only when its digits survive it.
    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        match Number::from_f64(number) {
            Some(number) => self.visit_str(&number.to_string()),
            None => Err(E::custom("expected a text")),
        }
    }

    // With arbitrary precision a number comes as an object of one field.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let number = Number::deserialize(MapAccessDeserializer::new(map))
            .map_err(|_| A::Error::custom("expected a text"))?;
        self.visit_str(number.as_str())
    }
}

struct Rows<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Rows<T> {
    type Value = Option<Vec<Option<T>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = items.next_element()? {
            rows.push(row);
        }
        Ok(Some(rows))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(Some(vec![Some(single(map)?)]))
    }
}

struct Object<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut first = None;
        while first.is_none() {
            match items.next_element::<Option<T>>()? {
                Some(item) => first = item,
                None => return Ok(None),
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        single(map).map(Some)
    }
}

struct Count;

impl<'de> Visitor<'de> for Count {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while let Some(item) = items.next_element::<Option<IgnoredAny>>()? {
            count += usize::from(item.is_some());
        }
        Ok(count)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<usize, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(0)
    }
}

/// The field under which a number with all its digits comes as an object.
const NUMBER_FIELD: &str = "$serde_json::private::Number";

/// An object that is no number in disguise.
fn single<'de, A: MapAccess<'de>, T: Deserialize<'de>>(mut map: A) -> Result<T, A::Error> {
    let first: Option<String> = map.next_key()?;
    if first.as_deref() == Some(NUMBER_FIELD) {
        return Err(A::Error::custom("expected an object, not a number"));
    }
    T::deserialize(MapAccessDeserializer::new(FromFirst { first, map }))
}

/// A map of which the first key has been read already.
struct FromFirst<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for FromFirst<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(first.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Sample {
        #[serde(default, deserialize_with = "decimal")]
        amount: Option<Decimal>,
        #[serde(default, deserialize_with = "list")]
        names: Vec<String>,
        #[serde(default, deserialize_with = "flag")]
        done: bool,
    }

    fn amount(json: &str) -> Option<String> {
        let sample: Sample = serde_json::from_str(&format!("{{\"amount\":{json}}}")).unwrap();
        sample.amount.map(|amount| amount.to_string())
    }

    #[test]
    fn an_amount_is_exact_whether_number_or_string() {
        assert_eq!(amount("0.1").as_deref(), Some("0.1"));
        assert_eq!(amount("\"0.10\"").as_deref(), Some("0.10"));
        assert_eq!(
            amount("9999999999.9999").as_deref(),
            Some("9999999999.9999")
        );
        assert_eq!(amount("1.5E+2").as_deref(), Some("150"));
        assert_eq!(amount("-0.0000001").as_deref(), Some("-0.0000001"));
        assert_eq!(amount("null"), None);
        assert_eq!(amount("\"\""), None);
        for rubbish in ["\"ten\"", "79228162514264337593543950335", "-8E+27"] {
            let json = format!("{{\"amount\":{rubbish}}}");
            assert!(serde_json::from_str::<Sample>(&json).is_err(), "{json}");
        }
    }

    #[test]
    fn null_items_and_missing_lists_are_no_items() {
        let sample: Sample =
            serde_json::from_str("{\"names\":[\"a\",null,\"b\"],\"done\":\"True\"}").unwrap();
        assert_eq!(sample.names, ["a", "b"]);
        assert!(sample.done);
        let sample: Sample = serde_json::from_str("{\"names\":null}").unwrap();
        assert!(sample.names.is_empty() && !sample.done);
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Nested {
        #[serde(default, deserialize_with = "text")]
        name: Option<String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Holder {
        #[serde(default, deserialize_with = "object")]
        one: Option<Nested>,
        #[serde(default, deserialize_with = "list")]
        many: Vec<Nested>,
        #[serde(default, deserialize_with = "count")]
        said: usize,
    }

    #[test]
    fn objects_and_lists_stand_for_each_other_and_a_number_for_neither() {
        let read = |json: &str| serde_json::from_str::<Holder>(json).map_err(|_| ());
        let nested = |name: &str| Nested {
            name: Some(name.to_owned()),
        };
        for json in [
            r#"{"one":{"name":"a"},"many":{"name":"b"}}"#,
            r#"{"one":[null,{"name":"a"},7,"x"],"many":[null,{"name":"b","more":[1,{}]}]}"#,
        ] {
            let holder = read(json).unwrap();
            assert_eq!(holder.one, Some(nested("a")), "{json}");
            assert_eq!(holder.many, [nested("b")], "{json}");
        }
        let empty = read(r#"{"one":[],"many":null,"said":null}"#).unwrap();
        assert_eq!((empty.one, empty.many.len(), empty.said), (None, 0, 0));
        for json in [
            r#"{"one":7}"#,
            r#"{"one":"x"}"#,
            r#"{"many":7.5}"#,
            r#"{"many":true}"#,
            r#"{"one":{"name":{}}}"#,
        ] {
            assert_eq!(read(json), Err(()), "{json}");
        }
    }

    #[test]
    fn items_are_counted_without_being_read() {
        for (json, count) in [
            (r#"[{"Message":"A"},null,"B"]"#, 2),
            ("[]", 0),
            ("null", 0),
            ("7", 0),
            ("-7.5", 0),
            (r#"{"Message":"A"}"#, 0),
            ("true", 0),
            (r#""x""#, 0),
        ] {
            let holder: Holder = serde_json::from_str(&format!(r#"{{"said":{json}}}"#)).unwrap();
            assert_eq!(holder.said, count, "{json}");
        }
    }

    #[test]
    fn a_value_that_was_opened_before_keeps_its_digits() {
        for digits in ["150.0", "0.1", "12345678.1234", "7", "-3", "1e2"] {
            let value: serde_json::Value =
                serde_json::from_str(&format!("{{\"amount\":{digits}}}")).unwrap();
            let direct = amount(digits);
            let sample: Sample = serde_json::from_value(value).unwrap();
            assert_eq!(sample.amount.map(|amount| amount.to_string()), direct);
        }
    }
}
