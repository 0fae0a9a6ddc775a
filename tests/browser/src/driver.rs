//! How chromedriver is started and ended, with every process that it starts, whatever becomes of the test.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use crate::places;

/// Ends the whole group when its input ends, which it does when we die, however we die.
const WATCH: &str = "\"$0\" --port=0 </dev/null & cat >/dev/null; kill -KILL 0";
const STARTED: &str = "started successfully on port ";

/// A running chromedriver.
pub(crate) struct Driver {
    watch: Child,
    pub(crate) port: u16,
}

impl Driver {
    /// Starts one on a free port of this machine.
    ///
    /// # Panics
    /// When it is not installed, saying how it is, or does not start.
    pub(crate) fn start() -> Self {
        let mut watch = Command::new("sh")
            .args(["-c", WATCH])
            .arg(places::driver())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("a shell runs");
        let mut lines = BufReader::new(watch.stdout.take().expect("it is piped")).lines();
        let line = lines
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains(STARTED))
            .expect("chromedriver starts");
        let (_, port) = line.split_once(STARTED).expect("it holds it");
        let port = port.trim_end_matches('.').parse().expect("a port");
        // A pipe that nobody reads would stop it some day.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { watch, port }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}
