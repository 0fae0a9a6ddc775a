//! How figures of the books are kept in custom fields of Freshsales' records.

use std::collections::BTreeMap;

use async_trait::async_trait;
use http::{Method, StatusCode};
use serde_json::{Map, Value};
use tieout_core::host::{
    FieldDefinition, FieldKind, FieldWrite, FieldsWritten, HostError, HostErrorKind, HostRecord,
    MirrorFields, MirrorHost, Mirroring, RecordKind,
};
use tieout_host_web::{DateForms, Fields, not_kept, spelled};

use crate::error::{refused, words};
use crate::host::FreshsalesHost;
use crate::wire::Object;

const READ: &str = "read custom fields of freshsales";
const WRITE: &str = "write custom fields of freshsales";
const DATES: DateForms = DateForms {
    day: "%Y-%m-%d",
    moment: "%Y-%m-%dT%H:%M:%SZ",
};
/// Groups within groups of fields that are looked into.
const DEPTH_MAX: usize = 4;

#[async_trait]
impl MirrorHost for FreshsalesHost {
    fn mirroring(&self) -> &Mirroring {
        &self.config.mirror
    }

    async fn fields(&self, kind: RecordKind) -> Result<Option<Vec<FieldDefinition>>, HostError> {
        let object = object(kind)?;
        let path = ["settings", object.route, "fields"];
        let Some(reply) = self.freshsales.get(&path, &[]).await? else {
            return Ok(None);
        };
        let mut fields = Vec::new();
        gather(&reply["fields"], DEPTH_MAX, &mut fields);
        Ok(Some(fields))
    }

    async fn write(
        &self,
        record: &HostRecord,
        fields: &[FieldWrite],
    ) -> Result<FieldsWritten, HostError> {
        let object = object(record.key.kind)?;
        let values = fields
            .iter()
            .map(|field| (field.name.clone(), spelled(field, DATES)));
        let custom = Value::Object(values.collect::<Map<_, _>>());
        let inner = Map::from_iter([("custom_field".to_owned(), custom)]);
        let body = Map::from_iter([(object.one.to_owned(), Value::Object(inner))]);
        let path = [object.route, record.key.id.as_str()];
        let reply = self.freshsales.write(Method::PUT, &path, &body).await?;
        match reply.status {
            status if status.is_success() => {}
            StatusCode::NOT_FOUND => return Ok(FieldsWritten::Gone),
            status if status.is_client_error() => {
                let why = format!("Freshsales answered {status}: {}", words(&reply));
                return Ok(FieldsWritten::Refused(why));
            }
            _ => return Err(refused(WRITE, &reply)),
        }
        let after: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let Some(after) = Fields::of(&after[object.one]["custom_field"]) else {
            return Ok(FieldsWritten::Done);
        };
        let names = fields.iter().map(|field| field.name.as_str());
        Ok(match not_kept(&texts(after, names), fields) {
            None => FieldsWritten::Done,
            Some(why) => FieldsWritten::Refused(why),
        })
    }
}

/// What stands in the fields that the configuration names.
pub(crate) fn own(fields: Fields<'_>, named: Option<&MirrorFields>) -> BTreeMap<String, String> {
    let Some(custom) = fields.0.get("custom_field").and_then(Fields::of) else {
        return BTreeMap::new();
    };
    let named = named.map(MirrorFields::named).unwrap_or_default();
    texts(custom, named.into_iter().map(|(_, name)| name))
}

fn texts<'n>(custom: Fields<'_>, names: impl Iterator<Item = &'n str>) -> BTreeMap<String, String> {
    names
        .filter_map(|name| Some((name.to_owned(), custom.text(name)?)))
        .collect()
}

/// The custom fields of a list, which may have groups of them in it.
fn gather(list: &Value, depth: usize, found: &mut Vec<FieldDefinition>) {
    for row in list.as_array().into_iter().flatten() {
        if depth > 0 {
            gather(&row["fields"], depth - 1, found);
        }
        found.extend(definition(row));
    }
}

fn definition(row: &Value) -> Option<FieldDefinition> {
    let fields = Fields::of(row)?;
    let name = fields.text("name").filter(|name| name.starts_with("cf_"))?;
    let kind = fields.text("type").unwrap_or_default();
    let (holds, is_own) = match kind.to_ascii_lowercase().as_str() {
        "text" | "textarea" | "paragraph" => (FieldKind::Text, true),
        "number" | "decimal" | "currency" => (FieldKind::Number, true),
        "date" => (FieldKind::Date, true),
        "date_time" | "datetime" => (FieldKind::Moment, true),
        "auto_number" | "formula" => (FieldKind::Other(kind), false),
        _ => (FieldKind::Other(kind), true),
    };
    Some(FieldDefinition {
        name,
        label: fields.text("label"),
        holds,
        is_writable: is_own,
    })
}

fn object(kind: RecordKind) -> Result<&'static Object, HostError> {
    Object::of(kind).ok_or_else(|| {
        let message = format!("Freshsales keeps no {kind}");
        HostError::new(HostErrorKind::BadData, READ, message)
    })
}
