//! What the program knows that the journal does not say: how accesses stand, and which certificate is the newest.

use async_trait::async_trait;
use tieout_core::check::kinds::Trouble;
use tieout_core::document::{ConnectionId, HostId};
use tieout_notices::{Access, CertificateData, ConnectionFact, Facts};
use tieout_xero::auth::{AuthError, GrantStatus};
use tokio::sync::Mutex;

use crate::config::ConnectionConfig;
use crate::exit::{Failure, chain, sentence};
use crate::office::Office;
use crate::report::Archive;

/// What is known, from the store and the folder of certificates alone.
pub(super) struct Known {
    office: Mutex<Office>,
    hosts: Vec<HostId>,
    archive: Archive,
}

impl Known {
    pub(super) fn new(office: Office, archive: Archive) -> Self {
        Self {
            hosts: office.loaded.config.hosts.keys().cloned().collect(),
            office: Mutex::new(office),
            archive,
        }
    }
}

#[async_trait]
impl Facts for Known {
    async fn connections(&self) -> Vec<ConnectionFact> {
        let mut office = self.office.lock().await;
        let connections = office.loaded.config.connections.clone();
        let mut facts = Vec::new();
        for (connection, config) in connections {
            let access = match access(&mut office, &connection, &config).await {
                Ok(access) => access,
                Err(failure) => {
                    tracing::debug!(%connection, error = failure.message, "how the access stands is not known");
                    Access::Unknown
                }
            };
            facts.push(ConnectionFact { connection, access });
        }
        facts
    }

    async fn certificate(&self) -> Option<CertificateData> {
        // What is wrong with the folder is told by whoever makes certificates.
        let newest = self.archive.newest().ok()??;
        Some(CertificateData {
            number: newest.number,
            made_at: newest.made_at,
            agree: newest.counts.agree,
            differ: newest.counts.differ,
        })
    }

    fn hosts(&self) -> Vec<HostId> {
        self.hosts.clone()
    }
}

/// How the access of a connection stands. Asks nobody and renews nothing.
async fn access(
    office: &mut Office,
    name: &ConnectionId,
    connection: &ConnectionConfig,
) -> Result<Access, Failure> {
    if connection.named_books().is_some() {
        return Ok(Access::Works { lapses_at: None });
    }
    let Some(record) = office.apps.connections.read(name).await? else {
        return Ok(Access::NeedsConsent {
            trouble: Trouble::NotConnected,
            message: "nobody has allowed access to its organisation yet".to_owned(),
            remedy: format!("Run `tieout connect {name}`."),
        });
    };
    let config = office.loaded.config.clone();
    let desk = office.apps.app(&config, connection)?;
    let again = || format!("Run `tieout connect {name} --again`.");
    Ok(match desk.keeper.status(&record.grant).await {
        Ok(GrantStatus::Live { dies_unused_at, .. }) => Access::Works {
            lapses_at: dies_unused_at,
        },
        Ok(GrantStatus::Refreshing { .. }) => Access::Unknown,
        Ok(GrantStatus::Broken { reason, .. }) => Access::NeedsConsent {
            trouble: Trouble::AccessBroken,
            message: format!("the access does not work any more: {reason}"),
            remedy: again(),
        },
        Err(error @ AuthError::UnknownGrant(_)) => Access::NeedsConsent {
            trouble: Trouble::AccessMissing,
            message: chain(&error),
            remedy: again(),
        },
        Err(error @ AuthError::OtherApp(_)) => Access::NeedsConsent {
            trouble: Trouble::AccessMissing,
            message: chain(&error),
            remedy: sentence(error.advice()),
        },
        Err(error) => return Err(error.into()),
    })
}
