//! How a crate for an accounting system is begun: copied from the skeleton, and wired into the workspace and the program.

use std::path::Path;

use crate::scaffold::{Edit, Name, Place, begun, read};
use crate::workspace::{Failure, Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Makes adapters/NAME of adapters/skeleton, and wires it in: the workspace, and `provider = \"NAME\"` in the configuration of the
program. The crate compiles; its tests run every promise of a provider, and fail until it is written: they are the list of what
is left, and each says where its promise is written down. adapters/README.md walks through one.

Examples:
  cargo xtask new-adapter acme-ledger
";

/// The folder of the skeleton, and of what becomes of it.
const ROOM: &str = "adapters";
/// Where the promises of a provider are listed.
const PROMISES: &str = "tests/conformance/src/provider/promises.rs";
/// Words that mean something else in the table of a connection.
const TAKEN: [&str; 2] = ["provider", "settings"];

/// Makes the crate and prints what to do next.
///
/// # Errors
/// When the name does not fit, or there is such a crate, or a file into which lines go was rewritten. Then nothing is
/// changed.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let [name] = arguments else {
        return Err(Failure::new(
            "say how the crate is called: `cargo xtask new-adapter acme-ledger`",
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
    if TAKEN.contains(&name.kebab()) {
        return Err(Failure::new(format!(
            "`{}` means something else in [connections.NAME] already",
            name.kebab()
        )));
    }
    begun(root, ROOM, name, &edits(name))
}

/// What names the crate, and where.
#[must_use]
pub fn edits(name: &Name) -> Vec<Edit> {
    let kebab = name.kebab();
    let mut edits = vec![
        edit(
            "Cargo.toml",
            "\"adapters/skeleton\",",
            format!("\"adapters/{kebab}\","),
        ),
        edit(
            "Cargo.toml",
            "tieout-xero = { path",
            format!("tieout-adapter-{kebab} = {{ path = \"adapters/{kebab}\" }}"),
        ),
        edit(
            "service/Cargo.toml",
            "tieout-adapter-files.workspace",
            format!("tieout-adapter-{kebab}.workspace = true"),
        ),
    ];
    edits.extend(of_configuration(name));
    edits.push(of_opening(name));
    edits
}

/// What the configuration knows of it: its word, its table, and what is wrong with that.
fn of_configuration(name: &Name) -> [Edit; 6] {
    let (snake, pascal, title) = (name.snake(), name.pascal(), name.title());
    let model = "service/src/config/model.rs";
    let books = "service/src/config/books.rs";
    [
        edit(
            model,
            "/// Where its books are, with `provider = \"files\"`.",
            format!(
                "/// Its books at {title}, with `provider = \"{snake}\"`.\n#[serde(default)]\n\
                 pub(crate) {snake}: Option<tieout_adapter_{snake}::{pascal}Config>,"
            ),
        ),
        edit(
            model,
            "/// A folder of JSON documents.",
            format!("/// {title}.\n{pascal},"),
        ),
        edit(
            books,
            "ProviderKind::Files => self",
            format!(
                "ProviderKind::{pascal} => self.{snake}.as_ref().map(|it| it.organisation.clone()),"
            ),
        ),
        edit(
            books,
            "ProviderKind::Files => &tieout",
            format!("ProviderKind::{pascal} => &tieout_adapter_{snake}::CAPABILITY,"),
        ),
        edit(
            books,
            "(ProviderKind::Files, \"files\"",
            format!("(ProviderKind::{pascal}, \"{snake}\", self.{snake}.is_some()),"),
        ),
        edit(
            books,
            "ProviderKind::Files => of_table(",
            format!(
                "ProviderKind::{pascal} => of_table(\"{snake}\", self.{snake}.as_ref(), |it| {{\n    \
                 let problems = it.problems().into_iter();\n    \
                 problems.map(|it| (it.key, it.message)).collect()\n}}),"
            ),
        ),
    ]
}

/// How the program opens its books.
fn of_opening(name: &Name) -> Edit {
    let (snake, pascal) = (name.snake(), name.pascal());
    edit(
        "service/src/office/organisation.rs",
        "ProviderKind::Files => {",
        format!(
            "ProviderKind::{pascal} => {{\n    let config = connection.{snake}.as_ref();\n    \
             let config = config.ok_or_else(|| Failure::config(\"the connection names no organisation\"))?;\n    \
             let provider = tieout_adapter_{snake}::{pascal}Provider::open(config, Arc::clone(&self.clock));\n    \
             Ok(Some(Organisation {{\n        provider: Arc::new(provider),\n        \
             access: Access::Named(config.organisation.clone()),\n    }}))\n}}"
        ),
    )
}

fn edit(file: &'static str, anchor: &'static str, lines: String) -> Edit {
    Edit {
        file,
        anchor,
        place: Place::Before,
        lines,
    }
}

/// What to do next.
fn words(root: &Path, name: &Name, changed: &[&str]) -> Result<String, Failure> {
    let kebab = name.kebab();
    let mut words = format!("made adapters/{kebab}, and named it in:\n");
    for file in changed {
        words.push_str(&format!("  {file}\n"));
    }
    words.push_str(&format!(
        "\nwrite, in this order (adapters/README.md walks through one):\n  \
         adapters/{kebab}/src/capability.rs           what it cannot do is not asked of it\n  \
         adapters/{kebab}/tests/support/backstage.rs  what stands behind it: a stand-in, people, and faults\n  \
         adapters/{kebab}/src/books.rs                how it is reached, and what each failure means\n  \
         adapters/{kebab}/src/chart.rs                accounts, tax rates, currencies\n  \
         adapters/{kebab}/src/contacts.rs             who is found, and made when nobody fits\n  \
         adapters/{kebab}/src/send.rs                 documents, none twice\n  \
         adapters/{kebab}/src/look.rs                 what is there\n  \
         adapters/{kebab}/src/changes.rs              what changed after a position\n\n\
         until these promises are kept, most of them by every kind of document that it holds:\n"
    ));
    for (module, promise) in promises(&read(&root.join(PROMISES))?) {
        words.push_str(&format!("  {module:<9} {}\n", promise.replace('_', " ")));
    }
    words.push_str(&format!(
        "\nnext:\n  cargo nextest run --no-fail-fast -p tieout-adapter-{kebab}\n  \
         cargo xtask codegen      # the schema of the configuration knows it then\n"
    ));
    Ok(words)
}

/// The names of the promises, as the suite lists them, each with the file that holds it.
#[must_use]
pub fn promises(suite: &str) -> Vec<(String, String)> {
    let rows = suite.lines().filter_map(|line| {
        let row = line.trim().strip_suffix(';')?;
        let mut words = row.split(' ');
        let (needs, module, promise) = (words.next()?, words.next()?, words.next()?);
        let is_row = ["Nothing", "Person", "Fault", "Crowd"].contains(&needs);
        (is_row && words.next().is_none()).then(|| (module.to_owned(), promise.to_owned()))
    });
    rows.collect()
}
