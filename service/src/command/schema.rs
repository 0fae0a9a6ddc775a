//! `tieout schema`: the JSON Schemas and the table of findings, generated, printed, written or compared.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use tieout_core::document::{
    Bill, Company, Contact, Document, Invoice, Payment, PurchaseOrder, Settlement,
};
use tieout_core::host::WriteBack;

use super::findings;
use crate::cli::{Cli, SchemaArgs};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::output::{self, say};
use crate::planfile::Row;
use crate::story::Explanation;

/// Prints, writes or checks.
pub(super) fn run(cli: &Cli, args: &SchemaArgs) -> Result<Exit, Failure> {
    let schemas = all();
    if let Some(docs) = &args.docs {
        let pages = BTreeMap::from([("findings.md", findings::page())]);
        match &args.check {
            Some(_) => check(docs, &pages)?,
            None => write(cli, docs, &pages)?,
        };
    }
    match (&args.write, &args.check, &args.name) {
        (Some(folder), _, _) => write(cli, folder, &schemas),
        (_, Some(folder), _) => check(folder, &schemas),
        (_, _, Some(name)) => print(cli, name, &schemas),
        (None, None, None) => {
            if cli.json {
                output::json(&serde_json::json!(schemas.keys().collect::<Vec<_>>()));
            } else {
                schemas.keys().for_each(|name| say!("{name}"));
            }
            Ok(Exit::Done)
        }
    }
}

/// Every schema by its file name.
fn all() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("config.json", text::<Config>(with_secret_references)),
        ("explanation.json", text::<Explanation>(|_| {})),
        ("document.json", text::<Document>(|_| {})),
        ("invoice.json", text::<Invoice>(|_| {})),
        ("bill.json", text::<Bill>(|_| {})),
        ("plan.json", text::<Row>(|_| {})),
        ("purchase_order.json", text::<PurchaseOrder>(|_| {})),
        ("company.json", text::<Company>(|_| {})),
        ("contact.json", text::<Contact>(|_| {})),
        ("payment.json", text::<Payment>(|_| {})),
        ("settlement.json", text::<Settlement>(|_| {})),
        ("write_back.json", text::<WriteBack>(|_| {})),
        ("event.json", event_text()),
        ("findings.json", findings::data()),
        (
            "host-contract.openapi.json",
            openapi_text(&tieout_host_contract::openapi()),
        ),
        ("api.openapi.json", openapi_text(&crate::web::openapi())),
    ])
}

fn openapi_text(description: &serde_json::Value) -> String {
    let mut text = serde_json::to_string_pretty(description).expect("a description is plain JSON");
    text.push('\n');
    text
}

/// What webhooks bring.
fn event_text() -> String {
    let mut text = serde_json::to_string_pretty(&tieout_notices::event_schema())
        .expect("a schema is plain JSON");
    text.push('\n');
    text
}

fn text<T: JsonSchema>(amend: fn(&mut Schema)) -> String {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>();
    amend(&mut schema);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}

/// In a file a secret is a reference, whatever the program holds after reading it.
fn with_secret_references(schema: &mut Schema) {
    let reference = serde_json::json!({
        "description": "Where the secret is: an environment variable or a file. Never the secret itself.",
        "type": "object",
        "oneOf": [
            { "properties": { "env": { "type": "string" } }, "required": ["env"], "additionalProperties": false },
            { "properties": { "file": { "type": "string" } }, "required": ["file"], "additionalProperties": false }
        ]
    });
    for (definition, property) in [
        ("SecretsConfig", "key"),
        ("XeroConfig", "client_secret"),
        ("HttpHostConfig", "api_key"),
        ("HttpHostConfig", "client_secret"),
        ("HttpHostConfig", "webhook_secret"),
        ("SmtpConfig", "password"),
        ("OidcConfig", "client_secret"),
        ("PanelConfig", "former_secret"),
        ("PanelConfig", "secret"),
    ] {
        let pointer = format!("/$defs/{definition}/properties/{property}");
        if let Some(place) = schema.pointer_mut(&pointer) {
            *place = reference.clone();
        }
    }
}

fn write(
    cli: &Cli,
    folder: &Path,
    schemas: &BTreeMap<&'static str, String>,
) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    for (name, text) in schemas {
        std::fs::write(folder.join(name), text).map_err(failed)?;
    }
    if cli.json {
        output::json(
            &serde_json::json!({ "wrote": schemas.keys().collect::<Vec<_>>(), "folder": folder }),
        );
    } else {
        say!(
            "wrote {} to {}",
            output::counted(schemas.len(), "file", "files"),
            folder.display()
        );
    }
    Ok(Exit::Done)
}

fn check(folder: &Path, schemas: &BTreeMap<&'static str, String>) -> Result<Exit, Failure> {
    let mut stale: Vec<String> = Vec::new();
    for (name, text) in schemas {
        match std::fs::read_to_string(folder.join(name)) {
            Ok(held) if held == *text => {}
            Ok(_) => stale.push(format!("{name} is stale")),
            Err(_) => stale.push(format!("{name} is missing")),
        }
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for name in entries.filter_map(|entry| entry.file_name().into_string().ok()) {
        let json = Path::new(&name)
            .extension()
            .is_some_and(|ending| ending == "json");
        if json && !schemas.contains_key(name.as_str()) {
            stale.push(format!("{name} belongs to no type"));
        }
    }
    if stale.is_empty() {
        return Ok(Exit::Done);
    }
    Err(
        Failure::new(format!("{}: {}", folder.display(), stale.join(", ")))
            .advise("Run `cargo xtask codegen`."),
    )
}

fn print(cli: &Cli, name: &str, schemas: &BTreeMap<&'static str, String>) -> Result<Exit, Failure> {
    let file = if schemas.contains_key(name) {
        name.to_owned()
    } else {
        format!("{name}.json")
    };
    match schemas.get(file.as_str()) {
        Some(text) => {
            match serde_json::from_str(text) {
                Ok(schema) if cli.json => output::json(&schema),
                Ok(_) | Err(_) => say!("{}", text.trim_end()),
            }
            Ok(Exit::Done)
        }
        None => {
            let names: Vec<&str> = schemas.keys().copied().collect();
            Err(Failure::config(format!("there is no schema `{name}`"))
                .advise(format!("Known: {}.", names.join(", "))))
        }
    }
}
