//! Which of a kind's mends and decisions hold for one document as it stands.

use serde::Serialize;

use super::Action;
use crate::check::Finding;
use crate::check::kinds::{Act, Kind, Mend, Severity, Site, Then, Who};
use crate::document::ConnectionId;
use crate::engine::{Binding, HostPolicy, State, Wanted, cancel_undo, detach, retry, skip};

/// What a host is told does not count for whether a decision is possible.
const TOLD_NOTHING: HostPolicy = HostPolicy {
    postings: false,
    payments: false,
    settlements: false,
    payments_ahead_days_max: None,
    companions: None,
};

/// A finding with everything that helps to end it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
    /// What it is, as a fragment; empty for a rule of another version.
    pub title: &'static str,
    /// How much it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Who acts, the likeliest first.
    pub who: &'static [Who],
    /// What mends it, each with what then makes it go.
    pub mends: Vec<Remedy>,
    /// What can be decided about this document now.
    pub actions: Vec<Action>,
}

/// One way to mend a finding of one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remedy {
    /// Where.
    pub site: Site,
    /// What to do there, as a sentence.
    pub how: &'static str,
    /// The keys of the configuration that decide it, as they stand in the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// What makes the finding go afterwards.
    pub then: Then,
}

/// Everything that a person should know or decide about a document, with what can be done about each.
#[must_use]
pub fn advise(binding: &Binding) -> Vec<Advice> {
    binding
        .findings()
        .map(|finding| {
            let kind = finding.rule.kind();
            Advice {
                finding: finding.clone(),
                title: kind.map_or("", |kind| kind.title),
                severity: kind.map(|kind| kind.severity),
                who: kind.map_or(&[], |kind| kind.who),
                mends: kind.map_or_else(Vec::new, |kind| mends(kind, finding, binding)),
                actions: kind.map_or_else(Vec::new, |kind| actions(kind, finding, binding)),
            }
        })
        .collect()
}

/// The decisions of a kind about something that is named so, whatever state it is in.
#[must_use]
pub fn actions_for(kind: &Kind, about: &str) -> Vec<Action> {
    let acts = kind.acts.iter();
    acts.map(|act| Action::new(*act, about)).collect()
}

fn mends(kind: &Kind, finding: &Finding, binding: &Binding) -> Vec<Remedy> {
    let remedy = |mend: &Mend| Remedy {
        site: mend.site,
        how: mend.how,
        keys: keys(mend, finding, &binding.key.connection),
        then: mend.then,
    };
    kind.mends.iter().map(remedy).collect()
}

/// The one key that the finding names where it belongs to this mend, else all that come into question.
fn keys(mend: &Mend, finding: &Finding, connection: &ConnectionId) -> Vec<String> {
    let is_its_own = |key: &&str| top(key) == top(&finding.setting);
    if !finding.setting.is_empty() && mend.settings.iter().any(is_its_own) {
        return vec![full(&finding.setting, connection)];
    }
    let all = mend.settings.iter();
    all.map(|key| full(key, connection)).collect()
}

/// The first word of a key, such as `accounts`.
fn top(key: &str) -> &str {
    key.split(['.', '[']).next().unwrap_or_default()
}

fn full(key: &str, connection: &ConnectionId) -> String {
    if key.starts_with('[') {
        return key.to_owned();
    }
    let name = connection.as_str();
    let is_bare = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    if name.chars().all(is_bare) {
        format!("connections.{name}.settings.{key}")
    } else {
        format!("connections.\"{name}\".settings.{key}")
    }
}

/// The decisions that the document allows now: none is offered that would be denied.
fn actions(kind: &Kind, finding: &Finding, binding: &Binding) -> Vec<Action> {
    let key = &binding.key.document;
    let named = format!("{}/{}/{}", key.host, key.kind.as_str(), key.id);
    let at = binding.changed_at;
    let mut actions = Vec::new();
    for act in kind.acts {
        let is_open = match act {
            Act::Retry => retry(binding, "", at).is_ok(),
            Act::Skip => skip(binding, "", None, at).is_ok(),
            Act::Detach => detach(binding, "", at).is_ok(),
            Act::Adopt => can_be_bound(binding) && finding.others.len() == 1,
            Act::AdoptOverwrite => {
                can_be_bound(binding) && (finding.others.len() == 1 || is_bound(binding))
            }
            Act::AdoptAs => {
                if can_be_bound(binding) {
                    let others = finding.others.iter();
                    actions.extend(others.map(|other| Action::with(*act, &named, other)));
                }
                continue;
            }
            Act::AdoptNone => {
                can_be_bound(binding) && !is_bound(binding) && !finding.others.is_empty()
            }
            Act::UndoCancel => cancel_undo(binding, "", TOLD_NOTHING, at).is_ok(),
            Act::Sync | Act::Explain | Act::Connect | Act::ConnectAgain => true,
        };
        if is_open {
            actions.push(Action::new(*act, &named));
        }
    }
    actions
}

fn can_be_bound(binding: &Binding) -> bool {
    binding.departure().is_none()
        && binding.wanted == Wanted::Live
        && binding.state != State::Detached
        && binding.key.connection != ConnectionId::unrouted()
}

fn is_bound(binding: &Binding) -> bool {
    let posted = binding.posted.as_ref();
    posted.is_some_and(|posted| posted.status.is_live())
}
