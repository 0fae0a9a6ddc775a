//! How a document of a plan is shown: one block, with what changes in it.

use std::collections::BTreeMap;

use tieout_core::driver::{Preview, Verdict};

use crate::cli::PlanArgs;
use crate::output::{self, counted, say};

/// Skipped documents by the reason, shown as sums.
#[derive(Debug, Default)]
pub(crate) struct Skipped(BTreeMap<String, usize>);

/// Reasons that are kept apart; people's own words for each document could be many.
const REASONS_MAX: usize = 50;

impl Skipped {
    pub(super) fn add(&mut self, preview: &Preview) {
        let is_room = self.0.len() < REASONS_MAX || self.0.contains_key(&preview.why);
        let why = match is_room {
            true => preview.why.clone(),
            false => "other reasons".to_owned(),
        };
        *self.0.entry(why).or_default() += 1;
    }

    /// How many there are by their reasons.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.iter().map(|(why, count)| (why.as_str(), *count))
    }

    pub(super) fn print(&self) {
        for (why, count) in &self.0 {
            say!(
                "skipped: {}: {why}",
                counted(*count, "document", "documents")
            );
        }
    }
}

/// Prints the block of a document, unless nothing is done about it and nobody wants to see those.
pub(super) fn document(preview: &Preview, args: &PlanArgs) {
    let is_asked = args.all || args.document.is_some();
    let is_quiet = match preview.verdict {
        Verdict::Skipped | Verdict::LeftAlone => true,
        Verdict::Create
        | Verdict::Update
        | Verdict::Void
        | Verdict::Beside
        | Verdict::Held
        | Verdict::InDoubt => false,
    };
    if is_quiet && !is_asked {
        return;
    }
    head(preview);
    if preview.verdict != Verdict::Held {
        say!("    {}", preview.why);
    }
    for finding in &preview.findings {
        output::finding(finding, "    ");
    }
    if let Some(intention) = &preview.intention {
        for option in &intention.makes_options {
            say!(
                "    makes the tracking option {}",
                output::short(&option.name)
            );
        }
        if let Some(from) = &intention.leaves {
            say!("    leaves {from} first");
        }
    }
    for note in &preview.notes {
        say!("    {note}");
    }
    changes(preview);
    if args.fields || args.document.is_some() {
        fields(preview);
    }
    for what in &preview.beside {
        say!("    beside: {what}");
    }
}

fn head(preview: &Preview) {
    let word = match preview.verdict {
        Verdict::Create => "+ create",
        Verdict::Update => "~ update",
        Verdict::Void => "- void",
        Verdict::Beside => "+ beside",
        Verdict::Held => "! held",
        Verdict::Skipped => "  skip",
        Verdict::LeftAlone => "  leave",
        Verdict::InDoubt => "? in doubt",
    };
    let new = if preview.creates_contact {
        " (new)"
    } else {
        ""
    };
    let total = preview.gross.zip(preview.currency);
    let total = total.map(|(gross, currency)| output::money(gross, currency));
    let parts = [
        Some(output::short(&preview.number)),
        Some(preview.binding.document.to_string()),
        Some(format!("on {}", preview.binding.connection)),
        Some(format!("{}{new}", output::short(&preview.contact))).filter(|it| !it.is_empty()),
        total,
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    say!("{word}  {}", parts.join("  "));
}

/// Field by field, as it is and as it will be.
fn changes(preview: &Preview) {
    if preview.verdict == Verdict::Void
        && let Some(intention) = &preview.intention
    {
        let told = ["number", "status", "date", "gross", "paid"];
        let held = intention.held.iter();
        let held = held.filter(|(field, _)| told.contains(&field.as_str()));
        let held: Vec<String> = held
            .map(|(field, value)| format!("{field} {value}"))
            .collect();
        if !held.is_empty() {
            say!("    goes: {}", held.join(", "));
        }
    }
    if preview.verdict != Verdict::Update {
        return;
    }
    let Some(changes) = &preview.changes else {
        say!("    what the books hold was not read: its fields are not compared");
        return;
    };
    if changes.is_empty() {
        say!("    no field that the books tell is different");
    }
    for change in changes {
        say!(
            "    {}: `{}` becomes `{}`",
            change.field,
            output::short(&change.provider),
            output::short(&change.host)
        );
    }
}

fn fields(preview: &Preview) {
    let Some(intention) = &preview.intention else {
        return;
    };
    for (field, value) in &intention.fields {
        say!("      {field}: {}", output::short(value));
    }
}
