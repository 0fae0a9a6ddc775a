//! The host's side of its inbox: takes each file, removes it, and knows what it was told and what it was told twice.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use rust_decimal::Decimal;

use crate::failure::Failure;
use crate::stage::Stage;

/// A payment as the host was told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The number of the document.
    pub document: String,
    /// Its amount; `None` once it was taken back.
    pub amount: Option<Decimal>,
    revision: u64,
}

/// How far a document is settled, as the host was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Paid and credited.
    pub settled: Decimal,
    /// What is left to pay.
    pub due: Decimal,
}

/// Everything that the host was told.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Payments by Xero's identifier.
    pub payments: BTreeMap<String, Told>,
    /// Settlement by document.
    pub settlements: BTreeMap<String, Settled>,
    /// What became of each document, the last word.
    pub postings: BTreeMap<String, String>,
    /// Files that were taken.
    pub files: u64,
    /// Rows that were told.
    pub rows: u64,
    /// What was told twice, or in the wrong order.
    pub wrong: Vec<String>,
}

impl Inbox {
    /// Takes what lies there, in its order, and removes it.
    ///
    /// # Errors
    /// When a file cannot be read or is none of the contract's.
    pub fn take(&mut self, stage: &Stage) -> Result<(), Failure> {
        let inbox = stage.path("host/inbox");
        let Ok(items) = fs::read_dir(&inbox) else {
            return Ok(());
        };
        let mut files: Vec<(u64, String, PathBuf)> = Vec::new();
        for item in items {
            let path = item?.path();
            // What is being written has another ending, and a kill may leave it there.
            if path.extension().is_none_or(|ending| ending != "csv") {
                continue;
            }
            let stem = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if let Some((sheet, number)) = stem.rsplit_once('-') {
                files.push((number.parse()?, sheet.to_owned(), path));
            }
        }
        files.sort();
        for (number, sheet, path) in files {
            let text = fs::read_to_string(&path)?;
            self.read(&sheet, &text)
                .map_err(|failure| Failure::new(format!("{sheet}-{number}.csv: {failure}")))?;
            fs::remove_file(&path)?;
            self.files += 1;
        }
        Ok(())
    }

    fn read(&mut self, sheet: &str, text: &str) -> Result<(), Failure> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for row in reader.deserialize() {
            let row: BTreeMap<String, String> = row?;
            let cell = |name: &str| row.get(name).map(String::as_str).unwrap_or_default();
            self.rows += 1;
            match sheet {
                "payments" => self.payment(
                    cell("ledger_payment_id"),
                    cell("action"),
                    cell("revision").parse()?,
                    Told {
                        document: cell("invoice_number").to_owned(),
                        amount: Some(cell("amount").parse()?),
                        revision: 0,
                    },
                ),
                "settlements" => {
                    let (paid, credited): (Decimal, Decimal) = (
                        cell("amount_paid").parse()?,
                        cell("amount_credited").parse()?,
                    );
                    let settled = Settled {
                        settled: paid + credited,
                        due: cell("amount_due").parse()?,
                    };
                    self.settlements
                        .insert(cell("invoice_number").to_owned(), settled);
                }
                "postings" => {
                    let (of, state) = (cell("invoice_number"), cell("state"));
                    self.postings.insert(of.to_owned(), state.to_owned());
                }
                other => return Err(Failure::new(format!("there is no sheet `{other}`"))),
            }
        }
        Ok(())
    }

    fn payment(&mut self, id: &str, action: &str, revision: u64, mut told: Told) {
        let before = self.payments.get(id).map_or(0, |told| told.revision);
        if revision != before + 1 {
            self.wrong.push(format!(
                "the host was told {action} of payment {id} of {} in revision {revision} after revision {before}",
                told.document
            ));
        }
        told.revision = revision;
        if action == "delete" {
            told.amount = None;
        }
        self.payments.insert(id.to_owned(), told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "action,ledger_payment_id,revision,invoice_number,amount\n";

    #[test]
    fn what_is_told_twice_is_noticed() {
        let mut inbox = Inbox::default();
        inbox
            .read("payments", &format!("{HEAD}create,p,1,K-1,2.00\n"))
            .unwrap();
        inbox
            .read("payments", &format!("{HEAD}delete,p,2,K-1,2.00\n"))
            .unwrap();
        assert_eq!(inbox.wrong, Vec::<String>::new());
        assert_eq!(inbox.payments["p"].amount, None);
        inbox
            .read("payments", &format!("{HEAD}delete,p,2,K-1,2.00\n"))
            .unwrap();
        assert_eq!(inbox.wrong.len(), 1);
    }
}
