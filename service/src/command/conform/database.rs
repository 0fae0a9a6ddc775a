//! A product that hands over by its database: how the address on the command line becomes a configuration, and no password
//! is shown.

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::{Map, Value, json};
use tieout_core::clock::SystemClock;
use tieout_host_contract::SqlHostConfig;
use tieout_host_contract::conform::{DatabaseTrial, Report, conform_database};
use url::Url;

use crate::cli::{Cli, ConformHostArgs};
use crate::exit::Failure;
use crate::stop::{Work, on_signals};

/// Whether an address is that of a database.
pub(super) fn is_one(product: &str) -> bool {
    product.starts_with("postgres://") || product.starts_with("postgresql://")
}

/// Tries the promises of a database.
pub(super) async fn tried(cli: &Cli, args: &ConformHostArgs) -> Result<Report, Failure> {
    let (config, product) = config(args)?;
    if let Some(problem) = config.problems().into_iter().next() {
        return Err(Failure::config(problem.to_string()));
    }
    let trial = DatabaseTrial {
        product,
        config,
        invoice: args.invoice.clone(),
        records_max: args.records.max(1),
    };
    let stop = on_signals(Work::Database, cli.json);
    let report = conform_database(trial, Arc::new(SystemClock), stop.cancelled());
    report.await.map_err(|error| super::failed(&error))
}

/// The database as `[hosts.NAME.sql]` would have it, and its address without the password.
fn config(args: &ConformHostArgs) -> Result<(SqlHostConfig, String), Failure> {
    let wrong =
        |why: String| Failure::config(format!("the database cannot be reached like that: {why}"));
    let mut url = Url::parse(&args.product).map_err(|error| wrong(error.to_string()))?;
    if url.password().is_none()
        && let Some(password) = &args.api_key
        && url.set_password(Some(password)).is_err()
    {
        return Err(wrong("it names no user".to_owned()));
    }
    let mut keys = Map::new();
    for (key, value) in [
        ("schema", args.schema.as_ref().map(|it| json!(it))),
        ("ca", args.ca.as_ref().map(|it| json!(it))),
    ] {
        keys.extend(value.map(|value| (key.to_owned(), value)));
    }
    let config = serde_json::from_value(Value::Object(keys));
    let mut config: SqlHostConfig = config.map_err(|error| wrong(error.to_string()))?;
    config.url = Some(SecretString::from(url.as_str()));
    let _ = url.set_password(None);
    url.set_query(None);
    Ok((config, url.to_string()))
}
