//! How a command line is run: by the shell, in the story's folder, within a time, with somebody at the consent page.

use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::compare::Answer;
use crate::consent::Person;

/// Longer than any command of a story takes, on a busy machine too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a command until it ends and gives what it printed. Somebody opens the consent page that it names.
///
/// # Errors
/// It could not be started, or did not end in time.
pub(crate) fn run(mut command: Command, person: &Person) -> Result<Answer, String> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| error.to_string())?;
    let out = child.stdout.take().expect("standard output is piped");
    let (lines, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut out = BufReader::new(out);
        let mut line = Vec::new();
        while matches!(out.read_until(b'\n', &mut line), Ok(1..)) {
            if lines
                .send(String::from_utf8_lossy(&line).into_owned())
                .is_err()
            {
                return;
            }
            line.clear();
        }
    });
    let until = Instant::now() + PATIENCE;
    let mut printed = String::new();
    loop {
        match told.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                if let Some(page) = Person::page(&line) {
                    let (person, page) = (person.clone(), page.to_owned());
                    Handle::current().spawn(async move { person.answer(&page).await });
                }
                printed.push_str(&line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                end(&mut child, "KILL");
                let seconds = PATIENCE.as_secs();
                return Err(format!("it did not end within {seconds} s\n{printed}"));
            }
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    Ok(Answer {
        code: code(status),
        printed,
    })
}

/// A command that goes on beside the story.
#[derive(Debug)]
pub(crate) struct Job {
    child: Child,
}

impl Job {
    /// Starts a command; what it prints goes where its own redirection says.
    ///
    /// # Errors
    /// It could not be started.
    pub(crate) fn start(mut command: Command) -> Result<Self, String> {
        let started = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        Ok(Self {
            child: started.map_err(|error| error.to_string())?,
        })
    }

    /// Sends a signal and waits for the end.
    ///
    /// # Errors
    /// It could not be waited for.
    pub(crate) fn stop(mut self, signal: &str) -> Result<i32, String> {
        end(&mut self.child, signal);
        let status = self.child.wait().map_err(|error| error.to_string())?;
        Ok(code(status))
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            end(&mut self.child, "KILL");
            let _ = self.child.wait();
        }
    }
}

/// Signals a process and its children.
fn end(child: &mut Child, signal: &str) {
    let kill = format!("kill -{signal} -{}", child.id());
    let _ = Command::new("sh").args(["-c", &kill]).status();
}

/// The exit code as a shell tells it.
fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(-1)
}
