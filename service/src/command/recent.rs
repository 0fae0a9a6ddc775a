//! What of the documents that hosts told lately resolves under this configuration, and the line that mends what does not.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tieout_core::check::{Finding, Rule};
use tieout_core::document::{ConnectionId, Document, DocumentKey, HostId, ProviderContactId};
use tieout_core::driver::{HostCursor, HostSite};
use tieout_core::host::Record;
use tieout_core::mapping::{contact_wanted, out_of_scope, payment_account, posting_to_compare};
use tieout_core::provider::Chart;
use tieout_core::store::{Cursor, Filter, Listing, Store};

use super::recent_judge::{counts, is_of_configuration, line, unrouted, without_places};
use crate::config::ConnectionConfig;
use crate::exit::{Failure, chain};
use crate::office::{Office, Staff};
use crate::output::{self, counted, say};

/// Bindings looked at in one step.
const STEP: usize = 50;
/// Pages that a host is asked for, at most.
const PAGES_MAX: usize = 20;
/// Different things that are listed, at most; what is beyond is counted.
const LISTED_MAX: usize = 200;

/// What recent documents came to.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Recent {
    /// How many documents of each host were tried, and where they came from.
    pub(crate) looked: BTreeMap<HostId, Looked>,
    /// What does not resolve.
    pub(crate) unresolved: Vec<Unresolved>,
    /// Different things that do not resolve either, and are not listed.
    pub(crate) unlisted: usize,
    /// Documents that would be held for what they say themselves, by rule: no configuration mends them.
    pub(crate) held: BTreeMap<Rule, usize>,
    /// Connections whose chart is not known, so that nothing but routes and templates was tried.
    pub(crate) without_chart: BTreeSet<ConnectionId>,
    #[serde(skip)]
    untried: BTreeMap<HostId, usize>,
    #[serde(skip)]
    places: BTreeMap<Place, usize>,
}

/// Documents of one host that were tried.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Looked {
    /// How many.
    pub(crate) documents: usize,
    /// Whether the host was asked for them: none were stored.
    pub(crate) asked: bool,
    /// Records that could not be read.
    pub(crate) unreadable: usize,
    /// Documents that were routed and not tried further, since nothing is known of their organisation.
    pub(crate) untried: usize,
    /// Why the host could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<String>,
}

/// Something that documents carry and the configuration does not resolve.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Unresolved {
    /// Whose documents carry it.
    pub(crate) host: HostId,
    /// Where they would go; `None` when no route says so.
    pub(crate) connection: Option<ConnectionId>,
    /// The rule.
    pub(crate) rule: Rule,
    /// The field, without places of lines.
    pub(crate) field: String,
    /// Its value.
    pub(crate) value: String,
    /// Documents that carry it.
    pub(crate) documents: usize,
    /// The number of one of them.
    pub(crate) example: String,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) remedy: String,
    /// The line of the configuration that mends it; empty where none does alone.
    pub(crate) line: String,
    /// The document that was counted last: several lines of one are one document.
    #[serde(skip)]
    last: String,
}

/// What makes two findings the same thing.
type Place = (HostId, Option<ConnectionId>, Rule, String, String);

/// Tries the newest documents of each host, at most `most` of one. Reads the store, and a host itself only where nothing of
/// it is stored and `may_ask`; writes nothing.
pub(super) async fn prove(
    office: &Office,
    staff: &Staff,
    charts: &BTreeMap<ConnectionId, Chart>,
    most: usize,
    may_ask: bool,
) -> Result<Recent, Failure> {
    let mut recent = Recent::default();
    for (name, site) in &staff.world.hosts {
        let trial = Trial {
            office,
            staff,
            charts,
            host: name,
        };
        let mut looked = stored(&trial, most, &mut recent).await?;
        let store = office.store.as_ref();
        let is_read = HostCursor::read(store, name).await?.position.is_some();
        if looked.documents == 0 && !is_read && may_ask && most > 0 {
            looked = asked(&trial, site, most, &mut recent).await;
        }
        looked.untried = recent.untried.get(name).copied().unwrap_or_default();
        recent.looked.insert(name.clone(), looked);
    }
    recent
        .unresolved
        .sort_by_key(|one| std::cmp::Reverse(one.documents));
    Ok(recent)
}

/// What a document is tried against.
struct Trial<'a> {
    office: &'a Office,
    staff: &'a Staff,
    charts: &'a BTreeMap<ConnectionId, Chart>,
    host: &'a HostId,
}

