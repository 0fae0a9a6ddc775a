//! How soon the pages of a full store are there, and how much memory they take.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tieout_benches::failure::Failure;
use tieout_benches::pages::{self, Course, Measured};
use tieout_benches::process::Program;
use tieout_benches::told;

/// Measures the start of `tieout serve` over many documents, and each of its pages.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many documents the store has
    #[arg(long, default_value_t = 1_000_000)]
    invoices: u64,
    /// One of how many is held for a person
    #[arg(long, default_value_t = 50)]
    held_every: u64,
    /// How often each page is asked for
    #[arg(long, default_value_t = 200)]
    asks: usize,
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
    let course = Course {
        seed: arguments.seed,
        invoices: arguments.invoices,
        held_every: arguments.held_every.max(1),
        asks: arguments.asks.max(1),
    };
    runtime.block_on(pages::measure(&program, course))
}
