//! Where the workspace is, and how a program is started in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a house tool did not succeed: one readable line; the details are already on the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure that says `message`.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// What a house tool returns.
pub type Outcome = Result<(), Failure>;

/// The checked-out workspace.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace this binary was started from: the parent of the xtask crate.
    ///
    /// # Errors
    /// When that folder holds no `Cargo.toml`.
    pub fn find() -> Result<Self, Failure> {
        // Cargo sets the variable for `cargo xtask`; the built-in path serves a binary run by hand.
        let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_dir.parent().unwrap_or(Path::new("."));
        if !root.join("Cargo.toml").is_file() {
            return Err(Failure::new(format!(
                "no workspace at {}; run this as `cargo xtask`",
                root.display()
            )));
        }
        Ok(Self::at(root))
    }

    /// The workspace at `root`, which is not looked at.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
        }
    }

    /// The folder that holds the workspace's `Cargo.toml`.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `program arguments…`, to be run at the root, without a stdin: no tool here may wait for a key.
    #[must_use]
    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.root)
            .stdin(Stdio::null());
        command
    }

    /// `cargo arguments…` with the very cargo that runs us, so that a chosen toolchain stays chosen.
    #[must_use]
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| String::from("cargo"));
        self.command(&cargo, arguments)
    }

    /// Runs `command` to its end with its output on our terminal.
    ///
    /// # Errors
    /// Names `shown` when the program cannot be started or does not exit with 0.
    pub fn run(&self, shown: &str, command: &mut Command) -> Outcome {
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failure::new(format!("`{shown}` failed ({status})"))),
            Err(error) => Err(Failure::new(format!(
                "`{shown}` could not be started: {error}"
            ))),
        }
    }
}
