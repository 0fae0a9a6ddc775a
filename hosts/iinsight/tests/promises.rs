//! An account of iinsight keeps every promise of the port; what it is told goes into a folder, since its API takes no
//! changed payment.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

tieout_conformance::host_promises!(stage);

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};
use support::{Scene, row};
use tempfile::TempDir;
use tieout_conformance::host::{Backstage, Can, HostStage, Paid};
use tieout_core::document::DocumentId;
use tieout_core::host::Host;
use tieout_host_contract::{FolderConfig, FolderHost};
use tieout_host_iinsight::{IinsightHost, Means};
use tieout_sandbox_hosts::iinsight::{Fault, Kind};

/// After so many minutes all invoices are compared with those that were known.
const DAY: i64 = 24 * 60 + 1;

struct Stage {
    scene: Scene,
    told: TempDir,
    /// How often each invoice was written, by its name; the identifier is the place of its first.
    written: Mutex<BTreeMap<String, (u32, u32)>>,
    is_locked_out: AtomicBool,
}

async fn stage() -> Stage {
    let stage = Stage {
        scene: Scene::of(support::empty()).await,
        told: tempfile::tempdir().unwrap(),
        written: Mutex::default(),
        is_locked_out: AtomicBool::new(false),
    };
    std::fs::create_dir(stage.folder()).unwrap();
    stage
}

impl Stage {
    /// The folder to which its payments go.
    fn folder(&self) -> PathBuf {
        self.told.path().join("payments")
    }

    /// Writes the invoice of a name anew, a minute later.
    fn write(&self, name: &str, more: impl Fn(&mut Value)) -> DocumentId {
        let mut written = self.written.lock().unwrap();
        let new = u32::try_from(written.len()).unwrap() + 1;
        let (id, times) = written.entry(name.to_owned()).or_insert((new, 0));
        *times += 1;
        let mut row = row(*id);
        row["invoice_number"] = json!(name);
        row["item"][0]["description"] = json!(format!("Work {times}"));
        more(&mut row);
        self.scene.pass(1);
        self.scene.account.put_invoice(row);
        id.to_string().parse().unwrap()
    }
}

#[async_trait]
impl HostStage for Stage {
    async fn host(&self) -> Arc<dyn Host> {
        let mut more = json!({"write_backs": {"folder": self.folder()}});
        if self.is_locked_out.load(Ordering::Relaxed) {
            more["password"] = json!("another one");
        }
        let mut config = FolderConfig::at(self.folder());
        config.stable_ms = 0;
        let means = Means {
            folder: Some(Arc::new(FolderHost::open(config).await.unwrap())),
            ..self.scene.means()
        };
        Arc::new(IinsightHost::open(self.scene.config(&more), means).unwrap())
    }

    fn put(&self, name: &str) -> DocumentId {
        self.write(name, |_| {})
    }

    fn delete(&self, name: &str) -> Can {
        assert!(self.scene.account.delete(name));
        self.scene.pass(DAY);
        Can::Done
    }

    fn spoil(&self, name: &str) -> Can {
        self.write(name, |row| row["item"][0]["quantity"] = json!("many"));
        Can::Done
    }

    fn put_novel(&self, name: &str) -> Can {
        self.write(name, |row| {
            row["weather"] = json!({"wind": ["strong"]});
            row["item"][0]["colour"] = json!("blue");
        });
        Can::Done
    }

    fn crowd(&self) -> usize {
        1_000
    }

    /// The folder's own promises look into it.
    fn paid(&self, _: &str) -> Option<Vec<Paid>> {
        None
    }

    fn backstage(&self) -> Option<&dyn Backstage> {
        Some(self)
    }
}

impl Backstage for Stage {
    /// The folder is away too: it is what is told.
    fn go_down(&self) {
        self.scene.account.fail(Fault::of(Kind::Down, ""));
        std::fs::rename(self.folder(), self.told.path().join("away")).unwrap();
    }

    fn come_back(&self) {
        self.scene.account.heal();
        std::fs::rename(self.told.path().join("away"), self.folder()).unwrap();
    }

    fn lock_out(&self) -> Can {
        self.is_locked_out.store(true, Ordering::Relaxed);
        Can::Done
    }

    /// A folder takes all.
    fn refuse(&self, _: &str) -> Can {
        Can::Not
    }
}
