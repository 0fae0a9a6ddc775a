//! Real signals: the first finishes what is under way, the second ends the program at once, and nothing is lost or doubled.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tieout_sandbox_xero::{Fault, FaultRule};

use crate::stage::{Stage, text};

/// Longer than anything here takes; a test that gets there has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program with what it says on standard error.
pub(crate) struct Running {
    pub(crate) child: Child,
    says: Lines<BufReader<ChildStderr>>,
}

impl Running {
    pub(crate) fn start(stage: &Stage, arguments: &[&str]) -> Self {
        let mut child = stage
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let says = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, says }
    }

    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    /// The next line that holds `wanted`; ends with the pipe when the program does.
    pub(crate) fn says(&mut self, wanted: &str) -> String {
        let found = self
            .says
            .by_ref()
            .map(Result::unwrap)
            .find(|line| line.contains(wanted));
        assert!(
            found.is_some(),
            "it ended without saying {wanted}: {:?}",
            self.child.try_wait()
        );
        found.unwrap()
    }

    /// What it says from here to its end.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        self.says.by_ref().map(Result::unwrap).collect()
    }

    pub(crate) async fn ends(&mut self) -> ExitStatus {
        until("the program ends", || {
            self.child.try_wait().unwrap().is_some()
        })
        .await;
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for something outside this process, of which nobody can tell us.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(5));
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        looks.tick().await;
    }
}

/// The reply to the next create comes after this time; what it asks for is done at once.
async fn hold_the_reply(stage: &Stage, delay_ms: u64, run: impl FnOnce() -> Running) -> Running {
    stage.sandbox.sandbox.faults().push(FaultRule::once(
        "PUT",
        "/Invoices",
        Fault::Slow { delay_ms },
    ));
    let running = run();
    until("the create is under way", || {
        stage.sandbox.sandbox.faults().pending().is_empty()
    })
    .await;
    running
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_the_program_at_once_and_nothing_is_lost() {
    for (first, second, command) in [
        ("INT", "INT", ["sync", "--once"].as_slice()),
        ("TERM", "INT", &["serve"]),
        ("INT", "TERM", &["--json", "sync", "--once"]),
    ] {
        let stage = Stage::connected().await;
        stage.drop_invoices("S", 3);
        let never = 10 * 60 * 1_000;
        let mut running = hold_the_reply(&stage, never, || Running::start(&stage, command)).await;
        running.signal(first);
        let told =
            tokio::task::block_in_place(|| running.says("stopping: waiting for the replies"));
        assert!(told.contains("Ctrl-C again ends at once"), "{told}");
        assert_eq!(running.child.try_wait().unwrap(), None, "it waits");
        running.signal(second);
        let told = tokio::task::block_in_place(|| running.says("nothing is lost"));
        if command.contains(&"--json") {
            let line: serde_json::Value = serde_json::from_str(&told).unwrap();
            assert!(line["notice"].is_string(), "{told}");
        }
        assert_eq!(running.ends().await.code(), Some(130), "{command:?}");
        stage.json(0, &["sync", "--once"]);
        let books = stage.books("S-");
        assert_eq!(books.len(), 3, "{books:?}");
        assert!(books.iter().all(|booked| booked.live), "{books:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_signal_waits_for_the_reply_and_says_so_once() {
    let stage = Stage::connected().await;
    stage.drop_invoices("T", 3);
    let mut running = hold_the_reply(&stage, 1_000, || {
        Running::start(&stage, &["sync", "--once"])
    })
    .await;
    running.signal("TERM");
    assert_eq!(running.ends().await.code(), Some(130));
    let said: Vec<String> = running.says.by_ref().map(Result::unwrap).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("stopping: waiting"), "{said:?}");
    let mut told = running.child.stdout.take().unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut told, &mut bytes).unwrap();
    let told = text(&bytes);
    assert!(told.contains("posted 3"), "{told}");
    assert!(
        told.contains("stopped before everything was done"),
        "{told}"
    );
    // The reply was waited for: there is no doubt to resolve.
    let story = stage.must(0, &["explain", "T-1"]);
    assert!(!story.contains("in doubt"), "{story}");
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_and_the_sandbox_end_well_at_the_first_signal() {
    let stage = Stage::connected().await;
    let mut serving = Running::start(&stage, &["serve"]);
    tokio::task::block_in_place(|| serving.says("keeping both sides in agreement"));
    serving.signal("TERM");
    tokio::task::block_in_place(|| serving.says("stopping: waiting for the replies"));
    assert_eq!(serving.ends().await.code(), Some(0));

    let mut sandbox = Running::start(&stage, &["sandbox", "xero", "--port", "0"]);
    let mut line = String::new();
    let mut out = BufReader::new(sandbox.child.stdout.take().unwrap());
    tokio::task::block_in_place(|| {
        while !line.contains("Ctrl-C ends it") {
            line.clear();
            assert_ne!(out.read_line(&mut line).unwrap(), 0);
        }
    });
    sandbox.signal("INT");
    assert_eq!(sandbox.ends().await.code(), Some(0));
}
