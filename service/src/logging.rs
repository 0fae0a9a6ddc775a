//! Where log lines go: to standard error, quiet unless asked for.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Command, SyncArgs};

/// Starts logging. `TIEOUT_LOG` decides what is said, such as `info` or `tieout_core=debug`; without
/// it a daemon says `info` and every other command only errors.
pub(crate) fn start(cli: &Cli) {
    let usual = match &cli.command {
        Command::Serve(_)
        | Command::Sync(SyncArgs {
            once: false,
            plan: None,
        }) => "info",
        _ => "error",
    };
    let filter = EnvFilter::try_from_env("TIEOUT_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    if cli.json {
        lines.json().init();
    } else {
        lines.with_ansi(std::io::stderr().is_terminal()).init();
    }
}
