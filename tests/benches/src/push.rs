//! One measurement of a first run: the program as a process against the bare loop, on the same sandbox.

use std::collections::HashMap;
use std::time::Duration;

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use tieout_sandbox_xero::AUSTRALIA;

use crate::bare::send_all;
use crate::bodies::bodies;
use crate::control::{Control, Counts};
use crate::failure::Failure;
use crate::invoices::Invented;
use crate::machine::{cpu_of, cpu_of_all};
use crate::process::{Program, SandboxProcess};
use crate::scene::Scene;
use crate::watch::Watch;

/// What the program sends, and what the bare loop sends before and after it.
const ENGINE: char = 'E';
const BEFORE: char = 'A';
const AFTER: char = 'B';

/// How far back the sandbox's clock is set while the bare loop runs before the program: farther than the
/// program looks for changes, so that it does not read back what is not its own.
const BEFORE_S: i64 = 3_600;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// What the invoices are made from.
    pub seed: u64,
    /// How many.
    pub invoices: u64,
    /// How long the sandbox keeps each reply to a write back, in milliseconds.
    pub reply_ms: u64,
}

/// A measurement.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// How long the sandbox kept each reply to a write back, in milliseconds.
    pub reply_ms: u64,
    /// Invoices, in the program's run and in each bare loop.
    pub invoices: u64,
    /// `tieout sync --once` from start to exit, in milliseconds.
    pub engine_ms: u128,
    /// In it: until the last request that wrote invoices, to a tenth of a second.
    pub engine_written_ms: u128,
    /// In it: until the last request of all; the rest is telling the host.
    pub engine_asked_ms: u128,
    /// The better one of the two bare loops, in milliseconds.
    pub bare_ms: u128,
    /// The bare loop before the program's run.
    pub bare_before_ms: u128,
    /// The bare loop after it.
    pub bare_after_ms: u128,
    /// How many times the bare loop's time the program took.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub ratio: Decimal,
    /// The same for the writing alone.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub ratio_written: Decimal,
    /// The most memory that the program ever had, in KiB.
    pub peak_kib: u64,
    /// Time of the program on processors, in milliseconds.
    pub engine_cpu_ms: u128,
    /// Time of the sandbox on processors during the program's run, in milliseconds.
    pub sandbox_cpu_ms: u128,
    /// Time of everybody else on processors during the program's run, in milliseconds: noise.
    pub others_cpu_ms: u128,
    /// Bytes of the program's store at the end.
    pub store_bytes: u64,
    /// The program's calls and bytes, as the sandbox counted them.
    pub counts: Counts,
    /// What the program said of its run.
    pub told: Value,
}

/// Measures a first run once.
///
/// # Errors
/// When a part does not run, or the books do not hold every invoice with its total to the cent.
pub async fn measure(program: &Program, course: Course) -> Result<Measured, Failure> {
    let Course {
        seed,
        invoices: count,
        reply_ms,
    } = course;
    let sandbox = program.sandbox()?;
    let control = Control::of(sandbox.base());
    control.widen_limits().await?;
    if reply_ms > 0 {
        control.slow_writes(reply_ms).await?;
    }
    control.advance(-BEFORE_S).await?;
    let before = bare(&control, seed, BEFORE, count).await?;
    control.advance(BEFORE_S).await?;
    let mut measured = engine(program, &sandbox, &control, course).await?;
    let after = bare(&control, seed, AFTER, count).await?;
    check_books(&control, seed, count).await?;
    let bare = before.min(after);
    measured.bare_ms = bare.as_millis();
    (measured.bare_before_ms, measured.bare_after_ms) = (before.as_millis(), after.as_millis());
    measured.ratio = times(measured.engine_ms, measured.bare_ms);
    measured.ratio_written = times(measured.engine_written_ms, measured.bare_ms);
    Ok(measured)
}

/// How many times one whole is another, to the hundredth; zero for nothing.
#[must_use]
pub fn times(whole: u128, other: u128) -> Decimal {
    let (whole, other) = (Decimal::from(whole), Decimal::from(other));
    whole.checked_div(other).unwrap_or_default().round_dp(2)
}

async fn bare(control: &Control, seed: u64, series: char, count: u64) -> Result<Duration, Failure> {
    let ready = bodies(control, AUSTRALIA, Invented { seed, series }, count).await?;
    send_all(control, AUSTRALIA, series, ready).await
}

async fn engine(
    program: &Program,
    sandbox: &SandboxProcess,
    control: &Control,
    Course {
        seed,
        invoices: count,
        reply_ms,
    }: Course,
) -> Result<Measured, Failure> {
    let scene = Scene::lay(
        control.base(),
        Invented {
            seed,
            series: ENGINE,
        },
        count,
    )?;
    program.connect(&scene.config(), AUSTRALIA).await?;
    let counts = control.counts(AUSTRALIA).await?;
    let cpu = || {
        (
            cpu_of(sandbox.id()).unwrap_or_default(),
            cpu_of_all().unwrap_or_default(),
        )
    };
    let (sandbox_before, all_before) = cpu();
    let watch = Watch::over(control, AUSTRALIA);
    let (running, config) = (program.clone(), scene.config());
    let synced = tokio::task::spawn_blocking(move || running.sync(&config)).await??;
    let (sandbox_after, all_after) = cpu();
    let phases = watch.end().await?;
    let sandbox_cpu = sandbox_after.saturating_sub(sandbox_before);
    let known = sandbox_cpu + synced.used.cpu;
    Ok(Measured {
        reply_ms,
        invoices: count,
        engine_ms: synced.took.as_millis(),
        engine_written_ms: phases.written.as_millis(),
        engine_asked_ms: phases.asked.as_millis(),
        bare_ms: 0,
        bare_before_ms: 0,
        bare_after_ms: 0,
        ratio: Decimal::ZERO,
        ratio_written: Decimal::ZERO,
        peak_kib: synced.used.peak_kib,
        engine_cpu_ms: synced.used.cpu.as_millis(),
        sandbox_cpu_ms: sandbox_cpu.as_millis(),
        others_cpu_ms: all_after
            .saturating_sub(all_before)
            .saturating_sub(known)
            .as_millis(),
        store_bytes: scene.store_bytes()?,
        counts: control.counts(AUSTRALIA).await?.since(&counts),
        told: synced.told,
    })
}

/// Every invoice of every series is in the books once, with the host's total.
async fn check_books(control: &Control, seed: u64, count: u64) -> Result<(), Failure> {
    let totals: HashMap<String, Decimal> = control.totals(AUSTRALIA).await?;
    for series in [BEFORE, ENGINE, AFTER] {
        for position in 0..count {
            let invoice = Invented { seed, series }.invoice(position);
            match totals.get(&invoice.number) {
                Some(total) if *total == invoice.totals.gross => {}
                Some(total) => {
                    let (number, gross) = (&invoice.number, invoice.totals.gross);
                    return Err(Failure::new(format!(
                        "{number} is {total} in the books and {gross} in the host"
                    )));
                }
                None => {
                    return Err(Failure::new(format!(
                        "{} is not in the books",
                        invoice.number
                    )));
                }
            }
        }
    }
    Ok(())
}
