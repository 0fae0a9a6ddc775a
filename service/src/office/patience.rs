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

/// Which organisations let no call leave in this minute although some wait: name, calls that are free, calls that wait.
fn full_minutes<'a>(usages: impl Iterator<Item = (&'a str, u32, usize)>) -> Option<String> {
    let full = usages.filter(|(_, free, waiting)| *free == 0 && *waiting > 0);
    let full = full.map(|(name, _, waiting)| {
        let calls = counted(waiting, "call waits", "calls wait");
        format!("{name}: {calls}")
    });
    let full: Vec<String> = full.collect();
    (!full.is_empty()).then(|| {
        format!(
            "the calls that Xero allows in a minute are used up ({}): it goes on by itself within a minute",
            full.join("; ")
        )
    })
}

/// Does work, and tells what there is to say of it while it lasts: looked for each second, and after words a while later.
async fn meanwhile<T>(
    work: impl Future<Output = T>,
    words: impl Fn() -> Option<String>,
    tell: impl Fn(&str),
) -> T {
    let mut work = pin!(work);
    let mut pause = SILENT_FOR;
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = sleep(pause) => {}
        }
        pause = match words() {
            Some(words) => {
                tell(&words);
                AGAIN_AFTER
            }
            None => SILENT_FOR,
        };
    }
}

impl Staff {
    /// Does work that asks organisations, and says on standard error what it waits for as long as they keep it waiting.
    ///
    /// The work has its bound by itself: a call is given up when its turn or its reply does not come.
    pub(crate) async fn patiently<T>(&self, json: bool, work: impl Future<Output = T>) -> T {
        meanwhile(work, || self.awaited(), |words| output::notice(json, words)).await
    }

    /// Does work that sends as fast as it may, and tells while it lasts where the calls of a minute are used up: nothing
    /// moves then, and nothing is wrong.
    pub(crate) async fn telling_of_full_minutes<T>(
        &self,
        work: impl Future<Output = T>,
        tell: impl Fn(&str),
    ) -> T {
        let full = || {
            let usages = self.organisations.iter();
            let usages =
                usages.filter_map(|(name, it)| Some((name.as_str(), it.budget()?.usage())));
            full_minutes(usages.map(|(name, it)| (name, it.minute_free, it.waiting)))
        };
        meanwhile(work, full, tell).await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_minute_that_somebody_waits_for_is_told() {
        let told = |free, waiting| full_minutes([("acme", free, waiting)].into_iter());
        assert_eq!(told(0, 0), None);
        assert_eq!(told(3, 2), None);
        let words = told(0, 2).unwrap();
        assert!(words.contains("acme: 2 calls wait"), "{words}");
    }
}
