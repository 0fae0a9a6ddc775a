//! How a file in the outbox is named, and in which order such files are read.

use chrono::NaiveDateTime;

/// What a right name looks like, for people.
pub(crate) const RIGHT_NAME: &str = "`<type>-<batch>-<yyyymmddThhmmssZ>.<json|jsonl|csv>`, such as \
     `invoices-7-20261031T090000Z.csv`; the type is one of invoices, credit_notes, bills, \
     purchase_orders, companies, contacts; the batch has 1 to 64 letters, digits, dots, dashes or \
     underscores; the time is UTC";

const BATCH_BYTES_MAX: usize = 64;
const STAMP_BYTES: usize = 16;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileType {
    /// Sales invoices, and credit notes beside them.
    Invoices,
    /// Credit notes to customers.
    CreditNotes,
    /// Suppliers' bills.
    Bills,
    /// Orders to suppliers.
    PurchaseOrders,
    /// Companies.
    Companies,
    /// People.
    Contacts,
}

impl FileType {
    const ALL: [Self; 6] = [
        Self::Invoices,
        Self::CreditNotes,
        Self::Bills,
        Self::PurchaseOrders,
        Self::Companies,
        Self::Contacts,
    ];

    /// The word in file names, and the key of the list in a JSON object.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Invoices => "invoices",
            Self::CreditNotes => "credit_notes",
            Self::Bills => "bills",
            Self::PurchaseOrders => "purchase_orders",
            Self::Companies => "companies",
            Self::Contacts => "contacts",
        }
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// One array, or an object with the array and a trailer.
    Json,
    /// One document a line.
    JsonLines,
    /// One row a line of an invoice.
    Csv,
}

impl Format {
    /// The file name's ending.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// A name that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutboxName {
    /// What the file holds.
    pub(crate) kind: FileType,
    /// The host's batch, such as the number of a journal entry.
    pub(crate) batch: String,
    /// The time in the name: of one length, so it sorts as text.
    pub(crate) stamp: String,
    /// How it is written.
    pub(crate) format: Format,
}

impl OutboxName {
    /// The parts of a name, or `None` when it does not fit.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (stem, ending) = name.rsplit_once('.')?;
        let format = [Format::Json, Format::JsonLines, Format::Csv]
            .into_iter()
            .find(|format| format.ending() == ending)?;
        let (front, stamp) = stem.rsplit_once('-')?;
        let (kind, batch) = front.split_once('-')?;
        let kind = FileType::ALL
            .into_iter()
            .find(|known| known.as_str() == kind)?;
        let fits = (1..=BATCH_BYTES_MAX).contains(&batch.len())
            && batch
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
            && stamp.len() == STAMP_BYTES
            && NaiveDateTime::parse_from_str(stamp, "%Y%m%dT%H%M%SZ").is_ok();
        fits.then(|| Self {
            kind,
            batch: batch.to_owned(),
            stamp: stamp.to_owned(),
            format,
        })
    }

    /// The name of the file that holds only the refused rows: it fits too, so that the mended file can
    /// be put into the outbox as it is. `turn` tells several apart, from 1.
    pub(crate) fn rest(&self, turn: u32) -> String {
        let mark = if turn == 1 {
            "-rest".to_owned()
        } else {
            format!("-rest{turn}")
        };
        let kept = self.batch.len().min(BATCH_BYTES_MAX - mark.len());
        format!(
            "{}-{}{mark}-{}.{}",
            self.kind.as_str(),
            &self.batch[..kept],
            self.stamp,
            self.format.ending()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_or_it_does_not() {
        let fits = |name| OutboxName::parse(name).is_some();
        assert!(fits("invoices-411-20261031T000000Z.csv"));
        assert!(fits("purchase_orders-a.b-c_d-20261031T235959Z.jsonl"));
        assert!(!fits("invoices-20261031T000000Z.csv"), "no batch");
        assert!(!fits("invoices--20261031T000000Z.csv"), "empty batch");
        assert!(!fits("invoices-1-20261331T000000Z.csv"), "month 13");
        assert!(!fits("invoices-1-20261031T000000.csv"), "no zone");
        assert!(
            !fits("invoices-1-20261031T000000Z.CSV"),
            "ending in capitals"
        );
        assert!(!fits("invoices-../../etc-20261031T000000Z.csv"), "path");
        assert!(!fits("payments-1-20261031T000000Z.csv"), "type");
    }

    #[test]
    fn the_rest_of_a_file_has_a_name_that_fits() {
        let long = format!("invoices-{}-20261031T000000Z.csv", "b".repeat(64));
        for name in ["invoices-411-20261031T000000Z.csv", long.as_str()] {
            let parsed = OutboxName::parse(name).unwrap();
            assert!(OutboxName::parse(&parsed.rest(1)).is_some());
            assert!(OutboxName::parse(&parsed.rest(12)).is_some());
        }
    }
}
