//! The writer that crash tests start, and what they know of its acknowledgements.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// Workers that commit side by side.
pub(crate) const WORKERS: usize = 4;

/// Acknowledgements of a writer that is to end by itself.
const ACKS_MAX: usize = 2_000;

/// A writer that runs, and the last acknowledged commit of each of its workers.
pub(crate) struct Writer {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    pub(crate) known: [u64; WORKERS],
}

impl Writer {
    /// Starts it on a directory whose acknowledged commits are known; `through` is put before its command.
    pub(crate) fn start(directory: &Path, known: [u64; WORKERS], through: &[&str]) -> Self {
        let writer = [env!("CARGO_BIN_EXE_store_writer")];
        let words: Vec<&str> = through.iter().copied().chain(writer).collect();
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .arg(directory)
            .arg(WORKERS.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            lines,
            known,
        }
    }

    /// Reads some acknowledgements.
    pub(crate) fn read(&mut self, count: u64) {
        for _ in 0..count {
            let line = self.lines.next().expect("the writer writes on").unwrap();
            self.note(&line);
        }
    }

    /// Kills it with SIGKILL after some glances at it, reads what it still acknowledged, and tells how it ended.
    pub(crate) fn kill_after(mut self, glances: u64) -> ([u64; WORKERS], Output) {
        for _ in 0..glances {
            assert_eq!(
                self.child.try_wait().unwrap(),
                None,
                "it works until it is killed"
            );
        }
        self.child.kill().unwrap();
        self.finish()
    }

    /// Reads acknowledgements until it ends by itself, which it must before too many.
    pub(crate) fn finish(mut self) -> ([u64; WORKERS], Output) {
        let mut count = 0;
        while let Some(line) = self.lines.next() {
            self.note(&line.unwrap());
            count += 1;
            if count > ACKS_MAX {
                self.child.kill().unwrap();
                panic!("the writer was to end by itself, and acknowledged {count} commits");
            }
        }
        (self.known, self.child.wait_with_output().unwrap())
    }

    fn note(&mut self, line: &str) {
        let (worker, number) = line.split_once(' ').unwrap();
        let last = &mut self.known[worker.parse::<usize>().unwrap()];
        let number: u64 = number.parse().unwrap();
        assert_eq!(
            number,
            *last + 1,
            "acknowledgements of a worker come one by one"
        );
        *last = number;
    }
}

/// A number from the environment.
pub(crate) fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .map(|text| text.parse().unwrap())
}
