//! How a bench ends: with what it measured in words or JSON, and as failed where that is beyond its aims.

use std::process::ExitCode;

use serde::Serialize;

use crate::failure::Failure;

/// What a bench measured.
pub trait Told: Serialize {
    /// The same for people.
    fn to_text(&self) -> String;

    /// Each figure that is beyond its aim, with the aim; nothing where a bench has no aims that fail it.
    fn beyond(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Prints what was measured and what is beyond its aim, or why nothing was measured.
pub fn end<T: Told>(measured: Result<T, Failure>, json: bool) -> ExitCode {
    let measured = match measured {
        Ok(measured) => measured,
        Err(failure) => {
            eprintln!("error: {failure}");
            return ExitCode::FAILURE;
        }
    };
    if json {
        println!("{}", serde_json::json!(measured));
    } else {
        println!("{}", measured.to_text());
    }
    let beyond = measured.beyond();
    beyond.iter().for_each(|what| eprintln!("beyond: {what}"));
    if beyond.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
