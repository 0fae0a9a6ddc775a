//! The house rules, which of them are asked for, and how their violations are reported.

pub mod arrows;
pub mod code;
pub mod exceptions;
pub mod header;
pub mod links;
pub mod markdown;
pub mod pure;
pub mod schemas;
pub mod shape;
pub mod size;
pub mod tree;
pub mod words;

use std::fmt;

use self::tree::Tree;
use crate::workspace::{Failure, Outcome, Workspace};

/// The long help.
pub const HELP: &str = "\
Checks every file in git, and every new one that is not ignored. Without RULE all rules are checked:
  size     source file 500 lines, test file 700, function 70 lines, trait 12 methods
  shape    lib.rs holds modules and re-exports only
  header   each .rs file opens with a `//!` sentence
  arrows   which crate may depend on which
  pure     the pure rooms of core name no clock, network, store, runtime or random number
  links    relative links and anchors in Markdown lead somewhere
  words    no path of one machine, nothing unfinished, no ignored test, no sleep in a test
  schemas  schemas/ is what the types say (builds the service)

A violation reads `path:line: rule: what, and what to do`. Files that are too long today stand in
xtask/tidy-exceptions.txt with their length; that list only shrinks.
";

/// One breach of one rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The file, relative to the root.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The name of the rule.
    pub rule: &'static str,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            rule,
            message,
        } = self;
        write!(f, "{path}:{line}: {rule}: {message}")
    }
}

/// A rule that needs nothing but the files.
struct Rule {
    name: &'static str,
    check: fn(&Tree) -> Vec<Violation>,
}

const RULES: &[Rule] = &[
    Rule {
        name: size::RULE,
        check: size::check,
    },
    Rule {
        name: shape::RULE,
        check: shape::check,
    },
    Rule {
        name: header::RULE,
        check: header::check,
    },
    Rule {
        name: arrows::RULE,
        check: arrows::check,
    },
    Rule {
        name: pure::RULE,
        check: pure::check,
    },
    Rule {
        name: links::RULE,
        check: links::check,
    },
    Rule {
        name: words::RULE,
        check: words::check,
    },
];

/// Checks the rules named in `arguments`, or all of them, and prints every violation.
///
/// # Errors
/// When there is a violation, an unknown rule, or the files cannot be read.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let wanted = chosen(arguments)?;
    let tree = Tree::read(workspace)?;
    let mut violations = violations(&tree, &wanted);
    if wanted.contains(&schemas::RULE) {
        violations.extend(schemas::check(workspace));
    }
    for violation in &violations {
        println!("{violation}");
    }
    println!("tidy: {} files, rules {}", tree.len(), wanted.join(", "));
    if wanted.contains(&size::RULE) {
        let (long, aim, max) = (
            size::long_sources(&tree),
            size::SOURCE_AIM,
            size::SOURCE_MAX,
        );
        println!("tidy: {long} source files have between {aim} and {max} lines");
    }
    match violations.len() {
        0 => {
            println!("tidy: clean");
            Ok(())
        }
        1 => Err(Failure::new("1 violation, named above")),
        count => Err(Failure::new(format!("{count} violations, named above"))),
    }
}

/// Checks every rule.
///
/// # Errors
/// As [`run`].
pub fn everything(workspace: &Workspace) -> Outcome {
    run(workspace, &[])
}

/// What the rules named in `wanted` find in `tree`, by path and line. Rules that need more than files are
/// passed over.
#[must_use]
pub fn violations(tree: &Tree, wanted: &[&str]) -> Vec<Violation> {
    let mut found: Vec<Violation> = RULES
        .iter()
        .filter(|rule| wanted.contains(&rule.name))
        .flat_map(|rule| (rule.check)(tree))
        .collect();
    found.sort();
    found
}

/// The rules to check: those named, or all.
///
/// # Errors
/// When a name is not a rule; the rules are named.
pub fn chosen(arguments: &[String]) -> Result<Vec<&'static str>, Failure> {
    let mut known: Vec<&'static str> = RULES.iter().map(|rule| rule.name).collect();
    known.push(schemas::RULE);
    if let Some(unknown) = arguments
        .iter()
        .find(|name| !known.contains(&name.as_str()))
    {
        return Err(Failure::new(format!(
            "there is no rule `{unknown}`; the rules are: {}",
            known.join(", ")
        )));
    }
    if !arguments.is_empty() {
        known.retain(|rule| arguments.iter().any(|name| name == rule));
    }
    Ok(known)
}
