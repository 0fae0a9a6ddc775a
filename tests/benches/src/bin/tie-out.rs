//! How long both sides take to be compared, and how much memory.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tieout_benches::failure::Failure;
use tieout_benches::process::Program;
use tieout_benches::tie_out::{self, Measured};
use tieout_benches::told;

/// Measures `tieout report` over many documents, from memory and with everything read again.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many documents stand on both sides
    #[arg(long, default_value_t = 100_000)]
    invoices: u64,
    /// What they are made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The program to measure [default: the optimised one beside the bench, built when it is missing]
    #[arg(long, value_name = "FILE")]
    tieout: Option<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    told::end(measure(&arguments), arguments.json)
}

fn measure(arguments: &Arguments) -> Result<Measured, Failure> {
    let program = Program::find(arguments.tieout.clone())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(tie_out::measure(
        &program,
        arguments.seed,
        arguments.invoices,
    ))
}
