//! How an erasure is told: what goes, what stays and why, who else may be meant, and what is out of reach.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tieout_core::erase::{Named, Tally};

use super::files::Files;
use super::found::{Here, Looked};
use crate::cli::Cli;
use crate::output::{self, counted, say, short};

/// Lines of one sort that are printed; the rest is counted, and all of it is in the JSON.
const SHOWN_MAX: usize = 20;

/// When something is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Nothing was done.
    Before,
    /// It was done.
    After,
    /// There was nothing to do.
    Nothing,
}

/// What would be erased.
pub(super) fn preview(cli: &Cli, looked: &Looked, tally: &Tally, files: &Files) {
    tell(cli, looked, (tally, files), Told::Before);
}

/// What was erased.
pub(super) fn outcome(cli: &Cli, looked: &Looked, tally: &Tally, files: &Files) {
    tell(cli, looked, (tally, files), Told::After);
}

/// That nothing is left to be erased.
pub(super) fn nothing(cli: &Cli, looked: &Looked, tally: &Tally, files: &Files) {
    tell(cli, looked, (tally, files), Told::Nothing);
}

/// Everybody who fits, a line each.
pub(super) fn people(looked: &Looked) -> Vec<String> {
    let people = looked.search.people.iter();
    let lines = people.map(|((host, named), count)| {
        let of = counted(*count, "document", "documents");
        format!("  {host}: {}, in {of}", in_words(named))
    });
    lines.collect()
}

fn tell(cli: &Cli, looked: &Looked, (tally, files): (&Tally, &Files), told: Told) {
    if cli.json {
        output::json(&json!({ "erase": as_json(looked, tally, files, told) }));
        return;
    }
    say_documents(looked, told);
    say_refused(looked);
    say_near(looked);
    match told {
        Told::Before => say_counts(tally, "Also, wherever it stands:"),
        Told::After => say_counts(tally, "Also taken out:"),
        Told::Nothing => {}
    }
    say_files(files, told);
    say_left(looked, tally);
    if told == Told::Before && looked.search.is_of_several() {
        say!(
            "{} These are several people, as far as their identifiers and e-mail addresses tell: say which with --email or \
             --id, or erase all of them with --everybody.",
            output::bad()
        );
    }
    if told != Told::Nothing {
        say_stays(looked, told);
    }
    match told {
        Told::Before => say!("Nothing was done. --apply does it; stop `tieout serve` before."),
        Told::After => say!(
            "{} {} erased. The store was written anew and read once more; `tieout verify-store` reads it again.",
            output::ok(),
            counted(tally.documents.len(), "document is", "documents are")
        ),
        Told::Nothing => say!("{} There is nothing left to erase.", output::ok()),
    }
}

fn say_documents(looked: &Looked, told: Told) {
    let people = people(looked);
    if people.is_empty() {
        say!("No document names anybody of whom all of that is true.");
    } else {
        say!("Who fits:");
        shown(&people);
    }
    if looked.erased_before > 0 {
        say!(
            "{} was erased before.",
            counted(looked.erased_before, "document", "documents")
        );
    }
    if !looked.documents.is_empty() && told != Told::Nothing {
        let verb = if told == Told::After {
            "was taken"
        } else {
            "would be taken"
        };
        say!("\nFrom these the person {verb} out:");
        let lines: Vec<String> = looked
            .documents
            .iter()
            .map(|here| format!("  {}", line(here)))
            .collect();
        shown(&lines);
    }
}

fn say_refused(looked: &Looked) {
    if looked.refused.is_empty() {
        return;
    }
    say!("\nThese keep it for now, with their stories:");
    for (here, denied) in looked.refused.iter().take(SHOWN_MAX) {
        say!("  {} {}: {}", output::bad(), line(here), denied.why);
        say!("      {}", denied.instead);
    }
    more(looked.refused.len());
}

