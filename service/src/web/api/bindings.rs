//! What is decided about one document on one connection: tried anew, skipped, adopted, detached.

use schemars::JsonSchema;
use serde::Deserialize;
use tieout_core::driver::{AskAnew, Choice, plan_freed_by_hand};
use tieout_core::engine::{Binding, BindingKey, Denied, Manner, Step, detach, retry, skip};
use tieout_core::store::{ChangeSet, RecordKey, StoreError};

use super::desk::Desk;
use super::endpoint::{Call, Endpoint, Nothing, Reply, Versions};
use super::forms::{BindingDetail, BindingPath};
use super::problem::{Problem, Sort};
use crate::command;

/// How often a decision is made anew because the document changed in the meantime.
const CONFLICTS_MAX: usize = 8;
/// Characters of a reason.
const REASON_CHARS_MAX: usize = 500;

/// Why a document is not sent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SkipAsked {
    /// Why, for its story; at most 500 characters.
    #[serde(default)]
    because: Option<String>,
}

/// Which document of the provider it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AdoptAsked {
    /// The provider's document, by its number or identifier; without it, the one that is found.
    #[serde(default)]
    provider_document: Option<String>,
    /// Makes the provider's document equal to the host's; otherwise it stays as it is, and what differs stays visible.
    #[serde(default)]
    overwrite: bool,
    /// None of those found is this document: it is sent beside them. Goes with nothing else.
    #[serde(default)]
    none: bool,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/v1/bindings/{connection}/{host}/{kind}/{id}",
            "read_binding",
            "A document on a connection: where it stands, what is wrong, what can be decided. Its ETag is its version.",
            read,
        ),
        Endpoint::post(
            "/v1/bindings/{connection}/{host}/{kind}/{id}/retry",
            "retry_binding",
            "Plans it anew, after its cause was mended, or after skip or detach.",
            try_anew,
        )
        .versioned(),
        Endpoint::post(
            "/v1/bindings/{connection}/{host}/{kind}/{id}/skip",
            "skip_binding",
            "Keeps it from being sent, whatever the host changes, until a retry.",
            leave_out,
        )
        .versioned(),
        Endpoint::post(
            "/v1/bindings/{connection}/{host}/{kind}/{id}/detach",
            "detach_binding",
            "Ends the binding: nothing is sent or told any more, and the provider's document stays.",
            let_go,
        )
        .versioned(),
        Endpoint::post(
            "/v1/bindings/{connection}/{host}/{kind}/{id}/adopt",
            "adopt_binding",
            "Binds it to a document that is at the provider already. Asks the provider what it holds now.",
            adopt,
        )
        .versioned(),
    ]
}

async fn read(call: Call<BindingPath>) -> Result<Reply<BindingDetail>, Problem> {
    shown(&call.desk, &call.path.key()).await
}

async fn try_anew(call: Call<BindingPath>) -> Result<Reply<BindingDetail>, Problem> {
    let key = call.path.key();
    let office = call.desk.office(&call.by);
    let binding = known(&call.desk, &key).await?;
    if let Some(denied) = command::taken_over(&office, &binding).await? {
        return Err(denied.into());
    }
    let at = call.desk.world().clock.now();
    let asked_anew = vec![AskAnew::record(&key.connection, at)];
    let deed = |binding: &Binding| retry(binding, &call.by.name, at);
    decide(
        &call.desk,
        &key,
        call.if_match.as_ref(),
        (&deed, asked_anew),
    )
    .await
}

async fn leave_out(
    call: Call<BindingPath, Nothing, SkipAsked>,
) -> Result<Reply<BindingDetail>, Problem> {
    let because = reason(call.body.because.as_deref())?;
    let at = call.desk.world().clock.now();
    let deed = |binding: &Binding| skip(binding, &call.by.name, because, at);
    let key = call.path.key();
    decide(
        &call.desk,
        &key,
        call.if_match.as_ref(),
        (&deed, Vec::new()),
    )
    .await
}

