//! What it would cost to do what a preview tells, by the rules by which requests are filled.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;

use super::execute::page_documents;
use super::gather::ENVELOPE_BYTES;
use super::preview::{BesideKind, Freight, Preview};
use super::site::{ConnectionSite, World};
use crate::document::{ConnectionId, DocumentKind};
use crate::engine::{Action, Intention, OptionToMake};
use crate::provider::{ContactWanted, Sought, Toll, Work};

/// What calls are spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expense {
    /// The reference data, which may be too old when the plan is done.
    Chart,
    /// Contacts looked for and made.
    Contacts,
    /// Tracking options.
    Options,
    /// Documents looked for before they are made, where the settings say so.
    LookUps,
    /// Documents written.
    Documents,
    /// Payments made and taken back.
    Payments,
    /// Files and notes.
    Papers,
    /// Documents read once more before they are changed: only where a plan is executed.
    Checks,
}

impl Expense {
    /// The name in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chart => "chart",
            Self::Contacts => "contacts",
            Self::Options => "tracking options",
            Self::LookUps => "look-ups",
            Self::Documents => "documents",
            Self::Payments => "payments",
            Self::Papers => "attachments, notes",
            Self::Checks => "checks before changes",
        }
    }
}

/// What a connection's part costs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Costs {
    /// By what it is spent on; what costs nothing is absent.
    pub expenses: BTreeMap<Expense, Toll>,
    /// Of them what old documents take, which leave a part of the day to today's.
    pub old_calls: u64,
}

impl Costs {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> Toll {
        let mut total = Toll::default();
        self.expenses.values().for_each(|toll| total += *toll);
        total
    }

    fn add(&mut self, expense: Expense, toll: Toll) {
        if toll != Toll::default() {
            *self.expenses.entry(expense).or_default() += toll;
        }
    }
}

/// Adds up what previews cost. Keeps one page of each connection in mind, and which contacts and options are made.
pub struct Forecast<'a> {
    world: &'a World,
    costs: BTreeMap<ConnectionId, Costs>,
    pages: BTreeMap<(ConnectionId, bool), Page>,
    contacts: HashSet<(ConnectionId, String)>,
    options: BTreeSet<(ConnectionId, OptionToMake)>,
}

/// Documents that are compared and gathered together.
#[derive(Default)]
struct Page {
    documents: usize,
    /// Requests by what they ask, of which kind and whether of old documents: their documents and bytes.
    requests: BTreeMap<(Action, DocumentKind, bool), Vec<(usize, usize)>>,
    contacts: Vec<ContactWanted>,
    sought: BTreeMap<(DocumentKind, bool), Vec<Sought>>,
    changing: BTreeMap<DocumentKind, usize>,
}

impl World {
    /// A forecast of nothing yet.
    #[must_use]
    pub fn forecast(&self) -> Forecast<'_> {
        Forecast {
            world: self,
            costs: BTreeMap::new(),
            pages: BTreeMap::new(),
            contacts: HashSet::new(),
            options: BTreeSet::new(),
        }
    }
}

