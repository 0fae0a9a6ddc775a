//! Documents: lists of them by any of their marks, one with everything that is known of it, and what of them needs somebody.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tieout_core::advice::advise;
use tieout_core::check::{Rule, kinds};
use tieout_core::document::{ConnectionId, DocumentKind, HostId};
use tieout_core::engine::{Binding, StateName};
use tieout_core::exchange::masked;
use tieout_core::store::{Cursor, Filter, Find, ListOrder, Listing, Need};
use tieout_identity::Scope;

use super::desk::Desk;
use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::forms::{BindingDetail, BindingForm, DocumentPath, FindingForm};
use super::paging::{Limit, Page, bad_place, page_of};
use super::problem::{Problem, Sort};
use crate::story::{self, Explanation, Masking};

/// Which documents are wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct DocumentsAsked {
    /// Those of this connection; `unrouted` for those that no connection claims.
    connection: Option<ConnectionId>,
    /// Those of this host.
    host: Option<HostId>,
    /// Those of this kind.
    kind: Option<DocumentKind>,
    /// Those in one of these states, with commas between: `waiting`, `held`, `skipped`, `ready`, `in_flight`, `unsure`,
    /// `posted`, `rejected`, `voided`, `removed`, `detached`.
    state: Option<String>,
    /// Those that have a finding.
    in_need: Option<bool>,
    /// Those that have a finding of this kind.
    rule: Option<String>,
    /// Those whose number begins with this text, in the order of their numbers.
    number: Option<String>,
    /// Those about this case; needs `host`, and goes with no other filter but `connection` and `kind`.
    case: Option<String>,
    /// Those that changed last at this moment or later.
    changed_from: Option<DateTime<Utc>>,
    /// Those that changed last before this moment.
    changed_before: Option<DateTime<Utc>>,
    /// `newest` first, or `oldest`, by when they changed last.
    order: Order,
    /// How many on a page.
    limit: Limit,
    /// The `next` of the page before.
    after: Option<String>,
}

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Order {
    /// What changed last.
    #[default]
    Newest,
    /// What has not changed for longest.
    Oldest,
}

/// A document with everything that is bound to it.
#[derive(Debug, Serialize, JsonSchema)]
struct DocumentDetail {
    /// The document as the host has it now, in the form of `tieout schema document`; what names people is masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Value>,
    /// Where it stands, on each connection that it ever went to.
    bindings: Vec<BindingDetail>,
}

/// How a story is told.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct StoryAsked {
    /// With what names people; needs the scope `admin`.
    unmasked: bool,
}

/// The story of a document, on each connection that it ever went to.
#[derive(Debug, Serialize, JsonSchema)]
struct Stories {
    /// They.
    stories: Vec<Explanation>,
}

/// Which findings are wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct FindingsAsked {
    /// Those of this kind.
    rule: Option<String>,
    /// Those about documents of this connection.
    connection: Option<ConnectionId>,
    /// Those about documents of this host.
    host: Option<HostId>,
    /// `newest` first, or `oldest`, by when the document changed last.
    order: Order,
    /// How many documents on a page.
    limit: Limit,
    /// The `next` of the page before.
    after: Option<String>,
}

/// A document that needs somebody.
#[derive(Debug, Serialize, JsonSchema)]
struct InNeed {
    /// The document.
    binding: BindingForm,
    /// What somebody should know or decide about it.
    findings: Vec<FindingForm>,
}

/// Which documents are counted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct CountsAsked {
    /// Those of this connection.
    connection: Option<ConnectionId>,
    /// Those of this host.
    host: Option<HostId>,
}

/// How much needs somebody.
#[derive(Debug, Serialize, JsonSchema)]
struct FindingCounts {
    /// Documents that have findings.
    documents: u64,
    /// Findings about them.
    findings: u64,
    /// The same by kind.
    by_rule: BTreeMap<String, OfRule>,
}

