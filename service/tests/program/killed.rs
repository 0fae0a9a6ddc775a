//! The program is killed at random moments; what it acknowledged stays, and nothing is there twice.

use std::process::Stdio;
use std::time::Duration;

use tieout_sandbox_xero::{Fault, FaultRule};

use crate::stage::Stage;

const INVOICES: usize = 400;
const ROUNDS: u64 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_sends_everything_once() {
    let stage = Stage::connected().await;
    let faults = stage.sandbox.sandbox.faults();
    faults.push(FaultRule::once("PUT", "/Invoices", Fault::Slow { delay_ms: 15 }).times(1_000));
    stage.drop_invoices("K", INVOICES);
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut killed = 0;
    for _ in 0..ROUNDS {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mut child = stage
            .command(&["sync", "--once"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(20 + (seed >> 33) % 180)).await;
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        tokio::task::block_in_place(|| child.wait().unwrap());
    }
    stage.json(0, &["sync", "--once"]);
    let books = stage.books("K-");
    let live = books.iter().filter(|booked| booked.live).count();
    assert_eq!(
        (books.len(), live),
        (INVOICES, INVOICES),
        "killed {killed} times"
    );
    assert!(killed > 0, "nothing was ever killed in the middle");
    println!("killed {killed} times in the middle, {live} invoices, none twice");
}
