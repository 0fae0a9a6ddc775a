//! What a person is told while work lasts: who waits for which organisation, when that ends at the latest, and, of a process
//! that serves, what it did in the last minute.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tieout_core::driver::ProgressCounts;
use tokio::time::sleep;

use super::Staff;
use crate::output::{self, counted};

/// After so long a command says what it waits for, and then again so often.
const SILENT_FOR: Duration = Duration::from_secs(1);
const AGAIN_AFTER: Duration = Duration::from_secs(15);

/// How often a process that serves writes what it did, where it did something.
const MINUTE: Duration = Duration::from_secs(60);

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

/// What a minute came to: what was done in it, and whose calls are used up; `None` where nothing happened.
fn minute(before: ProgressCounts, now: ProgressCounts, full: Option<String>) -> Option<String> {
    let done = (now != before).then(|| output::done(now.since(before)));
    let told = done.into_iter().chain(full);
    told.reduce(|done, full| format!("{done}; {full}"))
}

/// Does work, and tells what there is to say of it while it lasts: looked for after a pause, and after words a while later.
async fn meanwhile<T>(
    work: impl Future<Output = T>,
    (silent_for, again_after): (Duration, Duration),
    mut words: impl FnMut() -> Option<String>,
    tell: impl Fn(&str),
) -> T {
    let mut work = pin!(work);
    let mut pause = silent_for;
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = sleep(pause) => {}
        }
        pause = match words() {
            Some(words) => {
                tell(&words);
                again_after
            }
            None => silent_for,
        };
    }
}

impl Staff {
    /// Does work that asks organisations, and says on standard error what it waits for as long as they keep it waiting.
    ///
    /// The work has its bound by itself: a call is given up when its turn or its reply does not come.
    pub(crate) async fn patiently<T>(&self, json: bool, work: impl Future<Output = T>) -> T {
        let words = || self.awaited();
        meanwhile(work, (SILENT_FOR, AGAIN_AFTER), words, |words| {
            output::notice(json, words);
        })
        .await
    }

    /// Does work that sends as fast as it may, and tells while it lasts where the calls of a minute are used up: nothing
    /// moves then, and nothing is wrong.
    pub(crate) async fn telling_of_full_minutes<T>(
        &self,
        work: impl Future<Output = T>,
        tell: impl Fn(&str),
    ) -> T {
        meanwhile(work, (SILENT_FOR, AGAIN_AFTER), || self.full(), tell).await
    }

    /// Serves, and writes into the log what each minute came to, where it came to anything.
    pub(crate) async fn telling_by_the_minute<T>(&self, work: impl Future<Output = T>) -> T {
        let progress = &self.world.progress;
        let mut before = progress.counts();
        let words = || {
            let now = progress.counts();
            minute(std::mem::replace(&mut before, now), now, self.full())
        };
        let tell = |words: &str| tracing::info!("in the last minute: {words}");
        meanwhile(work, (MINUTE, MINUTE), words, tell).await
    }

    /// Which organisations let no call leave in this minute although some wait.
    fn full(&self) -> Option<String> {
        let usages = self.organisations.iter();
        let usages = usages.filter_map(|(name, it)| Some((name.as_str(), it.budget()?.usage())));
        full_minutes(usages.map(|(name, it)| (name, it.minute_free, it.waiting)))
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

    #[test]
    fn a_minute_tells_what_was_done_in_it_and_one_without_anything_is_silent() {
        let before = ProgressCounts {
            records: 100,
            posted: 90,
            ..ProgressCounts::default()
        };
        assert_eq!(minute(before, before, None), None);
        let now = ProgressCounts {
            records: 103,
            posted: 92,
            changes: 1,
            ..before
        };
        let told = minute(before, now, None).unwrap();
        assert_eq!(told, "read 3, posted 2, seen in the books 1");
        let full = Some("acme is full".to_owned());
        assert_eq!(minute(before, before, full.clone()), full);
        assert_eq!(
            minute(before, now, full).unwrap(),
            "read 3, posted 2, seen in the books 1; acme is full"
        );
    }
}
