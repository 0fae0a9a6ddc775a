//! `tieout adopt`: what of the documents that were never sent is at the provider already, and what becomes of it.

use std::io::IsTerminal;

use comfy_table::Table;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use tieout_core::document::ConnectionId;
use tieout_core::driver::{Choice, Outcome, Survey, Surveyed};
use tieout_core::engine::{Binding, Manner, State};
use tieout_core::provider::Candidate;
use tokio_util::sync::CancellationToken;

use super::{act, documents};
use crate::cli::{AdoptArgs, Cli};
use crate::exit::{Exit, Failure};
use crate::office::{Office, Staff};
use crate::output::{self, complain, say};
use crate::stop::{self, Work};

/// Lots between two lines about the progress in a pipe.
const LOTS_PER_LINE: usize = 10;

/// Shows or binds what is there already. Hosts are read first; nothing is sent.
pub(super) async fn run(cli: &Cli, args: &AdoptArgs, office: &mut Office) -> Result<Exit, Failure> {
    let staff = office.staff().await?;
    let work = adopt(cli, args, office, &staff);
    let done = staff.patiently(cli.json, work).await;
    office.dismiss(&staff).await;
    done
}

async fn adopt(
    cli: &Cli,
    args: &AdoptArgs,
    office: &Office,
    staff: &Staff,
) -> Result<Exit, Failure> {
    // In another process a signal is that process's own; a caller that goes away ends this where it stands.
    let stop = if office.is_lent() {
        CancellationToken::new()
    } else {
        stop::on_signals(Work::Books, cli.json)
    };
    for host in staff.world.hosts.values() {
        while !stop.is_cancelled() && staff.world.take_page(host).await?.more {}
    }
    match &args.document {
        Some(document) => one(cli, args, document, office, staff).await,
        None => all(cli, args, (&office.by, staff), &stop).await,
    }
}

/// Binds one document, or tells it apart from what was found.
async fn one(
    cli: &Cli,
    args: &AdoptArgs,
    document: &str,
    office: &Office,
    staff: &Staff,
) -> Result<Exit, Failure> {
    let binding = documents::one(office.store.as_ref(), document).await?;
    let denied = |denied| act::not_done(&binding, denied);
    let by = office.by.as_str();
    if args.none {
        let told = staff.world.tell_apart(&binding, by).await?;
        let (now, others) = told.map_err(denied)?;
        let words = format!("is none of the {others} found: the next run sends it beside them.");
        act::tell(cli, &now, &words);
        return Ok(Exit::Done);
    }
    let choice = args.named.as_deref().map_or(Choice::Found, Choice::Named);
    let manner = if args.overwrite {
        Manner::Overwrite
    } else {
        Manner::AsItIs
    };
    let bound = staff.world.adopt(&binding, choice, (manner, by)).await?;
    let now = bound.map_err(denied)?;
    act::tell(cli, &now, &words(&now));
    if !cli.json {
        for finding in now.state.findings() {
            output::finding(finding, "  ");
        }
    }
    Ok(Exit::Done)
}

