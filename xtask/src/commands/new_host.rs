//! How a crate for a product is begun: copied from the skeleton, and wired into the workspace and the program.

use std::path::Path;

use crate::scaffold::{Edit, Name, Place, begun, read};
use crate::workspace::{Failure, Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Makes hosts/NAME of hosts/skeleton, and wires it in: the workspace, and `[hosts.ID.NAME]` in the configuration of the
program. The crate compiles; its tests run every promise of a host, and fail until it is written: they are the list of what
is left. hosts/README.md walks through one.

Examples:
  cargo xtask new-host acme-books
";

/// The folder of the skeleton, and of what becomes of it.
const ROOM: &str = "hosts";
/// Where the promises of a host are listed.
const PROMISES: &str = "tests/conformance/src/host/mod.rs";

/// Makes the crate and prints what to do next.
///
/// # Errors
/// When the name does not fit, or there is such a crate, or a file into which lines go was rewritten. Then nothing is
/// changed.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let [name] = arguments else {
        return Err(Failure::new(
            "say how the crate is called: `cargo xtask new-host acme-books`",
        ));
    };
    let name = Name::parse(name)?;
    let made = make(workspace.root(), &name)?;
    // Names of any length fall into line, and imports into order.
    let manifest = ["fmt", "--all"];
    workspace.run("cargo fmt --all", &mut workspace.cargo(&manifest))?;
    print!("{}", words(workspace.root(), &name, &made)?);
    Ok(())
}

/// Writes the crate and the files that name it; gives what was changed besides.
///
/// # Errors
/// As [`run`].
pub fn make(root: &Path, name: &Name) -> Result<Vec<&'static str>, Failure> {
    begun(root, ROOM, name, &edits(name))
}

/// What names the crate, and where.
#[must_use]
pub fn edits(name: &Name) -> Vec<Edit> {
    let (kebab, snake, pascal, title) = (name.kebab(), name.snake(), name.pascal(), name.title());
    let edit = |file, anchor, lines: String| Edit {
        file,
        anchor,
        place: Place::Before,
        lines,
    };
    vec![
        edit(
            "Cargo.toml",
            "\"hosts/skeleton\",",
            format!("\"hosts/{kebab}\","),
        ),
        edit(
            "Cargo.toml",
            "tieout-identity = { path",
            format!("tieout-host-{kebab} = {{ path = \"hosts/{kebab}\" }}"),
        ),
        edit(
            "service/Cargo.toml",
            "tieout-identity.workspace",
            format!("tieout-host-{kebab}.workspace = true"),
        ),
        edit(
            "service/src/config/model.rs",
            "/// Its PostgreSQL database has the views",
            format!("/// {title}.\n{pascal}(tieout_host_{snake}::{pascal}Config),"),
        ),
        edit(
            "service/src/config/model.rs",
            "Self::Sql(sql) => (\"sql\"",
            format!("Self::{pascal}(_) => (\"{snake}\", None),"),
        ),
        edit(
            "service/src/config/mistakes.rs",
            "HostConfig::Sql(",
            format!("HostConfig::{pascal}(it) => (\"{snake}\", it.problems()),"),
        ),
        edit(
            "service/src/config/secret.rs",
            "(\"iinsight\", \"client_secret\"),",
            format!("(\"{snake}\", \"api_key\"),"),
        ),
        edit(
            "service/src/command/failed.rs",
            "| HostConfig::Sql(_)",
            format!("| HostConfig::{pascal}(_)"),
        ),
        edit(
            "service/src/setup/known.rs",
            "HostConfig::Sql(_)",
            format!("HostConfig::{pascal}(_) => \"{title}\","),
        ),
        edit(
            "service/src/office/hosts.rs",
            "HostConfig::Sql(sql) =>",
            format!(
                "HostConfig::{pascal}(config) => {{\n    \
                 let host = tieout_host_{snake}::{pascal}Host::open(config, means.transport)?;\n    \
                 Ok(Arc::new(host))\n}}"
            ),
        ),
        edit(
            "service/src/office/hosts.rs",
            "| HostConfig::Sftp(_),",
            format!("| HostConfig::{pascal}(_)"),
        ),
    ]
}

/// What to do next.
fn words(root: &Path, name: &Name, changed: &[&str]) -> Result<String, Failure> {
    let kebab = name.kebab();
    let mut words = format!("made hosts/{kebab}, and named it in:\n");
    for file in changed {
        words.push_str(&format!("  {file}\n"));
    }
    words.push_str(&format!(
        "\nwrite, in this order (hosts/README.md walks through one):\n  \
         hosts/{kebab}/tests/support/product.rs   what the product answers, from its real replies\n  \
         hosts/{kebab}/src/changes.rs             what changed after a position\n  \
         hosts/{kebab}/src/deliver.rs             what it is told\n  \
         hosts/{kebab}/src/capability.rs          what it cannot do is not asked of it\n\n\
         until these promises are kept:\n"
    ));
    for promise in promises(&read(&root.join(PROMISES))?) {
        words.push_str(&format!("  {}\n", promise.replace('_', " ")));
    }
    words.push_str(&format!(
        "\nnext:\n  cargo nextest run --no-fail-fast -p tieout-host-{kebab}\n  \
         cargo xtask codegen      # the schema of the configuration knows it then\n"
    ));
    Ok(words)
}

/// The names of the promises, as the suite lists them.
#[must_use]
pub fn promises(suite: &str) -> Vec<String> {
    let lists = suite
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("reading:"));
    let lists = lists.take_while(|line| line.trim() != "}");
    let names = lists.flat_map(|line| line.split([' ', ',', ';']));
    let names = names.filter(|word| word.contains('_'));
    names.map(str::to_owned).collect()
}
