//! What stands round the elements of a reply, and how a batch tells which of them failed.

use http::StatusCode;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::rules::Refusal;
use crate::rules::documents::Written;
use crate::wire::date::BareMsDate;
use crate::wire::invoice::Message;

use super::Call;
use super::listing::Pagination;

struct Envelope<'a, T> {
    id: Uuid,
    provider: &'a str,
    now_ms: i64,
    pagination: Option<Pagination>,
    plural: &'static str,
    elements: &'a [T],
}

impl<T: Serialize> Serialize for Envelope<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Id", &self.id)?;
        map.serialize_entry("Status", "OK")?;
        map.serialize_entry("ProviderName", self.provider)?;
        map.serialize_entry("DateTimeUTC", &BareMsDate(self.now_ms))?;
        if let Some(pagination) = &self.pagination {
            map.serialize_entry("pagination", pagination)?;
        }
        map.serialize_entry(self.plural, self.elements)?;
        map.end()
    }
}

/// A 200 reply with these elements under the plural name.
pub fn reply<T: Serialize>(
    call: &Call<'_>,
    plural: &'static str,
    elements: &[T],
    pagination: Option<Pagination>,
) -> Answer {
    Answer::json(
        StatusCode::OK,
        &Envelope {
            id: call.id,
            provider: call.provider,
            now_ms: call.now.timestamp_millis(),
            pagination,
            plural,
            elements,
        },
    )
}

/// An element of a batch reply.
#[derive(Debug)]
pub enum Element<T> {
    /// What was written.
    Written(T),
    /// The echo of what was refused.
    Refused(Value),
}

impl<T: Serialize> Serialize for Element<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Written(written) => written.serialize(serializer),
            Self::Refused(echo) => echo.serialize(serializer),
        }
    }
}

/// The warnings of each element as replies carry them.
#[must_use]
pub fn warnings(written: &[Result<Written, Refusal>]) -> Vec<Vec<Message<'_>>> {
    written
        .iter()
        .map(|written| {
            written
                .iter()
                .flat_map(|written| &written.warnings)
                .map(|message| Message { message })
                .collect()
        })
        .collect()
}

/// Answers a batch: 200 when nothing failed or each element is told its verdict; else 400 with the failed ones only,
/// although the others are saved and their ids are not told (seen in practice, and the worst trap of the API).
pub fn batch<T: Serialize>(
    call: &Call<'_>,
    plural: &'static str,
    elements: Vec<Element<T>>,
) -> Answer {
    let any_refused = elements
        .iter()
        .any(|element| matches!(element, Element::Refused(_)));
    if !any_refused || call.query.tells_each() {
        return reply(call, plural, &elements, None);
    }
    let failed: Vec<Value> = elements
        .into_iter()
        .filter_map(|element| match element {
            Element::Written(_) => None,
            Element::Refused(echo) => Some(echo),
        })
        .collect();
    validation_exception(&failed)
}

/// The 400 body that lists failed elements.
#[must_use]
pub fn validation_exception(failed: &[Value]) -> Answer {
    Answer::json(
        StatusCode::BAD_REQUEST,
        &json!({
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": failed,
        }),
    )
}

/// The echo of a refused element: what was sent, its id or the zero one, and the messages. With a verdict for each element
/// it also says ERROR.
pub fn echo(
    call: &Call<'_>,
    sent: &impl Serialize,
    id_key: &str,
    error_key: &str,
    refusal: &Refusal,
) -> Value {
    let mut fields = match serde_json::to_value(sent) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    };
    fields.entry(id_key).or_insert_with(|| json!(Uuid::nil()));
    fields.insert(error_key.to_owned(), json!(true));
    let described = call.query.tells_each() && call.switches.messages_under_description;
    let key = if described { "Description" } else { "Message" };
    if call.query.tells_each() {
        fields.insert("StatusAttributeString".to_owned(), json!("ERROR"));
    }
    fields.insert(
        "ValidationErrors".to_owned(),
        messages(key, &refusal.messages),
    );
    if !refusal.contact_messages.is_empty()
        && let Some(Value::Object(contact)) = fields.get_mut("Contact")
    {
        contact.insert("HasValidationErrors".to_owned(), json!(true));
        contact.insert(
            "ValidationErrors".to_owned(),
            messages(key, &refusal.contact_messages),
        );
    }
    Value::Object(fields)
}

fn messages(key: &str, texts: &[String]) -> Value {
    texts.iter().map(|text| json!({ key: text })).collect()
}
