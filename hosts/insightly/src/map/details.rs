//! What is written into a record that lacked it.

use serde_json::{Map, Value};
use tieout_core::host::Details;

use crate::wire::Object;

/// The fields to be written; those that Insightly has no place for are left out, and told when the record is read again.
pub(crate) fn changes(object: &Object, id: &str, details: &Details) -> Map<String, Value> {
    let mut fields = Map::new();
    let number = id
        .parse::<u64>()
        .map_or_else(|_| Value::from(id), Value::from);
    fields.insert(object.id.to_owned(), number);
    let mut set = |name: String, value: &Option<String>| {
        if let Some(value) = value {
            fields.insert(name, Value::from(value.as_str()));
        }
    };
    if object.is_person() {
        set("FIRST_NAME".to_owned(), &details.first_name);
        set("LAST_NAME".to_owned(), &details.last_name);
        set(object.email().to_owned(), &details.emails.first().cloned());
        set("PHONE_MOBILE".to_owned(), &details.phones.mobile);
    }
    set("PHONE".to_owned(), &details.phones.default);
    set("PHONE_FAX".to_owned(), &details.phones.fax);
    if let (Some(prefix), Some(address)) = (object.address, details.addresses.first()) {
        let lines: Vec<&str> = [&address.line1, &address.line2]
            .into_iter()
            .filter_map(|line| line.as_deref())
            .collect();
        let street = (!lines.is_empty()).then(|| lines.join(", "));
        set(format!("{prefix}STREET"), &street);
        set(format!("{prefix}CITY"), &address.city);
        set(format!("{prefix}STATE"), &address.region);
        set(format!("{prefix}POSTCODE"), &address.postal_code);
        set(format!("{prefix}COUNTRY"), &address.country);
    }
    fields
}
