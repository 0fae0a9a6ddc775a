//! What else the provider of the tests does: tracking options on request, and a budget that can be low.

use std::sync::Arc;

use async_trait::async_trait;
use tieout_core::document::{DocumentKind, ProviderContactId};
use tieout_core::provider::{
    AccountingProvider, Clerk, ContactTotals, ContactWanted, CopiedDetails, ErrorKind, Pace,
    Pacing, ProviderError, Rejection, TotalsWanted, TrackingOption,
};

use super::provider::{Fault, On, TestProvider};

#[async_trait]
impl Clerk for TestProvider {
    async fn copy_details(
        &self,
        _: &ProviderContactId,
        _: &ContactWanted,
    ) -> Result<CopiedDetails, ProviderError> {
        Err(ProviderError::new(ErrorKind::Refused, "copy", "not here"))
    }

    async fn make_tracking_option(
        &self,
        category_id: &str,
        name: &str,
    ) -> Result<Result<TrackingOption, Rejection>, ProviderError> {
        let fault = self.enter(On::Option);
        let latency = self.inner().latency;
        tokio::time::sleep(latency).await;
        match fault {
            Some(Fault::Reject(kind)) => {
                return Ok(Err(Rejection {
                    kind,
                    messages: vec!["no more options".to_owned()],
                    advice: None,
                }));
            }
            Some(fault @ (Fault::UnsureAfter | Fault::BadReply)) => {
                self.inner().books.make_option(category_id, name);
                return Err(self.error(&fault));
            }
            Some(fault) => return Err(self.error(&fault)),
            None => {}
        }
        Ok(Ok(self.inner().books.make_option(category_id, name)))
    }

    async fn contact_totals(&self, _: &TotalsWanted) -> Result<ContactTotals, ProviderError> {
        Err(ProviderError::new(ErrorKind::Refused, "totals", "not here"))
    }
}

impl Pacing for TestProvider {
    fn patient(&self) -> Arc<dyn AccountingProvider> {
        let mut patient = self.clone();
        patient.patient = true;
        Arc::new(patient)
    }

    fn pace(&self, _kinds: &[DocumentKind]) -> Pace {
        Pace {
            gather: self.inner().gather,
            ..Pace::default()
        }
    }
}
