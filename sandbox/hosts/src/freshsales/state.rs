//! What the stand-in for Freshsales holds: records by object, notes and links, faults, and how patient it is.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::patience::Patience;

/// The objects that it serves, with what wraps one.
pub(super) const OBJECTS: [(&str, &str); 3] = [
    ("sales_accounts", "sales_account"),
    ("contacts", "contact"),
    ("deals", "deal"),
];

/// A fault of the next call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call is not done and answered with this status, and with this `Retry-After` in seconds where there is one.
    Status(u16, Option<u32>),
    /// The next write is done, and its reply is an empty 502, as of a proxy that lost it.
    ReplyLost,
}

/// What the stand-in holds.
#[derive(Debug)]
pub struct State {
    objects: BTreeMap<&'static str, BTreeMap<u64, Map<String, Value>>>,
    /// Currencies and stages, as selectors show them.
    pub selectors: BTreeMap<&'static str, Value>,
    /// Notes in the order in which they came.
    pub notes: Vec<Value>,
    /// Whether it shows no notes with the record that they stand at, whoever asks for them.
    pub hides_notes: bool,
    /// Custom fields as the settings show them, by object; a text in one of type `number` is refused.
    pub fields: BTreeMap<&'static str, Value>,
    /// Whether it shows no settings.
    pub hides_fields: bool,
    /// Links to documents.
    pub links: Vec<Value>,
    /// Faults of the next calls, each of one.
    pub faults: VecDeque<Fault>,
    /// How patient it is.
    pub patience: Patience,
    /// The methods and paths of calls, the newest last.
    pub calls: Vec<String>,
}

impl State {
    /// The records of the fixtures.
    pub(super) fn fixtures() -> Self {
        let text = include_str!("../../fixtures/freshsales.json");
        let all: Value = serde_json::from_str(text).unwrap_or_default();
        let mut objects = BTreeMap::new();
        for (route, _) in OBJECTS {
            let rows = all[route].as_array().cloned().unwrap_or_default();
            let held = rows.into_iter().filter_map(|row| match row {
                Value::Object(fields) => Some((fields.get("id")?.as_u64()?, fields)),
                _ => None,
            });
            objects.insert(route, held.collect());
        }
        let selectors = ["currencies", "deal_stages"].map(|name| (name, all[name].clone()));
        Self {
            objects,
            selectors: BTreeMap::from(selectors),
            notes: Vec::new(),
            hides_notes: false,
            fields: OBJECTS
                .map(|(route, _)| (route, all["custom_fields"][route].clone()))
                .into(),
            hides_fields: false,
            links: Vec::new(),
            faults: VecDeque::new(),
            patience: Patience::of(&[
                (400, Duration::from_secs(60)),
                (1_000, Duration::from_secs(3_600)),
            ]),
            calls: Vec::new(),
        }
    }

    /// The records of an object; `None` for a name that there is not.
    #[must_use]
    pub fn object(&self, route: &str) -> Option<&BTreeMap<u64, Map<String, Value>>> {
        self.objects.get(route)
    }

    /// Changes a record as a person does, now. Gives whether there is one.
    pub fn edit(&mut self, route: &str, id: u64, changes: &Map<String, Value>) -> bool {
        let Some(held) = self
            .objects
            .get_mut(route)
            .and_then(|rows| rows.get_mut(&id))
        else {
            return false;
        };
        for (name, value) in changes {
            match (held.get_mut(name), value) {
                // Custom fields that are not sent stay.
                (Some(Value::Object(known)), Value::Object(new)) => {
                    known.extend(new.clone());
                }
                (Some(_), _) => {
                    held.insert(name.clone(), value.clone());
                }
                // Fields that the object does not have are ignored.
                (None, _) => {}
            }
        }
        let at = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, false);
        held.insert("updated_at".to_owned(), json!(at));
        true
    }

    /// Removes a record.
    pub fn remove(&mut self, route: &str, id: u64) {
        if let Some(rows) = self.objects.get_mut(route) {
            rows.remove(&id);
        }
    }

    /// Puts a record there, or another in its place.
    pub fn put(&mut self, route: &str, id: u64, fields: Map<String, Value>) {
        if let Some(rows) = self.objects.get_mut(route) {
            rows.insert(id, fields);
        }
    }

    /// Why an object does not take custom fields; `None` where it does.
    pub(super) fn refuses(&self, route: &str, custom: &Map<String, Value>) -> Option<String> {
        let known = self.fields.get(route)?.as_array()?;
        custom.iter().find_map(|(name, value)| {
            let Some(field) = known.iter().find(|field| field["name"] == **name) else {
                return Some(format!("{name} is not a valid field"));
            };
            let is_right = match (field["type"].as_str().unwrap_or_default(), value) {
                (_, Value::Null) => true,
                ("number", value) => value.is_number(),
                ("date", value) => {
                    let day = value.as_str().and_then(|text| text.get(..10));
                    day.is_some_and(|day| day.parse::<chrono::NaiveDate>().is_ok())
                }
                (_, value) => value.is_string(),
            };
            (!is_right).then(|| format!("{name} is invalid"))
        })
    }
}
