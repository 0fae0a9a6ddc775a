//! `tieout completions` and `tieout man`: what a shell and a manual know of the command line, from the command line itself.

use std::io::Write;
use std::path::Path;

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs, ManArgs};
use crate::exit::{Exit, Failure};
use crate::output::{self, say};

/// Prints what a shell needs to complete commands.
pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tieout", &mut script);
    print(&script)
}

/// Prints the page of the program, or writes one for each command.
pub(super) fn man(cli: &Cli, args: &ManArgs) -> Result<Exit, Failure> {
    let program = Cli::command();
    let Some(folder) = &args.write else {
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(program).render(&mut page);
        rendered.map_err(|error| Failure::of(&error))?;
        return print(&page);
    };
    write(folder, program).map_err(|error| {
        Failure::new(format!("{}: {error}", folder.display()))
            .advise("Name a folder that can be written.")
    })?;
    if cli.json {
        output::json(&serde_json::json!({ "written": folder }));
    } else {
        say!("{} the pages are in {}", output::ok(), folder.display());
    }
    Ok(Exit::Done)
}

fn write(folder: &Path, program: clap::Command) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(program, folder)
}

/// As it is: a pipe or a shell reads it, and whoever closed the pipe has seen enough.
fn print(bytes: &[u8]) -> Result<Exit, Failure> {
    match std::io::stdout().lock().write_all(bytes) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::of(&error)),
        Ok(()) | Err(_) => Ok(Exit::Done),
    }
}
