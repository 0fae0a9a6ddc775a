//! How measurements are shown: a table for people, JSON for programs.

use comfy_table::{CellAlignment, Table, presets};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::paced::Paced;
use crate::push::Measured;
use crate::told::Told;

/// Everything that one call of the bench measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Real processes, without limits: every run by itself.
    pub pushes: Vec<Measured>,
    /// Virtual time, with limits.
    pub paced: Option<Paced>,
}

const AIMS: &str = "Aims: at most 1.3 times the bare loop, less than 300 MB at 100,000 invoices; 98 % of the rate, no call refused.";

impl Told for Report {
    fn to_text(&self) -> String {
        let mut parts = Vec::new();
        if !self.pushes.is_empty() {
            parts.push(pushes(&self.pushes).to_string());
            parts.extend(self.pushes.iter().map(calls));
        }
        parts.extend(self.paced.iter().map(paced));
        parts.push(AIMS.to_owned());
        parts.join("\n\n")
    }
}

fn pushes(measured: &[Measured]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header([
        "invoices",
        "reply ms",
        "engine s",
        "written s",
        "bare s",
        "(before, after)",
        "engine/bare",
        "written/bare",
        "peak MB",
        "cpu s",
        "sandbox cpu s",
        "others' cpu s",
        "store MB",
    ]);
    for run in measured {
        table.add_row([
            run.invoices.to_string(),
            run.reply_ms.to_string(),
            seconds(run.engine_ms),
            seconds(run.engine_written_ms),
            seconds(run.bare_ms),
            format!(
                "{}, {}",
                seconds(run.bare_before_ms),
                seconds(run.bare_after_ms)
            ),
            run.ratio.to_string(),
            run.ratio_written.to_string(),
            megabytes(run.peak_kib * 1_024),
            seconds(run.engine_cpu_ms),
            seconds(run.sandbox_cpu_ms),
            seconds(run.others_cpu_ms),
            megabytes(run.store_bytes),
        ]);
    }
    table
        .column_iter_mut()
        .for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

fn calls(run: &Measured) -> String {
    let kinds: Vec<String> = run
        .counts
        .requests
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    format!(
        "{} invoices: {} calls ({}), {} MB out, {} MB in; every total equal to the cent",
        run.invoices,
        run.counts.total(),
        kinds.join(", "),
        megabytes(run.counts.bytes_in),
        megabytes(run.counts.bytes_out),
    )
}

fn paced(run: &Paced) -> String {
    format!(
        "Limits on, virtual time: {} invoices, {} calls of {} allowed in {} s: {} % of the rate, {} refused",
        run.invoices,
        run.requests_made,
        run.requests_allowed,
        seconds(run.virtual_ms),
        run.used_percent,
        run.refused
    )
}

fn seconds(ms: u128) -> String {
    (Decimal::from(ms) / Decimal::ONE_THOUSAND)
        .round_dp(2)
        .to_string()
}

fn megabytes(bytes: u64) -> String {
    (Decimal::from(bytes) / Decimal::from(1_000_000))
        .round_dp(1)
        .to_string()
}
