//! How write-backs reach the inbox exactly once for each delivery, wherever a crash falls.
//!
//! 1. The files are written in `.tieout/outgoing` and made to last.
//! 2. The delivery is remembered with their names: from here on it is made.
//! 3. They are moved into the inbox. A crash before or amid this leaves some in `outgoing`; they are
//!    moved at the next delivery or repeat. A file that is remembered and not in `outgoing` was moved,
//!    and the host may have taken it away since.

use std::fs;
use std::io::Write;
use std::path::Path;

use tieout_core::host::{Delivery, HostError, HostErrorKind};

use super::delivery_log::{Delivered, DeliveryLog};
use super::{Folder, disk};
use crate::capability::FOLDER;
use crate::map::{ImportSheets, import_sheets, sheets};

const ID_BYTES_MAX: usize = 256;

impl Folder {
    /// Writes a delivery: see [`tieout_core::host::Host::deliver`].
    pub(crate) fn deliver(&self, delivery: &Delivery) -> Result<(), HostError> {
        check(delivery)?;
        let _lock = self.lock("deliver")?;
        let log = self.rooms.state.join("deliveries");
        let mut log = DeliveryLog::load(log, self.config.limits.deliveries_kept)?;
        self.finish_deliveries(&log)?;
        if delivery.items.is_empty() || log.find(&delivery.id).is_some() {
            return Ok(());
        }
        let number = self.next_delivery(&log)?;
        let files = self.write_outgoing(delivery, number)?;
        let delivered = Delivered {
            id: delivery.id.clone(),
            number,
            files,
        };
        log.append(delivered.clone())?;
        self.hand_over(&delivered)
    }

    /// Moves what earlier deliveries left, in their order, and removes what was never promised.
    fn finish_deliveries(&self, log: &DeliveryLog) -> Result<(), HostError> {
        let room = &self.rooms.outgoing;
        let failed = || disk::failed("deliver", room);
        let left = fs::read_dir(room).map_err(failed())?.next().is_some();
        if !left {
            return Ok(());
        }
        for delivered in log.all() {
            self.hand_over(delivered)?;
        }
        for item in fs::read_dir(room).map_err(failed())? {
            let path = item.map_err(failed())?.path();
            disk::remove(&path).map_err(disk::failed("deliver", &path))?;
        }
        Ok(())
    }

    fn hand_over(&self, delivered: &Delivered) -> Result<(), HostError> {
        for name in &delivered.files {
            let (from, to) = (self.rooms.outgoing.join(name), self.rooms.inbox.join(name));
            if disk::exists(&from) {
                disk::rename(&from, &to).map_err(disk::failed("deliver", &to))?;
            }
        }
        Ok(())
    }

    fn write_outgoing(&self, delivery: &Delivery, number: u64) -> Result<Vec<String>, HostError> {
        let unwritten = |error: csv::Error| {
            let message = "the write-backs cannot be written as CSV";
            HostError::new(HostErrorKind::BadData, "deliver", message).caused_by(error)
        };
        let sheets = sheets(&delivery.items).map_err(unwritten)?;
        let import = match &self.config.payment_import {
            Some(import) => import_sheets(&delivery.items, import).map_err(unwritten)?,
            None => ImportSheets::default(),
        };
        let sheets = [
            ("payments", sheets.payments),
            ("payments-import", import.import),
            ("payments-exceptions", import.exceptions),
            ("settlements", sheets.settlements),
            ("postings", sheets.postings),
        ];
        let mut files = Vec::new();
        for (kind, sheet) in sheets {
            let Some(sheet) = sheet else { continue };
            let name = format!("{kind}-{number}.csv");
            let path = self.rooms.outgoing.join(&name);
            let written = fs::File::create(&path).and_then(|mut file| {
                file.write_all(&sheet)?;
                file.sync_all()
            });
            written.map_err(disk::failed("deliver", &path))?;
            files.push(name);
        }
        let room = &self.rooms.outgoing;
        disk::sync_folder(room).map_err(disk::failed("deliver", room))?;
        Ok(files)
    }

    /// One more than any number that was given or that lies in the inbox.
    fn next_delivery(&self, log: &DeliveryLog) -> Result<u64, HostError> {
        let mut last = log
            .all()
            .iter()
            .map(|delivered| delivered.number)
            .max()
            .unwrap_or(0);
        let room = &self.rooms.inbox;
        for item in fs::read_dir(room).map_err(disk::failed("deliver", room))? {
            let item = item.map_err(disk::failed("deliver", room))?;
            last = last.max(number_in(Path::new(&item.file_name())).unwrap_or(0));
        }
        Ok(last + 1)
    }
}

fn check(delivery: &Delivery) -> Result<(), HostError> {
    let most = FOLDER.delivery_items_max;
    let message = if delivery.id.is_empty() || delivery.id.len() > ID_BYTES_MAX {
        format!("a delivery's id has 1 to {ID_BYTES_MAX} bytes")
    } else if delivery.items.len() > most {
        format!(
            "a delivery has at most {most} items, this one has {}",
            delivery.items.len()
        )
    } else {
        return Ok(());
    };
    Err(HostError::new(HostErrorKind::BadData, "deliver", message))
}

/// The number in a name such as `payments-12.csv`.
fn number_in(name: &Path) -> Option<u64> {
    let stem = name.to_str()?.strip_suffix(".csv")?;
    let (kind, number) = stem.rsplit_once('-')?;
    let number = number
        .parse::<u64>()
        .ok()
        .filter(|number| *number < u64::MAX / 2)?;
    let kinds = [
        "payments",
        "payments-import",
        "payments-exceptions",
        "settlements",
        "postings",
    ];
    kinds.contains(&kind).then_some(number)
}
