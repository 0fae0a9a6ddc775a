//! What a person is told while a command waits for an organisation: who waits for what, and when that ends at the latest.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;

use super::Staff;
use crate::output::{self, counted};

/// After so long a command says what it waits for, and then again so often.
const SILENT_FOR: Duration = Duration::from_secs(1);
const AGAIN_AFTER: Duration = Duration::from_secs(15);

impl Staff {
    /// Does work that asks organisations, and says on standard error what it waits for as long as they keep it waiting.
    ///
    /// The work has its bound by itself: a call is given up when its turn or its reply does not come.
    pub(crate) async fn patiently<T>(&self, json: bool, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut pause = SILENT_FOR;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = sleep(pause) => {}
            }
            if let Some(words) = self.awaited() {
                output::notice(json, &words);
                pause = AGAIN_AFTER;
            }
        }
    }

    /// What this process waits for at its organisations now, if it does.
    fn awaited(&self) -> Option<String> {
        let told = self
            .organisations
            .iter()
            .filter_map(|(name, organisation)| {
                let now = organisation.budget()?.usage();
                let air = (now.in_air > 0).then(|| {
                    format!(
                        "{} without a reply yet",
                        counted(now.in_air, "call", "calls")
                    )
                });
                let turn = (now.waiting > 0).then(|| {
                    format!(
                        "{} for a turn",
                        counted(now.waiting, "call waits", "calls wait")
                    )
                });
                let both: Vec<String> = air.into_iter().chain(turn).collect();
                (!both.is_empty()).then(|| format!("{name}: {}", both.join(", ")))
            });
        let told: Vec<String> = told.collect();
        (!told.is_empty()).then(|| {
            format!(
                "waiting for Xero ({}). A call whose reply or turn does not come is given up after one to two minutes; \
                 Ctrl-C ends this command alone",
                told.join("; ")
            )
        })
    }
}
