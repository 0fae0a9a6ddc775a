//! How the program is run as its users run it: a process each for the sandbox, the consent and the run.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use tieout_sandbox_xero::browser;
use url::Url;
use uuid::Uuid;

use crate::failure::Failure;
use crate::machine::Used;
use crate::scene::CONNECTION;

/// How often a running process is asked for what it has used.
const ASK_EVERY: Duration = Duration::from_millis(5);

/// The program `tieout`.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
}

/// A sandbox in a process of its own, which ends with this.
#[derive(Debug)]
pub struct SandboxProcess {
    child: Child,
    base: String,
}

/// `tieout serve` in a process of its own, which ends with this.
#[derive(Debug)]
pub struct Serving {
    child: Child,
    base: String,
    /// From its start until it listened.
    pub listened: Duration,
    /// What else it says; kept so that the pipe never fills or breaks.
    _told: JoinHandle<()>,
}

/// A run of `tieout sync --once` as a whole, from its start to its exit.
#[derive(Clone, Debug)]
pub struct Synced {
    /// From start to exit.
    pub took: Duration,
    /// What it used.
    pub used: Used,
    /// What it printed.
    pub told: Value,
}

/// A run of a command as a whole, from its start to its exit.
#[derive(Clone, Debug)]
pub struct Ran {
    /// From start to exit.
    pub took: Duration,
    /// What it used.
    pub used: Used,
    /// What it printed on standard output.
    pub told: String,
}

impl Program {
    /// The named program, or the one beside the bench, which is built when it is missing or older than the bench.
    ///
    /// # Errors
    /// When there is none and it cannot be built.
    pub fn find(named: Option<PathBuf>) -> Result<Self, Failure> {
        if let Some(path) = named {
            let found = path.is_file();
            return found
                .then_some(Self { path: path.clone() })
                .ok_or_else(|| Failure::new(format!("there is no program at {}", path.display())));
        }
        let bench = std::env::current_exe()?;
        let path = bench.with_file_name("tieout");
        let made = |path: &Path| path.metadata().and_then(|about| about.modified());
        if made(&path).is_ok_and(|tieout| made(&bench).is_ok_and(|bench| tieout >= bench)) {
            return Ok(Self { path });
        }
        eprintln!(
            "{} is missing or older than the bench: building it …",
            path.display()
        );
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        // The folder is named for the profile, but for that of the daily build.
        let profile = match bench
            .parent()
            .and_then(Path::file_name)
            .and_then(|name| name.to_str())
        {
            Some("debug") | None => "dev",
            Some(profile) => profile,
        };
        let built = Command::new(cargo)
            .args(["build", "--package", "tieout", "--profile", profile])
            .status()?;
        if built.success() && path.is_file() {
            return Ok(Self { path });
        }
        Err(Failure::new(format!(
            "the program could not be built: `cargo build --package tieout --profile {profile}` says why"
        )))
    }

    /// Starts a sandbox without limits on a free port.
    ///
    /// # Errors
    /// When it does not start.
    pub fn sandbox(&self) -> Result<SandboxProcess, Failure> {
        #[derive(Deserialize)]
        struct Started {
            base_url: String,
        }
        let mut command =
            self.command(&["sandbox", "xero", "--unlimited", "--port", "0", "--json"]);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let started = lines_of(&mut child).and_then(|mut out| first_line::<Started>(&mut out));
        // From here on it ends with the value, whatever the line was.
        let mut sandbox = SandboxProcess {
            child,
            base: String::new(),
        };
        sandbox.base = started?.base_url;
        Ok(sandbox)
    }

    /// Connects the configuration's connection to an organisation, with a browser that says yes.
    ///
    /// # Errors
    /// When the consent or what follows it fails.
    pub async fn connect(&self, config: &Path, organisation: Uuid) -> Result<(), Failure> {
        #[derive(Deserialize)]
        struct Asked {
            open: Url,
        }
        let mut command = self.command(&["connect", CONNECTION, "--wait-s", "20", "--json"]);
        let mut child = command
            .arg("--config")
            .arg(config)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut out = lines_of(&mut child)?;
        let asked = first_line::<Asked>(&mut out)?;
        let allowed = browser::allow(&asked.open, organisation).await;
        let ended = child.wait()?;
        allowed?;
        match ended.success() {
            true => Ok(()),
            false => Err(Failure::new(format!("`tieout connect` ended with {ended}"))),
        }
    }

