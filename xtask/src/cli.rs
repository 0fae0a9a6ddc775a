//! Which commands there are, what their help says, and what an unknown one is told.

use crate::commands::{
    bench, ci, codegen, dist, fuzz, kill, lint, new_adapter, new_host, scenarios, screenshots, sim,
    test,
};
use crate::tidy;
use crate::workspace::{Failure, Outcome, Workspace};

/// One `cargo xtask` command.
struct Command {
    name: &'static str,
    arguments: &'static str,
    summary: &'static str,
    help: &'static str,
    run: fn(&Workspace, &[String]) -> Outcome,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        arguments: "[ARGS…]",
        summary: "run every test: nextest, then the doctests",
        help: test::HELP,
        run: test::run,
    },
    Command {
        name: "tidy",
        arguments: "[RULE…]",
        summary: "check the house rules over every file in git",
        help: tidy::HELP,
        run: tidy::run,
    },
    Command {
        name: "lint",
        arguments: "",
        summary: "fmt, clippy, rustdoc and tidy: everything in `ci` that is not a test",
        help: lint::HELP,
        run: lint::run,
    },
    Command {
        name: "ci",
        arguments: "",
        summary: "test and lint, as a merge demands them",
        help: ci::HELP,
        run: ci::run,
    },
    Command {
        name: "codegen",
        arguments: "",
        summary: "write schemas/ from the types",
        help: codegen::HELP,
        run: codegen::run,
    },
    Command {
        name: "bench",
        arguments: "NAME [ARGS…]",
        summary: "run one bench of tests/benches, optimised",
        help: bench::HELP,
        run: bench::run,
    },
    Command {
        name: "sim",
        arguments: "[ARGS…]",
        summary: "live whole lives in virtual time, each replayed by its seed",
        help: sim::HELP,
        run: sim::run,
    },
    Command {
        name: "fuzz",
        arguments: "[ARGS…]",
        summary: "feed everything that reads what others wrote with bent input",
        help: fuzz::HELP,
        run: fuzz::run,
    },
    Command {
        name: "kill",
        arguments: "[ARGS…]",
        summary: "kill the program under load at random moments, then compare both sides",
        help: kill::HELP,
        run: kill::run,
    },
    Command {
        name: "scenarios",
        arguments: "[NAME…]",
        summary: "play the stories of tests/scenarios; --bless rewrites them",
        help: scenarios::HELP,
        run: scenarios::run,
    },
    Command {
        name: "new-host",
        arguments: "NAME",
        summary: "begin a crate for a product: it compiles, and its failing tests are what is left",
        help: new_host::HELP,
        run: new_host::run,
    },
    Command {
        name: "new-adapter",
        arguments: "NAME",
        summary: "begin a crate for an accounting system, in the same way",
        help: new_adapter::HELP,
        run: new_adapter::run,
    },
    Command {
        name: "dist",
        arguments: "[--dev]",
        summary: "pack a static program with its papers for Linux",
        help: dist::HELP,
        run: dist::run,
    },
    Command {
        name: "screenshots",
        arguments: "",
        summary: "make the pictures of the documentation anew",
        help: screenshots::HELP,
        run: screenshots::run,
    },
];

/// Runs the command named by the first argument. Without one, or with `--help`, prints the commands.
///
/// # Errors
/// The command's own failure, or an unknown command, with the known ones named.
pub fn run(arguments: &[String]) -> Outcome {
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", overview());
        return Ok(());
    };
    match name.as_str() {
        "help" | "--help" | "-h" => {
            print!("{}", help_for(rest.first().map(String::as_str))?);
            Ok(())
        }
        name => {
            let command = find(name)?;
            if asks_for_help(rest) {
                print!("{}", long_help(command));
                return Ok(());
            }
            (command.run)(&Workspace::find()?, rest)
        }
    }
}

/// The help text of the command `name`, or the overview without one.
///
/// # Errors
/// When there is no such command; the known ones are named.
pub fn help_for(name: Option<&str>) -> Result<String, Failure> {
    match name {
        None => Ok(overview()),
        Some(name) => find(name).map(long_help),
    }
}

fn find(name: &str) -> Result<&'static Command, Failure> {
    COMMANDS
        .iter()
        .find(|command| command.name == name)
        .ok_or_else(|| {
            let known: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
            Failure::new(format!(
                "there is no command `{name}`; there are: {}",
                known.join(", ")
            ))
        })
}

/// Whether help is asked for; what follows `--` belongs to somebody else.
fn asks_for_help(arguments: &[String]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--help" || argument == "-h")
}

fn overview() -> String {
    let mut text = String::from("The house tools.\n\nUsage: cargo xtask COMMAND\n\nCommands:\n");
    for command in COMMANDS {
        let call = format!("{} {}", command.name, command.arguments);
        text.push_str(&format!("  {call:<19} {}\n", command.summary));
    }
    text.push_str("\n`cargo xtask COMMAND --help` says more.\n");
    text
}

fn long_help(command: &Command) -> String {
    let call = format!("{} {}", command.name, command.arguments);
    format!(
        "{}\n\nUsage: cargo xtask {}\n\n{}",
        command.summary,
        call.trim_end(),
        command.help
    )
}
