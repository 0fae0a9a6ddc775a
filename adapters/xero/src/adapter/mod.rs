//! How the provider port is answered by Xero: dispatch only.

mod allocate;
mod browse;
mod changes;
mod contacts;
mod cursor;
#[cfg(test)]
mod cursor_simulation;
mod details;
mod find;
mod known;
mod ladder;
mod options;
mod outcome;
mod papers;
mod pay;
mod prints;
mod read;
mod reference;
mod send;
mod toll;
mod totals;

use std::sync::Arc;

use async_trait::async_trait;
use tieout_core::clock::Clock;
use tieout_core::document::{
    DocumentKind, ProviderContactId, ProviderDocumentId, ProviderPaymentId,
};
use tieout_core::provider::{
    AccountingProvider, AllocationOrder, AttachmentOrder, Browse, Candidate, Capability,
    ChangePage, ChangesAfter, Chart, Clerk, ContactAnswer, ContactCard, ContactTotals,
    ContactWanted, ContactsMeant, CopiedDetails, DocumentsFound, DocumentsMeant, Extras, FindCost,
    MadePayment, NoteOrder, Opened, Organisation, Pace, Pacing, PaymentOrder, ProviderError,
    Rejection, Request, Snapshot, Sought, Toll, TotalsWanted, TrackingOption, Work, Written,
};
use tieout_core::transport::Transport;
use url::Url;

use crate::capability::CAPABILITY;
use crate::client::Client;
use crate::limit::Budget;

/// One Xero organisation, through a transport that signs calls in and keeps the budget.
pub struct XeroProvider {
    client: Client,
    /// The budget that its calls spend, where it may slow down for it.
    budget: Option<Budget>,
}

impl XeroProvider {
    /// The organisation `tenant_id`. `api_base` ends in a slash, such as `https://api.xero.com/api.xro/2.0/`.
    #[must_use]
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        api_base: Url,
        tenant_id: impl Into<String>,
    ) -> Self {
        Self {
            client: Client::new(transport, clock, api_base, tenant_id.into()),
            budget: None,
        }
    }

    /// The same that asks for pauses when this budget runs low: the one that its transport spends.
    #[must_use]
    pub fn paced_by(self, budget: Budget) -> Self {
        Self {
            budget: Some(budget),
            ..self
        }
    }
}

#[async_trait]
impl AccountingProvider for XeroProvider {
    fn capability(&self) -> &'static Capability {
        &CAPABILITY
    }

    async fn chart(&self) -> Result<Chart, ProviderError> {
        reference::chart(&self.client).await
    }

    async fn resolve_contacts(
        &self,
        wanted: &[ContactWanted],
    ) -> Result<Vec<ContactAnswer>, ProviderError> {
        contacts::resolve(&self.client, wanted).await
    }

    async fn send(
        &self,
        request: &Request,
    ) -> Result<Vec<Result<Snapshot, Rejection>>, ProviderError> {
        send::send(&self.client, request).await
    }

    async fn look_up(
        &self,
        kind: DocumentKind,
        numbers: &[String],
    ) -> Result<Vec<Snapshot>, ProviderError> {
        read::look_up(&self.client, kind, numbers).await
    }

    async fn find(
        &self,
        kind: DocumentKind,
        sought: &[Sought],
    ) -> Result<Vec<Vec<Candidate>>, ProviderError> {
        find::find(&self.client, kind, sought).await
    }

    fn find_cost(&self, kind: DocumentKind, sought: &[Sought]) -> FindCost {
        find::cost(kind, sought)
    }

    async fn read(
        &self,
        kind: DocumentKind,
        ids: &[ProviderDocumentId],
    ) -> Result<Vec<Snapshot>, ProviderError> {
        read::read(&self.client, kind, ids).await
    }

    async fn changes(&self, after: &ChangesAfter) -> Result<ChangePage, ProviderError> {
        changes::changes(&self.client, after).await
    }

    fn clerk(&self) -> Option<&dyn Clerk> {
        Some(self)
    }

    fn pacing(&self) -> Option<&dyn Pacing> {
        Some(self)
    }

    fn extras(&self) -> Option<&dyn Extras> {
        Some(self)
    }
}

#[async_trait]
impl Clerk for XeroProvider {
    async fn copy_details(
        &self,
        contact: &ProviderContactId,
        wanted: &ContactWanted,
    ) -> Result<CopiedDetails, ProviderError> {
        details::copy(&self.client, contact, wanted).await
    }

    async fn make_tracking_option(
        &self,
        category_id: &str,
        name: &str,
    ) -> Result<Result<TrackingOption, Rejection>, ProviderError> {
        options::make(&self.client, category_id, name).await
    }

    async fn contact_totals(&self, wanted: &TotalsWanted) -> Result<ContactTotals, ProviderError> {
        totals::totals(&self.client, wanted).await
    }

    fn browse(&self) -> Option<&dyn Browse> {
        Some(self)
    }
}

#[async_trait]
impl Browse for XeroProvider {
    async fn contacts(&self, wanted: &ContactsMeant) -> Result<Vec<ContactCard>, ProviderError> {
        browse::contacts(&self.client, wanted).await
    }

    async fn documents(&self, wanted: &DocumentsMeant) -> Result<DocumentsFound, ProviderError> {
        browse::documents(&self.client, wanted).await
    }

    fn address(&self, organisation: &Organisation, of: &Opened<'_>) -> Option<String> {
        browse::address(organisation, of)
    }
}

impl Pacing for XeroProvider {
    fn patient(&self) -> Arc<dyn AccountingProvider> {
        Arc::new(Self {
            client: self.client.patient(),
            budget: self.budget.clone(),
        })
    }

    fn pace(&self, kinds: &[DocumentKind]) -> Pace {
        let budget = self.budget.as_ref();
        budget.map_or_else(Pace::default, |budget| {
            budget.pace(changes::calls_of_a_look(kinds))
        })
    }

    fn toll(&self, work: &Work<'_>) -> Toll {
        toll::toll(work)
    }
}

#[async_trait]
impl Extras for XeroProvider {
    async fn pay(
        &self,
        idempotency_key: &str,
        orders: &[PaymentOrder],
    ) -> Result<Vec<Result<MadePayment, Rejection>>, ProviderError> {
        pay::pay(&self.client, idempotency_key, orders).await
    }

    async fn payments_marked(&self, markers: &[String]) -> Result<Vec<MadePayment>, ProviderError> {
        pay::marked(&self.client, markers).await
    }

    async fn take_back(
        &self,
        idempotency_key: &str,
        payment: &ProviderPaymentId,
    ) -> Result<Result<(), Rejection>, ProviderError> {
        pay::take_back(&self.client, idempotency_key, payment).await
    }

    async fn allocate(
        &self,
        idempotency_key: &str,
        order: &AllocationOrder,
    ) -> Result<Result<(), Rejection>, ProviderError> {
        allocate::allocate(&self.client, idempotency_key, order).await
    }

    async fn attach(
        &self,
        idempotency_key: &str,
        order: &AttachmentOrder,
    ) -> Result<Result<Written, Rejection>, ProviderError> {
        papers::attach(&self.client, idempotency_key, order).await
    }

    async fn note(
        &self,
        idempotency_key: &str,
        order: &NoteOrder,
    ) -> Result<Result<Written, Rejection>, ProviderError> {
        papers::note(&self.client, idempotency_key, order).await
    }
}
