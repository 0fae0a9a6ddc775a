//! Plans: what would be sent, document by document, made by a job and read page by page; nothing is sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tieout_core::check::Finding;
use tieout_core::document::Currency;
use tieout_core::driver::{Asking, Preview, PreviewOptions};
use tieout_core::engine::{BindingKey, Intention};
use tokio_util::sync::CancellationToken;

use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::forms::{PageAsked, word};
use super::jobs::{Job, JobKind, Rows};
use super::paging::{Page, page_of};
use super::problem::Problem;
use crate::exit::Failure;
use crate::web::front::Front;

/// Characters of a number or an identifier.
const NAME_CHARS_MAX: usize = 200;

/// A job, as an address names it.
#[derive(Debug, Deserialize, JsonSchema)]
struct JobPath {
    /// Its name.
    job: String,
}

/// A plan, as an address names it.
#[derive(Debug, Deserialize, JsonSchema)]
struct PlanPath {
    /// Its name.
    plan: String,
}

/// What is to be planned.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlanAsked {
    /// Only documents whose number or identifier is this.
    #[serde(default)]
    document: Option<String>,
    /// Asks the provider nothing: what is remembered has to do.
    #[serde(default)]
    offline: bool,
}

/// A document of a plan.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct PlanDocument {
    /// The document and the connection that claims it.
    binding: BindingKey,
    /// The host's number.
    number: String,
    /// The other party.
    contact: String,
    /// Whether that contact would be made.
    creates_contact: bool,
    /// What the host says it comes to.
    gross: Option<String>,
    /// In which currency.
    currency: Option<Currency>,
    /// What would become of it: `create`, `update`, `void`, `beside`, `held`, `skipped`, `left_alone` or `in_doubt`.
    verdict: String,
    /// What would be done at the provider: `create`, `update` or `void`.
    op: Option<String>,
    /// Why, in words.
    why: String,
    /// What holds it.
    findings: Vec<Finding>,
    /// What would go out beside it.
    beside: Vec<String>,
    /// Where the provider's document would change.
    #[serde(default)]
    changes: Option<Vec<Value>>,
    /// What else is to be known.
    #[serde(default)]
    notes: Vec<String>,
    /// Everything that would be sent.
    #[serde(default)]
    intention: Option<Box<Intention>>,
    /// Whether it is an old document, which goes after today's.
    old: bool,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/plans",
            "list_plans",
            "The plans that are remembered, the newest first.",
            list,
        ),
        Endpoint::post(
            "/v1/plans",
            "make_plan",
            "Begins to make a plan: what would be sent, and what holds the rest. Nothing is sent. One is made at a time.",
            make,
        )
        .with_status(StatusCode::ACCEPTED),
        Endpoint::get(
            "/v1/plans/{plan}",
            "read_plan",
            "How far a plan is; when it is done, what it came to.",
            read,
        ),
        Endpoint::get(
            "/v1/plans/{plan}/documents",
            "list_plan_documents",
            "The documents of a plan that is done, each with everything that would be sent.",
            documents,
        ),
        Endpoint::get(
            "/v1/jobs",
            "list_jobs",
            "Work that takes longer than a request, the newest first.",
            jobs,
        ),
        Endpoint::get("/v1/jobs/{job}", "read_job", "How far a job is.", job),
    ]
}

async fn list(call: Call<Nothing, PageAsked>) -> Result<Reply<Page<Job>>, Problem> {
    let all = call.desk.jobs.list(Some(JobKind::Plan));
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    Ok(page_of(all, limit, after, |it| it.id.clone())?.reply(&call.asked))
}

async fn jobs(call: Call<Nothing, PageAsked>) -> Result<Reply<Page<Job>>, Problem> {
    let all = call.desk.jobs.list(None);
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    Ok(page_of(all, limit, after, |it| it.id.clone())?.reply(&call.asked))
}

async fn job(call: Call<JobPath>) -> Result<Reply<Job>, Problem> {
    Ok(Reply::of(call.desk.jobs.find(&call.path.job)?))
}

async fn read(call: Call<PlanPath>) -> Result<Reply<Job>, Problem> {
    let job = call.desk.jobs.find(&call.path.plan)?;
    must_be_plan(&job)?;
    Ok(Reply::of(job))
}

async fn documents(call: Call<PlanPath, PageAsked>) -> Result<Reply<Page<PlanDocument>>, Problem> {
    let job = call.desk.jobs.find(&call.path.plan)?;
    must_be_plan(&job)?;
    let (limit, after) = (call.query.limit.get(), call.query.after.as_deref());
    Ok(call.desk.jobs.rows(&job, limit, after)?.reply(&call.asked))
}

async fn make(call: Call<Nothing, Nothing, PlanAsked>) -> Result<Reply<Job>, Problem> {
    let PlanAsked { document, offline } = call.body;
    if document
        .as_ref()
        .is_some_and(|name| name.is_empty() || name.chars().count() > NAME_CHARS_MAX)
    {
        return Err(Problem::not_usable(format!(
            "`document` has 1 to {NAME_CHARS_MAX} characters"
        )));
    }
    let options = PreviewOptions {
        only: document,
        asking: match offline {
            true => Asking::Nobody,
            false => Asking::Providers,
        },
        ..PreviewOptions::default()
    };
    let front = Arc::clone(&call.desk.front);
    let job = call
        .desk
        .jobs
        .begin(JobKind::Plan, &call.by, |rows, stop| {
            plan(front, options, rows, stop)
        })?;
    let place = format!("/v1/plans/{}", job.id);
    Ok(Reply::of(job).located(&place))
}

/// Makes a plan. One that is stopped is no plan.
async fn plan(
    front: Arc<Front>,
    options: PreviewOptions,
    rows: Rows,
    stop: CancellationToken,
) -> Result<(Value, Rows), Failure> {
    // What is told of each document comes from a closure that cannot wait or fail.
    let told = Mutex::new((rows, BTreeMap::<String, u64>::new(), None::<Failure>));
    let world = Arc::clone(&front.shop.staff().world);
    let mut tell = |preview: Preview| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        *told.1.entry(word(&preview.verdict)).or_default() += 1;
        if told.2.is_none() {
            told.2 = told.0.put(&preview).err();
        }
    };
    let summary = tokio::select! {
        summary = world.preview(&options, &mut tell) => summary?,
        () = stop.cancelled() => return Err(Failure::new("the process ended before it was done")),
    };
    let (rows, counts, failure) = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    match failure {
        Some(failure) => Err(failure),
        None => Ok((json!({ "summary": summary, "verdicts": counts }), rows)),
    }
}

fn must_be_plan(job: &Job) -> Result<(), Problem> {
    match job.kind {
        JobKind::Plan => Ok(()),
        JobKind::TieOut => Err(Problem::not_found(format!("{} is no plan", job.id))),
    }
}
