//! A host folder in a temporary place, and what a host and an engine do with it.
#![allow(dead_code)] // Each test crate uses a part of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use tieout_core::document::Document;
use tieout_core::host::{Host, HostError, HostPage, Record};
use tieout_host_contract::{FolderConfig, FolderHost};

pub(crate) struct Desk {
    pub(crate) root: TempDir,
    pub(crate) config: FolderConfig,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut config = FolderConfig::at(root.path());
        config.stable_ms = 0;
        fs::create_dir(root.path().join("outbox")).unwrap();
        Self { root, config }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn drop_file(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path("outbox").join(name), content).unwrap();
    }

    pub(crate) async fn open(&self) -> FolderHost {
        FolderHost::open(self.config.clone()).await.unwrap()
    }

    /// Reads one page as a process that has just started.
    pub(crate) async fn page(&self, after: Option<&str>, limit: usize) -> HostPage {
        self.open().await.changes(after, limit).await.unwrap()
    }

    pub(crate) async fn acknowledge(&self, position: &str) {
        self.open().await.acknowledge(position).await.unwrap();
    }

    /// Everything there is, page by page, each acknowledged, every call in a process of its own.
    pub(crate) async fn take_all(&self, limit: usize) -> Vec<Record> {
        let mut all = Vec::new();
        let mut position: Option<String> = None;
        loop {
            let page = self.page(position.as_deref(), limit).await;
            all.extend(page.records);
            if let Some(reached) = &page.position {
                self.acknowledge(reached).await;
            }
            position = page.position;
            if !page.more {
                return all;
            }
        }
    }

    pub(crate) fn names(&self, room: &str) -> Vec<String> {
        names_in(&self.path(room))
    }

    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn result(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path)).unwrap()
    }
}

pub(crate) fn names_in(path: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(path)
        .unwrap()
        .map(|item| item.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

pub(crate) const NAME: &str = "invoices-7-20261031T090000Z";

/// An invoice with one line, as one line of JSON.
pub(crate) fn invoice(id: &str, gross: &str) -> String {
    format!(
        r#"{{"id":"{id}","revision":1,"kind":"sales","number":"N-{id}","status":"final","issue_date":"2026-10-30","currency":"AUD","amounts_are":"no_tax","bill_to":{{"name":"Grevillea"}},"grouped":false,"lines":[{{"id":"1","description":"Visit","quantity":"1","unit_price":"{gross}","net_amount":"{gross}","tax_amount":"0.00"}}],"totals":{{"net":"{gross}","tax":"0.00","gross":"{gross}"}},"updated_at":"2026-10-30T05:00:00Z"}}"#
    )
}

pub(crate) const CSV_HEADER: &str = "invoice_id,row_version,invoice_number,status,kind,issue_date,\
currency,amounts_are,bill_to_name,net,tax,gross,updated_at_utc,line_id,description,quantity,\
unit_price,line_net,line_tax\n";

/// One row of an invoice in CSV; `gross` is the invoice's, the line is all of it.
pub(crate) fn csv_row(id: &str, gross: &str) -> String {
    format!(
        "{id},1,N-{id},final,sales,2026-10-30,AUD,no_tax,Grevillea,{gross},0.00,{gross},2026-10-30T05:00:00Z,1,Visit,1,{gross},{gross},0.00\n"
    )
}

/// What was told, in short: identifiers, and `!place field` for what cannot be read.
pub(crate) fn told(records: &[Record]) -> Vec<String> {
    records
        .iter()
        .map(|record| match record {
            Record::Document(document) => document.id().to_string(),
            Record::Removed { kind, id, .. } => format!("-{kind} {id}"),
            Record::Unreadable { place, field, .. } => format!("!{place} {field}"),
        })
        .collect()
}

pub(crate) fn documents(records: &[Record]) -> Vec<&Document> {
    records
        .iter()
        .filter_map(|record| match record {
            Record::Document(document) => Some(&**document),
            Record::Removed { .. } | Record::Unreadable { .. } => None,
        })
        .collect()
}

/// The message of the only record, which cannot be read.
pub(crate) fn refusal(records: &[Record]) -> &str {
    match records {
        [Record::Unreadable { message, .. }] => message,
        other => panic!("not one refusal: {:?}", told(other)),
    }
}

pub(crate) fn message(error: &HostError) -> String {
    error.to_string()
}
