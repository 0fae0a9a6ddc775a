//! How long work is shown: a line that renews itself on a terminal, now and then a line in a pipe.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tieout_core::driver::{Progress, ProgressCounts};
use tokio::task::JoinHandle;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProgressView {
    /// A line that renews itself.
    Terminal,
    /// A line every few seconds, if something happened.
    Lines,
    /// Nothing.
    Silent,
}

/// After so many seconds a run is long: then it is told how long it takes still.
const LONG_S: u64 = 10;

/// How often a terminal is renewed, and how often a pipe gets a line.
const TERMINAL_EVERY: Duration = Duration::from_millis(100);
const LINE_EVERY: Duration = Duration::from_secs(5);

impl ProgressView {
    /// What fits the place where standard error goes.
    pub(crate) fn fitting(json: bool) -> Self {
        match (json, std::io::stderr().is_terminal()) {
            (true, _) => Self::Silent,
            (false, true) => Self::Terminal,
            (false, false) => Self::Lines,
        }
    }

    /// Shows counters until it is finished.
    pub(crate) fn watch(self, progress: Arc<Progress>) -> Watched {
        match self {
            Self::Silent => Watched {
                task: None,
                bar: None,
            },
            Self::Lines => Watched {
                task: Some(tokio::spawn(lines(progress))),
                bar: None,
            },
            Self::Terminal => {
                let bar = ProgressBar::new_spinner();
                if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
                    bar.set_style(style);
                }
                let task = tokio::spawn(renew(bar.clone(), progress));
                Watched {
                    task: Some(task),
                    bar: Some(bar),
                }
            }
        }
    }
}

/// Shows on a terminal how many documents were looked at, until it is finished.
pub(crate) fn looking(looked_at: Arc<AtomicU64>, is_silent: bool) -> Watched {
    if is_silent || !std::io::stderr().is_terminal() {
        return ProgressView::Silent.watch(Arc::new(Progress::default()));
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
        bar.set_style(style);
    }
    let shown = bar.clone();
    let task = tokio::spawn(async move {
        loop {
            let count = looked_at.load(Ordering::Relaxed);
            shown.set_message(format!("looked at {count} documents"));
            shown.tick();
            tokio::time::sleep(TERMINAL_EVERY).await;
        }
    });
    Watched {
        task: Some(task),
        bar: Some(bar),
    }
}

/// A view at work.
pub(crate) struct Watched {
    task: Option<JoinHandle<()>>,
    bar: Option<ProgressBar>,
}

impl Watched {
    /// Prints something without the line in between.
    pub(crate) fn aside(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Ends the view and clears its line.
    pub(crate) fn finish(self) {
        if let Some(task) = self.task {
            task.abort();
        }
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

async fn renew(bar: ProgressBar, progress: Arc<Progress>) {
    let begun = Instant::now();
    loop {
        bar.set_message(words(progress.counts(), begun.elapsed()));
        bar.tick();
        tokio::time::sleep(TERMINAL_EVERY).await;
    }
}

async fn lines(progress: Arc<Progress>) {
    let (begun, mut shown) = (Instant::now(), ProgressCounts::default());
    loop {
        tokio::time::sleep(LINE_EVERY).await;
        let counts = progress.counts();
        if counts != shown {
            super::complain(format_args!("{}", words(counts, begun.elapsed())));
            shown = counts;
        }
    }
}

/// What counters say, in words.
pub(crate) fn done(counts: ProgressCounts) -> String {
    words(counts, Duration::ZERO)
}

fn words(counts: ProgressCounts, elapsed: Duration) -> String {
    let mut text = format!("read {}, posted {}", counts.records, counts.posted);
    text.push_str(&outlook(counts, elapsed).unwrap_or_default());
    for (count, word) in [
        (counts.voided, "voided"),
        (counts.held, "held"),
        (counts.skipped, "skipped"),
        (counts.refused, "refused"),
        (counts.doubts, "in doubt"),
        (counts.changes, "seen in the books"),
        (counts.delivered, "told to hosts"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {word} {count}"));
        }
    }
    text
}

/// Of how many, how fast and how long still, once a run is long enough to tell. What hosts have not told yet is not
/// in it.
fn outlook(counts: ProgressCounts, elapsed: Duration) -> Option<String> {
    let done = counts.posted + counts.voided;
    let seconds = elapsed.as_secs();
    if seconds < LONG_S || done == 0 || counts.planned <= done {
        return None;
    }
    let left_s = u128::from(counts.planned - done) * elapsed.as_millis() / u128::from(done) / 1_000;
    let left = match left_s {
        0..120 => format!("{left_s} s"),
        120..7_200 => format!("{} min", left_s / 60),
        _ => format!("{} h", left_s / 3_600),
    };
    let rate = match done / seconds {
        0 => format!("{} a minute", done * 60 / seconds),
        rate => format!("{rate} a second"),
    };
    Some(format!(" of {} ({rate}, {left} left)", counts.planned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_tells_of_how_many_how_fast_and_how_long_still() {
        let counts = ProgressCounts {
            records: 9_000,
            planned: 8_000,
            posted: 2_000,
            held: 7,
            ..ProgressCounts::default()
        };
        let told = words(counts, Duration::from_secs(100));
        assert_eq!(
            told,
            "read 9000, posted 2000 of 8000 (20 a second, 5 min left), held 7"
        );
        let slow = ProgressCounts {
            posted: 10,
            ..counts
        };
        let told = words(slow, Duration::from_secs(100));
        assert_eq!(
            told,
            "read 9000, posted 10 of 8000 (6 a minute, 22 h left), held 7"
        );
    }

    #[test]
    fn a_short_run_and_one_that_is_done_tell_what_was_done() {
        let counts = ProgressCounts {
            records: 10,
            planned: 10,
            posted: 10,
            ..ProgressCounts::default()
        };
        assert_eq!(
            words(counts, Duration::from_secs(100)),
            "read 10, posted 10"
        );
        let begun = ProgressCounts {
            posted: 1,
            ..counts
        };
        assert_eq!(words(begun, Duration::from_secs(1)), "read 10, posted 1");
    }
}
