//! What of bindings and findings is shown to programs: forms of their own, which stay when what is stored changes.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tieout_core::advice::{Action, Advice, Remedy, advise};
use tieout_core::check::kinds::Mend;
use tieout_core::document::{
    ConnectionId, DocumentId, DocumentKey, DocumentKind, HostId, Settlement, Totals,
};
use tieout_core::engine::{Binding, BindingKey};

use crate::{output, story};

/// A binding as an address names it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct BindingPath {
    /// The connection in the configuration.
    pub(super) connection: ConnectionId,
    /// The host in the configuration.
    pub(super) host: HostId,
    /// What the document is.
    pub(super) kind: DocumentKind,
    /// Its identifier in the host.
    pub(super) id: DocumentId,
}

impl BindingPath {
    pub(super) fn key(self) -> BindingKey {
        BindingKey {
            document: DocumentKey {
                host: self.host,
                kind: self.kind,
                id: self.id,
            },
            connection: self.connection,
        }
    }
}

/// A document of a host as an address names it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct DocumentPath {
    /// The host in the configuration.
    pub(super) host: HostId,
    /// What it is.
    pub(super) kind: DocumentKind,
    /// Its identifier in the host.
    pub(super) id: DocumentId,
}

impl DocumentPath {
    pub(super) fn key(self) -> DocumentKey {
        DocumentKey {
            host: self.host,
            kind: self.kind,
            id: self.id,
        }
    }
}

/// A connection as an address names it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct ConnectionPath {
    /// The connection in the configuration.
    pub(super) connection: ConnectionId,
}

/// A host as an address names it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct HostPath {
    /// The host in the configuration.
    pub(super) host: HostId,
}

/// The part of a list that is wanted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PageAsked {
    /// How many on a page.
    pub(super) limit: super::paging::Limit,
    /// The `next` of the page before.
    pub(super) after: Option<String>,
}

/// A host's document on a connection, with what is at the provider.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Binding")]
pub(super) struct BindingForm {
    /// The host's document.
    pub(super) document: DocumentKey,
    /// The connection that keeps it.
    pub(super) connection: ConnectionId,
    /// The number that people use.
    pub(super) number: String,
    /// Its accounting date.
    pub(super) issue_date: NaiveDate,
    /// Where it stands: `waiting`, `held`, `skipped`, `ready`, `in_flight`, `unsure`, `posted`, `rejected`, `voided`,
    /// `removed` or `detached`.
    pub(super) state: &'static str,
    /// The host's revision.
    pub(super) revision: u64,
    /// Grows with every change; the ETag of it alone.
    pub(super) version: u64,
    /// How many findings it has.
    pub(super) findings: usize,
    /// Whether a person wants it out of the books again.
    pub(super) to_be_undone: bool,
    /// What the provider holds for it, as last seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) provider: Option<HeldForm>,
    /// When it last changed.
    pub(super) changed_at: DateTime<Utc>,
}

/// What the provider holds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Held")]
pub(super) struct HeldForm {
    /// The provider's identifier.
    pub(super) id: String,
    /// Its number there.
    pub(super) number: String,
    /// Where it stands there: `draft`, `submitted`, `authorised`, `paid`, `voided`, `deleted` or another.
    pub(super) status: String,
    /// What it comes to.
    pub(super) totals: Totals,
    /// How far it is settled.
    pub(super) settlement: Settlement,
    /// When the provider last changed it.
    pub(super) updated_at: DateTime<Utc>,
}

impl BindingForm {
    pub(super) fn of(binding: &Binding) -> Self {
        let held = binding.posted.as_ref().map(|posted| HeldForm {
            id: posted.id.to_string(),
            number: posted.number.clone(),
            status: posted.status.to_string(),
            totals: posted.totals.spelled(posted.settlement.currency),
            settlement: posted.settlement.clone().spelled(),
            updated_at: posted.updated_at,
        });
        Self {
            document: binding.key.document.clone(),
            connection: binding.key.connection.clone(),
            number: binding.number.clone(),
            issue_date: binding.issue_date,
            state: binding.state.name(),
            revision: binding.revision,
            version: binding.version,
            findings: binding.findings().count(),
            to_be_undone: binding.undo.is_some(),
            provider: held,
            changed_at: binding.changed_at,
        }
    }
}

