//! What needs somebody: kinds, trouble with connections and hosts, and decisions about every document with a finding of a kind.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::check::kinds;
use tieout_core::document::{ConnectionId, HostId};

use super::bindings::reason;
use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::forms::{ActionForm, BindingForm, RemedyForm, word};
use super::problem::Problem;
use crate::cli::ChosenArgs;
use crate::command::{self, Chosen, Deed, Outcome, SiteInNeed};

/// Denied documents that a reply names.
const DENIED_MAX: usize = 100;

/// Every kind of finding.
#[derive(Debug, Serialize, JsonSchema)]
struct Kinds {
    /// They.
    kinds: Vec<KindForm>,
}

/// A kind of finding.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Kind")]
struct KindForm {
    /// What it is about: `document`, `difference` or `site`.
    subject: String,
    /// Its stable name.
    name: String,
    /// What it is, as a fragment.
    title: String,
    /// What it means, in sentences.
    meaning: String,
    /// What usually leads to it.
    causes: Vec<String>,
    /// How much it matters: `stops`, `differs`, `beside` or `waits`.
    severity: String,
    /// Who acts.
    who: Vec<String>,
    /// What mends it.
    mends: Vec<RemedyForm>,
    /// What can be decided, where the document allows it.
    acts: Vec<String>,
}

/// Trouble with connections, hosts and files.
#[derive(Debug, Serialize, JsonSchema)]
struct Sites {
    /// All of it.
    sites: Vec<SiteForm>,
}

/// A connection, a host or a file that needs somebody.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SiteInNeed")]
struct SiteForm {
    /// The stable name of the kind.
    rule: String,
    /// What it is.
    title: String,
    /// How much it matters.
    severity: String,
    /// Who acts.
    who: Vec<String>,
    /// The connection, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<ConnectionId>,
    /// The host, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<HostId>,
    /// What is wrong, as a fragment.
    message: String,
    /// What to do, as a sentence.
    remedy: String,
    /// What can be decided.
    actions: Vec<ActionForm>,
}

/// Which documents a decision is about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ManyAsked {
    /// The kind of finding that they have.
    rule: String,
    /// Only those of this connection.
    #[serde(default)]
    connection: Option<String>,
    /// Only those of this host.
    #[serde(default)]
    host: Option<String>,
    /// Why, for the stories of skipped ones; at most 500 characters.
    #[serde(default)]
    because: Option<String>,
}

/// What a decision about many came to.
#[derive(Debug, Serialize, JsonSchema)]
struct Decided {
    /// Documents that it was carried out on.
    done: usize,
    /// Documents on which it was not, at most a hundred of them.
    denied: Vec<DeniedForm>,
}

/// A document on which a decision was not carried out.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Denied")]
struct DeniedForm {
    /// The document.
    binding: BindingForm,
    /// Why, as a fragment.
    why: String,
    /// What is possible.
    instead: String,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/findings/kinds",
            "list_kinds",
            "Every kind of finding: what it means, what mends it, who acts.",
            all_kinds,
        ),
        Endpoint::get(
            "/v1/findings/sites",
            "list_sites_in_need",
            "Connections, hosts and files that need somebody.",
            sites,
        ),
        Endpoint::post(
            "/v1/findings/retry",
            "retry_by_rule",
            "Plans every document anew that has a finding of a kind.",
            retry_many,
        ),
        Endpoint::post(
            "/v1/findings/skip",
            "skip_by_rule",
            "Keeps every document from being sent that has a finding of a kind.",
            skip_many,
        ),
    ]
}

async fn all_kinds(_call: Call) -> Result<Reply<Kinds>, Problem> {
    let table = kinds::kinds();
    let kinds = table.iter().map(|kind| KindForm {
        subject: word(&kind.subject),
        name: kind.name.to_owned(),
        title: kind.title.to_owned(),
        meaning: kind.meaning.to_owned(),
        causes: kind.causes.iter().map(ToString::to_string).collect(),
        severity: word(&kind.severity),
        who: kind.who.iter().map(word).collect(),
        mends: kind.mends.iter().map(RemedyForm::of_kind).collect(),
        acts: kind.acts.iter().map(word).collect(),
    });
    Ok(Reply::of(Kinds {
        kinds: kinds.collect(),
    }))
}

async fn sites(call: Call) -> Result<Reply<Sites>, Problem> {
    let mut office = call.desk.office(&call.by);
    let found = command::sites(&mut office, &Chosen::default()).await?;
    Ok(Reply::of(Sites {
        sites: found.iter().map(SiteForm::of).collect(),
    }))
}

async fn retry_many(call: Call<Nothing, Nothing, ManyAsked>) -> Result<Reply<Decided>, Problem> {
    if call.body.because.is_some() {
        return Err(Problem::not_usable("a retry takes no reason"));
    }
    decide(&call, Deed::Retry).await
}

async fn skip_many(call: Call<Nothing, Nothing, ManyAsked>) -> Result<Reply<Decided>, Problem> {
    let because = reason(call.body.because.as_deref())?;
    decide(&call, Deed::Skip(because)).await
}

async fn decide(
    call: &Call<Nothing, Nothing, ManyAsked>,
    deed: Deed<'_>,
) -> Result<Reply<Decided>, Problem> {
    let office = call.desk.office(&call.by);
    let args = ChosenArgs {
        rule: Some(call.body.rule.clone()),
        connection: call.body.connection.clone(),
        host: call.body.host.clone(),
    };
    let chosen = Chosen::of(&office, &args)?;
    let outcome = command::decide_all(&office, &chosen, deed).await?;
    call.desk.world().work_now();
    Ok(Reply::of(Decided::of(&outcome)))
}

impl Decided {
    fn of(outcome: &Outcome) -> Self {
        let denied = outcome.denied.iter().take(DENIED_MAX);
        let denied = denied.map(|(binding, denied)| DeniedForm {
            binding: BindingForm::of(binding),
            why: denied.why.clone(),
            instead: denied.instead.clone(),
        });
        Self {
            done: outcome.done,
            denied: denied.collect(),
        }
    }
}

impl SiteForm {
    fn of(site: &SiteInNeed) -> Self {
        Self {
            rule: site.rule.to_owned(),
            title: site.title.to_owned(),
            severity: word(&site.severity),
            who: site.who.iter().map(word).collect(),
            connection: site.connection.clone(),
            host: site.host.clone(),
            message: site.message.clone(),
            remedy: site.remedy.clone(),
            actions: site.actions.iter().map(ActionForm::of).collect(),
        }
    }
}
