//! `tieout report`: compares both sides, to the cent, and says what differs, why, and what mends it.

use serde_json::json;
use tieout_core::document::ConnectionId;
use tieout_core::driver::{TieOut, TieOutCost, TieOutRow, World};
use tieout_core::tieout::{Depth, GatheredBy};
use tokio_util::sync::CancellationToken;

use crate::cli::{Cli, ReportArgs};
use crate::exit::{Exit, Failure};
use crate::office::{Office, archive};
use crate::output::{self, say, short};
use crate::report::{Export, Format, Kept, Row};
use crate::stop::{self, Work};

/// Differences told one by one unless all are wanted.
const SHOWN_MAX: usize = 50;

/// Compares, and ends with 3 when something differs or an organisation could not be asked.
pub(super) async fn run(
    cli: &Cli,
    args: &ReportArgs,
    office: &mut Office,
) -> Result<Exit, Failure> {
    let format = args.out.as_deref().map(Format::of).transpose()?;
    let staff = office.staff().await?;
    // In another process a signal is that process's own; a caller that goes away ends this where it stands.
    let stop = if office.is_lent() {
        CancellationToken::new()
    } else {
        stop::on_signals(Work::Books, cli.json)
    };
    if args.full && !args.yes {
        cost(cli, &staff.world.tie_out_cost().await?);
        return Ok(Exit::Done);
    }
    let mut export = match args.out.as_deref().zip(format) {
        Some((path, format)) => Some(Export::begin(path, format)?),
        None => None,
    };
    let mut shown = Shown::new(cli.json, args.all);
    let mut tell = |row: &Row| {
        if let Some(export) = &mut export {
            export.add(row);
        }
        shown.add(row);
    };
    let depth = if args.full {
        Depth::Full
    } else {
        Depth::Remembered
    };
    let compared = if args.certify {
        let archive = archive(&office.loaded);
        let work = archive.keep(&staff.world, depth, &stop, &mut tell);
        let made = staff.patiently(cli.json, work).await;
        made.map(|(tie_out, kept)| (tie_out, Some(kept)))
    } else {
        let work = compare(&staff.world, depth, &stop, &mut tell);
        let compared = staff.patiently(cli.json, work).await;
        compared.map(|tie_out| (tie_out, None))
    };
    office.dismiss(&staff).await;
    let (tie_out, kept) = compared?;
    if stop.is_cancelled() && kept.is_none() {
        // Only a part was compared: neither a summary nor a file may look like the whole.
        return Ok(Exit::Stopped);
    }
    if let Some(export) = export {
        export.end(&tie_out)?;
    }
    if cli.json {
        output::json(&summary(&tie_out, kept.as_ref()));
    } else {
        shown.print(&tie_out);
        told(args, kept.as_ref());
    }
    let agrees = tie_out.counts.differ == 0 && tie_out.unasked.is_empty();
    Ok(if agrees {
        Exit::Done
    } else {
        Exit::NeedsSomebody
    })
}

async fn compare(
    world: &World,
    depth: Depth,
    stop: &CancellationToken,
    tell: &mut (dyn FnMut(&Row) + Send),
) -> Result<TieOut, Failure> {
    let mut told = |connection: &ConnectionId, row: TieOutRow| tell(&Row::of(connection, &row));
    Ok(world.tie_out(depth, stop, &mut told).await?)
}

/// What a full pass would cost, and how to let it go ahead.
fn cost(cli: &Cli, costs: &[TieOutCost]) {
    if cli.json {
        let rows: Vec<_> = costs
            .iter()
            .map(|one| json!({ "connection": one.connection, "documents": one.documents, "calls_min": one.calls_min }))
            .collect();
        output::json(&json!({ "cost": rows }));
        return;
    }
    say!("A full report reads every document again:");
    let mut table = output::table(&["connection", "documents", "calls at least"]);
    for one in costs {
        table.add_row([
            one.connection.to_string(),
            one.documents.to_string(),
            one.calls_min.to_string(),
        ]);
    }
    say!("{table}");
    say!(
        "Documents of others in the organisation, and payments, come on top. Go ahead with `tieout report --full --yes`."
    );
}

