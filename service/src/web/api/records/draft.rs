//! A draft invoice of a record: made once, sent like any other document.

use axum::http::StatusCode;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::document::{Currency, decimal};
use tieout_core::panel::DraftLine;
use tieout_core::provider::ContactCandidate;

use super::super::endpoint::{Call, Endpoint, Reply};
use super::super::forms::BindingDetail;
use super::super::problem::Problem;
use super::{Beside, RecordPath, open, record};

/// Lines of a draft.
const LINES_MAX: usize = 500;
/// Characters of a description.
const DESCRIPTION_CHARS_MAX: usize = 4_000;

/// What is to be on a draft.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DraftAsked {
    /// Its lines; without any, those of the record, or one of its whole value.
    #[serde(default)]
    lines: Vec<LineAsked>,
    /// The currency of the lines.
    #[serde(default)]
    currency: Option<Currency>,
    /// One more, beside the draft that there is.
    #[serde(default)]
    another: bool,
}

/// A line.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LineAsked {
    /// What it is.
    description: String,
    /// How many, such as `2`.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    quantity: Decimal,
    /// The price of one, such as `150.00`.
    #[serde(with = "decimal")]
    #[schemars(with = "String")]
    unit_price: Decimal,
    /// The code of the item at the provider.
    #[serde(default)]
    item: Option<String>,
}

/// What became of a draft.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Drafted")]
struct DraftedForm {
    /// Whether it was made now; otherwise it was there, and nothing was changed.
    new: bool,
    /// The contact at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactCandidate>,
    /// Where it stands.
    draft: BindingDetail,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/v1/hosts/{host}/records/{kind}/{id}/drafts",
            "make_draft",
            "Makes a draft invoice of a record. One that has a draft already gets none, unless `another` says so.",
            make,
        )
        .with_status(StatusCode::CREATED)
        .once(),
    ]
}

async fn make(call: Call<RecordPath, Beside, DraftAsked>) -> Result<Reply<DraftedForm>, Problem> {
    let lines = lines(&call.body.lines)?;
    let connection = call.query.connection.as_ref();
    let desk = open(&call.desk, &call.path.host, connection, &call.by.name)?;
    let record = record(&desk, &call.path).await?;
    let content = (lines.as_slice(), call.body.currency);
    let drafted = desk.draft(&record, content, call.body.another).await?;
    call.desk.world().work_now();
    Ok(Reply::of(DraftedForm {
        new: drafted.is_new,
        contact: drafted.contact,
        draft: BindingDetail::of(&drafted.binding),
    }))
}

fn lines(asked: &[LineAsked]) -> Result<Vec<DraftLine>, Problem> {
    if asked.len() > LINES_MAX {
        return Err(Problem::not_usable(format!(
            "a draft has at most {LINES_MAX} lines"
        )));
    }
    let line = |(at, line): (usize, &LineAsked)| {
        let description = line.description.trim();
        let chars = description.chars().count();
        if chars == 0 || chars > DESCRIPTION_CHARS_MAX {
            return Err(Problem::not_usable(format!(
                "`lines[{at}].description` has 1 to {DESCRIPTION_CHARS_MAX} characters"
            )));
        }
        Ok(DraftLine {
            description: description.to_owned(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            item: line.item.clone().filter(|item| !item.is_empty()),
        })
    };
    asked.iter().enumerate().map(line).collect()
}
