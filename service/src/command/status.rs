//! `tieout status`: where everything stands, from the store and the hosts' folders alone.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tieout_core::document::{ConnectionId, HostId};
use tieout_core::driver::{BackfillPause, HostCursor, ProviderCursor};
use tieout_core::engine::StateName;
use tieout_core::store::{ListOrder, Store};

use super::chosen::Chosen;
use super::failed::{self, FailedFiles};
use super::findings::{InNeed, OfRule, Open, whole};
use super::grant::{self, GrantStanding};
use super::unread::{self, UnreadHere};
use crate::cli::Cli;
use crate::config::OffConfig;
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, counted, say};

/// Documents that need somebody, shown one by one.
const SHOWN_MAX: usize = 50;

/// Where everything stands.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Standing {
    /// Connections with the number of documents in each state.
    pub(crate) connections: BTreeMap<ConnectionId, ConnectionStanding>,
    /// Hosts with the moment up to which everything that they told is stored.
    pub(crate) hosts: BTreeMap<HostId, Option<DateTime<Utc>>>,
    /// Seconds between two looks at a host; only of those that have a pause of their own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) poll_s: BTreeMap<HostId, u64>,
    /// How many documents need somebody.
    pub(crate) needs_somebody: usize,
    /// Their findings by kind.
    pub(crate) by_rule: BTreeMap<String, OfRule>,
    /// Those of them that changed last, newest first.
    pub(crate) documents: Vec<InNeed>,
    /// Whether there are more of them.
    pub(crate) truncated: bool,
    /// Files of hosts that could not be taken.
    pub(crate) failed: FailedFiles,
    /// What hosts told that cannot be read and that lies in no folder.
    pub(crate) unread: Vec<UnreadHere>,
    /// Products and organisations that are switched off.
    #[serde(skip_serializing_if = "OffConfig::is_empty")]
    pub(crate) off: OffConfig,
    /// Connections of the configuration that nobody connected, or that somebody disconnected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unconnected: Vec<ConnectionId>,
    /// The newest run that is remembered, for `tieout undo`.
    pub(crate) last_run: Option<String>,
}

/// Where one connection stands.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ConnectionStanding {
    /// The organisation, if it is connected.
    pub(crate) organisation: Option<String>,
    /// How its access stands, if it is connected.
    pub(crate) grant: Option<GrantStanding>,
    /// Documents by state.
    pub(crate) states: BTreeMap<&'static str, usize>,
    /// Documents by kind, and of each kind by state.
    pub(crate) kinds: BTreeMap<&'static str, BTreeMap<&'static str, usize>>,
    /// Documents whose host is still to be told something.
    pub(crate) owed: usize,
    /// Everything that changed at the provider before this moment is known.
    pub(crate) complete_as_of: Option<DateTime<Utc>>,
    /// Documents that wait for nobody but their turn and are old.
    pub(crate) old_left: usize,
    /// Who lets them rest.
    pub(crate) backfill_pause: Option<BackfillPause>,
    /// Documents that wait for their summaries.
    pub(crate) gathering: usize,
}

impl Standing {
    /// Whether a document, a file or a connection waits for somebody.
    pub(crate) fn is_in_need(&self) -> bool {
        self.needs_somebody > 0
            || self.failed.count > 0
            || !self.unread.is_empty()
            || !self.unconnected.is_empty()
            || self.broken().next().is_some()
    }

    /// Documents that the next run plans: not where nothing is planned.
    fn waiting(&self) -> usize {
        let works = |(name, of): &(&ConnectionId, &ConnectionStanding)| {
            !self.off.connections.contains(*name) && of.backfill_pause.is_none()
        };
        let of = self.connections.iter().filter(works);
        let waiting = of.filter_map(|(_, of)| of.states.get(StateName::Waiting.as_str()));
        waiting.sum()
    }

    /// What mends the access of the connections that nothing else brings back.
    pub(super) fn remedies(&self) -> impl Iterator<Item = (&ConnectionId, &str)> {
        self.broken()
            .filter_map(|(name, grant)| Some((name, grant.remedy.as_deref()?)))
    }

