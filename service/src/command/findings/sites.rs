//! Which connections and files of hosts need somebody.

use serde::Serialize;
use tieout_core::advice::{Action, actions_for};
use tieout_core::check::Rule;
use tieout_core::check::kinds::{Kind, Severity, Trouble, Who};
use tieout_core::document::{ConnectionId, HostId};

use super::super::chosen::Chosen;
use super::super::failed;
use super::super::grant::{self, GrantStanding, GrantState};
use super::super::unread;
use crate::exit::Failure;
use crate::office::Office;
use crate::output::{self, say};

/// A connection, a host or a file that needs somebody.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SiteInNeed {
    /// The stable name of the kind.
    pub(crate) rule: &'static str,
    /// What it is.
    pub(crate) title: &'static str,
    /// How much it matters.
    pub(crate) severity: Severity,
    /// Who acts.
    pub(crate) who: &'static [Who],
    /// The connection, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connection: Option<ConnectionId>,
    /// The host, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host: Option<HostId>,
    /// What is wrong, as a fragment.
    pub(crate) message: String,
    /// What to do, as a sentence.
    pub(crate) remedy: String,
    /// What can be decided.
    pub(crate) actions: Vec<Action>,
}

/// Everything of that sort, as far as it is chosen.
pub(crate) async fn look(office: &mut Office, chosen: &Chosen) -> Result<Vec<SiteInNeed>, Failure> {
    let mut found = Vec::new();
    for (name, connection) in office.loaded.config.connections.clone() {
        if connection.named_books().is_some() {
            continue;
        }
        let Some(record) = office.apps.connections.read(&name).await? else {
            found.push(not_connected(&name));
            continue;
        };
        let grant = grant::look(office, &name, &connection, &record).await?;
        if grant.needs_somebody() {
            found.extend(of_grant(&name, &grant));
        }
    }
    let failed = failed::look(&office.loaded).await?;
    for (host, message) in failed.unread_by_host {
        let remedy = "Mend `path` of the host, or let this user read the folder.";
        found.push(of_host(Trouble::FolderUnreadable, host, message, remedy));
    }
    for file in failed.files {
        let message = format!("{}: {}", file.file.path.display(), file.file.message);
        let remedy = "Mend it and put it into outbox/ again, or take it out of failed/.";
        found.push(of_host(Trouble::FileFailed, file.host, message, remedy));
    }
    for it in unread::look(office).await? {
        if let Some(kind) = Rule::RecordUnreadable.kind() {
            found.push(SiteInNeed {
                host: Some(it.host.clone()),
                ..of(kind, it.words(), unread::REMEDY.to_owned())
            });
        }
    }
    found.retain(|it| chosen.takes_site(it.rule, it.connection.as_ref(), it.host.as_ref()));
    Ok(found)
}

/// What is told of the access of a connection; nothing while it works.
fn of_grant(name: &ConnectionId, grant: &GrantStanding) -> Option<SiteInNeed> {
    let trouble = match grant.state {
        GrantState::Live => return None,
        GrantState::Renewing => Trouble::AccessRenewing,
        GrantState::Broken => Trouble::AccessBroken,
        GrantState::Missing => Trouble::AccessMissing,
        GrantState::Unreadable => Trouble::AccessUnreadable,
    };
    let message = grant.message()?;
    let remedy = grant.remedy.clone().unwrap_or_default();
    Some(of_connection(trouble, name, message, remedy))
}

fn not_connected(name: &ConnectionId) -> SiteInNeed {
    let remedy = format!("Run `tieout connect {name}`.");
    let message = "nobody has allowed access to its organisation yet".to_owned();
    of_connection(Trouble::NotConnected, name, message, remedy)
}

fn of_connection(
    trouble: Trouble,
    name: &ConnectionId,
    message: String,
    remedy: String,
) -> SiteInNeed {
    SiteInNeed {
        connection: Some(name.clone()),
        actions: actions_for(trouble.kind(), name.as_str()),
        ..of(trouble.kind(), message, remedy)
    }
}

fn of_host(trouble: Trouble, host: HostId, message: String, remedy: &str) -> SiteInNeed {
    SiteInNeed {
        host: Some(host),
        ..of(trouble.kind(), message, remedy.to_owned())
    }
}

fn of(kind: &'static Kind, message: String, remedy: String) -> SiteInNeed {
    SiteInNeed {
        rule: kind.name,
        title: kind.title,
        severity: kind.severity,
        who: kind.who,
        connection: None,
        host: None,
        message,
        remedy,
        actions: Vec::new(),
    }
}

impl SiteInNeed {
    pub(crate) fn print(&self) {
        let about = match (&self.connection, &self.host) {
            (Some(connection), _) => format!("connection {connection}"),
            (None, Some(host)) => format!("host {host}"),
            (None, None) => String::new(),
        };
        say!("{} {}: {about}: {}", output::bad(), self.rule, self.message);
        say!("      {}", self.remedy);
    }
}
