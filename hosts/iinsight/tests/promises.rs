//! An account of iinsight keeps every promise of the port. What it is told goes to where files would go, since its API takes
//! no changed payment.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

tieout_conformance::host_promises!(stage);

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use support::{Scene, row};
use tieout_conformance::host::{Backstage, Can, HostStage, Paid};
use tieout_core::document::DocumentId;
use tieout_core::host::{
    Delivery, Host, HostCapability, HostError, HostErrorKind, HostPage, WriteBack, WriteBackRefusal,
};
use tieout_host_iinsight::{IinsightHost, Means};
use tieout_sandbox_hosts::iinsight::{Fault, Kind};

/// After so many minutes all invoices are compared with those that were known.
const DAY: i64 = 24 * 60 + 1;

/// The payments by document and identifier: the revision told last, and how much; `None` where it is gone.
type Payments = BTreeMap<(DocumentId, String), (u64, Option<Decimal>)>;

/// In the place of the folder: it takes all, numbers its changes, and keeps the payments of each document.
#[derive(Default)]
struct Inbox {
    paid: Mutex<Payments>,
    is_away: AtomicBool,
}

#[async_trait]
impl Host for Inbox {
    fn capability(&self) -> &HostCapability {
        &HostCapability {
            kind: "inbox",
            documents: &[],
            takes_payments: true,
            takes_settlements: true,
            takes_postings: true,
            numbers_changes: true,
            delivery_items_max: 10,
        }
    }

    async fn changes(&self, _: Option<&str>, _: usize) -> Result<HostPage, HostError> {
        unreachable!("nobody reads it")
    }

    async fn acknowledge(&self, _: &str) -> Result<(), HostError> {
        unreachable!("nobody reads it")
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        if self.is_away.load(Ordering::Relaxed) {
            let why = "it is away";
            return Err(HostError::new(HostErrorKind::Unavailable, "deliver", why));
        }
        let mut paid = self.paid.lock().unwrap();
        for item in &delivery.items {
            let (document, revision, payment, amount) = match item {
                WriteBack::Payment {
                    document,
                    revision,
                    payment,
                } => (document, revision, payment, Some(payment.amount)),
                WriteBack::PaymentRemoved {
                    document,
                    revision,
                    payment,
                } => (document, revision, payment, None),
                _ => continue,
            };
            let key = (document.id.clone(), payment.id.to_string());
            if paid.get(&key).is_none_or(|(known, _)| known < revision) {
                paid.insert(key, (*revision, amount));
            }
        }
        Ok(vec![Ok(()); delivery.items.len()])
    }
}

struct Stage {
    scene: Scene,
    inbox: Arc<Inbox>,
    /// How often each invoice was written, by its name; the identifier is the place of its first.
    written: Mutex<BTreeMap<String, (u32, u32)>>,
    is_locked_out: AtomicBool,
}

async fn stage() -> Stage {
    Stage {
        scene: Scene::of(support::empty()).await,
        inbox: Arc::default(),
        written: Mutex::default(),
        is_locked_out: AtomicBool::new(false),
    }
}

impl Stage {
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
        let mut more = json!({"write_backs": {"folder": "elsewhere"}});
        if self.is_locked_out.load(Ordering::Relaxed) {
            more["password"] = json!("another one");
        }
        let means = Means {
            folder: Some(Arc::clone(&self.inbox) as Arc<dyn Host>),
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

    fn paid(&self, name: &str) -> Option<Vec<Paid>> {
        let (id, _) = *self.written.lock().unwrap().get(name)?;
        let paid = self.inbox.paid.lock().unwrap();
        let paid = paid
            .iter()
            .filter_map(|((document, payment), (_, amount))| {
                let amount = amount.filter(|_| document.as_str() == id.to_string())?;
                let id = payment.clone();
                Some(Paid { id, amount })
            });
        Some(paid.collect())
    }

    fn backstage(&self) -> Option<&dyn Backstage> {
        Some(self)
    }
}

impl Backstage for Stage {
    /// What it is told goes nowhere either.
    fn go_down(&self) {
        self.scene.account.fail(Fault::of(Kind::Down, ""));
        self.inbox.is_away.store(true, Ordering::Relaxed);
    }

    fn come_back(&self) {
        self.scene.account.heal();
        self.inbox.is_away.store(false, Ordering::Relaxed);
    }

    fn lock_out(&self) -> Can {
        self.is_locked_out.store(true, Ordering::Relaxed);
        Can::Done
    }

    /// It takes all.
    fn refuse(&self, _: &str) -> Can {
        Can::Not
    }
}
