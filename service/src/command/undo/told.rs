//! How an undo is told: what it would come to, what it costs, and how each document ended.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tieout_core::driver::{Summary, UndoCost, Undoable};
use tieout_core::engine::{Binding, BindingKey, Denied, Inverse, UndoProgress};

use super::named::Named;
use crate::browse::{NoteForm, note_in_words};
use crate::cli::Cli;
use crate::output::{self, counted, say};

/// How a document ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Undone,
    Underway,
    Refused,
    Nothing,
}

impl Ended {
    fn as_str(self) -> &'static str {
        match self {
            Self::Undone => "undone",
            Self::Underway => "underway",
            Self::Refused => "refused",
            Self::Nothing => "nothing",
        }
    }
}

/// Who goes on with what is not at its end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Server {
    /// A process serves and goes on.
    Serves,
    /// Nobody, until somebody runs something.
    Absent,
}

/// How many documents came to what.
#[derive(Default)]
struct Tally {
    possible: usize,
    nothing: usize,
    refused: usize,
    done: usize,
    underway: usize,
}

pub(super) fn cost_of_looking(cli: &Cli, documents: usize, costs: &[UndoCost]) {
    let calls: usize = costs.iter().map(|cost| cost.calls_min).sum();
    if !cli.json && calls > 0 {
        say!(
            "looking at {}: {}, and some for the lock dates where they are not known",
            counted(documents, "document", "documents"),
            counted(calls, "call", "calls")
        );
    }
}

pub(super) fn cost_of_doing(cli: &Cli, costs: &[UndoCost]) {
    let calls: usize = costs.iter().map(|cost| cost.calls_min).sum();
    if !cli.json && calls > 0 {
        say!("undoing them: {}", counted(calls, "call", "calls"));
    }
}

/// What undoing would come to, document by document.
pub(super) fn preview(cli: &Cli, rows: &[Undoable], named: &Named, costs: &[UndoCost]) {
    let mut tally = Tally::default();
    for row in rows {
        tally.count(&row.inverse);
        let notes = named.notes(row);
        if cli.json {
            output::json(&json!({ "document": row_json(row, &notes) }));
        } else {
            print(row, &notes);
        }
    }
    let calls: usize = costs.iter().map(|cost| cost.calls_min).sum();
    if cli.json {
        output::json(&json!({ "undo": {
            "applied": false, "possible": tally.possible, "underway": tally.underway, "nothing": tally.nothing,
            "refused": tally.refused, "calls_min": calls,
        }}));
        return;
    }
    tally.say();
    if tally.possible + tally.underway > 0 {
        say!(
            "Nothing was done. With --apply it is, in {} or a few more.",
            counted(calls, "call", "calls")
        );
    } else {
        say!("Nothing was done.");
    }
}

/// How each document ended. Gives whether something is left to somebody or to the next run.
pub(super) fn outcome(
    cli: &Cli,
    rows: &[Undoable],
    now: &[Binding],
    named: &Named,
    (summary, server): (&Summary, Server),
) -> bool {
    let now: BTreeMap<&BindingKey, &Binding> = now.iter().map(|it| (&it.key, it)).collect();
    let mut tally = Tally::default();
    for row in rows {
        let binding = now.get(&row.binding.key).copied().unwrap_or(&row.binding);
        let ended = ended(row, binding);
        match ended {
            Ended::Nothing => tally.nothing += 1,
            Ended::Undone => tally.done += 1,
            Ended::Underway => tally.underway += 1,
            Ended::Refused => tally.refused += 1,
        }
        let notes = named.notes(row);
        if cli.json {
            let mut told = row_json(row, &notes);
            told["outcome"] = json!(ended.as_str());
            told["state"] = json!(binding.state.name());
            let findings: Vec<_> = binding.findings().collect();
            told["findings"] = json!(findings);
            output::json(&json!({ "document": told }));
        } else {
            print_ended(row, binding, ended, &notes);
        }
    }
    if cli.json {
        let troubles: Vec<_> = summary
            .troubles
            .iter()
            .map(|trouble| json!({ "site": trouble.site, "message": trouble.message }))
            .collect();
        output::json(&json!({ "undo": {
            "applied": true, "done": tally.done, "nothing": tally.nothing, "refused": tally.refused,
            "underway": tally.underway, "troubles": troubles,
        }}));
    } else {
        for trouble in &summary.troubles {
            say!("{} {}: {}", output::bad(), trouble.site, trouble.message);
        }
        tally.say();
        if tally.underway > 0 {
            say!(
                "{}",
                match server {
                    Server::Serves =>
                        "What is under way goes on by itself: `tieout status` and `tieout explain` tell of it.",
                    Server::Absent =>
                        "What is under way goes on with this command again, with the next `tieout sync --once` or with `tieout serve`.",
                }
            );
        }
    }
    tally.refused + tally.underway > 0
}

pub(super) fn cancelled(cli: &Cli, stay: &[Binding], denied: &[(BindingKey, Denied)]) {
    if cli.json {
        let stay: Vec<_> = stay.iter().map(|binding| &binding.key).collect();
        let denied: Vec<_> = denied
            .iter()
            .map(|(key, denied)| json!({ "binding": key, "why": denied.why, "instead": denied.instead }))
            .collect();
        output::json(&json!({ "stay": stay, "denied": denied }));
        return;
    }
    for binding in stay {
        let number = output::short(&binding.number);
        say!("{} {number} ({}) stays", output::ok(), binding.key);
    }
    for (key, denied) in denied {
        say!(
            "{} {key}: {}. {}",
            output::bad(),
            denied.why,
            denied.instead
        );
    }
}