    /// The connections whose access does not come back by itself.
    fn broken(&self) -> impl Iterator<Item = (&ConnectionId, &GrantStanding)> {
        self.connections
            .iter()
            .filter_map(|(name, of)| Some((name, of.grant.as_ref()?)))
            .filter(|(_, grant)| grant.needs_somebody())
    }
}

/// Prints where everything stands and ends with 3 when something needs somebody.
pub(super) async fn run(cli: &Cli, office: &mut Office) -> Result<Exit, Failure> {
    let standing = whole_standing(office).await?;
    if cli.json {
        output::json(&serde_json::json!(standing));
    } else {
        print(&standing);
    }
    Ok(if standing.is_in_need() {
        Exit::NeedsSomebody
    } else {
        Exit::Done
    })
}

/// Every binding counted once, and how far each host and each connection of the configuration has been read.
pub(crate) async fn whole_standing(office: &mut Office) -> Result<Standing, Failure> {
    let mut standing = standing(office.store.as_ref()).await?;
    for (name, host) in &office.loaded.config.hosts {
        let (_, poll_s) = host.poll();
        standing
            .poll_s
            .extend(poll_s.map(|seconds| (name.clone(), seconds)));
        let cursor = HostCursor::read(office.store.as_ref(), name).await?;
        standing.hosts.insert(name.clone(), cursor.complete_as_of);
    }
    for (name, connection) in office.loaded.config.connections.clone() {
        let of = standing.connections.entry(name.clone()).or_default();
        of.complete_as_of = ProviderCursor::read(office.store.as_ref(), &name)
            .await?
            .complete_as_of;
        of.backfill_pause = BackfillPause::read(office.store.as_ref(), &name).await?;
        if let Some(books) = connection.named_books() {
            of.organisation = Some(books);
            continue;
        }
        let Some(record) = office.apps.connections.read(&name).await? else {
            // What is switched off waits for nobody.
            if !office.loaded.config.off.connections.contains(&name) {
                standing.unconnected.push(name);
            }
            continue;
        };
        of.grant = Some(grant::look(office, &name, &connection, &record).await?);
        of.organisation = Some(record.tenant_name);
    }
    standing.off = office.loaded.config.off.clone();
    standing.failed = failed::look(&office.loaded).await?;
    standing.unread = unread::look(office).await?;
    let newest = super::latest_run(office.store.as_ref()).await?;
    standing.last_run = newest.map(|run| run.id);
    Ok(standing)
}

/// Every binding counted, and the newest of those that need somebody.
pub(crate) async fn standing(store: &dyn Store) -> Result<Standing, Failure> {
    let mut standing = Standing::default();
    let slots = store.tallies().await?.slots.into_iter();
    for (slot, tally) in slots.filter(|(slot, _)| !slot.is_over()) {
        let of = standing.connections.entry(slot.connection).or_default();
        let (kind, state) = (slot.kind.as_str(), slot.state.as_str());
        let documents = whole(tally.documents);
        *of.states.entry(state).or_default() += documents;
        *of.kinds.entry(kind).or_default().entry(state).or_default() += documents;
        of.owed += whole(tally.owed);
        of.old_left += whole(tally.old_left);
        of.gathering += whole(tally.gathering);
    }
    let everything = Chosen::default();
    let open = Open::read(store, &everything, ListOrder::NewestFirst, SHOWN_MAX).await?;
    standing.truncated = open.is_truncated();
    standing.needs_somebody = open.documents;
    standing.by_rule = open.by_rule;
    standing.documents = open.shown;
    Ok(standing)
}

