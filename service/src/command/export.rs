//! `tieout export`: what is new of a host's documents, as files for another accounting package.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde_json::json;
use tieout_core::document::{ConnectionId, DocumentKind, HostId};

use crate::cli::{Cli, ExportArgs, ExportFormat, ExportPer};
use crate::exit::{Exit, Failure};
use crate::export::{
    Importer, LeftOut, Memory, Outlet, OutletError, Picked, Picker, Written, form, open_place, safe,
};
use crate::office::Office;
use crate::output::{self, counted, say};

/// Documents written together.
const TOGETHER: usize = 100;
/// Documents gathered for the files of their days: the memory that they take has a bound.
const GATHERED_MAX: usize = 20_000;
/// Names that are told.
const TOLD_MAX: usize = 20;

/// Writes what is new.
pub(super) async fn run(cli: &Cli, args: &ExportArgs, office: &Office) -> Result<Exit, Failure> {
    let host = host(office, &args.host)?;
    let kinds = kinds(&args.kind)?;
    let place = open_place(office, &args.to).await?;
    let failed = |error: OutletError| error.failure(&args.to.display().to_string());
    let store = office.store.as_ref();
    let memory = Memory::of(&host, args.format, &place.remembered_as());
    let ending = args.format.ending();
    let outlet = Outlet::open(place.as_ref(), &memory, store)
        .await
        .map_err(failed)?;
    let mut importer = Importer::new(office, &memory, charts(office, args)?);
    let mut picker = Picker::new(store, &memory, &host, &kinds);
    let mut waiting: Vec<Picked> = Vec::new();
    let mut told = Told::default();
    let most = match (args.format, args.per) {
        (ExportFormat::Csv | ExportFormat::Xml, ExportPer::Document) => TOGETHER,
        (ExportFormat::Xero, _) | (_, ExportPer::Day) => GATHERED_MAX,
    };
    loop {
        let next = picker.next().await?;
        let is_end = next.is_none();
        waiting.extend(next.unwrap_or_default());
        while !waiting.is_empty() && (is_end || waiting.len() >= most) {
            let some: Vec<Picked> = waiting.drain(..waiting.len().min(most)).collect();
            let made = match args.format {
                ExportFormat::Csv | ExportFormat::Xml => made(args, some),
                ExportFormat::Xero => {
                    let imported = importer.made(some).await?;
                    told.left_out.extend(imported.left_out);
                    imported.files
                }
            };
            told.documents += made.iter().map(|(_, _, all)| all.len()).sum::<usize>();
            let names = outlet.write(made, ending).await;
            told.files.extend(names.map_err(failed)?);
        }
        if is_end {
            break;
        }
    }
    told.tell(cli, args);
    Ok(match told.left_out.is_empty() {
        true => Exit::Done,
        false => Exit::NeedsSomebody,
    })
}

/// What is told at the end.
#[derive(Default)]
struct Told {
    documents: usize,
    files: Vec<String>,
    left_out: Vec<LeftOut>,
}

/// Files with the beginnings of their names, and what is in them.
fn made(args: &ExportArgs, picked: Vec<Picked>) -> Vec<(String, Vec<u8>, Vec<Written>)> {
    let mut files: BTreeMap<(NaiveDate, String), Vec<Picked>> = BTreeMap::new();
    for one in picked {
        let stem = match args.per {
            ExportPer::Day => format!("documents-{}", one.date),
            ExportPer::Document => format!(
                "{}-{}-{}-r{}",
                one.key.kind,
                safe(&one.number),
                safe(one.key.id.as_str()),
                one.revision
            ),
        };
        files.entry((one.date, stem)).or_default().push(one);
    }
    let files = files.into_iter().map(|((_, stem), of_file)| {
        let written = of_file
            .iter()
            .map(|one| Written::new(one.key.clone(), one.content.clone(), String::new()));
        let written = written.collect();
        let sheets: Vec<_> = of_file.into_iter().map(|one| one.sheet).collect();
        (stem, form(args.format, &sheets), written)
    });
    files.collect()
}

impl Told {
    fn tell(&self, cli: &Cli, args: &ExportArgs) {
        if cli.json {
            output::json(&json!({
                "documents": self.documents,
                "files": self.files,
                "left_out": self.left_out,
            }));
            return;
        }
        if self.files.is_empty() {
            say!("Nothing is new.");
        } else {
            let documents = counted(self.documents, "document", "documents");
            let count = counted(self.files.len(), "file", "files");
            say!("{documents} in {count} in {}:", args.to.display());
            some(self.files.iter().map(|name| format!("  {name}")));
        }
        if self.left_out.is_empty() {
            return;
        }
        say!("");
        let mut numbers: Vec<&str> = self
            .left_out
            .iter()
            .map(|it| it.document.as_str())
            .collect();
        numbers.dedup();
        say!(
            "{} left out:",
            counted(numbers.len(), "document is", "documents are")
        );
        some(self.left_out.iter().map(|it| {
            let field = match it.field.as_str() {
                "" => String::new(),
                field => format!("{field}: "),
            };
            let (number, why) = (output::short(&it.number), &it.why);
            format!("{} {number} ({}): {field}{why}", output::bad(), it.document)
        }));
    }
}

/// Says the first of some lines.
fn some(lines: impl ExactSizeIterator<Item = String>) {
    let all = lines.len();
    lines.take(TOLD_MAX).for_each(|line| say!("{line}"));
    if all > TOLD_MAX {
        say!("  and {} more", all - TOLD_MAX);
    }
}

/// The charts that the operator wrote, each of a connection that there is.
fn charts(office: &Office, args: &ExportArgs) -> Result<BTreeMap<ConnectionId, PathBuf>, Failure> {
    if !args.chart.is_empty() && args.format != ExportFormat::Xero {
        return Err(Failure::config("a chart serves `--format xero` alone"));
    }
    let known = &office.loaded.config.connections;
    let mut charts = BTreeMap::new();
    for (name, file) in &args.chart {
        let Some(id) = known.keys().find(|known| known.as_str() == name) else {
            let names: Vec<&str> = known.keys().map(ConnectionId::as_str).collect();
            let name = output::short(name);
            return Err(
                Failure::config(format!("the configuration has no connection `{name}`"))
                    .advise(format!("Name one that there is: {}.", names.join(", "))),
            );
        };
        if charts.insert(id.clone(), file.clone()).is_some() {
            return Err(Failure::config(format!("`{id}` has two charts")));
        }
    }
    Ok(charts)
}

fn host(office: &Office, name: &str) -> Result<HostId, Failure> {
    let known = &office.loaded.config.hosts;
    let found = known.keys().find(|known| known.as_str() == name);
    found.cloned().ok_or_else(|| {
        let names: Vec<&str> = known.keys().map(HostId::as_str).collect();
        let name = output::short(name);
        Failure::config(format!("the configuration has no host `{name}`"))
            .advise(format!("Name one that there is: {}.", names.join(", ")))
    })
}

fn kinds(named: &[String]) -> Result<Vec<DocumentKind>, Failure> {
    use DocumentKind::{Bill, CreditNote, Invoice, PurchaseOrder};
    let all = [Invoice, CreditNote, Bill, PurchaseOrder];
    let kind = |name: &String| {
        let found = all.into_iter().find(|kind| kind.as_str() == name.as_str());
        found.ok_or_else(|| {
            let names = all.map(DocumentKind::as_str).join(", ");
            Failure::config(format!("`{}` is no kind of document", output::short(name)))
                .advise(format!("Name one of them: {names}."))
        })
    };
    named.iter().map(kind).collect()
}
