//! A month of five organisations on 1,000 calls a day each, in virtual time: what it costs and how long anything takes.

use std::process::ExitCode;

use clap::Parser;
use tieout_benches::month::{Course, measure};
use tieout_benches::told;

/// Runs a month and prints calls and bytes by what they were about, refusals, delays and the forecast.
#[derive(Debug, Parser)]
struct Arguments {
    /// Organisations, each with a product of its own
    #[arg(long, default_value_t = Course::default().organisations)]
    organisations: u32,
    /// Invoices of all of them together
    #[arg(long, default_value_t = Course::default().invoices)]
    invoices: u64,
    /// Days
    #[arg(long, default_value_t = Course::default().days)]
    days: u32,
    /// Calls a day on each organisation
    #[arg(long, default_value_t = Course::default().calls_per_day)]
    calls_per_day: u32,
    /// What the invoices are made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let course = Course {
        seed: arguments.seed,
        organisations: arguments.organisations,
        invoices: arguments.invoices,
        days: arguments.days,
        calls_per_day: arguments.calls_per_day,
    };
    told::end(measure(course), arguments.json)
}
