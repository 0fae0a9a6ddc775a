//! How the program ends: exit codes that mean something, and failures that say what to do.

use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use tieout_core::driver::DriverError;

use crate::config::Mistake;
use crate::output::{self, complain};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done, and nothing needs anybody.
    Done = 0,
    /// 1: something failed.
    Failed = 1,
    /// 2: the command line or the configuration is wrong. The command-line parser uses it too.
    Misconfigured = 2,
    /// 3: done, and something needs somebody.
    NeedsSomebody = 3,
    /// 130: stopped before it was done, as shells say of a program that Ctrl-C ended.
    Stopped = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::from(0),
            Exit::Failed => Self::from(1),
            Exit::Misconfigured => Self::from(2),
            Exit::NeedsSomebody => Self::from(3),
            Exit::Stopped => Self::from(130),
        }
    }
}

/// How a command ended, here or in another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended(pub(crate) u8);

impl From<Exit> for Ended {
    fn from(exit: Exit) -> Self {
        Self(exit as u8)
    }
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> Self {
        Self::from(ended.0)
    }
}

/// A command that could not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How the program ends.
    pub(crate) exit: Exit,
    /// What went wrong, with its causes.
    pub(crate) message: String,
    /// What to do.
    pub(crate) advice: Option<String>,
    /// What is wrong in the configuration file, each with its place; then the message says all of them.
    pub(crate) mistakes: Vec<Mistake>,
}

impl Failure {
    /// Something failed.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            message: message.into(),
            advice: None,
            mistakes: Vec::new(),
        }
    }

    /// The command line or the configuration is wrong.
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Misconfigured,
            message: message.into(),
            advice: None,
            mistakes: Vec::new(),
        }
    }

    /// The configuration file is wrong, in these places.
    pub(crate) fn mistakes(mistakes: Vec<Mistake>) -> Self {
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        Self {
            mistakes,
            ..Self::config(told.join("\n"))
        }
    }

    /// An error with its causes.
    pub(crate) fn of(error: &dyn std::error::Error) -> Self {
        Self::new(chain(error))
    }

    /// The same with what to do.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Says it on standard error; with JSON wanted also on standard output, as one object, for the script that reads it.
    pub(crate) fn print(&self, json: bool) {
        if json {
            output::json(&json!({ "error": self.as_json() }));
        }
        let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        complain(format_args!("{red}error:{red:#} {}", self.message));
        if let Some(advice) = &self.advice {
            complain(format_args!("  {advice}"));
        }
    }

    pub(crate) fn as_json(&self) -> Value {
        let mut error = json!({
            "message": self.message,
            "advice": self.advice,
            "exit_code": self.exit as u8,
        });
        if !self.mistakes.is_empty() {
            let place = |it: &Mistake| {
                json!({
                    "file": it.file,
                    "variable": it.variable,
                    "line": it.line,
                    "text": it.text,
                    "key": it.path,
                    "message": it.message,
                    "remedy": it.remedy,
                })
            };
            error["mistakes"] = self.mistakes.iter().map(place).collect();
        }
        error
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// A fragment such as `connect again`, as a sentence for people.
pub(crate) fn sentence(fragment: &str) -> String {
    let mut chars = fragment.chars();
    let first = chars.next().map(char::to_uppercase);
    let full_stop = if fragment.ends_with('.') { "" } else { "." };
    first
        .into_iter()
        .flatten()
        .chain(chars)
        .chain(full_stop.chars())
        .collect()
}

impl From<DriverError> for Failure {
    fn from(error: DriverError) -> Self {
        let failure = Self::new(error.chain());
        match &error {
            DriverError::Store(error) => match error.advice() {
                Some(advice) => failure.advise(sentence(advice)),
                None => failure,
            },
            DriverError::Host(_)
            | DriverError::Provider(_)
            | DriverError::AccessRefused { .. }
            | DriverError::LeftWaiting { .. } => failure,
        }
    }
}

impl From<tieout_core::store::StoreError> for Failure {
    fn from(error: tieout_core::store::StoreError) -> Self {
        let failure = Self::of(&error);
        match error.advice() {
            Some(advice) => failure.advise(sentence(advice)),
            None => failure,
        }
    }
}

impl From<tieout_xero::auth::AuthError> for Failure {
    fn from(error: tieout_xero::auth::AuthError) -> Self {
        Self::of(&error).advise(sentence(error.advice()))
    }
}

impl From<tieout_xero::auth::ConnectError> for Failure {
    fn from(error: tieout_xero::auth::ConnectError) -> Self {
        Self::of(&error)
    }
}