/// How much there is of one kind.
#[derive(Debug, Serialize, JsonSchema)]
struct OfRule {
    /// What it is; empty for a kind of another version.
    title: String,
    /// Documents that have one.
    documents: u64,
    /// Findings of it.
    findings: u64,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/documents",
            "list_documents",
            "Documents on their connections, by any of their marks. One that changes between two pages moves to where it then belongs.",
            list,
        ),
        Endpoint::get(
            "/v1/documents/{host}/{kind}/{id}",
            "read_document",
            "A document of a host, and where it stands on each connection.",
            read,
        ),
        Endpoint::get(
            "/v1/documents/{host}/{kind}/{id}/story",
            "read_story",
            "Everything that is known of a document: what happened, what made each field, what was said to the provider.",
            story,
        ),
        Endpoint::get(
            "/v1/findings",
            "list_findings",
            "The documents that need somebody, each with what mends it and what can be decided.",
            findings,
        ),
        Endpoint::get(
            "/v1/findings/counts",
            "count_findings",
            "How many documents need somebody, and for what.",
            counts,
        ),
    ]
}

async fn list(call: Call<Nothing, DocumentsAsked>) -> Result<Reply<Page<BindingForm>>, Problem> {
    let asked = &call.query;
    let filter = asked.filter()?;
    if let Some(case) = &asked.case {
        let about = about_case(&call.desk, &filter, case).await?;
        let forms: Vec<BindingForm> = about.iter().map(BindingForm::of).collect();
        let name = |it: &BindingForm| format!("{} on {}", it.document, it.connection);
        let page = page_of(forms, asked.limit, asked.after.as_deref(), name)?;
        return Ok(page.reply(&call.asked));
    }
    let part = (asked.order, asked.limit, asked.after.as_deref());
    let page = listed(&call.desk, filter, part, |it| Some(BindingForm::of(it))).await?;
    Ok(page.reply(&call.asked))
}

async fn read(call: Call<DocumentPath>) -> Result<Reply<DocumentDetail>, Problem> {
    let key = call.path.key();
    let bindings = bindings(&call.desk, &key).await?;
    let documents = [key];
    let stored = call.desk.store().documents(&documents).await?;
    let document = stored.into_iter().flatten().next();
    let document = document.and_then(|it| serde_json::to_value(&it).ok());
    Ok(Reply::of(DocumentDetail {
        document: document.as_ref().map(masked),
        bindings: bindings.iter().map(BindingDetail::of).collect(),
    }))
}

async fn story(call: Call<DocumentPath, StoryAsked>) -> Result<Reply<Stories>, Problem> {
    let masking = match call.query.unmasked {
        true => {
            call.by.must(Scope::Admin)?;
            Masking::Open
        }
        false => Masking::Masked,
    };
    let office = call.desk.office(&call.by);
    let mut stories = Vec::new();
    for binding in bindings(&call.desk, &call.path.key()).await? {
        let told = story::tell(&office, binding, masking).await?;
        stories.push(told.explanation);
    }
    Ok(Reply::of(Stories { stories }))
}

async fn findings(call: Call<Nothing, FindingsAsked>) -> Result<Reply<Page<InNeed>>, Problem> {
    let asked = &call.query;
    let rule = asked.rule.as_deref().map(rule).transpose()?;
    let filter = Filter {
        connection: asked.connection.clone(),
        host: asked.host.clone(),
        need: rule.clone().map_or(Need::Somebody, Need::Of),
        ..Filter::default()
    };
    let in_need = |binding: &Binding| {
        let all = advise(binding);
        let meant = all
            .iter()
            .filter(|it| rule.as_ref().is_none_or(|rule| it.finding.rule == *rule));
        Some(InNeed {
            binding: BindingForm::of(binding),
            findings: meant.map(FindingForm::of).collect(),
        })
    };
    let part = (asked.order, asked.limit, asked.after.as_deref());
    let page = listed(&call.desk, filter, part, in_need).await?;
    Ok(page.reply(&call.asked))
}

