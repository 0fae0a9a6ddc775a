//! When a run had sent everything and when it had read everything back, seen from the sandbox.

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::control::Control;
use crate::failure::Failure;

/// Often enough for a tenth of a second, seldom enough to disturb nothing.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Until when requests of each kind came, from the beginning of the watch, to a tenth of a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    /// The last one that wrote an invoice.
    pub written: Duration,
    /// The last one of all.
    pub asked: Duration,
}

/// A watch that runs.
#[derive(Debug)]
pub struct Watch {
    task: JoinHandle<Result<Phases, Failure>>,
    over: CancellationToken,
}

impl Watch {
    /// Begins to watch the calls on an organisation.
    #[must_use]
    pub fn over(control: &Control, organisation: Uuid) -> Self {
        let over = CancellationToken::new();
        let task = tokio::spawn(look(control.clone(), organisation, over.clone()));
        Self { task, over }
    }

    /// What was seen.
    ///
    /// # Errors
    /// When the sandbox did not answer.
    pub async fn end(self) -> Result<Phases, Failure> {
        self.over.cancel();
        self.task.await?
    }
}

async fn look(
    control: Control,
    organisation: Uuid,
    over: CancellationToken,
) -> Result<Phases, Failure> {
    let begun = Instant::now();
    let mut phases = Phases::default();
    let mut before = control.counts(organisation).await?;
    while !over.is_cancelled() {
        let now = control.counts(organisation).await?;
        if now.of("PUT invoices") > before.of("PUT invoices") {
            phases.written = begun.elapsed();
        }
        if now.total() > before.total() {
            phases.asked = begun.elapsed();
        }
        before = now;
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(phases)
}
