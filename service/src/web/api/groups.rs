//! Groups of people who get mail, and the mails that left: kept beside the configuration, so they change while the program runs.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tieout_identity::Scope;
use tieout_notices::{
    Filter, Group, GroupDraft, GroupId, MailKept, MailSort, Member, Recipient, Wants, add_group,
    change_group, group, groups, mails, remove_group,
};

use super::desk::Desk;
use super::endpoint::{Call, Endpoint, Nothing, Reply};
use super::forms::PageAsked;
use super::paging::{Page, page_of};
use super::problem::{Problem, refused_by_notices};

/// Mails that can be looked at, the newest.
const MAILS_SHOWN: usize = 1_000;

/// A group, as an address names it.
#[derive(Debug, Deserialize, JsonSchema)]
struct GroupPath {
    /// Its short name.
    group: String,
}

/// What a group is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GroupBody {
    /// What people call it; the short name where it is empty.
    #[serde(default)]
    name: String,
    /// Who belongs to it; 1 to 50, each address once.
    members: Vec<Member>,
    /// What it is told.
    #[serde(default)]
    wants: Wants,
    /// About which documents; everything where it is empty. Hosts and connections must be in the configuration.
    #[serde(default)]
    only: Filter,
}

/// A mail that left, or is to leave, without its text.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Mail")]
struct MailForm {
    /// Its number.
    number: u64,
    /// Whom it is for.
    group: GroupId,
    /// What it is.
    sort: MailSort,
    /// Its subject.
    subject: String,
    /// When it was written.
    made_at: chrono::DateTime<chrono::Utc>,
    /// How it stands with each member.
    recipients: Vec<Recipient>,
}

/// What became of a trial.
#[derive(Debug, Serialize, JsonSchema)]
struct Trial {
    /// How each member's mail went.
    members: Vec<TrialOf>,
}

/// One member's trial.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct TrialOf {
    /// The address.
    email: String,
    /// Whether the mail server took it.
    taken: bool,
    /// What it said against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let all = vec![
        Endpoint::get(
            "/v1/groups",
            "list_groups",
            "The groups of people who get mail, by name.",
            list,
        ),
        Endpoint::get("/v1/groups/{group}", "read_group", "One group.", one),
        Endpoint::post(
            "/v1/groups/{group}",
            "put_group",
            "Makes a group, or changes it to be this. A repeat changes nothing more.",
            put,
        )
        .by(Method::PUT),
        Endpoint::post(
            "/v1/groups/{group}",
            "remove_group",
            "Removes a group: nothing more is written to it.",
            remove,
        )
        .by(Method::DELETE),
        Endpoint::post(
            "/v1/groups/{group}/test",
            "try_group",
            "Sends each member a trial, and says what the mail server made of it. A repeat sends another.",
            test,
        )
        .once(),
        Endpoint::get(
            "/v1/mails",
            "list_mails",
            "The newest mails, the newest first, without their text.",
            sent,
        ),
    ];
    let for_admins = |endpoint: Endpoint| endpoint.for_scope(Scope::Admin);
    all.into_iter().map(for_admins).collect()
}

async fn list(call: Call<Nothing, PageAsked>) -> Result<Reply<Page<Group>>, Problem> {
    let all = groups(call.desk.store()).await?;
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    Ok(page_of(all, limit, after, |it| it.id.to_string())?.reply(&call.asked))
}

async fn one(call: Call<GroupPath>) -> Result<Reply<Group>, Problem> {
    let found = group(call.desk.store(), &named(&call.path)?).await;
    Ok(Reply::of(found.map_err(refused_by_notices)?))
}

async fn put(call: Call<GroupPath, Nothing, GroupBody>) -> Result<Reply<Group>, Problem> {
    must_be_configured(&call.desk, &call.body.only)?;
    let (store, now) = (call.desk.store(), call.desk.front.now());
    let draft = GroupDraft {
        id: named(&call.path)?,
        name: call.body.name,
        members: call.body.members,
        wants: call.body.wants,
        only: call.body.only,
    };
    let known = groups(store).await?;
    let kept = match known.iter().find(|group| group.id == draft.id) {
        Some(known) if is_so(known, &draft) => Ok(known.clone()),
        Some(_) => change_group(store, draft, &call.by.name, now).await,
        None => add_group(store, draft, &call.by.name, now).await,
    };
    Ok(Reply::of(kept.map_err(refused_by_notices)?))
}

async fn remove(call: Call<GroupPath>) -> Result<Reply<Group>, Problem> {
    let (store, now) = (call.desk.store(), call.desk.front.now());
    let removed = remove_group(store, &named(&call.path)?, &call.by.name, now).await;
    Ok(Reply::of(removed.map_err(refused_by_notices)?))
}

async fn test(call: Call<GroupPath>) -> Result<Reply<Trial>, Problem> {
    let id = named(&call.path)?;
    let words = ["group", "test", "--", id.as_str()];
    let told = call.desk.front.command(&words, &call.by.name).await?;
    let members = told.values.last().map(|value| value["members"].clone());
    let members = serde_json::from_value(members.unwrap_or(Value::Null));
    let members = members.map_err(|error| Problem::broken(&error))?;
    Ok(Reply::of(Trial { members }))
}

async fn sent(call: Call<Nothing, PageAsked>) -> Result<Reply<Page<MailForm>>, Problem> {
    let all = mails(call.desk.store(), None, MAILS_SHOWN).await?;
    let all: Vec<MailForm> = all.into_iter().map(MailForm::of).collect();
    let (limit, after) = (call.query.limit, call.query.after.as_deref());
    Ok(page_of(all, limit, after, |it| it.number.to_string())?.reply(&call.asked))
}

fn named(path: &GroupPath) -> Result<GroupId, Problem> {
    GroupId::new(path.group.as_str()).map_err(refused_by_notices)
}

/// Whether a group is what it should become: a repeat writes no line into the journal.
fn is_so(known: &Group, draft: &GroupDraft) -> bool {
    let mut now = GroupDraft::from(known);
    if draft.name.is_empty() && now.name == now.id.as_str() {
        now.name.clear();
    }
    now == *draft
}

/// That nobody waits for news of something that is misspelt.
pub(super) fn must_be_configured(desk: &Desk, only: &Filter) -> Result<(), Problem> {
    let config = &desk.front.shop.loaded().config;
    let hosts = only.hosts.iter();
    let unknown = hosts.filter(|host| !config.hosts.contains_key(host));
    let mut names: Vec<String> = unknown.map(|host| format!("no host `{host}`")).collect();
    let connections = only.connections.iter();
    let unknown = connections.filter(|name| !config.connections.contains_key(name));
    names.extend(unknown.map(|name| format!("no connection `{name}`")));
    match names.is_empty() {
        true => Ok(()),
        false => Err(Problem::new(
            super::problem::Sort::NotUsable,
            format!("the configuration has {}", names.join(" and ")),
        )),
    }
}

impl MailForm {
    fn of(mail: MailKept) -> Self {
        Self {
            number: mail.number,
            group: mail.group,
            sort: mail.sort,
            subject: mail.subject,
            made_at: mail.made_at,
            recipients: mail.recipients,
        }
    }
}
