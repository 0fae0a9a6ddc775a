//! The command line of a campaign: how often the program is killed, and what is told of it.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use tieout_kills::campaign::{self, Campaign, Outcome, Progress};
use tieout_kills::failure::Failure;

/// New documents at a start, at most.
const NEW_MAX: u64 = 6;

/// A line of progress for so many kills, where nobody watches a terminal.
const LINE_EVERY: u32 = 10;

/// Kills the program at random moments while documents, edits, voids and payments are under way, then compares.
#[derive(Debug, Parser)]
struct Arguments {
    /// How often it is killed.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    times: u32,
    /// What the load and the moments are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The program [default: the one beside this one]
    #[arg(long, value_name = "FILE")]
    tieout: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let begun = Instant::now();
    match kill(&arguments) {
        Ok(outcome) => {
            println!("{}", told(&outcome, begun.elapsed().as_secs()));
            if outcome.differences.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn kill(arguments: &Arguments) -> Result<Outcome, Failure> {
    let beside = || std::env::current_exe().map(|own| own.with_file_name("tieout"));
    let program = match &arguments.tieout {
        Some(named) => named.clone(),
        None => beside()?,
    };
    if !program.is_file() {
        return Err(Failure::new(format!(
            "there is no program at {}; `cargo xtask kill` builds it",
            program.display()
        )));
    }
    // The campaign runs it in another folder.
    let campaign = Campaign {
        program: program.canonicalize()?,
        times: arguments.times,
        seed: arguments.seed,
        new_max: NEW_MAX,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(campaign::run(&campaign, |so_far, _| progress(so_far)))
}

fn progress(progress: Progress) {
    let Progress {
        killed,
        times,
        documents,
        in_books,
    } = progress;
    if std::io::stderr().is_terminal() {
        eprint!("\rkilled {killed} of {times}; {documents} documents, {in_books} in the books ");
        if killed == times {
            eprintln!();
        }
    } else if killed % LINE_EVERY == 0 {
        eprintln!("killed {killed} of {times}; {documents} documents, {in_books} in the books");
    }
}

fn told(outcome: &Outcome, seconds: u64) -> String {
    let Outcome {
        killed,
        through,
        done,
        documents,
        files_told,
        rows_told,
        differences,
        kept,
    } = outcome;
    let mut text = format!(
        "killed {killed} times in {seconds} s; {through} runs were through before\n\
         {documents} documents in {} files, {} later revisions of them, {} voids\n\
         payments: {} by the product, {} by people in Xero, {} of them taken back\n\
         the host was told {rows_told} rows in {files_told} files\n",
        done.files,
        done.edits,
        done.voids,
        done.payments_here,
        done.payments_there,
        done.payments_back,
    );
    match kept {
        None => text.push_str("0 duplicates, 0 lost, both sides equal"),
        Some(kept) => {
            text.push_str(&format!("{} differences:\n", differences.len()));
            for difference in differences {
                text.push_str(&format!("  {difference}\n"));
            }
            text.push_str(&format!("the folder is kept: {}", kept.display()));
        }
    }
    text
}