fn say_near(looked: &Looked) {
    if looked.search.near.is_empty() {
        return;
    }
    say!(
        "\nNearly the same, and not touched; who is meant too is erased by what it is called there:"
    );
    let lines: Vec<String> = looked
        .search
        .near
        .iter()
        .map(|((host, named, why), count)| {
            let of = counted(*count, "document", "documents");
            format!("  {host}: {}, in {of}: {why}", in_words(named))
        })
        .collect();
    shown(&lines);
}

fn say_counts(tally: &Tally, head: &str) {
    let mut rows = vec![
        (tally.revisions, "earlier revisions of documents"),
        (tally.journal_lines, "lines of the journal"),
        (tally.exchanges, "exchanges with the accounting system"),
        (tally.findings_of_others, "findings of other documents"),
        (
            tally.forgotten,
            "remembered contacts and lists, which are asked for anew",
        ),
    ];
    let families: BTreeMap<&'static str, u64> = families(&tally.records);
    rows.extend(families.into_iter().map(|(name, count)| (count, name)));
    rows.retain(|(count, _)| *count > 0);
    if rows.is_empty() {
        return;
    }
    say!("\n{head}");
    for (count, what) in rows {
        say!("  {count:>8} {what}");
    }
}

fn say_files(files: &Files, told: Told) {
    let list = |paths: &[std::path::PathBuf]| {
        let lines: Vec<String> = paths
            .iter()
            .map(|path| format!("  {}", path.display()))
            .collect();
        shown(&lines);
    };
    if !files.ours.is_empty() {
        let verb = if told == Told::After {
            "were removed"
        } else {
            "would be removed"
        };
        say!("\nFiles that were made to be fetched and {verb}; they can be made anew:");
        list(&files.ours);
    }
    if !files.of_hosts.is_empty() {
        say!(
            "\n{} Files in the folders of products name the person, and others too: remove or change them by the product's \
             own rules. tieout needs nothing in done/ any more.",
            output::bad()
        );
        list(&files.of_hosts);
    }
    if !files.certificates.is_empty() {
        say!(
            "\n{} Rows of certificates name the person. They prove what both sides came to, and a changed one breaks the \
             chain: keep them as long as the law asks for the books, and remove the oldest when that is over.",
            output::bad()
        );
        list(&files.certificates);
    }
    for unread in &files.unread {
        say!("{} not searched: {unread}", output::bad());
    }
}

fn say_left(looked: &Looked, tally: &Tally) {
    for (family, count) in &tally.left {
        say!(
            "{} {} of `{family}` hold the words in a form that is not changed",
            output::bad(),
            counted(*count, "record", "records")
        );
    }
    if tally.mentions > 0 {
        say!(
            "\n{} The words of {} of others name the person; they stay, and their products can change them:",
            output::bad(),
            counted(tally.mentions, "document", "documents")
        );
        let lines: Vec<String> = tally
            .mentioned
            .iter()
            .map(|key| format!("  {key}"))
            .collect();
        shown(&lines);
    }
    for email in &looked.sign_in {
        say!(
            "{} {email} signs in here: `tieout person` decides about that, and what was done under it stays in the audit.",
            output::bad()
        );
    }
}

fn say_stays(looked: &Looked, told: Told) {
    say!("\nWhat stays:");
    say!(
        "  numbers, identifiers, dates, amounts, accounts, taxes and fingerprints: they are the books"
    );
    for (connection, count) in &looked.kept_by {
        say!(
            "  the copy that the books behind `{connection}` keep of {}: approved invoices stay there, as the law asks.",
            counted(*count, "document", "documents")
        );
    }
    if !looked.kept_by.is_empty() {
        say!(
            "    There, change the contact: another name, no e-mail, telephone and address; then archive it. Until then, what \
             is read from there anew can bring the name back: run the same command again."
        );
    }
    say!(
        "  backups: each holds what was there when it was made. Remove those, or erase again after a restore."
    );
    if told == Told::Before {
        say!(
            "  old segments of the store on disk: --apply writes the store anew and removes them."
        );
    } else {
        say!(
            "  snapshots of the file system or of the machine, where something makes them: they hold the old store."
        );
    }
    say!(
        "  what the product hands over changed, from now on: it comes back whole, until it is erased there too"
    );
}

