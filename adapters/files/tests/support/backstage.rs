//! What happens behind the scenes: what people do in the books by hand, and the calls that go wrong.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;
use tieout_adapter_files::{Books, Disk, Entry, FilesProvider, Folder, NotWritten};
use tieout_conformance::provider::{Act, At, Backstage, Can, Trouble};
use tieout_core::clock::Clock;
use tieout_core::document::DocumentKind;

use super::CURRENCY;

/// Books of its own for one promise.
pub(crate) struct Organisation {
    pub(crate) provider: FilesProvider,
    clock: Arc<TestClock>,
    disk: Arc<Staged>,
    _folder: TempDir,
}

/// Moves only when a test says so.
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// A real folder, whose times are those of the test, and whose next call goes wrong when a test says so.
struct Staged {
    folder: Folder,
    clock: Arc<TestClock>,
    changed: Mutex<HashMap<String, DateTime<Utc>>>,
    fault: Mutex<Option<Fault>>,
    writes: AtomicUsize,
}

/// What goes wrong, in which folder.
struct Fault {
    folder: String,
    is_reading: bool,
    /// Calls of the sort that still go well.
    well: usize,
    is_done: bool,
}

impl Staged {
    /// Whether this call goes wrong, and if it does, whether it is done all the same.
    fn goes_wrong(&self, path: &str, is_reading: bool) -> Option<bool> {
        let mut planned = self.fault.lock().unwrap();
        let fault = planned.as_mut()?;
        if fault.is_reading != is_reading || !path.starts_with(&fault.folder) {
            return None;
        }
        if fault.well > 0 {
            fault.well -= 1;
            return None;
        }
        planned.take().map(|fault| fault.is_done)
    }

    fn time_of(&self, path: &str) -> DateTime<Utc> {
        let changed = self.changed.lock().unwrap();
        changed
            .get(path)
            .copied()
            .unwrap_or_else(|| self.clock.now())
    }

    fn put(&self, path: &str, content: &Value) {
        let content = serde_json::to_vec(content).unwrap();
        self.folder.write(path, &content).unwrap();
        let mut changed = self.changed.lock().unwrap();
        changed.insert(path.to_owned(), self.clock.now());
    }

    /// A person opens a file, changes it and saves it.
    fn edit(&self, path: &str, change: impl FnOnce(&mut Value)) {
        let (content, _) = self.folder.read(path).unwrap().unwrap();
        let mut content = serde_json::from_slice(&content).unwrap();
        change(&mut content);
        self.put(path, &content);
    }
}

fn broken() -> io::Error {
    io::Error::other("the disk makes a noise")
}

impl Disk for Staged {
    fn list(&self, folder: &str) -> io::Result<Vec<Entry>> {
        if self.goes_wrong(folder, true).is_some() {
            return Err(broken());
        }
        let timed = |entry: Entry| Entry {
            changed: self.time_of(&format!("{folder}/{}.json", entry.name)),
            ..entry
        };
        Ok(self.folder.list(folder)?.into_iter().map(timed).collect())
    }

    fn read(&self, path: &str) -> io::Result<Option<(Vec<u8>, DateTime<Utc>)>> {
        if self.goes_wrong(path, true).is_some() {
            return Err(broken());
        }
        let read = self.folder.read(path)?;
        Ok(read.map(|(content, _)| (content, self.time_of(path))))
    }

    fn write(&self, path: &str, content: &[u8]) -> Result<DateTime<Utc>, NotWritten> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        let wrong = self.goes_wrong(path, false);
        if wrong == Some(false) {
            return Err(NotWritten::NotDone(broken()));
        }
        self.folder.write(path, content)?;
        let now = self.clock.now();
        self.changed.lock().unwrap().insert(path.to_owned(), now);
        match wrong {
            None => Ok(now),
            Some(_) => Err(NotWritten::Unsure(broken())),
        }
    }
}

