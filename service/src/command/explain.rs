//! `tieout explain`: the whole story of a document, from the journal, and what of it lies in `failed/`.

use serde_json::json;
use tieout_core::advice::advise;
use tieout_core::document::DocumentKind;
use tieout_core::engine::{Binding, Entry, Event, Posted, SkipReason, State, companions_told};
use tieout_core::settings::Settings;
use tieout_core::store::Store;

use super::documents;
use super::failed::{self, FailedHere};
use crate::cli::{Cli, ExplainArgs};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, say};

/// Tells where the document stands and everything that happened to it.
pub(super) async fn run(cli: &Cli, args: &ExplainArgs, office: &Office) -> Result<Exit, Failure> {
    let named = &args.document;
    let bindings = documents::find(office.store.as_ref(), named).await?;
    let failed = failed::about(&office.loaded, named).await?;
    if bindings.is_empty() && failed.is_empty() {
        return Err(documents::unknown(named));
    }
    for binding in bindings {
        let story = story(office.store.as_ref(), &binding).await?;
        if cli.json {
            let findings = advise(&binding);
            output::json(&json!({ "binding": binding, "findings": findings, "story": story }));
        } else {
            let keys = [binding.key.document.clone()];
            let document = office.store.documents(&keys).await?.into_iter().flatten();
            let connection = office
                .loaded
                .config
                .connections
                .get(&binding.key.connection);
            let default = Settings::default();
            let settings = connection.map_or(&default, |connection| &connection.settings);
            let beside = companions_told(&binding, document.last().as_ref(), settings);
            print(&binding, &beside, &story);
        }
    }
    tell_failed(cli, &failed);
    Ok(Exit::Done)
}

/// What the host handed over of it that nobody could read: no document knows of that.
fn tell_failed(cli: &Cli, failed: &[FailedHere]) {
    if cli.json {
        for file in failed {
            output::json(&json!({ "failed": file }));
        }
        return;
    }
    for file in failed {
        say!("handed over by {} and not taken:", file.host);
        file.print("  ");
        say!("  Mend it and put it into outbox/ again, or take it out of failed/.");
    }
}

async fn story(store: &dyn Store, binding: &Binding) -> Result<Vec<Entry>, Failure> {
    let pages = store.journal(&binding.story).await?;
    let entries = pages.into_iter().flat_map(|page| page.entries);
    Ok(entries
        .filter(|entry| entry.binding.as_ref() == Some(&binding.key))
        .collect())
}

fn print(binding: &Binding, beside: &[(String, String)], story: &[Entry]) {
    let bold = output::bold();
    say!(
        "{bold}{}{bold:#}  {} on {}",
        output::short(&binding.number),
        binding.key.document,
        binding.key.connection
    );
    say!("  state     {}", output::state(&binding.state));
    if let State::Skipped {
        reason: SkipReason::KindNotSent,
    } = binding.state
        && let Some(setting) = sending(binding.key.document.kind)
    {
        say!("            `{setting}` in the settings of the connection sends it");
    }
    if let Some(posted) = &binding.posted {
        say!(
            "  provider  {} as {} ({})",
            posted.status,
            posted.number,
            posted.id
        );
        say!("  amounts   {}", amounts(binding.key.document.kind, posted));
    }
    if let Some(revision) = binding.again {
        say!(
            "  again     revision {revision} was handed over again and ignored: the provider holds it"
        );
    }
    for (what, standing) in beside {
        say!(
            "  beside    {}: {}",
            output::short(what),
            output::short(standing)
        );
    }
    let findings = advise(binding);
    for advice in &findings {
        output::finding(&advice.finding, "  ");
    }
    output::actions(findings.iter().flat_map(|it| &it.actions), "      ");
    say!("  story");
    for entry in story {
        say!(
            "    {}  {}",
            entry.at.format("%Y-%m-%d %H:%M:%S"),
            words(&entry.event)
        );
    }
    say!("");
}

/// What it comes to, and what of that is settled. An order asks for no money.
fn amounts(kind: DocumentKind, posted: &Posted) -> String {
    let settlement = &posted.settlement;
    let currency = settlement.currency;
    let money = |amount| output::money(amount, currency);
    let total = money(posted.totals.gross);
    match kind {
        DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::Bill => format!(
            "total {total}, paid {}, credited {}, due {}",
            money(settlement.amount_paid),
            money(settlement.amount_credited),
            money(settlement.amount_due),
        ),
        DocumentKind::PurchaseOrder => format!("total {total}"),
    }
}

/// The setting under which a kind of document travels; none for what always does.
fn sending(kind: DocumentKind) -> Option<&'static str> {
    match kind {
        DocumentKind::Invoice => None,
        DocumentKind::CreditNote => Some("credit_notes = true"),
        DocumentKind::Bill => Some("bills = true"),
        DocumentKind::PurchaseOrder => Some("method = \"tracked\""),
    }
}

/// What happened, as a sentence without its full stop.
fn words(event: &Event) -> String {
    match event {
        Event::HostChanged { revision } => format!("the host told of revision {revision}"),
        Event::Planned { op: Some(op), why } => format!("planned to {} it: {why}", op.as_str()),
        Event::Planned { op: None, why } => format!("planned nothing: {why}"),
        Event::Held { findings } => {
            let rules: Vec<String> = findings.iter().map(ToString::to_string).collect();
            format!("held: {}", rules.join("; "))
        }
        Event::Departed { op, flight } => format!("left to {} it, in flight {flight}", op.as_str()),
        Event::Landed { op, provider_id } => {
            format!("the provider did {} it: {provider_id}", op.as_str())
        }
        Event::Refused { finding } => format!("refused: {}", finding.message),
        Event::InDoubt { why } => format!("in doubt: {why}"),
        Event::Resolved { why } => format!("the doubt is settled: {why}"),
        Event::PutBack { why } => format!("put back: {why}"),
        Event::ProviderChanged { what } => format!("changed at the provider: {what}"),
        Event::Delivered { what, .. } => format!("told the host: {what}"),
        Event::DeliveryRefused { finding } => format!("the host refused: {}", finding.message),
        Event::Adopted {
            provider_id,
            number,
            mark,
            by,
            differences,
        } => {
            let by_whom = by
                .as_ref()
                .map_or_else(String::new, |by| format!(" by {by}"));
            let as_it_is = if differences.is_empty() {
                "the same in every field".to_owned()
            } else {
                format!("where it differs: {}", differences.join("; "))
            };
            format!(
                "adopted{by_whom}: the provider held it as {number} ({provider_id}), recognised by {}, {as_it_is}",
                mark.as_str()
            )
        }
        Event::Ignored { why } => format!("ignored: {why}"),
        Event::Companion {
            what,
            happened,
            finding: Some(finding),
        } => format!("{what}: {happened}: {}", finding.message),
        Event::Companion {
            what,
            happened,
            finding: None,
        } => format!("{what}: {happened}"),
        Event::Operator { action } => action.clone(),
        Event::RecordUnreadable { finding } => finding.message.clone(),
    }
}
