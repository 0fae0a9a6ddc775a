//! What made each field of a document's posting, with the line of the configuration file that says so.

use tieout_core::document::{Document, ProviderContactId};
use tieout_core::driver::{remembered_chart, remembered_contact};
use tieout_core::engine::{Binding, ContentHash};
use tieout_core::exchange::masked;
use tieout_core::mapping::{Decided, MadeBy, contact_explained, contact_wanted, explained};
use tieout_core::provider::{ContactAnswer, ContactWanted, MatchedBy};
use tieout_core::settings::Settings;
use tieout_core::store::Store;

use super::form::{Compared, FieldMade, Mapping};
use super::told::Masking;
use crate::config::Loaded;
use crate::exit::Failure;

/// What made each field; `None` where the chart was never read.
pub(super) async fn mapping(
    (store, loaded): (&dyn Store, &Loaded),
    binding: &Binding,
    document: &Document,
    settings: &Settings,
    masking: Masking,
) -> Result<Option<Mapping>, Failure> {
    let connection = &binding.key.connection;
    let Some(chart) = remembered_chart(store, connection).await? else {
        return Ok(None);
    };
    let wanted = contact_wanted(&binding.key.document.host, document, settings);
    let mut decided = Vec::new();
    let mut contact = None;
    if let Ok(wanted) = &wanted {
        decided.push(Decided {
            field: "contact.name".to_owned(),
            value: wanted.name.clone(),
            by: contact_explained(document, settings),
        });
        decided.extend(details(wanted));
        let known = remembered_contact(store, connection, wanted).await?;
        if let Some(known) = known {
            let (value, how) = answered(&known.answer);
            decided.push(Decided {
                field: "contact.id".to_owned(),
                value,
                by: MadeBy::WorkedOut { how: how.into() },
            });
            if let ContactAnswer::Found { id, .. } = known.answer {
                contact = Some(id);
            }
        }
    }
    let nobody = ProviderContactId::new("nobody").expect("a short text without control characters");
    let found = contact.unwrap_or(nobody);
    let capability = loaded.config.capability_of(connection);
    let made = explained(document, settings, &chart, capability, &found);
    let compared = match (&made.posting, &binding.posted) {
        (Err(_), _) => Compared::Unfit,
        (Ok(_), None) => Compared::NotSent,
        (Ok(posting), Some(posted)) if ContentHash::of(posting) == posted.posting => {
            Compared::AsSent
        }
        (Ok(_), Some(_)) => Compared::ChangedSince,
    };
    let mut findings: Vec<String> = wanted
        .err()
        .into_iter()
        .flatten()
        .map(|it| it.to_string())
        .collect();
    findings.extend(
        made.posting
            .err()
            .into_iter()
            .flatten()
            .map(|it| it.to_string()),
    );
    decided.extend(made.decided);
    let place = format!("connections.{connection}.settings");
    let fields = decided
        .into_iter()
        .map(|it| field(it, &place, loaded, masking));
    Ok(Some(Mapping {
        compared,
        fields: fields.collect(),
        findings,
    }))
}

fn field(decided: Decided, place: &str, loaded: &Loaded, masking: Masking) -> FieldMade {
    let line = decided.by.place().and_then(|setting| {
        let path = format!("{place}.{setting}");
        // A table further up is another setting: this one stands in no file, or in the environment.
        loaded.line_of(&path)
    });
    FieldMade {
        value: match masking {
            Masking::Masked => shown(&decided),
            Masking::Open => decided.value,
        },
        words: decided.by.words(),
        made_by: decided.by,
        field: decided.field,
        line,
    }
}

/// The value, unless it may name somebody.
fn shown(decided: &Decided) -> String {
    let name = match decided.field.as_str() {
        // Our marker holds the host's identifier of a person.
        "contact.number" => "name",
        field => field.rsplit('.').next().unwrap_or_default(),
    };
    match name {
        "name" | "first_name" | "last_name" | "email" | "tax_number" | "reference"
        | "description" | "url" => {
            let body = serde_json::json!({ name: decided.value });
            masked(&body)[name].as_str().unwrap_or_default().to_owned()
        }
        _ => decided.value.clone(),
    }
}

/// What a contact that must be made would carry beside its name.
fn details(wanted: &ContactWanted) -> Vec<Decided> {
    let details = [
        ("contact.number", &wanted.number),
        ("contact.email", &wanted.email),
        ("contact.first_name", &wanted.first_name),
        ("contact.last_name", &wanted.last_name),
        ("contact.tax_number", &wanted.tax_number),
    ];
    let told = details.into_iter().filter_map(|(field, value)| {
        Some(Decided {
            field: field.to_owned(),
            value: value.clone()?,
            by: MadeBy::Setting {
                setting: "contacts.population".into(),
                from: None,
            },
        })
    });
    told.collect()
}

fn answered(answer: &ContactAnswer) -> (String, String) {
    match answer {
        ContactAnswer::Found { id, by } => (id.to_string(), matched(by).to_owned()),
        ContactAnswer::Archived { contact } => (
            contact.id.to_string(),
            "archived at the provider".to_owned(),
        ),
        ContactAnswer::Ambiguous { candidates } => (
            String::new(),
            format!("{} contacts fit equally well", candidates.len()),
        ),
        ContactAnswer::Missing { .. } => (String::new(), "nobody fits at the provider".to_owned()),
        ContactAnswer::Refused { .. } => {
            (String::new(), "the provider refused to make it".to_owned())
        }
    }
}

fn matched(by: &MatchedBy) -> &str {
    match by {
        MatchedBy::Number => "matched by our marker in the contact number",
        MatchedBy::Name => "matched by the exact name",
        MatchedBy::Email => "matched by the e-mail address, which one contact has",
        MatchedBy::NormalisedName => "matched by the name without case, accents and punctuation",
        MatchedBy::Created => "nobody fitted, so it was made",
        MatchedBy::Other(other) => other,
    }
}
