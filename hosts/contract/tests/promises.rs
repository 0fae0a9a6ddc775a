//! The forms of the contract without a database keep every promise of the port.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod folder {
    tieout_conformance::host_promises!(super::folder_stage);
}

mod sftp {
    tieout_conformance::host_promises!(super::sftp_stage);
}

mod http {
    tieout_conformance::host_promises!(super::http_stage);
}

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;
use tieout_conformance::host::{Backstage, Can, HostStage, Paid};
use tieout_core::clock::SystemClock;
use tieout_core::document::DocumentId;
use tieout_core::host::Host;
use tieout_host_contract::{FolderConfig, FolderHost, HttpHost, SftpHost, SftpHostConfig};
use tieout_sandbox_hosts::contract::ContractProduct;
use tieout_sftp::SftpServer;
use tieout_test_sftp::{PASSWORD, Server, USER};

/// The revisions of what was written, and the time of the last change.
struct Pen {
    revisions: BTreeMap<String, u64>,
    now: DateTime<Utc>,
}

impl Pen {
    fn new() -> Mutex<Self> {
        Mutex::new(Self {
            revisions: BTreeMap::new(),
            now: "2026-11-02T00:00:00Z".parse().unwrap(),
        })
    }

    fn next(&mut self, name: &str) -> (u64, DateTime<Utc>) {
        let revision = self.revisions.entry(name.to_owned()).or_default();
        *revision += 1;
        self.now += TimeDelta::seconds(1);
        (*revision, self.now)
    }
}

fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn written(pen: &Mutex<Pen>, name: &str) -> (Value, DateTime<Utc>) {
    let (revision, at) = pen.lock().unwrap().next(name);
    (ContractProduct::invoice(name, revision, &stamp(at)), at)
}

fn gone(pen: &Mutex<Pen>, name: &str) -> (Value, DateTime<Utc>) {
    let (revision, at) = pen.lock().unwrap().next(name);
    let gone = json!({"id": name, "kind": "sales", "revision": revision, "removed_at": stamp(at)});
    (gone, at)
}

fn novel(mut invoice: Value) -> Value {
    invoice["weather"] = json!({"wind": ["strong"]});
    invoice["lines"][0]["colour"] = json!("blue");
    invoice["status"] = json!("half_final");
    invoice["amounts_are"] = json!("tax_sideways");
    invoice
}

fn spoilt(mut invoice: Value) -> Value {
    invoice["lines"][0]["quantity"] = json!("many");
    invoice
}

/// A folder, of this machine or on a server.
struct FolderStage {
    root: PathBuf,
    here: TempDir,
    server: Option<Server>,
    pen: Mutex<Pen>,
}

async fn folder_stage() -> FolderStage {
    let here = tempfile::tempdir().unwrap();
    FolderStage::at(here.path().to_owned(), here, None)
}

async fn sftp_stage() -> FolderStage {
    let server = Server::start().await;
    let here = tempfile::tempdir().unwrap();
    FolderStage::at(server.root().to_owned(), here, Some(server))
}

impl FolderStage {
    fn at(root: PathBuf, here: TempDir, server: Option<Server>) -> Self {
        std::fs::create_dir(root.join("outbox")).unwrap();
        Self {
            root,
            here,
            server,
            pen: Pen::new(),
        }
    }

    fn drop_file(&self, (record, at): &(Value, DateTime<Utc>)) {
        let name = format!("invoices-1-{}.jsonl", at.format("%Y%m%dT%H%M%SZ"));
        let path = self.root.join("outbox").join(name);
        std::fs::write(path, format!("{record}\n")).unwrap();
    }
}

#[async_trait]
impl HostStage for FolderStage {
    async fn host(&self) -> Arc<dyn Host> {
        let Some(server) = &self.server else {
            let mut config = FolderConfig::at(&self.root);
            config.stable_ms = 0;
            return Arc::new(FolderHost::open(config).await.unwrap());
        };
        let mut config = SftpHostConfig::at("files", "/");
        config.stable_ms = 0;
        let mut access = SftpServer::at("127.0.0.1", server.port(), USER);
        access.host_key = Some(server.host_key.clone());
        access.password = Some(PASSWORD.into());
        let here = self.here.path().to_owned();
        Arc::new(SftpHost::open(config, access, here).await.unwrap())
    }