/// The newest of the store.
async fn stored(trial: &Trial<'_>, most: usize, recent: &mut Recent) -> Result<Looked, Failure> {
    let store: &dyn Store = trial.office.store.as_ref();
    let mut looked = Looked::default();
    // A document may stand on two connections: it is tried once.
    let mut met: BTreeSet<DocumentKey> = BTreeSet::new();
    let mut after: Option<Cursor> = None;
    while looked.documents < most {
        let listing = Listing {
            filter: Filter {
                host: Some(trial.host.clone()),
                ..Filter::default()
            },
            after,
            limit: STEP.min(most - looked.documents),
            ..Listing::default()
        };
        let page = store.list(&listing).await?;
        // A summary is the engine's own, made of others that are here too.
        let own = page.bindings.iter().filter(|it| it.roster.is_none());
        let keys: Vec<DocumentKey> = own
            .map(|binding| binding.key.document.clone())
            .filter(|key| met.insert(key.clone()))
            .collect();
        for document in store.documents(&keys).await?.into_iter().flatten() {
            looked.documents += usize::from(trial.document(&document, recent));
        }
        after = page.next;
        if after.is_none() || met.len() >= most {
            break;
        }
    }
    Ok(looked)
}

/// A bounded part of what the host would tell first. A host that cannot be asked is told of; others go on.
async fn asked(trial: &Trial<'_>, site: &HostSite, most: usize, recent: &mut Recent) -> Looked {
    let mut looked = Looked {
        asked: true,
        ..Looked::default()
    };
    let host = match trial.office.host_to_look_at(site).await {
        Ok(host) => host,
        Err(error) => {
            looked.failed = Some(chain(&error));
            return looked;
        }
    };
    let mut position: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = match host
            .changes(position.as_deref(), most - looked.documents)
            .await
        {
            Ok(page) => page,
            Err(error) => {
                looked.failed = Some(chain(&error));
                break;
            }
        };
        for record in &page.records {
            match record {
                Record::Document(document) => {
                    looked.documents += usize::from(trial.document(document, recent));
                }
                Record::Unreadable { .. } => looked.unreadable += 1,
                Record::Removed { .. } => {}
            }
        }
        if !page.more || page.position == position || looked.documents >= most {
            break;
        }
        position = page.position;
    }
    looked
}

impl Trial<'_> {
    /// Tries one document, and gives whether there was anything to try: what is voided or still being written goes nowhere.
    fn document(&self, document: &Document, recent: &mut Recent) -> bool {
        if !counts(document) {
            return false;
        }
        let connection = match self.staff.world.routes.connection(self.host, document) {
            Ok(connection) => connection,
            Err(miss) => {
                recent.unresolved(self.host, None, &unrouted(&miss), document);
                return true;
            }
        };
        let config = &self.office.loaded.config;
        let Some(configured) = config.connections.get(connection) else {
            return true;
        };
        let settings = &configured.settings;
        if self.staff.off.contains(connection) || out_of_scope(document, settings).is_some() {
            return true;
        }
        let Some(chart) = self.charts.get(connection) else {
            recent.without_chart.insert(connection.clone());
            *recent.untried.entry(self.host.clone()).or_default() += 1;
            return true;
        };
        let mut held: BTreeSet<Rule> = BTreeSet::new();
        for finding in self.findings(document, configured, chart) {
            if is_of_configuration(&finding) {
                recent.unresolved(self.host, Some(connection), &finding, document);
            } else {
                held.insert(finding.rule);
            }
        }
        for rule in held {
            *recent.held.entry(rule).or_default() += 1;
        }
        true
    }

    /// Everything that would hold it, as far as that can be told without asking for its contact.
    fn findings(
        &self,
        document: &Document,
        configured: &ConnectionConfig,
        chart: &Chart,
    ) -> Vec<Finding> {
        let (settings, capability) = (&configured.settings, configured.provider.capability());
        let nobody =
            ProviderContactId::new("nobody").expect("a short text without control characters");
        let contact = contact_wanted(self.host, document, settings);
        let mut findings = contact.err().unwrap_or_default();
        let posting = posting_to_compare(document, settings, chart, capability, &nobody);
        findings.extend(posting.err().unwrap_or_default());
        if let Some(policy) = &settings.host_payments {
            let own = document.payments().unwrap_or_default().iter();
            let own = own.filter(|payment| payment.ledger_payment_id.is_none());
            findings.extend(own.filter_map(|payment| payment_account(policy, payment, chart)));
        }
        findings
    }
}

