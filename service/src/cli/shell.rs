//! How what a shell and a manual need is asked for.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout completions bash > ~/.local/share/bash-completion/completions/tieout
  tieout completions zsh > ~/.zfunc/_tieout
  tieout completions fish > ~/.config/fish/completions/tieout.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tieout man | man -l -                              reads the page of the program
  tieout man --write ~/.local/share/man/man1         a page for each command: man tieout-sync")]
pub(crate) struct ManArgs {
    /// Writes a page for each command into a folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) write: Option<PathBuf>,
}
