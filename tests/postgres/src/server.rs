//! How a private PostgreSQL is started, waited for and stopped, also by root, whom PostgreSQL refuses.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use tempfile::TempDir;

use crate::find::programs;

/// The user and group `nobody`, which every machine has.
const NOBODY: u32 = 65_534;
const MISSING: &str = "PostgreSQL is missing, which tests of the SQL form need: `cargo xtask test` installs it on Debian as root; \
     elsewhere install `postgresql` (initdb and postgres, 13 or newer)";
const READY: &str = "database system is ready to accept connections";

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listens {
    /// By a socket in its folder.
    Socket,
    /// On 127.0.0.1, encrypted for whoever asks for it, with this key and these certificates.
    Encrypted {
        /// The certificates in PEM.
        certificates: PathBuf,
        /// Their key in PEM.
        key: PathBuf,
    },
}

/// A PostgreSQL with an empty database `postgres` and a user of that name who needs no password.
pub struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    listens: Listens,
    running: Option<(Child, JoinHandle<()>)>,
}

impl Postgres {
    /// Makes one and starts it.
    ///
    /// # Panics
    /// When PostgreSQL is not installed, saying how it is, and when it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::listening(Listens::Socket)
    }

    /// The same, reached in a way of one's own.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    #[must_use]
    pub fn listening(listens: Listens) -> Self {
        let programs = programs().expect(MISSING);
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut postgres = Self {
            programs,
            folder,
            port: 5_432,
            listens,
            running: None,
        };
        postgres.hand_over(postgres.folder.path());
        let data = postgres.data();
        let made = postgres
            .program("initdb")
            .args(["--no-sync", "-A", "trust", "-U", "postgres", "--locale=C"])
            .args(["-E", "UTF8", "-D"])
            .arg(&data)
            .output()
            .expect("initdb runs");
        let words = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "initdb failed: {words}");
        postgres.resume();
        postgres
    }

    /// Starts it again after [`Postgres::stop`]; nothing when it runs.
    ///
    /// # Panics
    /// When it does not start.
    pub fn resume(&mut self) {
        if self.running.is_some() {
            return;
        }
        let mut command = self.program("postgres");
        let folder = self.folder.path();
        command.arg("-D").arg(self.data()).arg("-k").arg(folder);
        // Nothing here outlives the machine's next breath.
        command.args([
            "-c",
            "fsync=off",
            "-c",
            "max_wal_senders=0",
            "-c",
            "wal_level=minimal",
        ]);
        match self.listens.clone() {
            Listens::Socket => {
                command.args(["-c", "listen_addresses="]);
            }
            Listens::Encrypted { certificates, key } => {
                if self.port == 5_432 {
                    self.port = free_port();
                }
                command.args(["-c", "listen_addresses=127.0.0.1", "-c", "ssl=on"]);
                for (name, file) in [("ssl_cert_file", certificates), ("ssl_key_file", key)] {
                    let own = self.own_copy(&file);
                    command.arg("-c").arg(format!("{name}={}", own.display()));
                }
            }
        }
        command.arg("-p").arg(self.port.to_string());
        let mut child = command
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("postgres runs");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let mut said = String::new();
        loop {
            let Some(Ok(line)) = lines.next() else {
                let _ = child.wait();
                unreachable_server(&said);
            };
            if line.contains(READY) {
                break;
            }
            said.push_str(&line);
            said.push('\n');
        }
        // A pipe that nobody reads would stop it some day.
        let reader = std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        self.running = Some((child, reader));
    }

    /// Stops it at once, as a machine that fails does: connections break, nothing is finished.
    pub fn stop(&mut self) {
        if let Some((mut child, reader)) = self.running.take() {
            let stopped = Command::new("kill")
                .args(["-QUIT", &child.id().to_string()])
                .status();
            if !stopped.is_ok_and(|status| status.success()) {
                let _ = child.kill();
            }
            let _ = child.wait();
            let _ = reader.join();
        }
    }

    /// The folder of its socket, which stands where a host's name does.
    #[must_use]
    pub fn socket(&self) -> &Path {
        self.folder.path()
    }

    /// Its port: of the address, and of the socket's name.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of a database for a user, by the socket.
    #[must_use]
    pub fn url(&self, user: &str, database: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://{user}@{folder}:{}/{database}", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of PostgreSQL that runs as somebody whom it does not refuse.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command
            .current_dir(self.folder.path())
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        if self.is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    /// Gives a file to whoever runs the server.
    fn hand_over(&self, path: &Path) {
        if self.is_root() {
            chown(path, Some(NOBODY), Some(NOBODY)).expect("root may give files away");
        }
    }

    fn own_copy(&self, file: &Path) -> PathBuf {
        let name = file.file_name().expect("a file has a name");
        let own = self.folder.path().join(name);
        fs::copy(file, &own).expect("the file can be copied");
        let readers = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&own, readers).expect("its owner may say who reads it");
        self.hand_over(&own);
        own
    }

    /// Whether we are root: whoever made the folder of this process owns it.
    fn is_root(&self) -> bool {
        fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("some port is free")
        .port()
}

#[expect(clippy::panic, reason = "a test without its server cannot go on")]
fn unreachable_server(said: &str) -> ! {
    panic!("postgres did not start:\n{said}");
}
