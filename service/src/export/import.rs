//! Which invoices stand in files for Xero's own import, and why others do not.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use tieout_core::document::{ConnectionId, ProviderContactId};
use tieout_core::driver::remembered_chart;
use tieout_core::engine::{SkipReason, State, Wanted};
use tieout_core::mapping::{contact_wanted, out_of_scope, posting};
use tieout_core::provider::{Chart, ContactWanted, Posting};
use tieout_xero::capability::CAPABILITY;
use tieout_xero::import_file::{DateOrder, ImportFile, ToImport, import_files};

use super::chart::chart;
use super::memory::{Memory, Written};
use super::pick::Picked;
use crate::exit::Failure;
use crate::office::Office;

/// Makes the files; what an organisation has is read once.
pub(crate) struct Importer<'a> {
    office: &'a Office,
    memory: &'a Memory,
    /// The charts that the operator wrote.
    written: BTreeMap<ConnectionId, PathBuf>,
    charts: BTreeMap<ConnectionId, Chart>,
}

/// What came of some documents.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    /// Files with the beginnings of their names, and what is in them.
    pub(crate) files: Vec<(String, Vec<u8>, Vec<Written>)>,
    /// What stands in none.
    pub(crate) left_out: Vec<LeftOut>,
}

/// A document that stands in no file although somebody may look for it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LeftOut {
    /// The document, by its host, kind and identifier.
    pub(crate) document: String,
    /// The host's number.
    pub(crate) number: String,
    /// The field, such as `lines[0].tax_code`; empty for the whole document.
    pub(crate) field: String,
    /// Why, and what to do about it.
    pub(crate) why: String,
}

/// A document with everything decided.
struct Ready {
    picked: Picked,
    contact: ContactWanted,
    posting: Posting,
}

/// What a document comes to.
enum Standing {
    Ready(Box<Ready>),
    /// It is in the books, or nobody wants it there.
    Settled,
    Left(Vec<(String, String)>),
}

impl<'a> Importer<'a> {
    pub(crate) fn new(
        office: &'a Office,
        memory: &'a Memory,
        written: BTreeMap<ConnectionId, PathBuf>,
    ) -> Self {
        Self {
            office,
            memory,
            written,
            charts: BTreeMap::new(),
        }
    }

    /// The files of some documents: those of an organisation and of one kind of amounts together.
    ///
    /// # Errors
    ///
    /// Nobody knows what an organisation has, or the store fails.
    pub(crate) async fn made(&mut self, picked: Vec<Picked>) -> Result<Imported, Failure> {
        let mut imported = Imported::default();
        let mut organisations: BTreeMap<ConnectionId, Vec<Ready>> = BTreeMap::new();
        for one in picked {
            let connection = one.binding.key.connection.clone();
            let (document, number) = (one.key.to_string(), one.number.clone());
            match self.standing(one).await? {
                Standing::Ready(ready) => organisations.entry(connection).or_default().push(*ready),
                Standing::Settled => {}
                Standing::Left(reasons) => {
                    let left = reasons.into_iter().map(|(field, why)| LeftOut {
                        document: document.clone(),
                        number: number.clone(),
                        field,
                        why,
                    });
                    imported.left_out.extend(left);
                }
            }
        }
        for (connection, all) in organisations {
            let chart = &self.charts[&connection];
            of_organisation(&connection, &all, chart, &mut imported)?;
        }
        Ok(imported)
    }

    async fn standing(&mut self, one: Picked) -> Result<Standing, Failure> {
        if let Some(standing) = decided_already(&one) {
            return Ok(standing);
        }
        let (binding, store) = (&one.binding, self.office.store.as_ref());
        let connection = &binding.key.connection;
        let Some(config) = self.office.loaded.config.connections.get(connection) else {
            return Ok(left("no route leads it to a connection".to_owned()));
        };
        if self
            .office
            .apps
            .connections
            .read(connection)
            .await?
            .is_some()
        {
            return Ok(left(format!(
                "{connection} is connected: `tieout sync` sends it by itself"
            )));
        }
        if out_of_scope(&one.document, &config.settings).is_some() {
            return Ok(Standing::Settled);
        }
        self.know(connection).await?;
        let chart = &self.charts[connection];
        // The import finds contacts by their names: which one that is nobody knows here.
        let nobody = ProviderContactId::new("nobody").expect("a short text");
        let contact = contact_wanted(&one.key.host, &one.document, &config.settings);
        let posting = posting(&one.document, &config.settings, chart, &CAPABILITY, &nobody);
        let (contact, posting) = match (contact, posting) {
            (Ok(contact), Ok(posting)) => (contact, posting),
            (contact, posting) => {
                let found = [contact.err(), posting.err()];
                let found = found.into_iter().flatten().flatten();
                let told = found.map(|it| (it.field, format!("{}. {}", it.message, it.remedy)));
                return Ok(Standing::Left(told.collect()));
            }
        };
        if let Some(holder) = self.memory.holder(store, &posting.number).await? {
            return Ok(left(format!(
                "{holder} was written with this number before"
            )));
        }
        Ok(Standing::Ready(Box::new(Ready {
            picked: one,
            contact,
            posting,
        })))
    }

