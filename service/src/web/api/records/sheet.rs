//! What stands beside a record: whom it is at the provider, which documents there are, what they come to.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::document::{ConnectionId, DocumentKind};
use tieout_core::driver::{Party, RecordError, Sheet, SheetAsked};
use tieout_core::host::{HostRecord, RecordKind};
use tieout_core::panel::{Boxes, LinkedDocument, Net, Overview, Row, View};
use tieout_core::provider::ContactCard;

use super::super::endpoint::{Call, Endpoint, Reply};
use super::super::forms::BindingForm;
use super::super::problem::Problem;
use super::{Beside, RecordPath, open, record};

/// What is to be seen beside a record.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct SheetWanted {
    /// Which documents; without it those that are open, and all that are linked to an opportunity or a project.
    view: Option<View>,
    /// Only documents in whose number or reference this occurs.
    search: Option<String>,
    /// Only those dated on this day or later.
    from: Option<NaiveDate>,
    /// Only those dated on this day or earlier.
    to: Option<NaiveDate>,
    /// Only those of this kind: `invoice` or `bill`.
    of_kind: Option<DocumentKind>,
    /// The connection, where documents of the host may go to several.
    connection: Option<ConnectionId>,
}

/// Everything that is shown beside a record.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Sheet")]
struct SheetForm {
    /// The record.
    record: HostRecord,
    /// The organisation.
    organisation: String,
    /// The party that it is, or the parties that it is about.
    parties: Vec<Party>,
    /// The contact of a party, as the provider holds it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactCard>,
    /// Where the contact opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_url: Option<String>,
    /// What its invoices come to, by currency.
    boxes: Vec<Boxes>,
    /// What everything of a contact comes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    overview: Option<Overview>,
    /// What linked documents come to, by currency.
    net: Vec<Net>,
    /// The view of `rows`.
    view: View,
    /// The documents of the view, newest first.
    rows: Vec<Row>,
    /// Whether there are more documents than were read: then sums and rows leave some out.
    more: bool,
    /// Documents that were linked or pinned and are not live any more.
    gone: Vec<LinkedDocument>,
    /// Drafts that were made here and are not at the provider yet.
    drafts: Vec<BindingForm>,
    /// As of when the documents are told.
    as_of: DateTime<Utc>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/hosts/{host}/records/{kind}/{id}",
            "read_record",
            "A record with what stands beside it: its contact, its invoices and bills in a view, and what they come to.",
            sheet,
        ),
        Endpoint::get(
            "/v1/hosts/{host}/records/{kind}/{id}/match",
            "match_record",
            "Whom a party is at the provider: linked, ambiguous with its candidates, or nobody.",
            matched,
        ),
    ]
}

async fn sheet(call: Call<RecordPath, SheetWanted>) -> Result<Reply<SheetForm>, Problem> {
    let wanted = &call.query;
    let connection = wanted.connection.as_ref();
    let desk = open(&call.desk, &call.path.host, connection, &call.by.name)?;
    let asked = SheetAsked {
        view: wanted.view.unwrap_or_else(|| usual(call.path.kind)),
        search: wanted.search.clone(),
        from: wanted.from,
        to: wanted.to,
        kind: wanted.of_kind,
    };
    match desk.sheet(&call.path.key(), &asked).await {
        Ok(sheet) => Ok(Reply::of(SheetForm::of(sheet))),
        Err(RecordError::Failed(error)) => Err(error.into()),
        Err(denied @ RecordError::Denied { .. }) => {
            // Either there is no such record, or something about it is in the way.
            record(&desk, &call.path).await?;
            Err(denied.into())
        }
    }
}

async fn matched(call: Call<RecordPath, Beside>) -> Result<Reply<Party>, Problem> {
    let connection = call.query.connection.as_ref();
    let desk = open(&call.desk, &call.path.host, connection, &call.by.name)?;
    if !call.path.kind.is_party() {
        return Err(Problem::not_usable(format!(
            "a {} is nobody to be matched",
            call.path.kind
        )));
    }
    let record = record(&desk, &call.path).await?;
    Ok(Reply::of(desk.party(&record).await?))
}

/// What is linked to a piece of business is shown whole; of a party, what is open.
fn usual(kind: RecordKind) -> View {
    match kind {
        RecordKind::Opportunity | RecordKind::Project => View::All,
        RecordKind::Contact | RecordKind::Company | RecordKind::Deal | RecordKind::Lead => {
            View::Open
        }
    }
}

impl SheetForm {
    fn of(sheet: Sheet) -> Self {
        Self {
            record: sheet.record,
            organisation: sheet.organisation,
            parties: sheet.parties,
            contact: sheet.contact,
            contact_url: sheet.contact_url,
            boxes: sheet.boxes,
            overview: sheet.overview,
            net: sheet.net,
            view: sheet.view,
            rows: sheet.rows,
            more: sheet.more,
            gone: sheet.gone,
            drafts: sheet.drafts.iter().map(BindingForm::of).collect(),
            as_of: sheet.as_of,
        }
    }
}