impl Forecast<'_> {
    /// Adds what one document costs, in the order in which previews are told.
    pub fn add(&mut self, preview: &Preview) {
        let Some(intention) = preview.intention.as_deref() else {
            return;
        };
        let Some(site) = self.world.connections.get(&intention.connection) else {
            return;
        };
        let key = (site.id.clone(), intention.leaves.is_some());
        let page = self.pages.entry(key.clone()).or_default();
        page.documents += 1;
        page.put(site, intention, &preview.freight, preview.old);
        if let Some(wanted) = &preview.freight.makes
            && self.contacts.insert((site.id.clone(), wanted.key()))
        {
            page.contacts.push((**wanted).clone());
        }
        let is_full = page.documents >= page_documents(&self.world.limits);
        let costs = self.costs.entry(site.id.clone()).or_default();
        costs.add(Expense::Documents, preview.freight.toll);
        for option in &intention.makes_options {
            if self.options.insert((site.id.clone(), option.clone())) {
                costs.add(Expense::Options, toll(site, &Work::Option));
            }
        }
        for kind in &preview.freight.beside {
            let (expense, work) = match kind {
                BesideKind::Payment => (Expense::Payments, Work::Payment),
                BesideKind::TakeBack => (Expense::Payments, Work::TakeBack),
                BesideKind::File => (Expense::Papers, Work::File),
                BesideKind::Note => (Expense::Papers, Work::Note),
            };
            costs.add(expense, toll(site, &work));
        }
        if is_full && let Some(page) = self.pages.remove(&key) {
            page.close(site, costs);
        }
    }

    /// What all of it costs, by connection.
    #[must_use]
    pub fn close(mut self) -> BTreeMap<ConnectionId, Costs> {
        for ((connection, _), page) in std::mem::take(&mut self.pages) {
            if let Some(site) = self.world.connections.get(&connection) {
                page.close(site, self.costs.entry(connection).or_default());
            }
        }
        for (connection, costs) in &mut self.costs {
            if let Some(site) = self.world.connections.get(connection) {
                // The one that the plan was made by may do.
                let chart = toll(site, &Work::Chart);
                let toll = Toll {
                    calls_max: chart.calls_max,
                    ..Toll::default()
                };
                costs.add(Expense::Chart, toll);
            }
        }
        self.costs
    }
}

impl Page {
    fn put(&mut self, site: &ConnectionSite, intention: &Intention, freight: &Freight, old: bool) {
        let capability = site.provider.capability();
        match intention.action {
            Action::Create | Action::Update | Action::Void => {
                let place = (intention.action, intention.kind, old);
                let requests = self.requests.entry(place).or_default();
                let fits = requests.iter_mut().find(|(documents, bytes)| {
                    *documents < capability.batch_documents_max
                        && *bytes + freight.size <= capability.batch_bytes_max
                });
                match fits {
                    Some((documents, bytes)) => {
                        *documents += 1;
                        *bytes += freight.size;
                    }
                    None => requests.push((1, ENVELOPE_BYTES + freight.size)),
                }
            }
            Action::Beside => {}
        }
        if let Some(sought) = &freight.sought {
            let of_kind = self.sought.entry((intention.kind, old)).or_default();
            of_kind.push((**sought).clone());
        }
        match intention.action {
            Action::Update | Action::Void => {
                *self.changing.entry(intention.kind).or_default() += 1;
            }
            Action::Create | Action::Beside => {}
        }
    }

    fn close(self, site: &ConnectionSite, costs: &mut Costs) {
        let capability = site.provider.capability();
        for ((_, _, old), requests) in &self.requests {
            let all = u64::try_from(requests.len()).unwrap_or(u64::MAX);
            for _ in requests {
                costs.add(Expense::Documents, toll(site, &Work::Request));
            }
            costs.old_calls += if *old { all } else { 0 };
        }
        if !self.contacts.is_empty() {
            let work = Work::MissingContacts(&self.contacts);
            costs.add(Expense::Contacts, toll(site, &work));
        }
        let most = capability.look_up_max.max(1);
        let together = capability.batch_documents_max * capability.concurrent_max.saturating_sub(1);
        for ((kind, _), sought) in self.sought {
            for leaving in sought.chunks(together.max(1)) {
                let mut leaving = leaving.to_vec();
                leaving.sort_by_key(|one| one.date);
                for some in leaving.chunks(most) {
                    let cost = site.provider.find_cost(kind, some);
                    let calls = |calls: usize| u64::try_from(calls).unwrap_or(u64::MAX);
                    let toll = Toll {
                        calls_min: calls(cost.calls_min),
                        calls_max: calls(cost.calls_usual_max),
                        ..Toll::default()
                    };
                    costs.add(Expense::LookUps, toll);
                }
            }
        }
        for (kind, mut changing) in self.changing {
            while changing > 0 {
                let some = changing.min(most);
                costs.add(Expense::Checks, toll(site, &Work::Read(kind, some)));
                changing -= some;
            }
        }
    }
}

fn toll(site: &ConnectionSite, work: &Work<'_>) -> Toll {
    let pacing = site.provider.pacing();
    pacing.map_or_else(Toll::default, |pacing| pacing.toll(work))
}