    /// Learns what an organisation has: as the operator wrote it, else as it was when it was connected.
    async fn know(&mut self, connection: &ConnectionId) -> Result<(), Failure> {
        if self.charts.contains_key(connection) {
            return Ok(());
        }
        let known = match self.written.get(connection) {
            Some(file) => Some(chart(file, self.office.clock.now())?),
            None => remembered_chart(self.office.store.as_ref(), connection).await?,
        };
        let known = known.ok_or_else(|| {
            Failure::config(format!(
                "nobody knows the accounts and tax rates of {connection}: it was never connected"
            ))
            .advise(format!(
                "Write them into a file and name it with `--chart {connection}=FILE`; {}",
                super::chart::EXAMPLE
            ))
        })?;
        self.charts.insert(connection.clone(), known);
        Ok(())
    }
}

fn of_organisation(
    connection: &ConnectionId,
    all: &[Ready],
    chart: &Chart,
    imported: &mut Imported,
) -> Result<(), Failure> {
    let both: Vec<ToImport<'_>> = all
        .iter()
        .map(|it| ToImport {
            contact: &it.contact,
            posting: &it.posting,
        })
        .collect();
    let order = DateOrder::of_country(&chart.organisation.country);
    let made = import_files(&both, chart, order)
        .map_err(|error| Failure::new(format!("an import file cannot be written: {error}")))?;
    // Of several with one number the first may be in a file, and all others are left out.
    let mut first: BTreeMap<&str, &Ready> = BTreeMap::new();
    let mut twins: BTreeMap<&str, Vec<&Ready>> = BTreeMap::new();
    for it in all {
        let number = it.posting.number.as_str();
        match first.contains_key(number) {
            true => twins.entry(number).or_default().push(it),
            false => drop(first.insert(number, it)),
        }
    }
    for file in made.files {
        let written = file.numbers.iter().filter_map(|number| {
            let one = &first.get(number.as_str())?.picked;
            let written = Written::new(one.key.clone(), one.content.clone(), String::new());
            Some(written.numbered(number.clone()))
        });
        let written = written.collect();
        imported
            .files
            .push((stem(connection, &file), file.content, written));
    }
    for left in made.left_out {
        let twin = (left.field == "number")
            .then(|| twins.get_mut(left.number.as_str()).and_then(Vec::pop))
            .flatten();
        let Some(one) = twin.or_else(|| first.get(left.number.as_str()).copied()) else {
            continue;
        };
        imported.left_out.push(LeftOut {
            document: one.picked.key.to_string(),
            number: one.picked.number.clone(),
            field: left.field,
            why: left.why,
        });
    }
    Ok(())
}

/// What must be chosen at the import stands in the name.
fn stem(connection: &ConnectionId, file: &ImportFile) -> String {
    format!(
        "xero-{}-{}",
        super::safe(connection.as_str()),
        super::safe(file.amounts_are.as_str())
    )
}

/// What is known without asking for the settings: it is in the books, written before, or meant to stay out.
fn decided_already(one: &Picked) -> Option<Standing> {
    if one.binding.is_bound() {
        return Some(Standing::Settled);
    }
    if let Some(before) = &one.before {
        let what = match one.binding.wanted {
            Wanted::Gone => "is void in the host: void it in Xero",
            Wanted::Live | Wanted::Draft | Wanted::Unknown => {
                "changed in the host: change it in Xero"
            }
        };
        return Some(left(format!(
            "it was written into `{}`, and since then {what}",
            before.file
        )));
    }
    match &one.binding.state {
        State::Skipped {
            reason: SkipReason::Gathers { period, .. },
        } => {
            return Some(left(format!(
                "it waits for the summary of {period}, and files for the import hold no summaries: leave `summary` out"
            )));
        }
        // It was in the books, or a person or the settings say that it stays out of them.
        State::Skipped { .. } | State::Voided | State::Removed { .. } | State::Detached => {
            return Some(Standing::Settled);
        }
        State::Waiting { .. }
        | State::Held { .. }
        | State::Ready { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Posted
        | State::Rejected { .. } => {}
    }
    None
}

fn left(why: String) -> Standing {
    Standing::Left(vec![(String::new(), why)])
}
