//! How fast a first run is, how much memory it takes, and how much of the allowed rate is used.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tieout_benches::failure::Failure;
use tieout_benches::process::Program;
use tieout_benches::push::Course;
use tieout_benches::report::Report;
use tieout_benches::{paced, push, told};

/// Measures `tieout sync --once` against a bare loop that sends the same requests, and the pace under limits.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many invoices, one run after the other; 0 leaves the processes out
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000])]
    invoices: Vec<u64>,
    /// How long the sandbox keeps each reply to a write back, in milliseconds, one run after the other
    ///
    /// Without a pause the bare loop measures how fast the sandbox is; Xero takes a second or more.
    #[arg(long, value_delimiter = ',', default_values_t = [0])]
    reply_ms: Vec<u64>,
    /// How often each is repeated
    #[arg(long, default_value_t = 1)]
    runs: u32,
    /// Writing requests of the run in virtual time; 0 leaves it out
    #[arg(long, default_value_t = 1_000)]
    paced_requests: u64,
    /// What the invoices are made from
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

/// Every count with every pause, each as often as asked.
fn courses(arguments: &Arguments, counts: &[u64]) -> Vec<Course> {
    let course = |invoices: u64, reply_ms: u64| Course {
        seed: arguments.seed,
        invoices,
        reply_ms,
    };
    let of_count = |count: &u64| {
        arguments
            .reply_ms
            .iter()
            .map(move |ms| course(*count, *ms))
            .collect::<Vec<_>>()
    };
    let once = counts.iter().flat_map(of_count);
    once.flat_map(|course| (0..arguments.runs).map(move |_| course))
        .collect()
}

fn measure(arguments: &Arguments) -> Result<Report, Failure> {
    let mut pushes = Vec::new();
    let counts: Vec<u64> = arguments
        .invoices
        .iter()
        .copied()
        .filter(|count| *count > 0)
        .collect();
    if !counts.is_empty() {
        let program = Program::find(arguments.tieout.clone())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        for course in courses(arguments, &counts) {
            eprintln!(
                "{} invoices, replies after {} ms …",
                course.invoices, course.reply_ms
            );
            pushes.push(runtime.block_on(push::measure(&program, course))?);
        }
    }
    let paced = match arguments.paced_requests {
        0 => None,
        requests => Some(paced::measure(arguments.seed, requests)?),
    };
    Ok(Report { pushes, paced })
}
