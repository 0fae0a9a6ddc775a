//! What a product sent by itself: stored like a page of its changes, beside the position up to which it was read.

use super::DriverError;
use super::intake::Taken;
use super::site::{HostSite, World};
use crate::host::{HostPage, Look, Push, PushRefusal};

/// Why a push was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotPushed {
    /// The host turned it away.
    #[error(transparent)]
    Refused(#[from] PushRefusal),
    /// It could not be stored: the sender tries again.
    #[error(transparent)]
    NotStored(#[from] DriverError),
}

impl World {
    /// Takes what a product sent. What it brought is stored for good when this returns.
    ///
    /// A repeat changes nothing twice: its records are compared with what is known, like those of a page. It waits for
    /// nobody who reads the host, since a product gives up soon.
    pub async fn take_push(&self, site: &HostSite, push: &Push) -> Result<Taken, NotPushed> {
        let heard = site.host.hear(push).await?;
        if heard.look == Look::Soon {
            site.asked.notify_one();
        }
        let taken = Taken {
            records: heard.records.len(),
            more: false,
        };
        if heard.records.is_empty() {
            return Ok(taken);
        }
        let page = HostPage {
            records: heard.records,
            position: None,
            more: false,
        };
        self.store_page(site, &page, None).await?;
        self.progress.records(taken.records);
        Ok(taken)
    }
}
