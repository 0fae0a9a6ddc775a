//! `tieout replay`: a document once more against a local Xero of its own, and where that comes out otherwise.

use std::collections::BTreeSet;

use serde_json::json;
use tieout_core::driver::{old_revisions, remembered_chart, remembered_contact};
use tieout_core::engine::{Binding, Event};
use tieout_core::mapping::contact_wanted;
use tieout_core::provider::{Chart, ContactAnswer};
use tieout_core::store::Store;

use super::documents;
use crate::cli::{Cli, ReplayArgs};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, counted, say, short};
use crate::replay::{Compared, Outcome, Replayed, Script, Side, compare, run as replayed, script};
use crate::story::{Masking, entries, said};

/// What is told of a replay.
struct Report {
    script: Script,
    notes: Vec<String>,
    compared: Vec<Compared>,
    outcomes: (Outcome, Option<Outcome>),
    troubles: Vec<String>,
}

/// Runs the document again and compares. Nothing is stored, and nothing leaves the machine.
pub(super) async fn run(cli: &Cli, args: &ReplayArgs, office: &Office) -> Result<Exit, Failure> {
    let store: &dyn Store = office.store.as_ref();
    let binding = documents::one(store, &args.document).await?;
    let connection = &binding.key.connection;
    let Some(config) = office.loaded.config.connections.get(connection) else {
        return Err(lacking(
            &binding,
            &format!(
                "the configuration has no connection `{connection}`, whose settings it went by"
            ),
        ));
    };
    whole(&binding)?;
    let settings = &config.settings;
    let keys = [binding.key.document.clone()];
    let document = store.documents(&keys).await?.into_iter().flatten().next();
    let Some(document) = document else {
        return Err(lacking(&binding, "the store has no document for it"));
    };
    let Some(chart) = remembered_chart(store, connection).await? else {
        return Err(lacking(
            &binding,
            &format!(
                "the chart of `{connection}` was never read: accounts, tax rates, tracking, currencies"
            ),
        ));
    };
    let wanted = contact_wanted(&binding.key.document.host, &document, settings).ok();
    let contact = match &wanted {
        Some(wanted) => remembered_contact(store, connection, wanted).await?,
        None => None,
    };
    let story = entries(store, &binding).await?;
    let sent = said(store, &binding, Some(&document), settings, &story).await?;
    let old = old_revisions(store, &binding.key.document).await?;
    let script = script(&binding, &story, old, document.clone());
    let known = contact.as_ref().map(|contact| &contact.answer);
    let named = wanted.as_ref().map(|wanted| wanted.name.as_str());
    let basis = (&chart, named.zip(known));
    let done = replayed(&binding.key, &document, settings, basis, &script).await?;
    let masking = if args.unmasked {
        Masking::Open
    } else {
        Masking::Masked
    };
    let Replayed {
        said: asked,
        binding: again,
        troubles,
    } = done;
    let report = Report {
        compared: compare(&sent, &asked, &identifiers(&chart, known), masking),
        outcomes: (Outcome::of(&binding), again.as_ref().map(Outcome::of)),
        notes: notes(&binding, &story, &chart),
        script,
        troubles,
    };
    if cli.json {
        report.print_json(&binding);
    } else {
        report.print(&binding);
    }
    Ok(if report.is_same() {
        Exit::Done
    } else {
        Exit::NeedsSomebody
    })
}

fn lacking(binding: &Binding, what: &str) -> Failure {
    Failure::new(format!(
        "{} cannot be replayed: {what}",
        short(&binding.number)
    ))
    .advise("`tieout explain` shows what is kept of it.")
}

/// What both sides name alike: the chart's own identifiers, and the contact that stood there before.
fn identifiers(chart: &Chart, contact: Option<&ContactAnswer>) -> BTreeSet<String> {
    let themes = chart
        .branding_themes
        .iter()
        .flatten()
        .map(|it| it.id.clone());
    let tracking = chart.tracking.iter().flat_map(|category| {
        let options = category.options.iter().map(|option| option.id.clone());
        options.chain([category.id.clone()])
    });
    let contact = contact.and_then(|answer| match answer {
        ContactAnswer::Found { id, by } if *by != tieout_core::provider::MatchedBy::Created => {
            Some(id.to_string())
        }
        ContactAnswer::Found { .. }
        | ContactAnswer::Archived { .. }
        | ContactAnswer::Ambiguous { .. }
        | ContactAnswer::Missing { .. }
        | ContactAnswer::Refused { .. } => None,
    });
    themes.chain(tracking).chain(contact).collect()
}

