//! What is decided beside a record: whom it is, which documents belong to it, what is copied to the other side.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::document::{HostId, PartyId};
use tieout_core::driver::Copied;
use tieout_core::host::RecordKind;
use tieout_core::panel::{ContactLink, DocumentRole, LinkedDocument};

use super::super::endpoint::{Call, Endpoint, Reply};
use super::super::problem::Problem;
use super::{Beside, RecordPath, open, record};

/// Whom a record is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinkAsked {
    /// The contact, by its exact name or its identifier. Goes with nothing else.
    #[serde(default)]
    contact: Option<String>,
    /// Makes the contact from the record; one of its name is taken instead.
    #[serde(default)]
    create: bool,
}

/// A link that was taken away.
#[derive(Debug, Serialize, JsonSchema)]
struct Unlinked {
    /// Whom it was linked to; absent where it was linked to nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<ContactLink>,
}

/// A record and a document, as an address names them.
#[derive(Debug, Deserialize, JsonSchema)]
struct PaperPath {
    /// The host in the configuration.
    host: HostId,
    /// What the record is.
    kind: RecordKind,
    /// Its identifier in the host.
    id: PartyId,
    /// The invoice or bill, by its number, reference or identifier at the provider.
    document: String,
}

/// Which side is filled in.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Side {
    /// The contact at the provider.
    Contact,
    /// The record in the product.
    Record,
}

/// What is to be copied.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CopyAsked {
    /// Which side is filled in with what it lacks; what is there stays.
    to: Side,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/v1/hosts/{host}/records/{kind}/{id}/contact",
            "link_contact",
            "Links a record to a contact, or makes the contact from the record.",
            link,
        )
        .by(Method::PUT),
        Endpoint::post(
            "/v1/hosts/{host}/records/{kind}/{id}/contact",
            "unlink_contact",
            "Takes the link away; nothing is matched by itself until it is linked again.",
            unlink,
        )
        .by(Method::DELETE),
        Endpoint::post(
            "/v1/hosts/{host}/records/{kind}/{id}/links/{document}",
            "link_document",
            "Links an invoice or a bill to a record.",
            link_document,
        )
        .by(Method::PUT),
        Endpoint::post(
            "/v1/hosts/{host}/records/{kind}/{id}/links/{document}",
            "unlink_document",
            "Takes the link of a document away.",
            unlink_document,
        )
        .by(Method::DELETE),
        Endpoint::post(
            "/v1/hosts/{host}/records/{kind}/{id}/pins/{document}",
            "pin_document",
            "Keeps an invoice or a bill in sight at a record.",
            pin_document,
        )
        .by(Method::PUT),
        Endpoint::post(
            "/v1/hosts/{host}/records/{kind}/{id}/pins/{document}",
            "unpin_document",
            "Takes a pin away.",
            unpin_document,
        )
        .by(Method::DELETE),
        Endpoint::post(
            "/v1/hosts/{host}/records/{kind}/{id}/copy",
            "copy_details",
            "Copies details that the other side lacks; nothing is ever replaced.",
            copy,
        ),
    ]
}

async fn link(call: Call<RecordPath, Beside, LinkAsked>) -> Result<Reply<ContactLink>, Problem> {
    let connection = call.query.connection.as_ref();
    let desk = open(&call.desk, &call.path.host, connection, &call.by.name)?;
    let record = record(&desk, &call.path).await?;
    let link = match (&call.body.contact, call.body.create) {
        (Some(named), false) => desk.link_contact(&record, named).await?,
        (None, true) => desk.create_contact(&record).await?,
        (Some(_), true) | (None, false) => {
            return Err(Problem::not_usable(
                "name the `contact`, or say `create`: one of the two",
            ));
        }
    };
    Ok(Reply::of(link))
}

async fn unlink(call: Call<RecordPath, Beside>) -> Result<Reply<Unlinked>, Problem> {
    let connection = call.query.connection.as_ref();
    let desk = open(&call.desk, &call.path.host, connection, &call.by.name)?;
    let record = record(&desk, &call.path).await?;
    let was = desk.unlink_contact(&record).await?;
    Ok(Reply::of(Unlinked { was }))
}

async fn link_document(call: Call<PaperPath, Beside>) -> Result<Reply<LinkedDocument>, Problem> {
    add(call, DocumentRole::Linked).await
}

async fn unlink_document(call: Call<PaperPath, Beside>) -> Result<Reply<LinkedDocument>, Problem> {
    remove(call, DocumentRole::Linked).await
}

async fn pin_document(call: Call<PaperPath, Beside>) -> Result<Reply<LinkedDocument>, Problem> {
    add(call, DocumentRole::Pinned).await
}

async fn unpin_document(call: Call<PaperPath, Beside>) -> Result<Reply<LinkedDocument>, Problem> {
    remove(call, DocumentRole::Pinned).await
}

async fn add(
    call: Call<PaperPath, Beside>,
    role: DocumentRole,
) -> Result<Reply<LinkedDocument>, Problem> {
    let connection = call.query.connection.as_ref();
    let desk = open(&call.desk, &call.path.host, connection, &call.by.name)?;
    let record = record(&desk, &call.path.record()).await?;
    let link = desk
        .add_document(role, &record, &call.path.document)
        .await?;
    Ok(Reply::of(link))
}

async fn remove(
    call: Call<PaperPath, Beside>,
    role: DocumentRole,
) -> Result<Reply<LinkedDocument>, Problem> {
    let connection = call.query.connection.as_ref();
    let desk = open(&call.desk, &call.path.host, connection, &call.by.name)?;
    let record = record(&desk, &call.path.record()).await?;
    let link = desk.remove_document(role, &record, &call.path.document);
    Ok(Reply::of(link.await?))
}

async fn copy(call: Call<RecordPath, Beside, CopyAsked>) -> Result<Reply<Copied>, Problem> {
    let connection = call.query.connection.as_ref();
    let desk = open(&call.desk, &call.path.host, connection, &call.by.name)?;
    let record = record(&desk, &call.path).await?;
    let copied = match call.body.to {
        Side::Contact => desk.copy_to_provider(&record).await?,
        Side::Record => desk.copy_to_host(&record).await?,
    };
    Ok(Reply::of(copied))
}

impl PaperPath {
    fn record(&self) -> RecordPath {
        RecordPath {
            host: self.host.clone(),
            kind: self.kind,
            id: self.id.clone(),
        }
    }
}
