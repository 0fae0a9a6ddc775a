//! How a plan is made: looked at, shown as it comes, written and added up.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tieout_core::advice::quoted;
use tieout_core::driver::{Asking, Preview, PreviewOptions};

use super::gather::{Gathered, gather};
use super::show;
use crate::cli::{Cli, PlanArgs};
use crate::exit::{Exit, Failure};
use crate::office::{Office, Staff};
use crate::output::{self, counted, looking, say};
use crate::planfile::{Header, Organisation, PlanWriter, VERSION, store_identity};

/// Shows the plan and ends with 3 when something would be held.
pub(in crate::command) async fn run(
    cli: &Cli,
    args: &PlanArgs,
    office: &mut Office,
) -> Result<Exit, Failure> {
    let staff = office.staff().await?;
    let work = plan(cli, args, office, &staff);
    let planned = staff.patiently(cli.json, work).await;
    office.dismiss(&staff).await;
    planned
}

async fn plan(cli: &Cli, args: &PlanArgs, office: &Office, staff: &Staff) -> Result<Exit, Failure> {
    let mut writer = match &args.out {
        Some(out) => Some(begin(out, office, staff).await?),
        None => None,
    };
    let options = PreviewOptions {
        only: args.document.clone(),
        asking: match args.offline {
            true => Asking::Nobody,
            false => Asking::Providers,
        },
        ..PreviewOptions::default()
    };
    let watched = looking(Arc::clone(&options.looked_at), cli.json || office.is_lent());
    let gathered = gather(office, staff, &options, &mut |preview: Preview| {
        if let (Some(writer), Some(intention)) = (&mut writer, &preview.intention) {
            writer.put(intention);
        }
        watched.aside(|| match cli.json {
            true => output::json(&json!({ "document": preview })),
            false => show::document(&preview, args),
        });
    })
    .await;
    watched.finish();
    let gathered = gathered?;
    let written = match (writer, &args.out) {
        (Some(writer), Some(out)) => Some(writer.finish().map_err(|error| unwritten(out, &error))?),
        (_, _) => None,
    };
    if cli.json {
        let mut told = gathered.as_json();
        if let (Some(documents), Some(out)) = (written, &args.out) {
            told["plan"] = json!({ "file": out, "documents": documents });
        }
        output::json(&told);
    } else {
        report(args, &gathered, written);
    }
    if !gathered.summary.unasked.is_empty() {
        return Ok(Exit::Failed);
    }
    let needs = gathered.held > 0 || !gathered.summary.unreadable.is_empty();
    Ok(if needs {
        Exit::NeedsSomebody
    } else {
        Exit::Done
    })
}

/// Begins the file of the plan.
async fn begin(out: &Path, office: &Office, staff: &Staff) -> Result<PlanWriter, Failure> {
    if out.exists() {
        return Err(
            Failure::config(format!("{} is there already", out.display()))
                .advise("Name a file that is not: a plan never replaces another."),
        );
    }
    let organisations = staff.organisations.iter().map(|(name, organisation)| {
        let (id, called) = organisation.identity();
        (name.clone(), Organisation { id, name: called })
    });
    let header = Header {
        tieout_plan: VERSION,
        id: String::new(),
        made_at: office.clock.now(),
        by: office.by.clone(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        store: store_identity(office).await?,
        connections: organisations.collect(),
    };
    PlanWriter::begin(out, &header.marked()).map_err(|error| unwritten(out, &error))
}

fn unwritten(out: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", out.display()))
}

fn report(args: &PlanArgs, gathered: &Gathered, written: Option<usize>) {
    let summary = &gathered.summary;
    for place in &summary.unreadable {
        say!("{} {place}", output::bad());
    }
    for trouble in &summary.unasked {
        say!("{} {trouble}", output::bad());
    }
    if !args.all {
        gathered.skipped.print();
    }
    let words: Vec<String> = gathered
        .counts
        .iter()
        .map(|(outcome, count)| format!("{count} {outcome}"))
        .collect();
    match (&args.document, words.is_empty()) {
        (Some(wanted), true) => {
            say!(
                "\nNothing is to be done about `{wanted}`: `tieout explain {}` tells why.",
                quoted(wanted)
            );
        }
        (None, true) => say!("\nPlan: nothing to do. Nothing was sent."),
        (_, false) => say!("\nPlan: {}. Nothing was sent.", words.join(", ")),
    }
    if summary.settled > 0 && args.document.is_none() {
        let documents = counted(summary.settled, "document agrees", "documents agree");
        say!("{documents} on both sides already.");
    }
    if summary.read > 0 {
        let documents = counted(summary.read, "document was", "documents were");
        say!("{documents} read in the books for it, many to a call; --offline reads none.");
    }
    gathered.cost.print();
    if let (Some(documents), Some(out)) = (written, &args.out) {
        say!(
            "{} with {} in it. `tieout sync --plan {}` does just that; take a document out by deleting its line.",
            out.display(),
            counted(documents, "document", "documents"),
            quoted(&out.display().to_string())
        );
    }
}