    fn put(&self, name: &str) -> DocumentId {
        self.drop_file(&written(&self.pen, name));
        name.parse().unwrap()
    }

    fn delete(&self, name: &str) -> Can {
        self.drop_file(&gone(&self.pen, name));
        Can::Done
    }

    fn spoil(&self, name: &str) -> Can {
        let (record, at) = written(&self.pen, name);
        self.drop_file(&(spoilt(record), at));
        Can::Done
    }

    fn put_novel(&self, name: &str) -> Can {
        let (record, at) = written(&self.pen, name);
        self.drop_file(&(novel(record), at));
        Can::Done
    }

    fn crowd(&self) -> usize {
        120
    }

    /// As a product would read `inbox`: the higher revision of a payment counts.
    fn paid(&self, name: &str) -> Option<Vec<Paid>> {
        let mut held: BTreeMap<String, (u64, Option<Paid>)> = BTreeMap::new();
        let entries = std::fs::read_dir(self.root.join("inbox")).unwrap();
        for entry in entries {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            for row in text.lines().filter(|row| row.contains("TAP 5")) {
                let cells: Vec<&str> = row.split(',').collect();
                let (id, revision) = (cells[1].to_owned(), cells[2].parse().unwrap());
                let known = held.get(&id).map_or(0, |(known, _)| *known);
                if cells[3] != name || known >= revision {
                    continue;
                }
                let paid = (cells[0] != "delete").then(|| Paid {
                    id: id.clone(),
                    amount: cells[5].parse().unwrap(),
                });
                held.insert(id, (revision, paid));
            }
        }
        Some(held.into_values().filter_map(|(_, paid)| paid).collect())
    }

    fn backstage(&self) -> Option<&dyn Backstage> {
        None
    }
}

struct HttpStage {
    product: ContractProduct,
    is_locked_out: AtomicBool,
    pen: Mutex<Pen>,
}

async fn http_stage() -> HttpStage {
    HttpStage {
        product: ContractProduct::new("k-1"),
        is_locked_out: AtomicBool::new(false),
        pen: Pen::new(),
    }
}

#[async_trait]
impl HostStage for HttpStage {
    async fn host(&self) -> Arc<dyn Host> {
        let key = match self.is_locked_out.load(Ordering::Relaxed) {
            true => "k-2",
            false => "k-1",
        };
        let config = json!({"url": "https://api.example.com", "api_key": key});
        let config = serde_json::from_value(config).unwrap();
        let product = Arc::new(self.product.clone());
        Arc::new(HttpHost::open(config, product, Arc::new(SystemClock)).unwrap())
    }

    fn put(&self, name: &str) -> DocumentId {
        self.product.put("invoices", written(&self.pen, name).0);
        name.parse().unwrap()
    }

    fn delete(&self, name: &str) -> Can {
        self.product.put("invoices", gone(&self.pen, name).0);
        Can::Done
    }

    fn spoil(&self, name: &str) -> Can {
        let record = spoilt(written(&self.pen, name).0);
        self.product.put("invoices", record);
        Can::Done
    }

    fn put_novel(&self, name: &str) -> Can {
        let record = novel(written(&self.pen, name).0);
        self.product.put("invoices", record);
        Can::Done
    }

    fn crowd(&self) -> usize {
        10_000
    }

    fn paid(&self, name: &str) -> Option<Vec<Paid>> {
        let told = self.product.told(name).into_iter();
        let payments = told.filter_map(|(what, body)| {
            let id = what.strip_prefix("payments/")?.to_owned();
            let amount = body["amount"].as_str()?.parse().ok()?;
            Some(Paid { id, amount })
        });
        Some(payments.collect())
    }

    fn backstage(&self) -> Option<&dyn Backstage> {
        Some(self)
    }
}

impl Backstage for HttpStage {
    fn go_down(&self) {
        self.product.go_down();
    }

    fn come_back(&self) {
        self.product.come_back();
    }

    fn lock_out(&self) -> Can {
        self.is_locked_out.store(true, Ordering::Relaxed);
        Can::Done
    }

    fn refuse(&self, name: &str) -> Can {
        self.product.lock(name);
        Can::Done
    }
}
