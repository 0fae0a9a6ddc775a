//! What the house tools need from the machine, how its absence is seen, and how it is installed.

use std::path::Path;
use std::process::Stdio;

use crate::workspace::{Failure, Outcome, Workspace};

/// What a need is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// `cargo xtask test`.
    Test,
    /// `cargo xtask lint`.
    Lint,
    /// `cargo xtask dist`.
    Dist,
}

/// How a missing thing is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Install {
    /// A Debian package; needs root.
    Debian(&'static str),
    /// A program from the crate registry, into the user's own cargo home.
    Cargo(&'static str),
    /// A component of the Rust toolchain.
    Rustup(&'static str),
    /// What the Rust toolchain needs to build for another kind of machine.
    Target(&'static str),
    /// What the lock file of a folder names, by version and checksum, into that folder.
    Npm(&'static str),
}

/// What happens when a thing is missing and cannot be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Without {
    /// Nothing works: stop and say how to install it.
    Stop,
    /// Go on in this poorer way, and say so.
    Instead(&'static str),
}

/// One row of the table of needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Its name.
    pub what: &'static str,
    /// The command that succeeds when it is there.
    pub probe: &'static [&'static str],
    /// How to get it.
    pub install: Install,
    /// What runs only with it.
    pub needed_by: &'static str,
    /// The command it serves.
    pub purpose: Purpose,
    /// What happens without it.
    pub without: Without,
}

/// What a static program of this machine's processor is built for, where that is known.
pub const MUSL: Option<&str> = if !cfg!(target_os = "linux") {
    None
} else if cfg!(target_arch = "x86_64") {
    Some(X86)
} else if cfg!(target_arch = "aarch64") {
    Some(ARM)
} else {
    None
};
const X86: &str = "x86_64-unknown-linux-musl";
const ARM: &str = "aarch64-unknown-linux-musl";
const STATIC: &str = "the static program";

const BROWSER: &str = "the tests of the pages in a real browser";
/// Where axe-core is named.
const AXE: &str = "tests/browser/axe";

/// The test runner.
pub const NEXTEST: Need = Need {
    what: "cargo-nextest",
    probe: &["cargo", "nextest", "--version"],
    install: Install::Cargo("cargo-nextest"),
    needed_by: "every test",
    purpose: Purpose::Test,
    without: Without::Instead("`cargo test` runs the tests"),
};

/// Everything that is needed; the order is the order of installation.
pub const NEEDS: &[Need] = &[
    Need {
        what: "a C compiler",
        probe: &["cc", "--version"],
        install: Install::Debian("gcc"),
        needed_by: "every test that links aws-lc-sys, and cargo's linker",
        purpose: Purpose::Test,
        without: Without::Stop,
    },
    Need {
        what: "git",
        probe: &["git", "--version"],
        install: Install::Debian("git"),
        needed_by: "the tests of xtask, and tidy",
        purpose: Purpose::Test,
        without: Without::Stop,
    },
    Need {
        what: "python3",
        probe: &["python3", "--version"],
        install: Install::Debian("python3"),
        needed_by: "the tests of the sample host",
        purpose: Purpose::Test,
        without: Without::Stop,
    },
    Need {
        what: "curl",
        probe: &["curl", "--version"],
        install: Install::Debian("curl"),
        needed_by: "the stories of what is asked over HTTP",
        purpose: Purpose::Test,
        without: Without::Stop,
    },
    Need {
        what: "openssl",
        probe: &["openssl", "version"],
        install: Install::Debian("openssl"),
        needed_by: "the story of signed pushes",
        purpose: Purpose::Test,
        without: Without::Stop,
    },
    NEXTEST,
    Need {
        what: "PostgreSQL",
        // Debian puts its programs beside the path.
        probe: &[
            "sh",
            "-c",
            "command -v initdb || ls /usr/lib/postgresql/*/bin/initdb",
        ],
        install: Install::Debian("postgresql"),
        needed_by: "the tests of the SQL form of the host contract",
        purpose: Purpose::Test,
        without: Without::Stop,
    },
    Need {
        what: "Chromium",
        probe: &["chromium", "--version"],
        install: Install::Debian("chromium"),
        needed_by: BROWSER,
        purpose: Purpose::Test,
        without: Without::Stop,
    },
    Need {
        what: "chromedriver",
        probe: &["chromedriver", "--version"],
        install: Install::Debian("chromium-driver"),
        needed_by: BROWSER,
        purpose: Purpose::Test,
        without: Without::Stop,
    },
    Need {
        what: "npm",
        probe: &["npm", "--version"],
        install: Install::Debian("npm"),
        needed_by: "the installation of axe-core",
        purpose: Purpose::Test,
        without: Without::Stop,
    },
    Need {
        what: "axe-core",
        // The version that is locked, not one of yesterday.
        probe: &["npm", "ls", "--prefix", AXE, "axe-core"],
        install: Install::Npm(AXE),
        needed_by: BROWSER,
        purpose: Purpose::Test,
        without: Without::Stop,
    },
    Need {
        what: "rustfmt",
        probe: &["cargo", "fmt", "--version"],
        install: Install::Rustup("rustfmt"),
        needed_by: "the step fmt",
        purpose: Purpose::Lint,
        without: Without::Stop,
    },
    Need {
        what: "clippy",
        probe: &["cargo", "clippy", "--version"],
        install: Install::Rustup("clippy"),
        needed_by: "the step clippy",
        purpose: Purpose::Lint,
        without: Without::Stop,
    },
    Need {
        what: "Rust for musl",
        // Also where no rustup is: then the folder is the distribution's.
        probe: match cfg!(target_arch = "aarch64") {
            true => &["sh", "-c", MUSL_ON_ARM],
            false => &["sh", "-c", MUSL_ON_X86],
        },
        install: Install::Target(match cfg!(target_arch = "aarch64") {
            true => ARM,
            false => X86,
        }),
        needed_by: STATIC,
        purpose: Purpose::Dist,
        without: Without::Stop,
    },
    Need {
        what: "a C compiler for musl",
        probe: &["musl-gcc", "--version"],
        install: Install::Debian("musl-tools"),
        needed_by: STATIC,
        purpose: Purpose::Dist,
        without: Without::Stop,
    },
];
const MUSL_ON_X86: &str =
    "test -d \"$(rustc --print target-libdir --target x86_64-unknown-linux-musl)\"";
const MUSL_ON_ARM: &str =
    "test -d \"$(rustc --print target-libdir --target aarch64-unknown-linux-musl)\"";

/// What decides whether a Debian package can be installed without asking anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// Debian or a child of it, and we are root.
    DebianAsRoot,
    /// Anything else: packages are for its owner to install.
    Other,
}

impl Machine {
    /// This machine.
    fn here(workspace: &Workspace) -> Self {
        let debian = Path::new("/etc/debian_version").exists();
        if debian && output(workspace, &["id", "-u"]).as_deref() == Some("0") {
            Self::DebianAsRoot
        } else {
            Self::Other
        }
    }
}

impl Install {
    /// The command a person types to install it.
    #[must_use]
    pub fn command(self) -> String {
        match self {
            Self::Debian(package) => {
                format!("apt-get install -y --no-install-recommends {package}")
            }
            Self::Cargo(name) => format!("cargo install --locked {name}"),
            Self::Rustup(component) => format!("rustup component add {component}"),
            Self::Target(target) => format!("rustup target add {target}"),
            Self::Npm(folder) => {
                format!("npm ci --prefix {folder} --ignore-scripts --no-audit --no-fund")
            }
        }
    }

    /// Whether we may run that command ourselves on `machine`.
    #[must_use]
    pub fn is_ours_to_run(self, machine: Machine) -> bool {
        match (self, machine) {
            (Self::Debian(_), Machine::Other) => false,
            (Self::Debian(_), Machine::DebianAsRoot)
            | (Self::Cargo(_) | Self::Rustup(_) | Self::Target(_) | Self::Npm(_), _) => true,
        }
    }
}

impl Need {
    /// What is told when it is missing and stays missing.
    #[must_use]
    pub fn told(&self) -> String {
        let (what, by, command) = (self.what, self.needed_by, self.install.command());
        let as_root = match self.install {
            Install::Debian(_) => " (as root, on Debian)",
            Install::Cargo(_) | Install::Rustup(_) | Install::Target(_) | Install::Npm(_) => "",
        };
        format!("{what} is missing, needed by {by}; install it with `{command}`{as_root}")
    }
}

/// Makes sure that what `purpose` needs is there, installing what is missing where that is possible.
/// A repeat does nothing. Returns what is still missing and can be done without.
///
/// # Errors
/// When something indispensable is missing and could not be installed; says how to install it.
pub fn provide(workspace: &Workspace, purpose: Purpose) -> Result<Vec<Need>, Failure> {
    let absent: Vec<&Need> = NEEDS
        .iter()
        .filter(|need| need.purpose == purpose && output(workspace, need.probe).is_none())
        .collect();
    if absent.is_empty() {
        return Ok(Vec::new());
    }
    let machine = Machine::here(workspace);
    refresh_package_lists(workspace, &absent, machine);
    let mut still_missing = Vec::new();
    for need in absent {
        if install(workspace, need, machine).is_ok() && output(workspace, need.probe).is_some() {
            continue;
        }
        match need.without {
            Without::Stop => return Err(Failure::new(need.told())),
            Without::Instead(instead) => {
                println!("needs: {}; until then {instead}", need.told());
                still_missing.push(*need);
            }
        }
    }
    Ok(still_missing)
}

/// Runs `apt-get update` once, where a Debian package is about to be installed.
fn refresh_package_lists(workspace: &Workspace, absent: &[&Need], machine: Machine) {
    let wants_apt = absent
        .iter()
        .any(|need| matches!(need.install, Install::Debian(_)));
    if wants_apt && machine == Machine::DebianAsRoot {
        println!("needs: apt-get update");
        let mut command = workspace.command("apt-get", &["update", "-qq"]);
        if let Err(failure) = workspace.run("apt-get update", &mut command) {
            // Old lists may still know the package; the installation itself decides.
            println!("needs: {failure}");
        }
    }
}

fn install(workspace: &Workspace, need: &Need, machine: Machine) -> Outcome {
    if !need.install.is_ours_to_run(machine) {
        return Err(Failure::new(need.told()));
    }
    let shown = need.install.command();
    println!(
        "needs: {} is missing, needed by {}; running `{shown}`",
        need.what, need.needed_by
    );
    let words: Vec<&str> = shown.split(' ').collect();
    let (program, arguments) = words.split_first().expect("a command has a first word");
    let mut command = match need.install {
        Install::Cargo(_) => workspace.cargo(arguments),
        Install::Debian(_) | Install::Rustup(_) | Install::Target(_) | Install::Npm(_) => {
            workspace.command(program, arguments)
        }
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    let outcome = workspace.run(&shown, &mut command);
    if let Err(failure) = &outcome {
        println!("needs: {failure}");
    }
    outcome
}

/// What a probe prints, trimmed; `None` when it cannot be run or fails.
fn output(workspace: &Workspace, words: &[&str]) -> Option<String> {
    let (program, arguments) = words.split_first()?;
    let mut command = match *program {
        "cargo" => workspace.cargo(arguments),
        program => workspace.command(program, arguments),
    };
    let output = command.stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
