//! Where a story plays: a folder, a local Xero, the program, and somebody at the consent page.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use tieout_sandbox_xero::{
    AUSTRALIA, Running, ServeOptions, WEB_CLIENT_ID, WEB_CLIENT_SECRET, serve,
};
use tieout_test_sftp::{PASSWORD, Server, USER};
use uuid::Uuid;

use crate::compare::Eyes;
use crate::consent::Person;
use crate::mail::MailServer;
use crate::process::Job;

/// A key that seals nothing but what stories make.
const KEY: &str = "7d0f6c51b8e24a93f16e0c8a95d3427bb1c46e7f20a98d5314fe6b07c2d1893a";

/// Everything that a story touches; gone when it is dropped.
pub(crate) struct Stage {
    folder: TempDir,
    path: String,
    redirect_port: u16,
    /// Free for the program to listen at.
    port: u16,
    /// Free for a product that the story starts beside the program.
    product_port: u16,
    /// A server for files, where the story names one.
    sftp: Option<Server>,
    pub(crate) xero: Running,
    pub(crate) person: Person,
    pub(crate) mail: MailServer,
    pub(crate) jobs: Vec<Job>,
    /// What the books held before the story began.
    pub(crate) seeded: BTreeSet<Uuid>,
    pub(crate) eyes: Eyes,
}

impl Stage {
    /// Sets the stage for a program and the text of a story: what takes time to start is there only where the text names it.
    ///
    /// # Errors
    /// No folder or no port could be had.
    pub(crate) async fn set(program: &Path, text: &str) -> Result<Self, String> {
        let told = |error: std::io::Error| error.to_string();
        let folder = tempfile::Builder::new()
            .prefix("tieout-story-")
            .tempdir()
            .map_err(told)?;
        let mail = MailServer::start(folder.path().join("mail"));
        let mail = mail.await.map_err(told)?;
        let xero = serve(ServeOptions::default()).await.map_err(told)?;
        let sftp = match text.contains("@sftp-") {
            true => Some(Server::start().await),
            false => None,
        };
        // They are held until all are known, so that they differ.
        let held = [
            free_port().map_err(told)?,
            free_port().map_err(told)?,
            free_port().map_err(told)?,
        ];
        let [redirect_port, port, product_port] = [held[0].1, held[1].1, held[2].1];
        let programs = program.parent().unwrap_or(program).display();
        let others = std::env::var("PATH").unwrap_or_default();
        let mut stage = Self {
            eyes: Eyes::new(folder.path()),
            path: format!("{programs}:{others}"),
            folder,
            redirect_port,
            port,
            product_port,
            sftp,
            xero,
            person: Person::of(AUSTRALIA),
            mail,
            jobs: Vec::new(),
            seeded: BTreeSet::new(),
        };
        stage.seeded = crate::xero::ids(&stage);
        Ok(stage)
    }

    /// A place below the folder.
    pub(crate) fn below(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// A text of a story with what only this stage knows, such as `@xero@` and `@port@`.
    pub(crate) fn filled(&self, text: &str) -> String {
        let text = text
            .replace("@xero@", &self.xero.base_url)
            .replace("@port@", &self.port.to_string())
            .replace("@product-port@", &self.product_port.to_string())
            .replace("@mail@", &self.mail.port.to_string())
            .replace("@docs@", concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
        let Some(sftp) = &self.sftp else {
            return text;
        };
        text.replace("@sftp-port@", &sftp.port().to_string())
            .replace("@sftp-key@", &sftp.host_key)
            .replace("@sftp-user@", USER)
            .replace("@sftp-password@", PASSWORD)
            .replace("@sftp-folder@", &sftp.root().display().to_string())
    }

    /// Lays out a file as a product does: under another name first, then renamed.
    ///
    /// # Errors
    /// It could not be written.
    pub(crate) fn write(&self, path: &str, content: &str) -> Result<(), String> {
        let told = |error: std::io::Error| format!("{path}: {error}");
        let file = self.below(path);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(told)?;
        }
        let draft = self.below(&format!("{path}.tmp"));
        let content = self.filled(content);
        std::fs::write(&draft, content).map_err(told)?;
        std::fs::rename(draft, file).map_err(told)
    }

    /// A command line as the shell runs it here. What stands in no story's `tieout.toml` comes from the environment.
    pub(crate) fn shell(&self, line: &str) -> Command {
        let port = self.redirect_port;
        let callback = format!("http://localhost:{port}/connect/xero/callback");
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("exec 2>&1; {line}"))
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", &self.path)
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", self.folder.path())
            .env("COLUMNS", "120")
            .env("NO_COLOR", "1")
            .env("STORY_KEY", KEY)
            .env("STORY_SECRET", WEB_CLIENT_SECRET)
            .stdin(Stdio::null());
        // Who plays on another day fakes the clock of everybody.
        for name in ["LD_PRELOAD", "FAKETIME", "FAKETIME_SHARED"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // A story that brings a whole configuration of its own gets nothing beside it.
        if !line.contains("--config") {
            command
                .env("TIEOUT__STORE__PATH", "store")
                .env("TIEOUT__SECRETS__KEY__ENV", "STORY_KEY")
                .env("TIEOUT__SCHEDULE__HOST_POLL_S", "1")
                .env("TIEOUT__SCHEDULE__PROVIDER_POLL_S", "1")
                .env("TIEOUT__XERO__CLIENT_ID", WEB_CLIENT_ID)
                .env("TIEOUT__XERO__CLIENT_SECRET__ENV", "STORY_SECRET")
                .env("TIEOUT__XERO__REDIRECT_URI", callback)
                .env("TIEOUT__XERO__SANDBOX", &self.xero.base_url);
        }
        command
    }
}

fn free_port() -> std::io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}
