//! How a month is shown.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};
use rust_decimal::Decimal;
use tieout_xero::limit::Errand;

use super::{Delays, Foreseen, Month};
use crate::told::Told;

impl Told for Month {
    fn to_text(&self) -> String {
        let mut text = format!(
            "{} organisations, {} days, {} calls a day each: {} changes told, {} missing; {} payments, {} missing\n\n{}\n",
            self.organisations,
            self.days,
            self.calls_per_day,
            self.changes,
            self.missing,
            self.payments,
            self.payments_missing,
            self.table()
        );
        let mut line = |words: String| {
            let _ = writeln!(text, "{words}");
        };
        line(format!(
            "at Xero: {} calls, {} MB billed, {} refused; the busiest day had {} calls, {} were left at the leanest noon",
            self.calls_at_xero,
            megabytes(self.bytes_at_xero),
            self.refused,
            self.busiest_day_calls,
            self.least_left_at_noon
        ));
        line(format!("from the product to Xero: {}", words(self.posted)));
        line(format!(
            "from a payment to the product: {}",
            words(self.paid)
        ));
        // A shorter run is no month that could have been foreseen.
        let is_whole = self.days == 30;
        for foreseen in self
            .foreseen
            .iter()
            .filter(|of| is_whole && of.month.egress.by_month_end.is_some())
            .step_by(6)
        {
            line(self.missed_by(foreseen));
        }
        text
    }
}

impl Month {
    fn table(&self) -> Table {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_header(["for", "calls", "MB up", "MB down"]);
        let counted = Errand::ALL
            .into_iter()
            .filter_map(|errand| Some((errand.as_str(), *self.errands.get(&errand)?)));
        for (name, counter) in counted.chain([("all", self.total())]) {
            table.add_row([
                name.to_owned(),
                counter.calls.to_string(),
                megabytes(counter.bytes_sent),
                megabytes(counter.bytes_received),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    fn missed_by(&self, foreseen: &Foreseen) -> String {
        let expected = foreseen.month.egress.by_month_end.unwrap_or_default();
        let percent = Decimal::from(expected * 100).checked_div(Decimal::from(self.billed_bytes()));
        format!(
            "foreseen at noon of {}: {} MB by the month's end, {} % of what it was",
            foreseen.at.date_naive(),
            megabytes(expected),
            percent.unwrap_or_default().round_dp(0)
        )
    }
}

fn words(delays: Delays) -> String {
    format!(
        "p50 {} s, p99 {} s, longest {} s, {} measured",
        delays.p50_s, delays.p99_s, delays.longest_s, delays.count
    )
}

fn megabytes(bytes: u64) -> String {
    let shown = Decimal::from(bytes) / Decimal::from(1_000_000);
    format!("{:.1}", shown.round_dp(1))
}
