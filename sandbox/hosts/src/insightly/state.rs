//! What the stand-in for Insightly holds: records by object, notes, faults, and how patient it is.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use serde_json::{Map, Value, json};

use crate::patience::Patience;

/// The objects that it serves, with the field of their identifiers and their place in the fixtures.
pub(super) const OBJECTS: [(&str, &str, &str); 8] = [
    ("Organisations", "ORGANISATION_ID", "organisations"),
    ("Contacts", "CONTACT_ID", "contacts"),
    ("Opportunities", "OPPORTUNITY_ID", "opportunities"),
    ("Projects", "PROJECT_ID", "projects"),
    ("Leads", "LEAD_ID", "leads"),
    (
        "OpportunityLineItem",
        "OPPORTUNITY_ITEM_ID",
        "opportunity_line_items",
    ),
    ("Product", "PRODUCT_ID", "products"),
    ("PricebookEntry", "PRICEBOOK_ENTRY_ID", "pricebook_entries"),
];

/// Calls of a day.
const QUOTA: u64 = 100_000;

/// How dates are spelled.
pub(super) const DATE: &str = "%Y-%m-%d %H:%M:%S";

/// A record with the version that its tag names.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its fields.
    pub fields: Map<String, Value>,
    /// Grows with each change.
    pub version: u64,
}

/// A fault of the next call that it fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call is not done and answered with this status.
    Status(u16),
    /// The next write is done, and its reply is an empty 502, as of a proxy that lost it.
    ReplyLost,
}

/// What the stand-in holds.
#[derive(Debug)]
pub struct State {
    objects: BTreeMap<&'static str, BTreeMap<u64, Held>>,
    /// Notes by the path of their record, such as `Contacts/338000`.
    pub notes: BTreeMap<String, Vec<Value>>,
    /// Definitions of custom fields by object; a text in one of type `NUMERIC` is refused.
    pub custom_fields: BTreeMap<&'static str, Value>,
    /// Whether definitions are asked for by the singular name, such as `CustomFields/Organisation`.
    pub defines_by_singular: bool,
    /// Whether a list of custom fields that is put takes the place of the whole list.
    pub replaces_custom_fields: bool,
    /// Faults of the next calls, each of one.
    pub faults: VecDeque<Fault>,
    /// How patient it is.
    pub patience: Patience,
    /// The methods and paths of calls, the newest last.
    pub calls: Vec<String>,
    /// Calls that the day still has.
    pub remaining: u64,
}

impl State {
    /// The records of the fixtures.
    pub(super) fn fixtures() -> Self {
        let text = include_str!("../../fixtures/insightly.json");
        let all: Value = serde_json::from_str(text).unwrap_or_default();
        let mut objects = BTreeMap::new();
        for (route, id, place) in OBJECTS {
            let rows = all[place].as_array().cloned().unwrap_or_default();
            let held = rows.into_iter().filter_map(|row| match row {
                Value::Object(fields) => {
                    let number = fields.get(id)?.as_u64()?;
                    Some((number, Held { fields, version: 1 }))
                }
                _ => None,
            });
            objects.insert(route, held.collect());
        }
        Self {
            objects,
            notes: BTreeMap::new(),
            custom_fields: OBJECTS
                .map(|(route, _, place)| (route, all["custom_fields"][place].clone()))
                .into(),
            defines_by_singular: false,
            replaces_custom_fields: false,
            faults: VecDeque::new(),
            patience: Patience::of(&[(10, Duration::from_secs(1))]),
            calls: Vec::new(),
            remaining: QUOTA,
        }
    }

    /// The records of an object; `None` for a name that there is not.
    #[must_use]
    pub fn object(&self, route: &str) -> Option<&BTreeMap<u64, Held>> {
        self.objects.get(route)
    }

    /// Changes a record as a person does, now; a field of null is cleared. Gives whether there is one.
    pub fn edit(&mut self, route: &str, id: u64, changes: &Map<String, Value>) -> bool {
        let Some(held) = self
            .objects
            .get_mut(route)
            .and_then(|rows| rows.get_mut(&id))
        else {
            return false;
        };
        for (name, value) in changes {
            if name == "CUSTOMFIELDS" {
                let known = held
                    .fields
                    .get(name)
                    .filter(|_| !self.replaces_custom_fields);
                let list = with_fields(known, value);
                held.fields.insert(name.clone(), list);
                continue;
            }
            // Fields that the object does not have are ignored, as unknown ones are.
            if held.fields.contains_key(name) || name.starts_with("PHONE") {
                held.fields.insert(name.clone(), value.clone());
            }
        }
        held.version += 1;
        let at = Utc::now().format(DATE).to_string();
        held.fields.insert("DATE_UPDATED_UTC".to_owned(), json!(at));
        true
    }

    /// Why an object does not take a list of custom fields; `None` where it does.
    pub(super) fn refuses(&self, route: &str, list: &Value) -> Option<String> {
        let known = self.custom_fields.get(route).and_then(Value::as_array);
        list.as_array().into_iter().flatten().find_map(|one| {
            let (name, value) = (&one["FIELD_NAME"], &one["FIELD_VALUE"]);
            let Some(field) = known
                .into_iter()
                .flatten()
                .find(|it| it["FIELD_NAME"] == *name)
            else {
                return Some(format!("{name} is no custom field of {route}"));
            };
            if field["EDITABLE"] == json!(false) {
                return Some(format!("{name} cannot be edited"));
            }
            let is_right = match (field["FIELD_TYPE"].as_str().unwrap_or_default(), value) {
                (_, Value::Null) => true,
                ("NUMERIC", value) => value.is_number(),
                ("DATE" | "DATETIME", value) => {
                    let text = value.as_str().unwrap_or_default();
                    NaiveDateTime::parse_from_str(text, DATE).is_ok()
                }
                (_, value) => value.is_string(),
            };
            (!is_right).then(|| format!("{name} does not take {value}"))
        })
    }

    /// Puts a record there, or another in its place.
    pub fn put(&mut self, route: &str, id: u64, fields: Map<String, Value>) {
        if let Some(rows) = self.objects.get_mut(route) {
            rows.insert(id, Held { fields, version: 1 });
        }
    }

    /// Removes a record: it leaves no trace in any list.
    pub fn remove(&mut self, route: &str, id: u64) {
        if let Some(rows) = self.objects.get_mut(route) {
            rows.remove(&id);
        }
    }
}

/// A list of custom fields with the values of another: null takes one away.
fn with_fields(known: Option<&Value>, changes: &Value) -> Value {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let changes = list(changes);
    let mut all = known.map(list).unwrap_or_default();
    all.retain(|one| {
        let is_changed = |change: &Value| change["FIELD_NAME"] == one["FIELD_NAME"];
        !changes.iter().any(is_changed)
    });
    all.extend(changes);
    Value::Array(all)
}

/// When a record was last changed; a zero date is the beginning of time.
pub(super) fn updated(held: &Held) -> DateTime<Utc> {
    held.fields
        .get("DATE_UPDATED_UTC")
        .and_then(Value::as_str)
        .and_then(|text| NaiveDateTime::parse_from_str(text, DATE).ok())
        .map_or(DateTime::UNIX_EPOCH, |at| at.and_utc())
        .trunc_subsecs(0)
}