async fn let_go(call: Call<BindingPath>) -> Result<Reply<BindingDetail>, Problem> {
    let at = call.desk.world().clock.now();
    let deed = |binding: &Binding| detach(binding, &call.by.name, at);
    let key = call.path.key();
    decide(
        &call.desk,
        &key,
        call.if_match.as_ref(),
        (&deed, Vec::new()),
    )
    .await
}

async fn adopt(
    call: Call<BindingPath, Nothing, AdoptAsked>,
) -> Result<Reply<BindingDetail>, Problem> {
    let asked = &call.body;
    if asked.none && (asked.overwrite || asked.provider_document.is_some()) {
        return Err(Problem::not_usable(
            "`none` says that no document is it, so nothing else can be said beside it",
        ));
    }
    let key = call.path.key();
    let binding = known(&call.desk, &key).await?;
    must_hold(call.if_match.as_ref(), &binding)?;
    let world = call.desk.world();
    if asked.none {
        world.tell_apart(&binding, &call.by.name).await??;
    } else {
        let named = asked.provider_document.as_deref();
        let choice = named.map_or(Choice::Found, Choice::Named);
        let manner = match asked.overwrite {
            true => Manner::Overwrite,
            false => Manner::AsItIs,
        };
        world
            .adopt(&binding, choice, (manner, &call.by.name))
            .await??;
    }
    world.work_now();
    shown(&call.desk, &key).await
}

/// A record of the store, set or removed together with a decision.
type Change = (RecordKey, Option<Vec<u8>>);

type Deed<'a> = &'a (dyn Fn(&Binding) -> Result<Step, Denied> + Sync);

/// Decides about a document as it is stored. One that changed meanwhile is decided about anew, unless it was said on which
/// version the decision rests.
async fn decide(
    desk: &Desk,
    key: &BindingKey,
    if_match: Option<&Versions>,
    (deed, records): (Deed<'_>, Vec<Change>),
) -> Result<Reply<BindingDetail>, Problem> {
    let mut conflicts = 0;
    loop {
        let binding = known(desk, key).await?;
        must_hold(if_match, &binding)?;
        let step = deed(&binding)?;
        let mut changes = ChangeSet {
            bindings: vec![step.binding],
            journal: vec![step.entry],
            records: records.clone(),
            ..ChangeSet::default()
        };
        let at = desk.world().clock.now();
        plan_freed_by_hand(desk.store(), &mut changes, at).await?;
        match desk.store().commit(changes).await {
            Ok(()) => break,
            Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
            Err(error) => return Err(error.into()),
        }
    }
    desk.world().work_now();
    shown(desk, key).await
}

async fn shown(desk: &Desk, key: &BindingKey) -> Result<Reply<BindingDetail>, Problem> {
    let binding = known(desk, key).await?;
    Ok(Reply::of(BindingDetail::of(&binding)).versioned(binding.version))
}

/// The binding of a key.
pub(super) async fn known(desk: &Desk, key: &BindingKey) -> Result<Binding, Problem> {
    let found = desk.store().bindings(std::slice::from_ref(key)).await?;
    found
        .into_iter()
        .flatten()
        .next()
        .ok_or_else(|| Problem::not_found(format!("no document {key} is known")))
}

fn must_hold(if_match: Option<&Versions>, binding: &Binding) -> Result<(), Problem> {
    if if_match.is_none_or(|versions| versions.hold(binding.version)) {
        return Ok(());
    }
    Err(Problem::new(
        Sort::ChangedMeanwhile,
        format!("{} has version {} by now", binding.key, binding.version),
    )
    .advise("Read it again and decide again."))
}

/// A reason as it may stand in a story.
pub(super) fn reason(text: Option<&str>) -> Result<Option<&str>, Problem> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let is_unfit =
        |text: &str| text.chars().count() > REASON_CHARS_MAX || text.chars().any(char::is_control);
    match text {
        Some(text) if is_unfit(text) => Err(Problem::not_usable(format!(
            "`because` has at most {REASON_CHARS_MAX} characters, none of them a control character"
        ))),
        fit => Ok(fit),
    }
}