fn words(binding: &Binding) -> String {
    let held = binding.posted.as_ref().map_or_else(String::new, |posted| {
        format!("{} ({})", posted.number, posted.id)
    });
    match &binding.state {
        State::Posted => format!("is bound to {held}: both sides are the same."),
        State::Waiting { .. } => {
            format!("is bound to {held}: the next run makes it equal to the host's.")
        }
        State::Held { .. }
        | State::Skipped { .. }
        | State::Ready { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Rejected { .. }
        | State::Voided
        | State::Removed { .. }
        | State::Detached => format!("is bound to {held} as it is there:"),
    }
}

/// What the documents of a survey came to.
#[derive(Default)]
struct Tally {
    same: usize,
    differ: usize,
    several: usize,
    taken: usize,
    nothing: usize,
    bound: usize,
}

/// Looks for everything that was never sent.
async fn all(
    cli: &Cli,
    args: &AdoptArgs,
    (by, staff): (&str, &Staff),
    stop: &CancellationToken,
) -> Result<Exit, Failure> {
    let connection = args.connection.as_deref().map(|name| wanted(name, staff));
    let connection = connection.transpose()?;
    let survey = staff.world.survey(connection.as_ref()).await?;
    let documents: usize = survey.lots.iter().map(|lot| lot.documents()).sum();
    if !cli.json {
        announce(documents, &survey);
    }
    let cost = survey.cost;
    let unfit: Vec<Value> = survey
        .unfit
        .iter()
        .map(|(binding, findings)| json!({ "binding": binding.key, "findings": findings }))
        .collect();
    let mut tally = Tally::default();
    let mut table = output::table(&["document", "number", "provider's", "by", "outcome"]);
    let looked = look(
        cli,
        args,
        (by, staff),
        survey,
        stop,
        (&mut tally, &mut table),
    )
    .await;
    if cli.json {
        output::json(&json!({ "summary": {
            "documents": documents, "cost": cost, "same": tally.same, "differ": tally.differ, "several": tally.several,
            "taken": tally.taken, "nothing": tally.nothing, "bound": tally.bound, "unfit": unfit,
        }}));
    } else {
        if !table.is_empty() {
            say!("{table}");
        }
        summary(args, &tally, unfit.len());
    }
    looked?;
    if stop.is_cancelled() {
        return Ok(Exit::Stopped);
    }
    if !staff.unconnected.is_empty() && documents == 0 && tally.same == 0 {
        let names: Vec<&str> = staff.unconnected.iter().map(ConnectionId::as_str).collect();
        return Err(Failure::new(format!("not connected: {}", names.join(", ")))
            .advise("Run `tieout connect` for each."));
    }
    Ok(if tally.differ + tally.several + tally.taken > 0 {
        Exit::NeedsSomebody
    } else {
        Exit::Done
    })
}

/// Works off the lots, and binds what is the same where that is wanted.
async fn look(
    cli: &Cli,
    args: &AdoptArgs,
    (by, staff): (&str, &Staff),
    survey: Survey,
    stop: &CancellationToken,
    (tally, table): (&mut Tally, &mut Table),
) -> Result<(), Failure> {
    let lots = survey.lots.len();
    let bar = bar(cli, lots);
    let mut seen = 0;
    for (at, lot) in survey.lots.into_iter().enumerate() {
        if stop.is_cancelled() {
            break;
        }
        for surveyed in staff.world.look_for(lot).await? {
            seen += 1;
            let bound = match (args.apply, &surveyed.outcome) {
                (true, Outcome::Same(_)) => staff.world.bind_same(&surveyed, by).await?.is_ok(),
                _ => false,
            };
            tally.count(&surveyed.outcome, bound);
            if cli.json {
                output::json(&row_json(&surveyed, bound));
            } else {
                table.add_row(row(&surveyed, bound));
            }
        }
        match &bar {
            Some(bar) => bar.inc(1),
            None if !cli.json && (at + 1) % LOTS_PER_LINE == 0 => {
                complain(format_args!("looked for {seen}, {} of {lots} lots", at + 1));
            }
            None => {}
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(())
}

fn wanted(name: &str, staff: &Staff) -> Result<ConnectionId, Failure> {
    let known = |id: &ConnectionId| staff.world.connections.contains_key(id);
    match ConnectionId::new(name) {
        Ok(id) if known(&id) => Ok(id),
        Ok(id) if staff.unconnected.contains(&id) => {
            Err(Failure::new(format!("nobody has connected `{name}` yet"))
                .advise(format!("Run `tieout connect {name}`.")))
        }
        _ => {
            let names: Vec<&str> = staff
                .world
                .connections
                .keys()
                .map(ConnectionId::as_str)
                .collect();
            Err(
                Failure::config(format!("no connection `{}`", output::short(name)))
                    .advise(format!("Known: {}.", names.join(", "))),
            )
        }
    }
}

fn announce(documents: usize, survey: &Survey) {
    if documents == 0 {
        return;
    }
    let calls = match (survey.cost.calls_min, survey.cost.calls_usual_max) {
        (1, 1) => "1 call".to_owned(),
        (min, max) if min == max => format!("{min} calls"),
        (min, max) => format!("{min} to {max} calls"),
    };
    complain(format_args!(
        "looking for {documents} documents: {calls}, and one more for each further thousand documents of the same parties and days"
    ));
}

fn bar(cli: &Cli, lots: usize) -> Option<ProgressBar> {
    let shown = !cli.json && std::io::stderr().is_terminal();
    shown.then(|| ProgressBar::new(u64::try_from(lots).unwrap_or(u64::MAX)))
}

impl Tally {
    fn count(&mut self, outcome: &Outcome, bound: bool) {
        match outcome {
            Outcome::Nothing => self.nothing += 1,
            Outcome::Same(_) => self.same += 1,
            Outcome::Differs(..) => self.differ += 1,
            Outcome::Several(_) => self.several += 1,
            Outcome::Taken(..) => self.taken += 1,
        }
        self.bound += usize::from(bound);
    }
}

fn summary(args: &AdoptArgs, tally: &Tally, unfit: usize) {
    let words: Vec<String> = [
        (tally.same, "the same"),
        (tally.differ, "differ"),
        (tally.several, "with several candidates"),
        (tally.taken, "taken by another document"),
        (tally.nothing, "not there"),
        (unfit, "not comparable (`tieout plan` says why)"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    if words.is_empty() {
        say!("Nothing waits that was never sent.");
        return;
    }
    say!("\nLooked for: {}.", words.join(", "));
    match (args.apply, tally.same) {
        (true, _) => say!("{} {} bound. Nothing was sent.", output::ok(), tally.bound),
        (false, 0) => say!("Nothing was bound, nothing was sent."),
        (false, _) => say!(
            "Nothing was bound, nothing was sent. `tieout adopt --apply` binds what is the same."
        ),
    }
    if tally.differ + tally.several > 0 {
        say!("`tieout adopt DOCUMENT` binds one that differs; `tieout adopt --help` shows how.");
    }
}

fn named(candidate: &Candidate) -> String {
    let held = &candidate.snapshot;
    format!(
        "{} ({}, {})",
        output::short(&held.number),
        held.status,
        held.id
    )
}

fn row(surveyed: &Surveyed, bound: bool) -> Vec<String> {
    let (provider, by, outcome) = match &surveyed.outcome {
        Outcome::Nothing => (String::new(), "", "not there".to_owned()),
        Outcome::Same(one) => (
            named(one),
            one.mark.as_str(),
            if bound { "the same: bound" } else { "the same" }.to_owned(),
        ),
        Outcome::Differs(one, differences) => (
            named(one),
            one.mark.as_str(),
            format!("differs\n  {}", differences.join("\n  ")),
        ),
        Outcome::Several(many) => (
            many.iter().map(named).collect::<Vec<_>>().join("\n"),
            many.first().map_or("", |one| one.mark.as_str()),
            format!("{} candidates", many.len()),
        ),
        Outcome::Taken(one, owner) => {
            (named(one), one.mark.as_str(), format!("belongs to {owner}"))
        }
    };
    let binding = surveyed.binding();
    vec![
        output::short(&binding.key.document.to_string()),
        output::short(&binding.number),
        provider,
        by.to_owned(),
        outcome,
    ]
}

fn row_json(surveyed: &Surveyed, bound: bool) -> Value {
    let binding = surveyed.binding();
    let (outcome, candidates, differences, owner) = match &surveyed.outcome {
        Outcome::Nothing => ("nothing", Vec::new(), Vec::new(), None),
        Outcome::Same(one) => ("same", vec![one], Vec::new(), None),
        Outcome::Differs(one, differences) => ("differs", vec![one], differences.clone(), None),
        Outcome::Several(many) => ("several", many.iter().collect(), Vec::new(), None),
        Outcome::Taken(one, owner) => ("taken", vec![one], Vec::new(), Some(owner)),
    };
    let candidates: Vec<Value> = candidates
        .into_iter()
        .map(|one| {
            let held = &one.snapshot;
            json!({ "id": held.id, "number": held.number, "status": held.status, "mark": one.mark })
        })
        .collect();
    json!({ "document": {
        "binding": binding.key, "number": binding.number, "outcome": outcome, "candidates": candidates,
        "differences": differences, "owner": owner, "bound": bound,
    }})
}
