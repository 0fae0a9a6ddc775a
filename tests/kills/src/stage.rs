//! Where a campaign plays: a folder with a configuration, a local Xero in this process, and the program between them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tieout_sandbox_xero::{
    AUSTRALIA, Fault, FaultRule, Limits, Running, ServeOptions, WEB_CLIENT_ID, WEB_CLIENT_SECRET,
    browser, serve,
};
use tokio::process::Child;
use url::Url;

use crate::failure::Failure;

/// A key that seals nothing but what a campaign makes.
const KEY: &str = "7d0f6c51b8e24a93f16e0c8a95d3427bb1c46e7f20a98d5314fe6b07c2d1893a";

/// A budget that nobody uses up: a campaign starts the program some hundred times within two minutes.
const NEVER_USED_UP: u32 = 1_000_000_000;

/// How long the local Xero keeps the reply to a write back, in milliseconds: what is killed then has done its work.
const REPLY_MS: u64 = 15;

/// A folder, a local Xero and the program.
pub struct Stage {
    folder: TempDir,
    xero: Running,
    program: PathBuf,
}

/// How a command of the program ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// Its last line on standard output.
    pub(crate) told: Value,
    /// Everything that it printed.
    pub(crate) text: String,
}

impl Stage {
    /// Sets the stage, with consent given.
    ///
    /// # Errors
    /// When the local Xero does not start or nobody gets through the consent.
    pub async fn set(program: &Path) -> Result<Self, Failure> {
        let xero = serve(ServeOptions::default()).await?;
        xero.sandbox.set_limits(Limits {
            enforced: false,
            minute_max: NEVER_USED_UP,
            day_max: NEVER_USED_UP,
            app_minute_max: NEVER_USED_UP,
            concurrent_max: 1_000,
            ..Limits::default()
        });
        let folder = tempfile::Builder::new().prefix("tieout-kills-").tempdir()?;
        let stage = Self {
            folder,
            xero,
            program: program.to_owned(),
        };
        fs::create_dir_all(stage.path("host/outbox"))?;
        fs::write(stage.path("tieout.key"), KEY)?;
        fs::write(stage.path("tieout.toml"), stage.configuration()?)?;
        stage.connect().await?;
        for (method, path) in [
            ("PUT", "/Invoices"),
            ("POST", "/Invoices"),
            ("PUT", "/Payments"),
        ] {
            let slow = FaultRule::once(method, path, Fault::Slow { delay_ms: REPLY_MS });
            stage.xero.sandbox.faults().push(slow.times(u32::MAX));
        }
        Ok(stage)
    }

    /// The local Xero.
    #[must_use]
    pub fn xero(&self) -> &tieout_sandbox_xero::Sandbox {
        &self.xero.sandbox
    }

    /// A path in the folder.
    #[must_use]
    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Keeps the folder for whoever wants to look into it, and says where it is.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    /// Hands a file over as a host does: under another name, then renamed.
    pub(crate) fn hand_over(&self, name: &str, content: &str) -> Result<(), Failure> {
        let outbox = self.path("host/outbox");
        let draft = outbox.join(format!("{name}.tmp"));
        fs::write(&draft, content)?;
        Ok(fs::rename(draft, outbox.join(name))?)
    }

    /// Starts the program with nobody listening to it. It ends with whoever started it.
    pub(crate) fn start(&self, arguments: &[&str]) -> Result<Child, Failure> {
        let mut command = tokio::process::Command::from(self.command(arguments));
        Ok(command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?)
    }

    /// Runs a command of the program to its end, with `--json`.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<Ended, Failure> {
        let mut command = self.command(&["--json"]);
        command.args(arguments);
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        let err = String::from_utf8_lossy(&output.stderr);
        let last = out.lines().last().unwrap_or_default();
        Ok(Ended {
            code: output.status.code(),
            told: serde_json::from_str(last).unwrap_or_default(),
            text: format!("{out}{err}"),
        })
    }

    async fn connect(&self) -> Result<(), Failure> {
        let mut command = self.command(&["--json", "connect", "books", "--wait-s", "20"]);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let out = child
            .stdout
            .take()
            .ok_or_else(|| Failure::new("its output is not piped"))?;
        let mut out = BufReader::new(out);
        let mut line = String::new();
        out.read_line(&mut line)?;
        let asked: Value = serde_json::from_str(&line)?;
        let page = asked["open"].as_str().unwrap_or_default();
        browser::allow(&Url::parse(page)?, AUSTRALIA).await?;
        let ended = tokio::task::spawn_blocking(move || {
            let rest = std::io::copy(&mut out, &mut std::io::sink());
            rest.and_then(|_| child.wait())
        });
        let ended = ended.await??;
        let failed = || Failure::new(format!("`tieout connect` ended with {ended}"));
        ended.success().then_some(()).ok_or_else(failed)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("KILLS_SECRET", WEB_CLIENT_SECRET)
            .env_remove("TIEOUT_CONFIG")
            .env_remove("TIEOUT_LOG")
            .stdin(Stdio::null());
        command
    }

    fn configuration(&self) -> Result<String, Failure> {
        // The port is free now; the consent's listener takes it in a moment.
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
            .local_addr()?
            .port();
        Ok(include_str!("tieout.toml")
            .replace("@client_id@", WEB_CLIENT_ID)
            .replace("@port@", &port.to_string())
            .replace("@sandbox@", &self.xero.base_url))
    }
}
