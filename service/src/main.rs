//! The program `tieout`: reads the command line, runs one command, and ends with its exit code.

mod browse;
mod cli;
mod command;
mod config;
mod control;
mod demo;
mod exit;
mod export;
#[cfg(test)]
mod fuzzed;
mod listen;
mod logging;
mod notify;
mod office;
mod output;
mod person;
mod planfile;
mod private;
mod replay;
mod report;
mod runs;
mod setup;
mod stop;
mod story;
mod telemetry;
mod web;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::exit::Exit;

/// A third less processor time than with the allocator of glibc in a run over 100,000 invoices.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A command line that cannot be understood, or asks for help. With `--json` it is told as JSON too.
fn not_understood(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if wants_json && error.use_stderr() {
        let told = error.render().to_string();
        let line = told.lines().next().unwrap_or_default();
        let message = line.trim_start_matches("error: ").to_owned();
        let failure =
            exit::Failure::config(message).advise("`tieout --help` shows what can be said.");
        failure.print(true);
        return failure.exit.into();
    }
    // Nobody is left to be told where this fails.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Misconfigured.into()
    } else {
        Exit::Done.into()
    }
}

/// Of each thread that works on commands which others handed over: as much as the first thread has, which works on its own.
const STACK_BYTES: usize = 8 << 20;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error),
    };
    // Whichever TLS library a dependency would choose, there is one only.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            output::complain(format_args!("error: the runtime did not start: {error}"));
            return Exit::Failed.into();
        }
    };
    let telemetry = logging::start(&cli, runtime.handle());
    let work = telemetry::under_its_name(&cli, command::run(&cli));
    let code = match runtime.block_on(work) {
        Ok(ended) => ended.into(),
        Err(failure) => {
            failure.print(cli.json);
            failure.exit.into()
        }
    };
    if let Some(telemetry) = telemetry {
        telemetry.end();
    }
    code
}