    /// Starts `tieout serve` on a configuration that listens on a free port of this machine.
    ///
    /// # Errors
    /// When it ends before it listens.
    pub fn serve(&self, config: &Path) -> Result<Serving, Failure> {
        let mut command = self.command(&["serve"]);
        command.arg("--config").arg(config).stdout(Stdio::null());
        let begun = Instant::now();
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let errors = child.stderr.take();
        let mut lines = BufReader::new(errors.ok_or_else(|| Failure::new("nothing is piped"))?);
        let mut told = String::new();
        while lines.read_line(&mut told)? > 0 {
            let last = told.lines().next_back().unwrap_or_default();
            if let Some(port) = last.contains("listening").then(|| port_in(last)).flatten() {
                return Ok(Serving {
                    child,
                    base: format!("http://127.0.0.1:{port}"),
                    listened: begun.elapsed(),
                    _told: std::thread::spawn(move || drop(io::copy(&mut lines, &mut io::sink()))),
                });
            }
        }
        Err(Failure::new(format!("`tieout serve` ended: {told}")))
    }

    /// Runs `tieout sync --once` to its end. Blocks the thread.
    ///
    /// # Errors
    /// When it ends with anything but success.
    pub fn sync(&self, config: &Path) -> Result<Synced, Failure> {
        let ran = self.run(&["sync", "--once", "--json"], config)?;
        Ok(Synced {
            took: ran.took,
            used: ran.used,
            told: serde_json::from_str(&ran.told)?,
        })
    }

    /// Runs a command to its end. Blocks the thread.
    ///
    /// # Errors
    /// When it ends with anything but success.
    pub fn run(&self, arguments: &[&str], config: &Path) -> Result<Ran, Failure> {
        let (ended, ran) = self.attempt(arguments, config)?;
        if !ended.success() {
            let (shown, told) = (arguments.join(" "), ran.told);
            return Err(Failure::new(format!(
                "`tieout {shown}` ended with {ended}: {told}"
            )));
        }
        Ok(ran)
    }

    /// Runs a command to its end, whatever its end is. Blocks the thread.
    ///
    /// # Errors
    /// When it does not start.
    pub fn attempt(&self, arguments: &[&str], config: &Path) -> Result<(ExitStatus, Ran), Failure> {
        let mut command = self.command(arguments);
        command.arg("--config").arg(config).stdout(Stdio::piped());
        let begun = Instant::now();
        let child = command.spawn()?;
        let (ended, end) = channel();
        let watched = watch(child.id(), end);
        let output = child.wait_with_output();
        let took = begun.elapsed();
        drop(ended);
        let used = watched
            .join()
            .map_err(|_| Failure::new("the watch over the process panicked"))?;
        let output = output?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((output.status, Ran { took, used, told }))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).stdin(Stdio::null());
        command
    }
}

impl SandboxProcess {
    /// Its address, without a slash at the end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Serving {
    /// Its address, without a slash at the end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What it has used so far.
    #[must_use]
    pub fn used(&self) -> Used {
        Used::by(self.child.id()).unwrap_or_default()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for SandboxProcess {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks what a process has used until the other end is dropped; what it used last is what it used in all.
fn watch(process: u32, end: Receiver<()>) -> JoinHandle<Used> {
    std::thread::spawn(move || {
        let mut used = Used::default();
        loop {
            used = Used::by(process).unwrap_or(used);
            match end.recv_timeout(ASK_EVERY) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return used,
            }
        }
    })
}

fn port_in(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("127.0.0.1:")?;
    let digits = rest.find(|it: char| !it.is_ascii_digit());
    rest[..digits.unwrap_or(rest.len())].parse().ok()
}

fn lines_of(child: &mut Child) -> Result<BufReader<ChildStdout>, Failure> {
    child
        .stdout
        .take()
        .map(BufReader::new)
        .ok_or_else(|| Failure::new("the output of the program is not piped"))
}

fn first_line<T: for<'a> Deserialize<'a>>(out: &mut BufReader<ChildStdout>) -> Result<T, Failure> {
    let mut line = String::new();
    out.read_line(&mut line)?;
    serde_json::from_str(&line)
        .map_err(|error| Failure::new(format!("the program said `{}`: {error}", line.trim())))
}
