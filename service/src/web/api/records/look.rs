//! What is looked for, on either side: records, contacts, documents.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::document::ConnectionId;
use tieout_core::driver::Found;
use tieout_core::host::{HostRecord, RecordKind};
use tieout_core::provider::ContactCard;

use super::super::endpoint::{Call, Endpoint, Reply};
use super::super::forms::HostPath;
use super::super::problem::{Problem, Sort};
use super::open;

/// Records that a search gives.
const FOUND_MAX: usize = 50;
/// Characters of what is looked for.
const TEXT_CHARS_MAX: usize = 200;

/// Which records are looked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RecordsAsked {
    /// What they are.
    kind: RecordKind,
    /// A name, or an e-mail; 1 to 200 characters.
    text: String,
}

/// Records that were found, at most fifty.
#[derive(Debug, Serialize, JsonSchema)]
struct Records {
    /// They.
    records: Vec<HostRecord>,
}

/// Which contacts are looked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ContactsAsked {
    /// A part of a name, a person, an e-mail or a number; 1 to 200 characters.
    text: String,
    /// The connection, where documents of the host may go to several.
    #[serde(default)]
    connection: Option<ConnectionId>,
}

/// Contacts that were found.
#[derive(Debug, Serialize, JsonSchema)]
struct Contacts {
    /// They, active ones first.
    contacts: Vec<ContactCard>,
}

/// Which documents are looked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PapersAsked {
    /// A part of the number of an invoice or of the reference of a bill; 1 to 200 characters.
    text: String,
    /// Only those dated on this day or later.
    #[serde(default)]
    from: Option<NaiveDate>,
    /// Only those dated on this day or earlier.
    #[serde(default)]
    to: Option<NaiveDate>,
    /// The connection, where documents of the host may go to several.
    #[serde(default)]
    connection: Option<ConnectionId>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/hosts/{host}/records",
            "search_records",
            "Looks for records in the product, by name or e-mail. Asks the product.",
            records,
        ),
        Endpoint::get(
            "/v1/hosts/{host}/contacts",
            "search_contacts",
            "Looks for contacts of the provider. Asks the provider.",
            contacts,
        ),
        Endpoint::get(
            "/v1/hosts/{host}/papers",
            "search_papers",
            "Looks for live invoices and bills at the provider by number or reference. Asks the provider.",
            papers,
        ),
    ]
}

async fn records(call: Call<HostPath, RecordsAsked>) -> Result<Reply<Records>, Problem> {
    let text = text(&call.query.text)?;
    let site = call.desk.host(&call.path.host)?;
    let Some(keeper) = site.host.records() else {
        return Err(Problem::not_usable(format!(
            "host `{}` keeps no records",
            call.path.host
        )));
    };
    let found = keeper.search(call.query.kind, text, FOUND_MAX).await;
    let records =
        found.map_err(|error| Problem::new(Sort::OtherSideFailed, crate::exit::chain(&error)))?;
    Ok(Reply::of(Records { records }))
}

async fn contacts(call: Call<HostPath, ContactsAsked>) -> Result<Reply<Contacts>, Problem> {
    let connection = call.query.connection.as_ref();
    let desk = open(&call.desk, &call.path.host, connection, &call.by.name)?;
    let contacts = desk.search_contacts(text(&call.query.text)?).await?;
    Ok(Reply::of(Contacts { contacts }))
}

async fn papers(call: Call<HostPath, PapersAsked>) -> Result<Reply<Found>, Problem> {
    let connection = call.query.connection.as_ref();
    let desk = open(&call.desk, &call.path.host, connection, &call.by.name)?;
    let days = (call.query.from, call.query.to);
    Ok(Reply::of(desk.find(text(&call.query.text)?, days).await?))
}

fn text(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    let is_fit = (1..=TEXT_CHARS_MAX).contains(&text.chars().count());
    if is_fit && !text.chars().any(char::is_control) {
        return Ok(text);
    }
    Err(Problem::new(
        Sort::NotReadable,
        format!("`text` has 1 to {TEXT_CHARS_MAX} characters"),
    ))
}
