//! The program `tieout`: reads the command line, runs one command, and ends with its exit code.

mod cli;
mod command;
mod config;
mod demo;
mod exit;
mod listen;
mod logging;
mod office;
mod output;
mod private;
mod report;
mod stop;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::exit::Exit;

/// A third less processor time than with the allocator of glibc in a run over 100,000 invoices.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::start(&cli);
    // Whichever TLS library a dependency would choose, there is one only.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            output::complain(format_args!("error: the runtime did not start: {error}"));
            return Exit::Failed.into();
        }
    };
    match runtime.block_on(command::run(&cli)) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print(cli.json);
            failure.exit.into()
        }
    }
}