impl Recent {
    /// Whether everything resolves.
    pub(super) fn is_fine(&self) -> bool {
        self.unresolved.is_empty() && self.looked.values().all(|it| it.failed.is_none())
    }

    fn unresolved(
        &mut self,
        host: &HostId,
        connection: Option<&ConnectionId>,
        finding: &Finding,
        document: &Document,
    ) {
        let field = without_places(&finding.field);
        let what = match finding.setting.is_empty() {
            true => field.clone(),
            false => finding.setting.clone(),
        };
        let place = (
            host.clone(),
            connection.cloned(),
            finding.rule.clone(),
            what,
            finding.value.clone(),
        );
        if let Some(at) = self.places.get(&place) {
            let known = &mut self.unresolved[*at];
            if known.last != document.id().as_str() {
                known.documents += 1;
                document.id().as_str().clone_into(&mut known.last);
            }
            return;
        }
        if self.unresolved.len() >= LISTED_MAX {
            self.unlisted += 1;
            return;
        }
        self.places.insert(place, self.unresolved.len());
        let choices = finding.detail.join("; ");
        self.unresolved.push(Unresolved {
            host: host.clone(),
            connection: connection.cloned(),
            rule: finding.rule.clone(),
            field,
            value: finding.value.clone(),
            documents: 1,
            example: document.number().to_owned(),
            message: finding.message.clone(),
            remedy: format!("{} {choices}", finding.remedy).trim().to_owned(),
            line: line(connection, finding),
            last: document.id().as_str().to_owned(),
        });
    }

    /// Leaves out what is told of the configuration itself already, by these keys.
    pub(super) fn leave_out<'k>(&mut self, keys: &(impl Iterator<Item = &'k str> + Clone)) {
        let is_told = |line: &str| {
            let key = line.split(" = ").next().unwrap_or_default();
            keys.clone().any(|told| told == key)
        };
        self.unresolved.retain(|it| !is_told(&it.line));
        let is_told = |connection: &ConnectionId| {
            let place = format!("connections.{connection}");
            keys.clone().any(|told| told.starts_with(&place))
        };
        self.without_chart.retain(|it| !is_told(it));
    }

    /// What is right, in a line for each host.
    pub(super) fn fine(&self) -> Vec<String> {
        let unresolved =
            |host: &HostId| self.unresolved.iter().filter(|it| it.host == *host).count();
        let hosts = self.looked.iter().filter(|(_, it)| it.failed.is_none());
        hosts
            .filter(|(host, looked)| {
                looked.documents > 0 && looked.untried == 0 && unresolved(host) == 0
            })
            .map(|(host, looked)| {
                let documents = counted(looked.documents, "recent document", "recent documents");
                let asked = if looked.asked { ", asked for now" } else { "" };
                format!("{documents} of {host}{asked}: all of it resolves")
            })
            .collect()
    }

    /// Tells what does not resolve.
    pub(super) fn print(&self) {
        for (host, looked) in &self.looked {
            if let Some(why) = &looked.failed {
                say!(
                    "{} host {host} was asked for recent documents: {why}",
                    output::bad()
                );
            }
            if looked.unreadable > 0 {
                let records = counted(looked.unreadable, "record", "records");
                say!(
                    "  {records} of {host} cannot be read: `tieout status` shows them once it was read"
                );
            }
        }
        for it in &self.unresolved {
            let Unresolved {
                host,
                documents,
                example,
                message,
                remedy,
                line,
                ..
            } = it;
            let on = it.connection.as_ref();
            let on = on
                .map(|connection| format!(" for {connection}"))
                .unwrap_or_default();
            let many = counted(*documents, "recent document", "recent documents");
            say!(
                "{} {host}{on}: {message}: {many}, such as {example}",
                output::bad()
            );
            say!("    {remedy}");
            if !line.is_empty() {
                say!("    {line}");
            }
        }
        if self.unlisted > 0 {
            say!("  and {} more such findings", self.unlisted);
        }
        for (rule, documents) in &self.held {
            let many = counted(*documents, "recent document", "recent documents");
            say!("  {many} would be held for what they say themselves: {rule}");
        }
        for connection in &self.without_chart {
            say!(
                "  nothing is known of the organisation of {connection} yet: its documents were routed, and not tried further"
            );
        }
    }
}
