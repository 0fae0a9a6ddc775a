//! Tie-outs: the certificates that were kept, what differed in each, and making a new one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tieout_core::document::{ConnectionId, Currency, DocumentKind, decimal};
use tieout_core::tieout::{Certificate, ControlRow, Depth};
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::forms::{PageAsked, word};
use super::jobs::{Job, JobKind, Rows};
use super::paging::{Limit, Page, cursor, page_of, place};
use super::problem::Problem;
use crate::exit::Failure;
use crate::office::archive;
use crate::report::{Archive, CertificateRow, Row};
use crate::web::front::Front;

/// A certificate, as an address names it.
#[derive(Debug, Deserialize, JsonSchema)]
struct CertificatePath {
    /// Its number; `newest` is the newest.
    certificate: String,
}

/// A certificate in a list.
#[derive(Debug, Serialize, JsonSchema)]
struct CertificateForm {
    /// 1 for the first, one more for each further one.
    number: u64,
    /// When it was made.
    made_at: DateTime<Utc>,
    /// How the provider's side was known: `remembered` or `full`.
    depth: String,
    /// Documents that agree.
    agree: u64,
    /// Documents that differ.
    differ: u64,
    /// Documents with nothing to compare.
    nothing_to_compare: u64,
    /// Documents at the provider that nobody here sent; known after a full one alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    foreign: Option<u64>,
    /// Documents by cause.
    causes: BTreeMap<String, u64>,
    /// Up to when every change of an organisation was known.
    complete_as_of: BTreeMap<String, Option<DateTime<Utc>>>,
    /// Organisations that could not be asked, with the reason.
    unasked: BTreeMap<String, String>,
    /// The fingerprint of the one before it; absent on the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    /// The fingerprint of its rows.
    rows_sha256: String,
}

/// A certificate with its control totals.
#[derive(Debug, Serialize, JsonSchema)]
struct CertificateDetail {
    /// The certificate.
    certificate: CertificateForm,
    /// What both sides come to.
    controls: Vec<ControlForm>,
}

/// What documents come to on both sides.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Control")]
struct ControlForm {
    /// On which connection.
    connection: ConnectionId,
    /// What is gathered by: `all`, `contact`, `month` or `account`.
    by: String,
    /// Of which kind.
    kind: DocumentKind,
    /// In which currency.
    currency: Currency,
    /// The contact's name, the month, the account's code; empty for all.
    name: String,
    /// Documents, or lines of an account, that the host has.
    host_count: u64,
    /// Those that the provider holds.
    provider_count: u64,
    /// What the host says that they come to.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    host: Decimal,
    /// What they come to at the provider.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    provider: Decimal,
    /// What the host knows as paid and credited.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    host_settled: Decimal,
    /// What the provider holds as paid and credited.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    provider_settled: Decimal,
    /// Whether both sides come to the same.
    agrees: bool,
}

/// Which rows are wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct RowsAsked {
    /// All rows, instead of those that differ or that nobody here sent.
    all: bool,
    /// How many on a page.
    limit: Limit,
    /// The `next` of the page before.
    after: Option<String>,
}

/// How a tie-out is to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TieOutAsked {
    /// Reads every document of the provider again, instead of the newest changes: many calls.
    #[serde(default)]
    full: bool,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/tie-outs",
            "list_tie_outs",
            "The certificates that were kept, the newest first.",
            list,
        ),
        Endpoint::post(
            "/v1/tie-outs",
            "make_tie_out",
            "Begins to compare both sides, to the cent, and keeps a certificate; the job's result names it.",
            make,
        )
        .with_status(StatusCode::ACCEPTED),
        Endpoint::get(
            "/v1/tie-outs/{certificate}",
            "read_tie_out",
            "A certificate with its control totals.",
            read,
        ),
        Endpoint::get(
            "/v1/tie-outs/{certificate}/rows",
            "list_tie_out_rows",
            "What differed, document by document, with the causes and what mends them. A page may be short and have a `next`.",
            rows,
        ),
    ]
}

async fn list(call: Call<Nothing, PageAsked>) -> Result<Reply<Page<CertificateForm>>, Problem> {
    let archive = archive_of(&call.desk);
    let numbers = archive.numbers()?;
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    let page = page_of(numbers, limit, after, u64::to_string)?;
    let mut data = Vec::new();
    for number in page.data {
        data.extend(archive.read(number)?.map(|it| CertificateForm::of(&it)));
    }
    let next = page.next;
    Ok(Page { data, next }.reply(&call.asked))
}

