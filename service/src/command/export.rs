//! `tieout export`: what is new of a host's documents, as files for another accounting package.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;
use tieout_core::document::{DocumentKind, HostId};

use crate::cli::{Cli, ExportArgs, ExportPer};
use crate::exit::{Exit, Failure};
use crate::export::{Memory, Outlet, OutletError, Picked, Picker, Written, form, safe};
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
    let folder = std::fs::canonicalize(&args.to).map_err(|error| {
        Failure::config(format!("{}: {error}", args.to.display()))
            .advise("Name a folder that is there: none is made.")
    })?;
    let failed = |error: OutletError| {
        Failure::new(format!(
            "{}: {}",
            folder.display(),
            crate::exit::chain(&error)
        ))
        .advise("Give the command again: it goes on where it was.")
    };
    let store = office.store.as_ref();
    let memory = Memory::of(&host, args.format, &folder);
    let ending = args.format.as_str();
    let outlet = Outlet::open(folder.clone(), &memory, store, ending)
        .await
        .map_err(failed)?;
    let mut picker = Picker::new(store, &memory, &host, &kinds);
    let mut waiting: Vec<Picked> = Vec::new();
    let (mut documents, mut files) = (0, Vec::new());
    let most = match args.per {
        ExportPer::Document => TOGETHER,
        ExportPer::Day => GATHERED_MAX,
    };
    loop {
        let next = picker.next().await?;
        let is_end = next.is_none();
        waiting.extend(next.unwrap_or_default());
        while !waiting.is_empty() && (is_end || waiting.len() >= most) {
            let some: Vec<Picked> = waiting.drain(..waiting.len().min(most)).collect();
            documents += some.len();
            let made = made(args, some);
            let names = outlet.write(&memory, store, made, ending).await;
            files.extend(names.map_err(failed)?);
        }
        if is_end {
            break;
        }
    }
    tell(cli, args, documents, &files);
    Ok(Exit::Done)
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

fn tell(cli: &Cli, args: &ExportArgs, documents: usize, files: &[String]) {
    if cli.json {
        output::json(&json!({ "documents": documents, "files": files }));
        return;
    }
    if files.is_empty() {
        say!("Nothing is new.");
        return;
    }
    let documents = counted(documents, "document", "documents");
    let count = counted(files.len(), "file", "files");
    say!("{documents} in {count} in {}:", args.to.display());
    for name in files.iter().take(TOLD_MAX) {
        say!("  {name}");
    }
    if files.len() > TOLD_MAX {
        say!("  and {} more", files.len() - TOLD_MAX);
    }
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
