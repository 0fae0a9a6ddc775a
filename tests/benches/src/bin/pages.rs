//! How soon the pages of a full store are there, and how much memory they take.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use comfy_table::{CellAlignment, Table, presets};
use tieout_benches::failure::Failure;
use tieout_benches::pages::{self, Course, Measured};
use tieout_benches::process::Program;

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
    let measured = match measure(&arguments) {
        Ok(measured) => measured,
        Err(failure) => {
            eprintln!("error: {failure}");
            return ExitCode::FAILURE;
        }
    };
    if arguments.json {
        println!("{}", serde_json::json!(measured));
    } else {
        println!("{}", shown(&measured));
    }
    let beyond = measured.beyond();
    beyond.iter().for_each(|what| eprintln!("beyond: {what}"));
    if beyond.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
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

fn shown(measured: &Measured) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(["page", "status", "bytes", "p50 µs", "p99 µs", "most µs"]);
    for page in &measured.pages {
        table.add_row([
            page.address.clone(),
            page.status.to_string(),
            page.bytes.to_string(),
            page.p50_us.to_string(),
            page.p99_us.to_string(),
            page.most_us.to_string(),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!(
        "{} invoices: sent in {} ms with at most {} MB, {} MB of store; serving after {} ms, \
         the overview after {} ms, at most {} MB\n{table}",
        measured.invoices,
        measured.sent_ms,
        measured.sent_peak_kib / 1_024,
        measured.store_bytes / 1_000_000,
        measured.listened_ms,
        measured.first_page_ms,
        measured.peak_kib / 1_024,
    )
}
