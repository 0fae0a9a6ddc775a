//! The commands, one per file.

pub mod bench;
pub mod ci;
pub mod codegen;
pub mod dist;
pub mod fuzz;
pub mod kill;
pub mod lint;
pub mod new_adapter;
pub mod new_host;
pub mod scenarios;
pub mod screenshots;
pub mod sim;
pub mod test;

use crate::workspace::{Failure, Outcome};

/// Refuses arguments for a command that takes none, so that a misspelt flag is never ignored.
fn no_arguments(command: &str, arguments: &[String]) -> Outcome {
    match arguments.first() {
        None => Ok(()),
        Some(argument) => Err(Failure::new(format!(
            "`{command}` takes no arguments; `{argument}` means nothing to it"
        ))),
    }
}
