//! How things look on a terminal, and in a pipe.

mod given;
mod progress;
mod sink;
mod speak;

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets};
use rust_decimal::Decimal;
use tieout_core::advice::Action;
use tieout_core::check::Finding;
use tieout_core::document::{Currency, Money};
use tieout_core::engine::{SkipReason, State};

pub(crate) use given::{config_among, pasteable};
pub(crate) use progress::{ProgressView, done, looking};
pub(crate) use sink::{PIECE_BYTES_MAX, Sink, Stream, Terminal};
pub(crate) use speak::{complain, counted, json, notice, say, say_line, short, within};

/// A green tick.
pub(crate) fn ok() -> String {
    let green = Style::new().fg_color(Some(AnsiColor::Green.into()));
    format!("{green}✓{green:#}")
}

/// A red cross.
pub(crate) fn bad() -> String {
    let red = Style::new().fg_color(Some(AnsiColor::Red.into()));
    format!("{red}✗{red:#}")
}

/// Bold.
pub(crate) fn bold() -> Style {
    Style::new().bold()
}

/// A table with these columns, as wide as the terminal.
pub(crate) fn table(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns.iter().copied());
    if let Some(terminal) = sink::terminal() {
        table.force_no_tty();
        if let Some(width) = terminal.width {
            table.set_width(width);
        }
    }
    table
}

/// A state in words.
pub(crate) fn state(state: &State) -> String {
    match state {
        State::Skipped {
            reason: SkipReason::Draft,
        } => "skipped: a draft in the host".to_owned(),
        State::Skipped {
            reason: SkipReason::BeforeSyncFrom(day),
        } => format!("skipped: dated before {day}"),
        State::Skipped {
            reason: SkipReason::KindNotSent,
        } => "skipped: its kind is not sent".to_owned(),
        State::Skipped {
            reason: SkipReason::RoutedTo(connection),
        } => format!("skipped: it goes to {connection}"),
        State::Skipped {
            reason: SkipReason::ByOperator { by, because },
        } => match because {
            Some(because) => format!("skipped by {by}: {because}"),
            None => format!("skipped by {by}"),
        },
        State::Skipped {
            reason: SkipReason::Undone { by, because },
        } => match because {
            Some(because) => format!("undone by {by}: {because}"),
            None => format!("undone by {by}"),
        },
        State::Skipped {
            reason: SkipReason::Gathers { period, .. },
        } => format!("skipped: gathered into the summary of {period}"),
        State::Skipped {
            reason: SkipReason::InSummary { number },
        } => format!("skipped: inside the summary {number}"),
        State::Ready { op, .. } => format!("ready to {}", op.as_str()),
        State::InFlight(departure) => format!("in the air, to {}", departure.op.as_str()),
        State::Unsure { departure, .. } => {
            format!("in doubt whether the {} was done", departure.op.as_str())
        }
        State::Waiting { .. }
        | State::Held { .. }
        | State::Posted
        | State::Rejected { .. }
        | State::Voided
        | State::Removed { .. }
        | State::Detached => state_name(state),
    }
}

fn state_name(state: &State) -> String {
    state.name().to_owned()
}

/// An amount with all the places of its currency, such as `100.00 AUD`.
pub(crate) fn money(amount: Decimal, currency: Currency) -> String {
    Money::new(amount.normalize(), currency).to_string()
}

/// Bytes for people, in thousands.
pub(crate) fn bytes(count: u64) -> String {
    let (unit, size) = match count {
        0..1_000 => return format!("{count} B"),
        1_000..1_000_000 => ("kB", 1_000_u64),
        1_000_000..1_000_000_000 => ("MB", 1_000_000),
        _ => ("GB", 1_000_000_000),
    };
    let shown = Decimal::from(count)
        .checked_div(Decimal::from(size))
        .unwrap_or_default();
    format!("{:.1} {unit}", shown.round_dp(1))
}

/// Prints a finding with its arithmetic and what to do.
pub(crate) fn finding(finding: &Finding, indent: &str) {
    say!("{indent}{} {finding}", bad());
    for line in &finding.detail {
        say!("{indent}    {line}");
    }
    say!("{indent}    {}", finding.remedy);
}

/// Prints the commands that decide something, each once.
pub(crate) fn actions<'a>(actions: impl Iterator<Item = &'a Action>, indent: &str) {
    let mut told: Vec<&Action> = Vec::new();
    for action in actions {
        if !told.contains(&action) {
            say!("{indent}{}   {}", pasteable(&action.command), action.label);
            told.push(action);
        }
    }
}