impl Organisation {
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let start: DateTime<Utc> = "2026-11-21T02:00:00Z".parse().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(start.timestamp_millis())));
        let disk = Arc::new(Staged {
            folder: Folder(PathBuf::from(folder.path())),
            clock: clock.clone(),
            changed: Mutex::default(),
            fault: Mutex::default(),
            writes: AtomicUsize::default(),
        });
        disk.put("books.json", &front());
        for (id, name) in [("c-1", "Customer"), ("c-2", "Supplier"), ("c-3", "Other")] {
            disk.put(&format!("contacts/{id}.json"), &json!({"name": name}));
        }
        Self {
            provider: FilesProvider::on(Books::on(disk.clone(), clock.clone())),
            clock,
            disk,
            _folder: folder,
        }
    }

    /// The present at the provider.
    pub(crate) fn time(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// The organisation of the tests.
pub(crate) fn front() -> Value {
    let account = |code: &str, class: &str| json!({"code": code, "name": code, "class": class, "kind": class, "active": true});
    let rate = |code: &str, class: &str| json!({"code": code, "name": code, "rate": "0.15", "active": true, "applies_to": [class]});
    json!({
        "organisation": {"id": "books-1", "name": "Demo", "base_currency": CURRENCY, "country": "NZ"},
        "currencies": [CURRENCY],
        "accounts": [account("200", "revenue"), account("400", "expense")],
        "tax_rates": [rate("OUTPUT", "revenue"), rate("INPUT", "expense")],
    })
}

fn path(kind: DocumentKind, id: impl std::fmt::Display) -> String {
    format!("{}/{id}.json", folder(kind))
}

fn folder(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Invoice => "invoices",
        DocumentKind::CreditNote => "credit_notes",
        DocumentKind::Bill => "bills",
        DocumentKind::PurchaseOrder => "purchase_orders",
    }
}

impl Backstage for Organisation {
    fn person(&self, act: Act<'_>) {
        match act {
            Act::Pay { kind, id, amount } => self.disk.edit(&path(kind, id), |held| {
                let payments = held["payments"].as_array_mut().unwrap();
                let id = format!("p-{}", payments.len());
                payments
                    .push(json!({"id": id, "date": "2026-11-21", "amount": amount.to_string()}));
            }),
            Act::TakePaymentsBack { kind, id } => self
                .disk
                .edit(&path(kind, id), |held| held["payments"] = json!([])),
            Act::Remove { kind, id } => self
                .disk
                .edit(&path(kind, id), |held| held["status"] = json!("deleted")),
            Act::Redate { kind, id, date } => self
                .disk
                .edit(&path(kind, id), |held| held["date"] = json!(date)),
            Act::ArchiveContact(id) => self.disk.edit(&format!("contacts/{id}.json"), |held| {
                held["archived"] = json!(true);
            }),
            Act::MergeContacts(from, into) => {
                self.disk.edit(&format!("contacts/{from}.json"), |held| {
                    held["merged_into"] = json!(into);
                });
            }
            Act::CloseBooks(through) => self.disk.edit("books.json", |front| {
                front["organisation"]["period_lock"] = json!(through);
            }),
        }
    }

    /// A disk throttles nobody, asks nobody to sign in, and gives no reply that could be lost or cut short. It fails, and
    /// says before what; or what it did may not last.
    fn trouble(&self, trouble: Trouble, at: At) -> Can {
        let is_reading = matches!(at, At::Read(_));
        let (well, is_done) = match trouble {
            Trouble::LostAfter | Trouble::FailedAfter => (0, true),
            Trouble::FailedMidway => (1, false),
            Trouble::LostBefore | Trouble::FailedBefore if is_reading => (0, false),
            Trouble::LostBefore
            | Trouble::FailedBefore
            | Trouble::CutShort
            | Trouble::Garbled
            | Trouble::Throttled
            | Trouble::Expired => return Can::Not,
        };
        let folder = match at {
            At::Create(kind) | At::Change(kind) | At::Read(kind) => folder(kind),
            At::MakeContacts => "contacts",
        };
        *self.disk.fault.lock().unwrap() = Some(Fault {
            folder: folder.to_owned(),
            is_reading,
            well,
            is_done,
        });
        Can::Done
    }

    fn pass(&self, time: TimeDelta) {
        let ms = time.num_milliseconds();
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    fn writes(&self) -> usize {
        self.disk.writes.load(Ordering::Relaxed)
    }

    fn crowd(&self) -> usize {
        250
    }
}