/// Records in words, by what people know them as.
fn families(records: &BTreeMap<String, u64>) -> BTreeMap<&'static str, u64> {
    let mut all = BTreeMap::new();
    for (family, count) in records {
        let words = match family.as_str() {
            "exchange" => "addresses of calls",
            "notice" => "mails and events that were or are to be sent",
            "panel-contact" | "panel-document" | "panel-swept" | "panel-mirrored" => {
                "links and pins of records"
            }
            "unread" | "unreadable" | "passed-over" => "notes about files and rows",
            "host" => "notes of products",
            "api-reply" => "replies that programs were given",
            _ => "other records",
        };
        *all.entry(words).or_default() += *count;
    }
    all
}

fn shown(lines: &[String]) {
    for line in lines.iter().take(SHOWN_MAX) {
        say!("{line}");
    }
    more(lines.len());
}

fn more(count: usize) {
    if count > SHOWN_MAX {
        say!("  and {} more: --json has all of them", count - SHOWN_MAX);
    }
}

fn line(here: &Here) -> String {
    let roles: Vec<&str> = here.roles.iter().map(|role| role.words()).collect();
    format!(
        "{} ({}), {}",
        short(&here.number),
        here.key,
        roles.join(", ")
    )
}

fn in_words(named: &Named) -> String {
    let mut words = vec![format!("{} {}", named.role.words(), short(&named.name))];
    words.extend(named.email.as_deref().map(short));
    words.extend(named.ids.iter().map(|id| format!("identifier {id}")));
    words.join(", ")
}

fn as_json(looked: &Looked, tally: &Tally, files: &Files, told: Told) -> Value {
    let document = |here: &Here| {
        let roles: Vec<&str> = here.roles.iter().map(|role| role.words()).collect();
        json!({ "id": here.key.to_string(), "number": here.number, "as": roles })
    };
    let named = |host: &str, named: &Named, count: u64| {
        json!({ "host": host, "as": named.role.words(), "name": named.name, "email": named.email, "ids": named.ids,
            "documents": count })
    };
    let refused = looked.refused.iter().map(|(here, denied)| {
        let mut told = document(here);
        told["why"] = json!(denied.why);
        told["instead"] = json!(denied.instead);
        told
    });
    let near = looked.search.near.iter().map(|((host, who, why), count)| {
        let mut told = named(host.as_str(), who, *count);
        told["why"] = json!(why);
        told
    });
    let people = looked.search.people.iter();
    let people = people.map(|((host, who), count)| named(host.as_str(), who, *count));
    json!({
        "applied": told == Told::After,
        "several_people": looked.search.is_of_several(),
        "people": people.collect::<Vec<_>>(),
        "near": near.collect::<Vec<_>>(),
        "documents": looked.documents.iter().map(document).collect::<Vec<_>>(),
        "refused": refused.collect::<Vec<_>>(),
        "erased_before": looked.erased_before,
        "counts": {
            "documents": tally.documents.len(), "revisions": tally.revisions, "journal_lines": tally.journal_lines,
            "exchanges": tally.exchanges, "findings_of_others": tally.findings_of_others,
            "forgotten": tally.forgotten, "records": tally.records,
        },
        "left": { "records": tally.left, "documents_of_others": tally.mentions,
            "first_of_them": tally.mentioned.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "signs_in": looked.sign_in, "in_the_books": looked.kept_by },
        "files": { "removed": files.ours, "of_hosts": files.of_hosts, "certificates": files.certificates,
            "not_searched": files.unread },
    })
}
