//! How the program is packed for machines that have nothing: one static binary with its papers, in one archive.

use std::fs;
use std::path::{Path, PathBuf};

use crate::elf;
use crate::needs::{self, MUSL, Purpose};
use crate::workspace::{Failure, Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Builds the program for any Linux of this machine's kind of processor, without a library or a loader of it, and packs it with its
licence, its manual, completions and the systemd unit:

  target/dist/tieout-VERSION-linux-ARCH.tar.gz   and the same name with .sha256 behind it

Nothing is packed that needs more than a kernel: the program's own headers are read, and it is run once. The same sources give
the same archive. The memory allocator is mimalloc here too, since that of musl is slow with threads.

--dev packs a program that is not optimised, to see in minutes whether everything links; it is not for use, and its name says so.

What is missing is installed, or named with its command: the target of Rust (`rustup target add`), and a C compiler for musl
(musl-tools on Debian). Building the optimised program takes some twenty minutes of processor time.
";

const SHELLS: &[(&str, &str)] = &[
    ("bash", "completions/tieout.bash"),
    ("zsh", "completions/_tieout"),
    ("fish", "completions/tieout.fish"),
];
/// What is packed as it lies in the sources.
const PAPERS: &[(&str, &str)] = &[
    ("LICENSE", "LICENSE"),
    ("docs/run-as-a-service.md", "run-as-a-service.md"),
    ("service/systemd/tieout.service", "systemd/tieout.service"),
];

/// Whether the program is for use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    Release,
    Dev,
}

/// Builds and packs.
///
/// # Errors
/// When something is missing, does not build, or needs a library of the machine after all.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let profile = match arguments {
        [] => Profile::Release,
        [only] if only == "--dev" => Profile::Dev,
        [other, ..] => {
            return Err(Failure::new(format!(
                "`dist` takes `--dev` or nothing; `{other}` means nothing to it"
            )));
        }
    };
    let Some(target) = MUSL else {
        return Err(Failure::new(
            "there is no static build for this kind of machine: build on Linux on x86_64 or aarch64",
        ));
    };
    needs::provide(workspace, Purpose::Dist)?;
    build(workspace, target, profile)?;
    let program = target_folder(workspace)
        .join(target)
        .join(profile.folder())
        .join("tieout");
    let bytes = fs::read(&program).map_err(|error| told(&program, &error))?;
    elf::stands_alone(&bytes).map_err(|why| {
        Failure::new(format!("{} does not stand alone: {why}", program.display()))
    })?;
    println!("dist: {} needs nothing of the machine", program.display());
    let version = printed(workspace, &program, &["--version"])?;
    println!("dist: it says `{}`", version.trim());
    let archive = pack(workspace, &program, &name(version.trim(), target, profile))?;
    println!("dist: {}", archive.display());
    Ok(())
}

/// What the archive and the folder in it are called.
fn name(version: &str, target: &str, profile: Profile) -> String {
    let number = version.split(' ').nth(1).unwrap_or(version);
    let processor = target.split('-').next().unwrap_or(target);
    let end = match profile {
        Profile::Release => "",
        Profile::Dev => "-dev-not-for-use",
    };
    format!("tieout-{number}-linux-{processor}{end}")
}

impl Profile {
    fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "debug",
        }
    }
}

fn build(workspace: &Workspace, target: &str, profile: Profile) -> Outcome {
    let mut words = vec![
        "build",
        "--locked",
        "--package",
        "tieout",
        "--target",
        target,
    ];
    if profile == Profile::Release {
        words.push("--release");
    }
    let mut command = workspace.cargo(&words);
    let (lower, upper) = (
        target.replace('-', "_"),
        target.replace('-', "_").to_uppercase(),
    );
    command
        .env(format!("CC_{lower}"), "musl-gcc")
        // It is the default of the target today; that it stays so is no promise.
        .env(
            format!("CARGO_TARGET_{upper}_RUSTFLAGS"),
            "-C target-feature=+crt-static",
        )
        .env_remove("RUSTFLAGS");
    workspace.run(&format!("cargo {}", words.join(" ")), &mut command)
}