impl Tally {
    fn count(&mut self, inverse: &Inverse) {
        match inverse {
            Inverse::Delete | Inverse::Void { .. } | Inverse::CreditNote(_) | Inverse::KeepOut => {
                self.possible += 1;
            }
            Inverse::Underway => self.underway += 1,
            Inverse::Nothing(_) => self.nothing += 1,
            Inverse::Refused(_) => self.refused += 1,
        }
    }

    fn say(&self) {
        let words: Vec<String> = [
            (self.possible, "to be undone"),
            (self.done, "undone"),
            (self.underway, "under way"),
            (self.nothing, "with nothing to undo"),
            (self.refused, "refused"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
        match words.is_empty() {
            true => say!("There is no document in it."),
            false => say!("\n{}.", words.join(", ")),
        }
    }
}

/// Where a document stands after the command.
fn ended(row: &Undoable, binding: &Binding) -> Ended {
    let posted = binding.posted.as_ref();
    let is_out = binding.is_out_by_note() || posted.is_none_or(|posted| !posted.status.is_live());
    match (&row.inverse, binding.undo_progress()) {
        (Inverse::Nothing(_), _) => Ended::Nothing,
        (Inverse::Refused(_), _) => Ended::Refused,
        (
            Inverse::Delete
            | Inverse::Void { .. }
            | Inverse::CreditNote(_)
            | Inverse::KeepOut
            | Inverse::Underway,
            _,
        ) if is_out => Ended::Undone,
        (_, Some(UndoProgress::Underway)) => Ended::Underway,
        (_, Some(UndoProgress::Stuck | UndoProgress::Done) | None) => Ended::Refused,
    }
}

fn print(row: &Undoable, notes: &[String]) {
    let head = head(&row.binding);
    match &row.inverse {
        Inverse::Delete => say!("{head}: delete"),
        Inverse::Void { take_back } => {
            say!("{head}: void");
            for payment in take_back {
                let amount = output::money(payment.amount, payment.currency);
                say!(
                    "    takes back first the payment of {}: {amount} ({})",
                    payment.date,
                    payment.id
                );
            }
        }
        Inverse::CreditNote(note) => {
            let (what, lines) = note_in_words(note);
            say!("{head}: {what}");
            for line in lines {
                say!("    {line}");
            }
        }
        Inverse::KeepOut => {
            say!("{head}: it is out of the books there already; it is kept from being sent again");
        }
        Inverse::Underway => {
            say!("{head}: under way since an earlier command; a request is in the air or in doubt");
        }
        Inverse::Nothing(why) => say!("{head}: nothing to undo: {why}"),
        Inverse::Refused(finding) => {
            say!("{head}: not as it stands");
            output::finding(finding, "    ");
        }
    }
    for note in notes {
        say!("    note: {note}");
    }
}

fn print_ended(row: &Undoable, binding: &Binding, ended: Ended, notes: &[String]) {
    if matches!(row.inverse, Inverse::Nothing(_) | Inverse::Refused(_)) {
        print(row, notes);
        return;
    }
    let head = head(binding);
    let state = output::state(&binding.state);
    let status = binding
        .posted
        .as_ref()
        .map_or_else(String::new, |it| it.status.to_string());
    match ended {
        Ended::Undone if binding.is_out_by_note() => {
            let note = binding.note_number().unwrap_or("of ours");
            say!(
                "{} {head}: reversed by credit note {note}; {state}",
                output::ok()
            );
        }
        Ended::Undone => say!("{} {head}: {status}; {state}", output::ok()),
        Ended::Underway => say!("{head}: under way: {state}"),
        Ended::Refused | Ended::Nothing => {
            say!("{} {head}: {state}", output::bad());
            for finding in binding.findings() {
                output::finding(finding, "    ");
            }
        }
    }
    for note in notes {
        say!("    note: {note}");
    }
}

fn head(binding: &Binding) -> String {
    let held = binding.posted.as_ref().map_or_else(String::new, |posted| {
        format!(", {} as {}", posted.status, output::short(&posted.number))
    });
    format!("{} ({}){held}", output::short(&binding.number), binding.key)
}

fn row_json(row: &Undoable, notes: &[String]) -> Value {
    let binding = &row.binding;
    let provider = binding
        .posted
        .as_ref()
        .map(|it| json!({ "id": it.id, "number": it.number, "status": it.status }));
    let mut told = json!({
        "binding": binding.key, "number": binding.number, "provider": provider,
        "inverse": row.inverse.as_str(), "notes": notes,
    });
    match &row.inverse {
        Inverse::Void { take_back } => told["take_back"] = json!(take_back),
        Inverse::CreditNote(note) => told["note"] = json!(NoteForm::of(note)),
        Inverse::Nothing(why) => told["why"] = json!(why),
        Inverse::Refused(finding) => told["finding"] = json!(finding),
        Inverse::Delete | Inverse::KeepOut | Inverse::Underway => {}
    }
    told
}
