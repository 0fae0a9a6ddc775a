//! How figures of the books are kept in custom fields of Insightly's records.

use std::collections::BTreeMap;

use async_trait::async_trait;
use http::StatusCode;
use serde_json::{Map, Value};
use tieout_core::host::{
    FieldDefinition, FieldKind, FieldWrite, FieldsWritten, HostError, HostErrorKind, HostRecord,
    MirrorFields, MirrorHost, Mirroring, RecordKind,
};
use tieout_host_web::{DateForms, Fields, not_kept, spelled};

use crate::error::{refused, unreadable};
use crate::host::InsightlyHost;
use crate::wire::Object;

const READ: &str = "read custom fields of insightly";
const DATES: DateForms = DateForms {
    day: "%Y-%m-%d 00:00:00",
    moment: "%Y-%m-%d %H:%M:%S",
};

#[async_trait]
impl MirrorHost for InsightlyHost {
    fn mirroring(&self) -> &Mirroring {
        &self.config.mirror
    }

    /// Under the object's name as routes have it, else as links have it: no public page says which.
    async fn fields(&self, kind: RecordKind) -> Result<Option<Vec<FieldDefinition>>, HostError> {
        let object = object(kind)?;
        for name in [object.route, object.singular] {
            let url = self.insightly.client.address(&["CustomFields", name]);
            let reply = self.insightly.client.get(READ, &url).await?;
            match reply.status {
                status if status.is_success() => {}
                StatusCode::NOT_FOUND
                | StatusCode::METHOD_NOT_ALLOWED
                | StatusCode::BAD_REQUEST => {
                    continue;
                }
                _ => return Err(refused(READ, &reply)),
            }
            let rows: Vec<Value> = serde_json::from_slice(&reply.body)
                .map_err(|error| unreadable(READ, format!("CustomFields/{name}: {error}")))?;
            let fields: Vec<FieldDefinition> = rows.iter().filter_map(definition).collect();
            let fixed = fields.iter().filter(|field| !field.is_writable);
            let fixed: Vec<String> = fixed.map(|field| field.name.clone()).collect();
            self.fixed.lock().await.insert(kind, fixed);
            return Ok(Some(fields));
        }
        Ok(None)
    }

    /// All custom fields go out as they were read a moment ago, with the new values in place and under the record's tag:
    /// whether a list of some would empty the others, no public page says.
    async fn write(
        &self,
        record: &HostRecord,
        fields: &[FieldWrite],
    ) -> Result<FieldsWritten, HostError> {
        let object = object(record.key.kind)?;
        let id = record.key.id.as_str();
        let Some(now) = self.insightly.one(&[object.route, id]).await? else {
            return Ok(FieldsWritten::Gone);
        };
        let fixed = self.fixed.lock().await.get(&record.key.kind).cloned();
        let list = merged(&now.fields, fields, &fixed.unwrap_or_default());
        let number = id.parse::<u64>();
        let body = Map::from_iter([
            (
                object.id.to_owned(),
                number.map_or_else(|_| Value::from(id), Value::from),
            ),
            ("CUSTOMFIELDS".to_owned(), Value::Array(list)),
        ]);
        let put = (object.route, now.tag.as_deref());
        let reply = match self.insightly.put(put, id, &body).await? {
            Ok(reply) => reply,
            Err(why) => return Ok(FieldsWritten::Refused(why)),
        };
        let after: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let Some(after) = after
            .as_object()
            .filter(|it| it.contains_key("CUSTOMFIELDS"))
        else {
            return Ok(FieldsWritten::Done);
        };
        Ok(match not_kept(&values(after), fields) {
            None => FieldsWritten::Done,
            Some(why) => FieldsWritten::Refused(why),
        })
    }
}

/// What stands in the fields that the configuration names.
pub(crate) fn own(
    fields: &Map<String, Value>,
    named: Option<&MirrorFields>,
) -> BTreeMap<String, String> {
    let named = named.map(MirrorFields::named).unwrap_or_default();
    let mut all = values(fields);
    all.retain(|name, _| named.iter().any(|(_, own)| own == name));
    all
}

fn values(fields: &Map<String, Value>) -> BTreeMap<String, String> {
    let list = Fields(fields).list("CUSTOMFIELDS");
    list.filter_map(|field| Some((field.text("FIELD_NAME")?, field.text("FIELD_VALUE")?)))
        .collect()
}

fn merged(now: &Map<String, Value>, writes: &[FieldWrite], fixed: &[String]) -> Vec<Value> {
    let mut list: Vec<Value> = Vec::new();
    for field in Fields(now).list("CUSTOMFIELDS") {
        let name = field.text("FIELD_NAME").unwrap_or_default();
        let is_kept =
            !fixed.contains(&name) && !field.0.get("FIELD_VALUE").is_none_or(Value::is_null);
        if is_kept && writes.iter().all(|write| write.name != name) {
            list.push(Value::Object(field.0.clone()));
        }
    }
    list.extend(writes.iter().map(|write| {
        Value::Object(Map::from_iter([
            ("FIELD_NAME".to_owned(), Value::from(write.name.as_str())),
            ("FIELD_VALUE".to_owned(), spelled(write, DATES)),
        ]))
    }));
    list
}

fn definition(row: &Value) -> Option<FieldDefinition> {
    let fields = Fields::of(row)?;
    let kind = fields.text("FIELD_TYPE").unwrap_or_default();
    let (holds, is_own) = match kind.to_ascii_uppercase().as_str() {
        "TEXT" | "MULTILINETEXT" => (FieldKind::Text, true),
        "NUMERIC" | "CURRENCY" | "DECIMAL" => (FieldKind::Number, true),
        "DATE" => (FieldKind::Date, true),
        "DATETIME" => (FieldKind::Moment, true),
        "AUTONUMBER" | "FORMULA" | "ROLLUP" => (FieldKind::Other(kind), false),
        _ => (FieldKind::Other(kind), true),
    };
    let editable = fields.0.get("EDITABLE").and_then(Value::as_bool);
    Some(FieldDefinition {
        name: fields.text("FIELD_NAME")?,
        label: fields.text("FIELD_LABEL"),
        holds,
        is_writable: is_own && editable.unwrap_or(true),
    })
}

fn object(kind: RecordKind) -> Result<&'static Object, HostError> {
    Object::of(kind).ok_or_else(|| {
        let message = format!("Insightly keeps no {kind}");
        HostError::new(HostErrorKind::BadData, READ, message)
    })
}
