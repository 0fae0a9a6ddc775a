//! What is written into a record that lacked it.

use serde_json::{Map, Value};
use tieout_core::host::{Details, RecordKind};

use crate::wire::Object;

/// The fields to be written, wrapped as Freshsales wants them.
pub(crate) fn changes(
    object: &Object,
    details: &Details,
    tax_number_field: Option<&str>,
) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut set = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), Value::from(value.as_str()));
        }
    };
    let is_person = object.kind == RecordKind::Contact;
    if is_person {
        set("first_name", &details.first_name);
        set("last_name", &details.last_name);
        set("email", &details.emails.first().cloned());
        set("work_number", &details.phones.default);
        set("mobile_number", &details.phones.mobile);
    } else {
        set("phone", &details.phones.default);
    }
    if let Some(address) = details.addresses.first() {
        let lines: Vec<&str> = [&address.line1, &address.line2]
            .into_iter()
            .filter_map(|line| line.as_deref())
            .collect();
        set("address", &(!lines.is_empty()).then(|| lines.join(", ")));
        set("city", &address.city);
        set("state", &address.region);
        set("zipcode", &address.postal_code);
        set("country", &address.country);
    }
    if let (Some(field), Some(number)) = (tax_number_field, &details.tax_number) {
        let custom = Map::from_iter([(field.to_owned(), Value::from(number.as_str()))]);
        fields.insert("custom_field".to_owned(), Value::Object(custom));
    }
    Map::from_iter([(object.one.to_owned(), Value::Object(fields))])
}