async fn counts(call: Call<Nothing, CountsAsked>) -> Result<Reply<FindingCounts>, Problem> {
    let filter = Filter {
        connection: call.query.connection.clone(),
        host: call.query.host.clone(),
        ..Filter::default()
    };
    let tallies = call.desk.store().tallies().await?;
    let all = tallies.sum(&filter);
    let by_rule = tallies.sums_by_rule(&filter).into_iter();
    let by_rule = by_rule.map(|(rule, sum)| {
        let of = OfRule {
            title: rule
                .kind()
                .map(|kind| kind.title.to_owned())
                .unwrap_or_default(),
            documents: sum.documents,
            findings: sum.findings,
        };
        (rule.as_str().to_owned(), of)
    });
    Ok(Reply::of(FindingCounts {
        documents: all.in_need,
        findings: all.findings,
        by_rule: by_rule.collect(),
    }))
}

impl DocumentsAsked {
    fn filter(&self) -> Result<Filter, Problem> {
        let rule = self.rule.as_deref().map(rule).transpose()?;
        let need = match (rule, self.in_need) {
            (Some(rule), Some(true) | None) => Need::Of(rule),
            (None, Some(true)) => Need::Somebody,
            (None, Some(false) | None) => Need::Whatever,
            (Some(_), Some(false)) => {
                return Err(Problem::new(
                    Sort::NotReadable,
                    "what has a finding of a kind has one: `rule` does not go with `in_need=false`",
                ));
            }
        };
        let words = self.state.as_deref().unwrap_or_default().split(',');
        let states = words
            .filter(|word| !word.is_empty())
            .map(StateName::from_str);
        let states: Result<BTreeSet<StateName>, _> = states.collect();
        let states = states.map_err(|error| Problem::new(Sort::NotReadable, error.to_string()))?;
        Ok(Filter {
            connection: self.connection.clone(),
            host: self.host.clone(),
            kind: self.kind,
            states,
            need,
            number: self.number.clone(),
            changed_from: self.changed_from,
            changed_before: self.changed_before,
        })
    }
}

/// A page of what fits, from the index.
async fn listed<T>(
    desk: &Desk,
    filter: Filter,
    (order, limit, after): (Order, Limit, Option<&str>),
    form: impl Fn(&Binding) -> Option<T>,
) -> Result<Page<T>, Problem> {
    let after = after.map(Cursor::from_str).transpose();
    let listing = Listing {
        filter,
        order: match order {
            Order::Newest => ListOrder::NewestFirst,
            Order::Oldest => ListOrder::OldestFirst,
        },
        after: after.map_err(|_| bad_place())?,
        limit: limit.get(),
    };
    let page = desk.store().list(&listing).await?;
    Ok(Page {
        data: page.bindings.iter().filter_map(form).collect(),
        next: page.next.map(|next| next.to_string()),
    })
}

async fn about_case(desk: &Desk, filter: &Filter, case: &str) -> Result<Vec<Binding>, Problem> {
    let host = filter.host.clone();
    let is_alone = filter.states.is_empty()
        && filter.need == Need::Whatever
        && filter.number.is_none()
        && filter.changed_from.is_none()
        && filter.changed_before.is_none();
    let (Some(host), true) = (host, is_alone) else {
        return Err(Problem::new(
            Sort::NotReadable,
            "`case` needs `host`, and goes with no other filter but `connection` and `kind`",
        ));
    };
    let find = Find::Case {
        host,
        number: case.to_owned(),
    };
    let keys = desk.store().find(&find).await?;
    let found = desk.store().bindings(&keys).await?.into_iter().flatten();
    Ok(found.filter(|binding| filter.fits(binding)).collect())
}

/// The bindings of a document, of which there must be one.
async fn bindings(
    desk: &Desk,
    key: &tieout_core::document::DocumentKey,
) -> Result<Vec<Binding>, Problem> {
    let keys = desk.store().find(&Find::Document(key.clone())).await?;
    let found = desk.store().bindings(&keys).await?.into_iter().flatten();
    let found: Vec<Binding> = found.collect();
    match found.is_empty() {
        true => Err(Problem::not_found(format!("no document {key} is known"))),
        false => Ok(found),
    }
}

fn rule(name: &str) -> Result<Rule, Problem> {
    match kinds::named(name).is_empty() {
        true => Err(
            Problem::new(Sort::NotReadable, "`rule` names no kind of finding")
                .advise("GET /v1/findings/kinds lists them."),
        ),
        false => Ok(Rule::from(name)),
    }
}
