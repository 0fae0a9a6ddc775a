//! What a provider does besides keeping documents, for a person or a policy: contact details, totals, tracking options.

use async_trait::async_trait;

use super::{
    Browse, ContactTotals, ContactWanted, CopiedDetails, ProviderError, Rejection, TotalsWanted,
    TrackingOption,
};
use crate::document::ProviderContactId;

/// What a provider does besides keeping documents.
#[async_trait]
pub trait Clerk: Send + Sync {
    /// Fills in what a contact lacks and the wanted one has. Nothing that is there is ever replaced, the
    /// name never touched. A repeat finds everything there and changes nothing.
    async fn copy_details(
        &self,
        contact: &ProviderContactId,
        wanted: &ContactWanted,
    ) -> Result<CopiedDetails, ProviderError>;

    /// Makes an option of a tracking category that exists. An option of that name that may be used already is
    /// the answer too, whoever made it.
    ///
    /// Looks before it makes, under an idempotency key derived from category and name, so a repeat after any
    /// failure makes nothing twice. Never makes a category.
    async fn make_tracking_option(
        &self,
        category_id: &str,
        name: &str,
    ) -> Result<Result<TrackingOption, Rejection>, ProviderError>;

    /// What the submitted, approved and paid invoices and bills of a contact come to.
    async fn contact_totals(&self, wanted: &TotalsWanted) -> Result<ContactTotals, ProviderError>;

    /// What a person may look at there, if it shows anything. The same at every call.
    fn browse(&self) -> Option<&dyn Browse> {
        None
    }
}
