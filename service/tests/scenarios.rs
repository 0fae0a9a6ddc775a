//! The program as its documentation tells it: every story of `tests/scenarios` is a test of its own.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    tieout_scenarios::run(Path::new(env!("CARGO_BIN_EXE_tieout")))
}
