//! Commits until it is killed: `store_writer DIRECTORY WORKERS` prints `worker number` for each acknowledged commit.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use tieout_conformance::store::crash;
use tieout_core::store::{SledOptions, SledStore, StoreError};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, directory, workers] = arguments.as_slice() else {
        eprintln!("usage: store_writer DIRECTORY WORKERS");
        return ExitCode::from(2);
    };
    let Ok(workers) = workers.parse::<u64>() else {
        eprintln!("the number of workers is a number");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .build()
        .expect("a runtime starts");
    match SledStore::open(directory, SledOptions::default()) {
        Ok(store) => runtime.block_on(work(Arc::new(store), workers)),
        Err(error) => {
            eprintln!("{error}: {error:?}");
            ExitCode::FAILURE
        }
    }
}

/// Ends only when the store fails, or when nobody listens any more.
async fn work(store: Arc<SledStore>, workers: u64) -> ExitCode {
    let tasks = (0..workers).map(|worker| tokio::spawn(commit_on(Arc::clone(&store), worker)));
    for task in tasks.collect::<Vec<_>>() {
        if let Ok(Err(error)) = task.await {
            eprintln!("{error}: {error:?}");
        }
    }
    ExitCode::FAILURE
}

async fn commit_on(store: Arc<SledStore>, worker: u64) -> Result<(), StoreError> {
    let mut number = crash::last(&*store, worker).await?;
    loop {
        number += 1;
        crash::commit(&*store, worker, number).await?;
        // One write for a line, so that a kill never leaves half of one.
        let line = format!("{worker} {number}\n");
        if std::io::stdout().lock().write_all(line.as_bytes()).is_err() {
            return Ok(());
        }
    }
}