/// What is told on the terminal while rows arrive.
struct Shown {
    json: bool,
    all: bool,
    differ: Vec<Row>,
    left_out: usize,
}

impl Shown {
    fn new(json: bool, all: bool) -> Self {
        Self {
            json,
            all,
            differ: Vec::new(),
            left_out: 0,
        }
    }

    fn add(&mut self, row: &Row) {
        if self.json {
            output::json(&json!({ "document": row }));
            return;
        }
        if !matches!(row.verdict, "differs" | "foreign") {
            return;
        }
        if self.all || self.differ.len() < SHOWN_MAX {
            self.differ.push(row.clone());
        } else {
            self.left_out += 1;
        }
    }

    fn print(&self, tie_out: &TieOut) {
        controls(tie_out);
        if !self.differ.is_empty() {
            let mut table = output::table(&[
                "document",
                "connection",
                "differs in",
                "because",
                "mend it with",
            ]);
            for row in &self.differ {
                let because: Vec<&str> = row.causes.iter().map(|cause| cause.words()).collect();
                table.add_row([
                    short(&row.number),
                    row.connection.clone(),
                    row.differences.join("\n"),
                    because.join("\n"),
                    row.fix.join("\n"),
                ]);
            }
            say!("\n{table}");
        }
        if self.left_out > 0 {
            say!(
                "and {} more: --all shows them, --out FILE.csv writes them",
                self.left_out
            );
        }
        for (connection, known) in &tie_out.complete_as_of {
            match (tie_out.unasked.get(connection), known) {
                (Some(why), _) => say!("{} {connection} could not be asked: {why}", output::bad()),
                (None, Some(known)) => say!(
                    "{connection}: complete as of {}",
                    known.format("%Y-%m-%d %H:%M:%S UTC")
                ),
                (None, None) => say!("{connection}: never read"),
            }
        }
        let counts = &tie_out.counts;
        let foreign = counts.foreign.filter(|foreign| *foreign > 0);
        if let Some(foreign) = foreign {
            say!("{foreign} in the books that nobody here sent");
        }
        match counts.differ {
            0 => say!(
                "{} {} agree to the cent, none differs.",
                output::ok(),
                counts.agree
            ),
            differ => say!(
                "{} {} agree to the cent, {differ} differ.",
                output::bad(),
                counts.agree
            ),
        }
    }
}

fn controls(tie_out: &TieOut) {
    let mut table = output::table(&[
        "connection",
        "kind",
        "documents",
        "host",
        "books",
        "host: settled",
        "books: settled",
        "",
    ]);
    for (key, total) in &tie_out.controls.0 {
        if key.by != GatheredBy::All {
            continue;
        }
        let places = usize::try_from(key.currency.minor_digits()).unwrap_or(2);
        let money = |amount| format!("{amount:.places$} {}", key.currency);
        let verdict = if total.agrees() {
            output::ok()
        } else {
            output::bad()
        };
        table.add_row([
            key.connection.to_string(),
            key.kind.as_str().to_owned(),
            format!("{} / {}", total.host_count, total.provider_count),
            money(total.host),
            money(total.provider),
            money(total.host_settled),
            money(total.provider_settled),
            verdict,
        ]);
    }
    say!("{table}");
}

fn summary(tie_out: &TieOut, kept: Option<&Kept>) -> serde_json::Value {
    let controls: Vec<_> = tie_out
        .controls
        .0
        .iter()
        .map(|(of, total)| json!({ "of": of, "total": total, "agrees": total.agrees() }))
        .collect();
    let kept = kept.map(
        |kept| json!({ "file": kept.path, "sha256": kept.tip, "number": kept.certificate.number }),
    );
    json!({ "summary": {
        "counts": tie_out.counts,
        "complete_as_of": tie_out.complete_as_of,
        "unasked": tie_out.unasked,
        "controls": controls,
        "certificate": kept,
    } })
}

fn told(args: &ReportArgs, kept: Option<&Kept>) {
    if let Some(path) = &args.out {
        say!("written to {}", path.display());
    }
    if let Some(kept) = kept {
        say!(
            "certificate {} in {}",
            kept.certificate.number,
            kept.path.display()
        );
        say!("  its fingerprint, to be kept elsewhere: {}", kept.tip);
    }
}