/// Puts everything into a folder, and the folder into an archive.
fn pack(workspace: &Workspace, program: &Path, name: &str) -> Result<PathBuf, Failure> {
    let dist = target_folder(workspace).join("dist");
    let folder = dist.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| told(&folder, &error))?;
    }
    for part in ["completions", "man", "systemd"] {
        let part = folder.join(part);
        fs::create_dir_all(&part).map_err(|error| told(&part, &error))?;
    }
    copy(program, &folder.join("tieout"))?;
    for (from, to) in PAPERS {
        copy(&workspace.root().join(from), &folder.join(to))?;
    }
    for (shell, to) in SHELLS {
        let script = printed(workspace, program, &["completions", shell])?;
        let to = folder.join(to);
        fs::write(&to, script).map_err(|error| told(&to, &error))?;
    }
    let man = folder.join("man").display().to_string();
    printed(workspace, program, &["man", "--write", &man])?;
    let sums = sums(workspace, &folder)?;
    let list = folder.join("SHA256SUMS");
    fs::write(&list, sums).map_err(|error| told(&list, &error))?;
    archive(workspace, &dist, name)
}

/// The checksum of each file, by its name below the folder, in order.
fn sums(workspace: &Workspace, folder: &Path) -> Result<String, Failure> {
    let script =
        "find . -type f ! -name SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum";
    spoken(workspace, folder, script)
}

/// One archive in which nothing tells who packed it or when: only the time of the commit.
fn archive(workspace: &Workspace, dist: &Path, name: &str) -> Result<PathBuf, Failure> {
    let time = spoken(workspace, workspace.root(), "git log -1 --format=%ct")?;
    let script = format!(
        "tar --create --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime=@{} --format=gnu {name} \
         | gzip --no-name --best > {name}.tar.gz && sha256sum {name}.tar.gz > {name}.tar.gz.sha256",
        time.trim()
    );
    spoken(workspace, dist, &format!("set -o pipefail; {script}"))?;
    Ok(dist.join(format!("{name}.tar.gz")))
}

fn target_folder(workspace: &Workspace) -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => workspace.root().join(folder),
        None => workspace.root().join("target"),
    }
}

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::copy(from, to)
        .map(drop)
        .map_err(|error| told(from, &error))
}

/// What a script of the shell prints in a folder.
fn spoken(workspace: &Workspace, folder: &Path, script: &str) -> Result<String, Failure> {
    let mut command = workspace.command("bash", &["-c", script]);
    command.current_dir(folder);
    output(command, script)
}

/// What the program prints.
fn printed(workspace: &Workspace, program: &Path, words: &[&str]) -> Result<String, Failure> {
    let program = program.display().to_string();
    output(workspace.command(&program, words), &program)
}

fn output(mut command: std::process::Command, shown: &str) -> Result<String, Failure> {
    let failed = |why: String| Failure::new(format!("`{shown}` failed: {why}"));
    let output = command
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(format!("{} ({})", said.trim(), output.status)));
    }
    String::from_utf8(output.stdout).map_err(|error| failed(error.to_string()))
}

fn told(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_is_called_by_version_and_processor_and_says_when_it_is_not_for_use() {
        let name = |profile| name("tieout 1.2.3", "aarch64-unknown-linux-musl", profile);
        assert_eq!(name(Profile::Release), "tieout-1.2.3-linux-aarch64");
        assert_eq!(
            name(Profile::Dev),
            "tieout-1.2.3-linux-aarch64-dev-not-for-use"
        );
    }

    #[test]
    fn everything_that_is_packed_is_there() {
        let workspace = Workspace::find().unwrap();
        for (from, _) in PAPERS {
            assert!(workspace.root().join(from).is_file(), "{from}");
        }
    }

    #[test]
    fn what_is_packed_is_summed_and_the_same_twice() {
        let workspace = Workspace::find().unwrap();
        let dist = std::env::temp_dir().join(format!("tieout-dist-{}", std::process::id()));
        let folder = dist.join("tieout-x/man");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("tieout.1"), "a page\n").unwrap();
        let sums = sums(&workspace, &dist.join("tieout-x")).unwrap();
        let packed = || {
            let archive = archive(&workspace, &dist, "tieout-x").unwrap();
            fs::read(archive).unwrap()
        };
        let (one, other) = (packed(), packed());
        let note = fs::read_to_string(dist.join("tieout-x.tar.gz.sha256")).unwrap();
        fs::remove_dir_all(&dist).unwrap();
        // printf 'a page\n' | sha256sum
        assert!(sums.ends_with("  ./man/tieout.1\n"), "{sums}");
        assert_eq!(sums.lines().count(), 1);
        assert!(one == other && !one.is_empty());
        assert!(note.ends_with("  tieout-x.tar.gz\n"), "{note}");
    }
}
