//! Names of documents: whatever a host calls one, the command that the program prints for it leads to it again.

use std::process::Command as Process;

use chrono::{DateTime, NaiveDate};
use clap::Parser as _;
use tieout_core::check::{named_for_a_command, quoted};
use tieout_core::document::{ConnectionId, DocumentId, DocumentKey, DocumentKind, HostId};
use tieout_core::engine::{BindingKey, ContentHash, HostChange, HostPolicy, Wanted, host_changed};
use tieout_core::store::{ChangeSet, MemoryStore, Store as _};
use tieout_fuzz::mutate::{self, HOSTILE};
use tieout_fuzz::random::Random;
use tieout_fuzz::targets::{Target, Verdict};
use tokio::runtime::Runtime;

use crate::cli::{Cli, Command};
use crate::command::find_documents;

/// Numbers as hosts write them.
const NUMBERS: &[&str] = &[
    "INV-1042",
    "-5",
    "--apply",
    "-h",
    "A 7's; rm -rf ~",
    "$(reboot)",
    "`id`",
    "cm/invoice/7",
    "2026/0001",
    "№ 7",
    "!!",
    "*",
    "~",
];

pub(super) struct Names {
    runtime: Runtime,
}

impl Names {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            runtime: tokio::runtime::Builder::new_current_thread().build()?,
        })
    }
}

impl Target for Names {
    fn draw(&mut self, random: &mut Random) -> Vec<u8> {
        let name = match random.below(3) {
            0 => HOSTILE[random.below(HOSTILE.len())],
            _ => NUMBERS[random.below(NUMBERS.len())],
        };
        match random.one_in(2) {
            true => name.as_bytes().to_vec(),
            false => mutate::bytes(name.as_bytes(), random),
        }
    }

    fn feed(&mut self, input: &[u8], random: &mut Random) -> Verdict {
        let Ok(text) = std::str::from_utf8(input) else {
            return Verdict::Refused;
        };
        let kinds = [
            DocumentKind::Invoice,
            DocumentKind::CreditNote,
            DocumentKind::Bill,
            DocumentKind::PurchaseOrder,
        ];
        let id = match random.one_in(2) {
            true => DocumentId::new(text),
            false => DocumentId::new("1686"),
        };
        let Ok(id) = id else {
            return Verdict::Refused;
        };
        let key = DocumentKey {
            host: HostId::new("case-manager").expect("a short text"),
            kind: kinds[random.below(kinds.len())],
            id,
        };
        match self.runtime.block_on(leads_back(&key, text)) {
            Ok(()) => Verdict::Taken,
            Err(broken) => Verdict::Broken(broken),
        }
    }
}

/// Whether the document is found by its key and by its number, as a shell hands them over.
async fn leads_back(key: &DocumentKey, number: &str) -> Result<(), String> {
    let store = MemoryStore::default();
    let binding = BindingKey {
        document: key.clone(),
        connection: ConnectionId::new("books").expect("a short text"),
    };
    let change = HostChange {
        number: number.to_owned(),
        issue_date: NaiveDate::default(),
        revision: 1,
        content: ContentHash::of_bytes(b"x"),
        wanted: Wanted::Live,
    };
    let policy = HostPolicy {
        postings: false,
        payments: false,
        settlements: false,
        companions: None,
    };
    let step = host_changed(&binding, None, &change, policy, DateTime::UNIX_EPOCH)
        .ok_or("a new document changes nothing")?;
    let changes = ChangeSet {
        bindings: vec![step.binding],
        ..ChangeSet::default()
    };
    store
        .commit(changes)
        .await
        .map_err(|error| error.to_string())?;
    let commands = [
        format!("tieout retry {}", quoted(&key.to_string())),
        format!("tieout retry {}", named_for_a_command(number, key)),
    ];
    for command in commands {
        let words = through_a_shell(&command)?;
        let cli = Cli::try_parse_from(&words)
            .map_err(|error| format!("{command:?} is not understood: {error}"))?;
        let Command::Retry(args) = &cli.command else {
            return Err(format!("{command:?} is another command"));
        };
        let [named] = args.documents.as_slice() else {
            return Err(format!("{command:?} names {:?}", args.documents));
        };
        let found = find_documents(&store, named)
            .await
            .map_err(|failure| failure.message)?;
        if !found.iter().any(|found| found.key == binding) {
            return Err(format!(
                "{command:?} leads to {named:?}, and not to {binding}"
            ));
        }
    }
    Ok(())
}

/// The words that a shell makes of a command.
fn through_a_shell(command: &str) -> Result<Vec<String>, String> {
    let script = format!("tieout() {{ printf '%s\\0' tieout \"$@\"; }}\n{command}");
    let output = Process::new("sh").arg("-c").arg(script).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("a shell refuses {command:?}"));
    }
    let text = String::from_utf8(output.stdout).map_err(|error| error.to_string())?;
    Ok(text.split_terminator('\0').map(str::to_owned).collect())
}
