//! The line between a process and the host: outages, lost deliveries, lost answers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tieout_core::host::{
    Delivery, Heard, Host, HostCapability, HostError, HostErrorKind, HostPage, Push, PushRefusal,
    WriteBackRefusal,
};

use super::body::{Body, Moment, Step};
use super::mistakes;
use crate::faults::Chance;
use crate::host::CAPABILITY;
use crate::pushes;

/// The host as one process reaches it.
pub(crate) struct HostLine(pub(crate) Arc<Body>);

impl HostLine {
    async fn reach(&self) -> Result<(), HostError> {
        let millis = self.0.ground.faults().between(1, 30);
        tokio::time::sleep(Duration::from_millis(millis)).await;
        if self.0.ground.is_host_down() {
            return Err(down());
        }
        Ok(())
    }
}

fn down() -> HostError {
    HostError::new(
        HostErrorKind::Unavailable,
        "reach the host",
        "it does not answer",
    )
}

#[async_trait]
impl Host for HostLine {
    fn capability(&self) -> &HostCapability {
        &CAPABILITY
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        let step = self.0.step(Step::Host).await;
        self.reach().await?;
        let page = self.0.ground.host.changes(after, limit)?;
        step.at(Moment::After).await;
        Ok(page)
    }

    /// The line to the host may be down while the one from it is not.
    async fn hear(&self, push: &Push) -> Result<Heard, PushRefusal> {
        let millis = self.0.ground.faults().between(1, 30);
        tokio::time::sleep(Duration::from_millis(millis)).await;
        let heard = pushes::heard(&self.0.ground, push)?;
        Ok(mistakes::of_push(&self.0.ground, heard))
    }

    async fn acknowledge(&self, position: &str) -> Result<(), HostError> {
        let step = self.0.step(Step::Host).await;
        self.reach().await?;
        self.0.ground.host.acknowledge(position);
        step.at(Moment::After).await;
        Ok(())
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        let step = self.0.step(Step::Host).await;
        self.reach().await?;
        let ground = &self.0.ground;
        if ground.strikes(Chance::DeliveryLost) {
            ground.tell("fault", "a delivery to the host is lost");
            return Err(down());
        }
        let told = mistakes::of_delivery(ground, delivery);
        let mut results = ground.host.take(ground, &told);
        results.resize(delivery.items.len(), Ok(()));
        step.at(Moment::Between).await;
        step.at(Moment::After).await;
        if ground.strikes(Chance::DeliveryUnanswered) {
            ground.tell("fault", "the host's answer to a delivery is lost");
            return Err(down());
        }
        if ground.strikes(Chance::DeliveryShort) {
            ground.tell("fault", "the host answers with a result too few");
            results.pop();
        }
        Ok(results)
    }
}