/// A binding with what is to be known and decided about it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct BindingDetail {
    /// The binding.
    pub(super) binding: BindingForm,
    /// Where it stands, in words.
    pub(super) standing: String,
    /// What happens next, or what somebody should do.
    pub(super) next: String,
    /// What somebody should know or decide.
    pub(super) findings: Vec<FindingForm>,
}

impl BindingDetail {
    pub(super) fn of(binding: &Binding) -> Self {
        Self {
            binding: BindingForm::of(binding),
            standing: output::state(&binding.state),
            next: story::next(binding),
            findings: advise(binding).iter().map(FindingForm::of).collect(),
        }
    }
}

/// A document on a connection as `/v1/bindings` tells it, for the command line: one form for both.
pub(crate) fn binding_told(binding: &Binding) -> serde_json::Value {
    serde_json::json!(BindingDetail::of(binding))
}

/// A finding: what is wrong, what mends it, and what can be decided.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "FindingWithAdvice")]
pub(super) struct FindingForm {
    /// The stable name of its kind. `GET /v1/findings/kinds` explains each.
    pub(super) rule: String,
    /// What the kind is, as a fragment.
    pub(super) title: String,
    /// How much it matters: `stops`, `differs`, `beside` or `waits`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) severity: Option<String>,
    /// Who acts: `operator`, `host_user`, `bookkeeper`.
    pub(super) who: Vec<String>,
    /// The path of the field; empty for the whole document.
    pub(super) field: String,
    /// The value that does not fit.
    pub(super) value: String,
    /// What is wrong, as a sentence without its full stop.
    pub(super) message: String,
    /// What to do, as a sentence.
    pub(super) remedy: String,
    /// The arithmetic or the candidates, line by line.
    pub(super) detail: Vec<String>,
    /// The key of the settings that mends it; empty where there are several or none.
    pub(super) setting: String,
    /// Identifiers of the provider's documents that it may be or that stand in its way.
    pub(super) others: Vec<String>,
    /// Ways to mend it.
    pub(super) mends: Vec<RemedyForm>,
    /// What can be decided about it.
    pub(super) actions: Vec<ActionForm>,
}

/// A way to mend a finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Remedy")]
pub(super) struct RemedyForm {
    /// Where: `host`, `provider` or `settings`.
    pub(super) site: String,
    /// What to do there.
    pub(super) how: String,
    /// The keys of the settings that decide it.
    pub(super) keys: Vec<String>,
    /// What makes the finding go afterwards.
    pub(super) then: String,
}

/// Something that can be decided.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Action")]
pub(super) struct ActionForm {
    /// Which decision.
    pub(super) act: String,
    /// What a button says.
    pub(super) label: String,
    /// The command that decides so.
    pub(super) command: String,
}

impl FindingForm {
    pub(super) fn of(advice: &Advice) -> Self {
        let finding = &advice.finding;
        Self {
            rule: finding.rule.as_str().to_owned(),
            title: advice.title.to_owned(),
            severity: advice.severity.as_ref().map(word),
            who: advice.who.iter().map(word).collect(),
            field: finding.field.clone(),
            value: finding.value.clone(),
            message: finding.message.clone(),
            remedy: finding.remedy.clone(),
            detail: finding.detail.clone(),
            setting: finding.setting.clone(),
            others: finding.others.clone(),
            mends: advice.mends.iter().map(RemedyForm::of).collect(),
            actions: advice.actions.iter().map(ActionForm::of).collect(),
        }
    }
}

impl RemedyForm {
    /// A way to mend every finding of a kind.
    pub(super) fn of_kind(mend: &Mend) -> Self {
        Self {
            site: word(&mend.site),
            how: mend.how.to_owned(),
            keys: mend.settings.iter().map(ToString::to_string).collect(),
            then: word(&mend.then),
        }
    }

    fn of(remedy: &Remedy) -> Self {
        Self {
            site: word(&remedy.site),
            how: remedy.how.to_owned(),
            keys: remedy.keys.clone(),
            then: word(&remedy.then),
        }
    }
}

impl ActionForm {
    pub(super) fn of(action: &Action) -> Self {
        Self {
            act: word(&action.act),
            label: action.label.to_owned(),
            command: action.command.clone(),
        }
    }
}

/// The word of one of our own names.
pub(super) fn word<T: Serialize>(name: &T) -> String {
    match serde_json::to_value(name) {
        Ok(Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}
