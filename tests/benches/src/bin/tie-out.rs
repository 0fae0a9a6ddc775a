//! How long both sides take to be compared, and how much memory.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use comfy_table::{CellAlignment, Table, presets};
use tieout_benches::failure::Failure;
use tieout_benches::process::Program;
use tieout_benches::tie_out::{self, Measured};

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
    runtime.block_on(tie_out::measure(
        &program,
        arguments.seed,
        arguments.invoices,
    ))
}

fn shown(measured: &Measured) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header([
        "command", "invoices", "took ms", "cpu ms", "peak MB", "calls", "MB read", "store MB",
    ]);
    for pass in &measured.passes {
        table.add_row([
            pass.command.clone(),
            measured.invoices.to_string(),
            pass.took_ms.to_string(),
            pass.cpu_ms.to_string(),
            (pass.peak_kib / 1_024).to_string(),
            pass.counts.total().to_string(),
            (pass.counts.bytes_out / 1_000_000).to_string(),
            (measured.store_bytes / 1_000_000).to_string(),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
