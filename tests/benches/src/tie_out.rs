//! One measurement of the comparison of both sides: how long `tieout report` takes over a full store, and how much memory.

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use tieout_sandbox_xero::AUSTRALIA;

use crate::control::{Control, Counts};
use crate::failure::Failure;
use crate::invoices::Invented;
use crate::process::Program;
use crate::scene::Scene;
use crate::told::Told;

/// Longest time that a comparison may take, in milliseconds.
pub const TOOK_MS_MAX: u128 = 60_000;
/// Most memory that it may take, in KiB.
pub const PEAK_KIB_MAX: u64 = 500 * 1024;

/// One comparison.
#[derive(Clone, Debug, Serialize)]
pub struct Pass {
    /// The command.
    pub command: String,
    /// From start to exit, in milliseconds.
    pub took_ms: u128,
    /// Its time on processors, in milliseconds.
    pub cpu_ms: u128,
    /// The most memory that it ever had, in KiB.
    pub peak_kib: u64,
    /// Its calls and bytes, as the sandbox counted them.
    pub counts: Counts,
}

/// Both comparisons of one store.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Documents on both sides.
    pub invoices: u64,
    /// Bytes of the store.
    pub store_bytes: u64,
    /// From memory, then with everything read again.
    pub passes: Vec<Pass>,
}

impl Told for Measured {
    fn to_text(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header([
            "command", "invoices", "took ms", "cpu ms", "peak MB", "calls", "MB read", "store MB",
        ]);
        for pass in &self.passes {
            table.add_row([
                pass.command.clone(),
                self.invoices.to_string(),
                pass.took_ms.to_string(),
                pass.cpu_ms.to_string(),
                (pass.peak_kib / 1_024).to_string(),
                pass.counts.total().to_string(),
                (pass.counts.bytes_out / 1_000_000).to_string(),
                (self.store_bytes / 1_000_000).to_string(),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.to_string()
    }

    fn beyond(&self) -> Vec<String> {
        let mut beyond = Vec::new();
        for pass in &self.passes {
            if pass.took_ms > TOOK_MS_MAX {
                beyond.push(format!(
                    "`{}` took {} ms of at most {TOOK_MS_MAX}",
                    pass.command, pass.took_ms
                ));
            }
            if pass.peak_kib > PEAK_KIB_MAX {
                beyond.push(format!(
                    "`{}` took {} KiB of at most {PEAK_KIB_MAX}",
                    pass.command, pass.peak_kib
                ));
            }
        }
        beyond
    }
}

/// Sends so many invoices to a sandbox without pauses and compares both sides, from memory and with `--full`.
///
/// # Errors
/// When a part does not run, or a comparison does not find every document in agreement.
pub async fn measure(program: &Program, seed: u64, count: u64) -> Result<Measured, Failure> {
    let sandbox = program.sandbox()?;
    let control = Control::of(sandbox.base());
    control.widen_limits().await?;
    let invoices = Invented { seed, series: 'T' };
    let scene = Scene::lay(control.base(), invoices, count)?;
    program.connect(&scene.config(), AUSTRALIA).await?;
    let (sending, config) = (program.clone(), scene.config());
    tokio::task::spawn_blocking(move || sending.sync(&config)).await??;
    let mut passes = Vec::new();
    for command in ["report", "report --full --yes"] {
        let before = control.counts(AUSTRALIA).await?;
        let (comparing, config) = (program.clone(), scene.config());
        let arguments: Vec<&'static str> = command.split(' ').collect();
        let ran = tokio::task::spawn_blocking(move || comparing.run(&arguments, &config)).await??;
        let agree = format!("{count} agree to the cent, none differs");
        if !ran.told.contains(&agree) {
            let told = ran.told;
            return Err(Failure::new(format!(
                "`tieout {command}` does not say that {agree}: {told}"
            )));
        }
        passes.push(Pass {
            command: command.to_owned(),
            took_ms: ran.took.as_millis(),
            cpu_ms: ran.used.cpu.as_millis(),
            peak_kib: ran.used.peak_kib,
            counts: control.counts(AUSTRALIA).await?.since(&before),
        });
    }
    Ok(Measured {
        invoices: count,
        store_bytes: scene.store_bytes()?,
        passes,
    })
}
