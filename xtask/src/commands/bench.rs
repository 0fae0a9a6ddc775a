//! Which benches there are, and how one is run.

use std::fs;
use std::path::Path;

use crate::workspace::{Failure, Outcome, Workspace};

const FOLDER: &str = "tests/benches/src/bin";

/// The long help.
pub const HELP: &str = "\
Runs `cargo run --release --package tieout-benches --bin NAME -- ARGS…`.
The benches are the programs in tests/benches/src/bin; without a NAME they are listed.
";

/// Runs the bench named first with the rest as its arguments, or lists the benches without a name.
///
/// # Errors
/// When the bench fails, or when there is none of that name; the known ones are named.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let known = names(&workspace.root().join(FOLDER))?;
    let Some((name, rest)) = arguments.split_first() else {
        println!("{}", listing(&known));
        return Ok(());
    };
    if !known.contains(name) {
        return Err(Failure::new(format!(
            "there is no bench `{name}`; {}",
            listing(&known)
        )));
    }
    let mut words = vec![
        "run",
        "--release",
        "--package",
        "tieout-benches",
        "--bin",
        name,
        "--",
    ];
    words.extend(rest.iter().map(String::as_str));
    workspace.run(&format!("bench {name}"), &mut workspace.cargo(&words))
}

/// The benches in `folder`, sorted: `NAME.rs` or `NAME/main.rs`. A folder that does not exist holds none.
///
/// # Errors
/// When the folder is there but cannot be read.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let unreadable = |error| Failure::new(format!("cannot read {}: {error}", folder.display()));
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_program =
            path.extension().is_some_and(|end| end == "rs") || path.join("main.rs").is_file();
        if let (true, Some(stem)) = (is_program, path.file_stem()) {
            names.push(stem.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn listing(known: &[String]) -> String {
    if known.is_empty() {
        format!("{FOLDER} holds no bench")
    } else {
        format!("the benches are: {}", known.join(", "))
    }
}