async fn read(call: Call<CertificatePath>) -> Result<Reply<CertificateDetail>, Problem> {
    let certificate = known(&call.desk, &call.path.certificate)?;
    let controls = certificate.controls.iter().map(ControlForm::of);
    Ok(Reply::of(CertificateDetail {
        controls: controls.collect(),
        certificate: CertificateForm::of(&certificate),
    }))
}

async fn rows(
    call: Call<CertificatePath, RowsAsked>,
) -> Result<Reply<Page<CertificateRow>>, Problem> {
    let certificate = known(&call.desk, &call.path.certificate)?;
    let archive = archive_of(&call.desk);
    let from: Option<(u64, u64)> = place(call.query.after.as_deref())?;
    let (all, limit) = (call.query.all, call.query.limit.get());
    let number = certificate.number;
    // A file of a million rows takes a while: not on a thread that others wait for.
    let reading = tokio::task::spawn_blocking(move || {
        let is_wanted = |row: &CertificateRow| all || row.is_trouble();
        archive.rows(number, from, limit, is_wanted)
    });
    let read = reading.await.map_err(|error| Failure::of(&error))??;
    let Some((data, next)) = read else {
        return Err(super::paging::bad_place());
    };
    let next = next.map(|next| cursor(&next));
    Ok(Page { data, next }.reply(&call.asked))
}

async fn make(call: Call<Nothing, Nothing, TieOutAsked>) -> Result<Reply<Job>, Problem> {
    let depth = match call.body.full {
        true => Depth::Full,
        false => Depth::Remembered,
    };
    let front = Arc::clone(&call.desk.front);
    let archive = archive_of(&call.desk);
    let job = call
        .desk
        .jobs
        .begin(JobKind::TieOut, &call.by, |rows, stop| {
            tie_out(front, archive, depth, (rows, stop))
        })?;
    let place = format!("/v1/jobs/{}", job.id);
    Ok(Reply::of(job).located(&place))
}

async fn tie_out(
    front: Arc<Front>,
    archive: Archive,
    depth: Depth,
    (rows, stop): (Rows, CancellationToken),
) -> Result<(Value, Rows), Failure> {
    let world = Arc::clone(&front.shop.staff().world);
    // The rows stand in the file of the certificate.
    let (_, kept) = archive
        .keep(&world, depth, &stop, &mut |_: &Row| {})
        .await?;
    let made = &kept.certificate;
    let result = json!({
        "certificate": made.number,
        "sha256": kept.tip,
        "agree": made.counts.agree,
        "differ": made.counts.differ,
    });
    Ok((result, rows))
}

fn archive_of(desk: &Desk) -> Archive {
    archive(desk.front.shop.loaded())
}

fn known(desk: &Desk, name: &str) -> Result<Certificate, Problem> {
    let archive = archive_of(desk);
    let number = match name {
        "newest" => archive.numbers()?.first().copied(),
        number => number.parse().ok(),
    };
    let found = number.map(|number| archive.read(number)).transpose()?;
    found
        .flatten()
        .ok_or_else(|| Problem::not_found("there is no certificate of this number"))
}

impl CertificateForm {
    fn of(certificate: &Certificate) -> Self {
        let counts = certificate.counts;
        let causes = certificate.causes.iter();
        let known = certificate.complete_as_of.iter();
        let unasked = certificate.unasked.iter();
        Self {
            number: certificate.number,
            made_at: certificate.made_at,
            depth: word(&certificate.depth),
            agree: counts.agree,
            differ: counts.differ,
            nothing_to_compare: counts.nothing_to_compare,
            foreign: counts.foreign,
            causes: causes.map(|(cause, count)| (word(cause), *count)).collect(),
            complete_as_of: known.map(|(name, at)| (name.to_string(), *at)).collect(),
            unasked: unasked
                .map(|(name, why)| (name.to_string(), why.clone()))
                .collect(),
            previous: certificate.previous.clone(),
            rows_sha256: certificate.rows.sha256.clone(),
        }
    }
}

impl ControlForm {
    fn of(row: &ControlRow) -> Self {
        let (of, total) = (&row.of, &row.total);
        let figure = |amount| of.currency.figure(amount);
        Self {
            connection: of.connection.clone(),
            by: word(&of.by),
            kind: of.kind,
            currency: of.currency,
            name: of.name.clone(),
            host_count: total.host_count,
            provider_count: total.provider_count,
            host: figure(total.host),
            provider: figure(total.provider),
            host_settled: figure(total.host_settled),
            provider_settled: figure(total.provider_settled),
            agrees: total.agrees(),
        }
    }
}