/// What a reader must know to judge a difference.
fn notes(binding: &Binding, story: &[tieout_core::engine::Entry], chart: &Chart) -> Vec<String> {
    let mut notes = vec![format!(
        "the settings are those of now, the chart is that of {}, and no period is locked",
        chart.as_of.format("%Y-%m-%d %H:%M:%S")
    )];
    if story
        .iter()
        .any(|it| matches!(it.event, Event::Adopted { .. }))
    {
        notes.push(
            "it stood at the provider and was adopted: the sandbox does not have it, so the replay creates it"
                .to_owned(),
        );
    }
    if story
        .iter()
        .any(|it| matches!(it.event, Event::Operator { .. }))
    {
        notes.push("somebody acted on it: what people did is not done again".to_owned());
    }
    if !binding.companions.is_empty() {
        notes.push("what goes out beside it (payments, files, notes) is not done again".to_owned());
    }
    notes
}

impl Report {
    fn same_requests(&self) -> bool {
        let mut all = self.compared.iter();
        all.all(|it| it.side == Side::Both && it.differences.is_empty())
    }

    fn same_outcome(&self) -> bool {
        Some(&self.outcomes.0) == self.outcomes.1.as_ref()
    }

    /// Whether it came out as it was sent, as far as anything is kept to compare with.
    fn is_same(&self) -> bool {
        self.same_requests()
            && self.same_outcome()
            && self.script.missing.is_empty()
            && self.troubles.is_empty()
    }

    fn print_json(&self, binding: &Binding) {
        output::json(&json!({
            "binding": binding.key,
            "number": binding.number,
            "revisions": self.script.revisions,
            "missing": self.script.missing,
            "notes": self.notes,
            "troubles": self.troubles,
            "requests": self.compared,
            "outcome": { "sent": self.outcomes.0, "replayed": self.outcomes.1 },
            "same": self.is_same(),
        }));
    }

    fn print(&self, binding: &Binding) {
        let bold = output::bold();
        say!(
            "{bold}{}{bold:#}  {}, again in a local Xero of its own",
            short(&binding.number),
            binding.key
        );
        let revisions: Vec<String> = self
            .script
            .revisions
            .iter()
            .map(ToString::to_string)
            .collect();
        match self.script.steps.len() {
            // No host tells of a summary.
            0 => say!(
                "  made of its members as they are now, as revision {}",
                revisions.join(", ")
            ),
            steps => say!(
                "  host told revisions {} in {}",
                revisions.join(", "),
                counted(steps, "step", "steps")
            ),
        }
        for note in &self.notes {
            say!("  note: {note}");
        }
        for missing in &self.script.missing {
            say!("  {} {missing}", output::bad());
        }
        for trouble in &self.troubles {
            say!("  {} {trouble}", output::bad());
        }
        for compared in &self.compared {
            one(compared);
        }
        if self.compared.is_empty() {
            say!(
                "  {} neither side asks anything of the provider",
                output::ok()
            );
        }
        self.print_outcome();
    }

    fn print_outcome(&self) {
        let (was, is) = &self.outcomes;
        let words = |outcome: &Outcome| {
            let status = outcome.status.as_deref().unwrap_or("not at the provider");
            let number = outcome.number.as_deref().unwrap_or("-");
            let gross = outcome.gross.map_or("-".to_owned(), |it| it.to_string());
            format!(
                "{}, {status}, number {}, total {gross}",
                outcome.state,
                short(number)
            )
        };
        let replayed = is.as_ref().map_or("nothing".to_owned(), words);
        if self.same_outcome() {
            say!("  {} it comes to the same: {}", output::ok(), words(was));
        } else {
            say!("  {} it came to  {}", output::bad(), words(was));
            say!("    and now to  {replayed}");
        }
    }
}

fn one(compared: &Compared) {
    let request = &compared.request;
    match compared.side {
        Side::Both if compared.differences.is_empty() => {
            say!("  {} {request}: the same request", output::ok());
        }
        Side::Both => {
            let count = counted(compared.differences.len(), "field", "fields");
            say!("  {} {request}: {count} otherwise", output::bad());
            for it in &compared.differences {
                let side = |text: &Option<String>| text.as_deref().map_or("-".to_owned(), short);
                say!(
                    "      {}: sent {}, now {}",
                    it.field,
                    side(&it.before),
                    side(&it.after)
                );
            }
        }
        Side::BodyGone => say!(
            "  {} {request}: what was sent is not kept, or kept no longer (`exchanges_keep_days` under [journal])",
            output::bad()
        ),
        Side::OnlySent => say!(
            "  {} {request}: was sent, and is not asked now",
            output::bad()
        ),
        Side::OnlyReplayed => {
            say!(
                "  {} {request}: is asked now, and no such request is kept",
                output::bad()
            );
        }
    }
}

/// Fails for a document of which something was erased: what is left is not what was sent.
fn whole(binding: &Binding) -> Result<(), Failure> {
    let Some(erased) = &binding.erased else {
        return Ok(());
    };
    let day = erased.at.date_naive();
    let why =
        format!("a person's data was erased from it on {day}: what is left is not what was sent");
    Err(lacking(binding, &why))
}
