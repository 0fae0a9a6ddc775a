//! The JSON Schema of every event that is sent.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::event::{
    CertificateData, CloudEvent, ConnectionData, DocumentData, EventType, FindingData, PaymentData,
    TestData,
};

/// What the body of a webhook may be: one form for each type of event.
#[must_use]
pub fn event_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut forms = Vec::new();
    for kind in EventType::KNOWN {
        let form = match kind {
            EventType::DocumentPosted | EventType::DocumentUpdated | EventType::DocumentVoided => {
                form::<DocumentData>(&mut generator)
            }
            EventType::PaymentImported | EventType::PaymentRemoved => {
                form::<PaymentData>(&mut generator)
            }
            EventType::FindingOpened | EventType::FindingClosed => {
                form::<FindingData>(&mut generator)
            }
            EventType::ConnectionNeedsConsent | EventType::ConnectionExpiring => {
                form::<ConnectionData>(&mut generator)
            }
            EventType::Certificate => form::<CertificateData>(&mut generator),
            EventType::Test => form::<TestData>(&mut generator),
            EventType::Other(_) => continue,
        };
        forms.push(json!({
            "title": kind.as_str(),
            "allOf": [form, { "properties": { "type": { "const": kind.as_str() } } }],
        }));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Event",
        "description": "The body of a webhook that tieout sends: a Standard Webhooks message that holds one event in the structured form of CloudEvents 1.0.",
        "oneOf": forms,
        "$defs": generator.take_definitions(true),
    })
}

fn form<T: JsonSchema>(generator: &mut schemars::SchemaGenerator) -> Value {
    generator.subschema_for::<CloudEvent<T>>().to_value()
}
