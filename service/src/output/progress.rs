//! How long work is shown: a line that renews itself on a terminal, now and then a line in a pipe.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

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

/// A view at work.
pub(crate) struct Watched {
    task: Option<JoinHandle<()>>,
    bar: Option<ProgressBar>,
}

impl Watched {
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
    loop {
        bar.set_message(words(progress.counts()));
        bar.tick();
        tokio::time::sleep(TERMINAL_EVERY).await;
    }
}

async fn lines(progress: Arc<Progress>) {
    let mut shown = ProgressCounts::default();
    loop {
        tokio::time::sleep(LINE_EVERY).await;
        let counts = progress.counts();
        if counts != shown {
            super::complain(format_args!("{}", words(counts)));
            shown = counts;
        }
    }
}

fn words(counts: ProgressCounts) -> String {
    let mut text = format!("read {}, posted {}", counts.records, counts.posted);
    for (count, word) in [
        (counts.voided, "voided"),
        (counts.held, "held"),
        (counts.skipped, "skipped"),
        (counts.refused, "refused"),
        (counts.doubts, "in doubt"),
        (counts.delivered, "told to hosts"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {word} {count}"));
        }
    }
    text
}