fn print(standing: &Standing) {
    for (host, at) in &standing.hosts {
        let off = off_words(standing.off.hosts.contains(host));
        let every = standing.poll_s.get(host);
        let every = every.map(|seconds| format!("; looked at every {seconds} s"));
        say!(
            "host {host}: {off}{}{}",
            when(*at),
            every.unwrap_or_default()
        );
    }
    if let Some(run) = &standing.last_run {
        say!("last run: {run}; `tieout undo --list` shows what each wrote");
    }
    for (name, of) in &standing.connections {
        print_connection(standing, name, of);
    }
    if !standing.is_in_need() {
        standing.failed.print();
        // What a plan that was executed kept out, or what came since, may need somebody once it is planned.
        match standing.waiting() {
            0 => say!("\nNothing needs anybody."),
            some => say!(
                "\nNothing needs anybody so far; {} to be planned by the next run.",
                counted(some, "document waits", "documents wait")
            ),
        }
        return;
    }
    let broken: Vec<&str> = standing.broken().map(|(name, _)| name.as_str()).collect();
    if !broken.is_empty() {
        say!(
            "\nNothing goes to {} and nothing comes back until somebody connects again.",
            broken.join(", ")
        );
    }
    if !standing.unconnected.is_empty() {
        let names = standing.unconnected.iter().map(ConnectionId::as_str);
        let names: Vec<&str> = names.collect();
        say!(
            "\nNothing goes to {} and nothing comes back until somebody connects.",
            names.join(", ")
        );
    }
    print_documents(standing);
    standing.failed.print();
    unread::print(&standing.unread);
}

fn print_connection(standing: &Standing, name: &ConnectionId, of: &ConnectionStanding) {
    if *name == ConnectionId::unrouted() {
        say!("no connection claims them: {}", states(of));
        return;
    }
    match &of.organisation {
        Some(organisation) => say!(
            "connection {name} ({organisation}): {}{}",
            off_words(standing.off.connections.contains(name)),
            when(of.complete_as_of)
        ),
        None if standing.unconnected.contains(name) => say!(
            "connection {name}: {} not connected; run `tieout connect {name}`",
            output::bad()
        ),
        None if standing.off.connections.contains(name) => {
            say!("connection {name}: switched off; not connected");
        }
        None => say!("connection {name}: not in the configuration any more"),
    }
    if let Some(grant) = &of.grant {
        print_grant(grant);
    }
    say!("  {}", states(of));
    print_gathering(of);
    print_old(of);
}

fn when(at: Option<DateTime<Utc>>) -> String {
    match at {
        Some(at) => format!("complete as of {}", at.format("%Y-%m-%d %H:%M:%S UTC")),
        None => "not read yet".to_owned(),
    }
}

fn off_words(is_off: bool) -> &'static str {
    if is_off { "switched off; " } else { "" }
}

fn print_gathering(of: &ConnectionStanding) {
    if of.gathering > 0 {
        let wait = if of.gathering == 1 { "waits" } else { "wait" };
        say!(
            "  {} of them {wait} for their summaries to close: `tieout explain` says when",
            of.gathering
        );
    }
}

fn print_old(of: &ConnectionStanding) {
    if let Some(pause) = &of.backfill_pause {
        say!(
            "  {} {} old documents rest since {}: `tieout backfill resume` lets them go on",
            output::bad(),
            of.old_left,
            pause.at.format("%Y-%m-%d %H:%M:%S UTC")
        );
    } else if of.old_left > 0 {
        let are = if of.old_left == 1 { "is" } else { "are" };
        say!("  {} of them {are} old: see `tieout backfill`", of.old_left);
    }
}

fn print_grant(grant: &GrantStanding) {
    let Some(message) = grant.message() else {
        return;
    };
    let sign = if grant.needs_somebody() {
        format!("{} ", output::bad())
    } else {
        String::new()
    };
    say!("  {sign}{message}");
    if let Some(remedy) = &grant.remedy {
        say!("      {remedy}");
    }
}

fn print_documents(standing: &Standing) {
    if standing.needs_somebody == 0 {
        return;
    }
    say!(
        "\n{} somebody:",
        counted(standing.needs_somebody, "document needs", "documents need")
    );
    let kinds = standing.by_rule.iter();
    let kinds: Vec<String> = kinds
        .map(|(rule, of)| format!("{} {rule}", of.findings))
        .collect();
    say!("  {}", kinds.join(", "));
    standing.documents.iter().for_each(InNeed::print);
    if standing.truncated {
        say!(
            "  and {} more: `tieout findings` counts them by kind",
            standing.needs_somebody - standing.documents.len()
        );
    }
}

fn states(of: &ConnectionStanding) -> String {
    let mut words: Vec<String> = of
        .states
        .iter()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    if of.owed > 0 {
        words.push(format!("{} to tell the host about", of.owed));
    }
    if words.is_empty() {
        "no documents".to_owned()
    } else {
        words.join(", ")
    }
}
