//! What would be sent if the driver ran now: the same decisions, without storing or sending anything.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Serialize;

use super::DriverError;
use super::cursor::HostCursor;
use super::plan::plan_of;
use super::site::{ConnectionSite, HostSite, World};
use crate::check::{Finding, Rule};
use crate::document::{ConnectionId, Currency, Document, DocumentKey, ProviderContactId};
use crate::engine::{
    Binding, BindingKey, Decision, HostChange, Op, Plan, State, companions_to_send, host_changed,
    routed_elsewhere,
};
use crate::host::Record;
use crate::provider::{ContactAnswer, ContactWanted, MatchedBy};
use crate::store::Find;

/// What would be done about one document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preview {
    /// The document and the connection that claims it.
    pub binding: BindingKey,
    /// The host's number.
    pub number: String,
    /// Who is billed.
    pub contact: String,
    /// Whether that contact would be made.
    pub creates_contact: bool,
    /// What the host says it comes to.
    #[serde(with = "crate::document::decimal::optional")]
    pub gross: Option<Decimal>,
    /// In which currency.
    pub currency: Currency,
    /// What would be done at the provider; `None` for nothing.
    pub op: Option<Op>,
    /// Why, in words.
    pub why: String,
    /// What holds it, if anything.
    pub findings: Vec<Finding>,
    /// What would go out beside it, in words: payments, files, a note.
    pub beside: Vec<String>,
}

/// What a preview looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PreviewSummary {
    /// Documents looked at.
    pub documents: usize,
    /// Records that cannot be read, with their places.
    pub unreadable: Vec<String>,
    /// Connections that could not be asked.
    pub unasked: Vec<String>,
}

/// Unreadable records named one by one.
const UNREADABLE_SHOWN_MAX: usize = 100;

impl World {
    /// Tells, document by document, what would be done.
    ///
    /// Reads the hosts beyond what is stored and everything stored that is not settled. Contacts are
    /// looked up but not made, so it costs some reading calls; only the chart is remembered.
    pub async fn preview(
        &self,
        tell: &mut (dyn FnMut(Preview) + Send),
    ) -> Result<PreviewSummary, DriverError> {
        let mut pass = Pass::default();
        for site in self.hosts.values() {
            self.preview_host(site, &mut pass, tell).await?;
        }
        let mut last: Option<BindingKey> = None;
        loop {
            let some = self
                .store
                .scan(last.as_ref(), self.limits.plan_documents_max)
                .await?;
            let Some(end) = some.last() else { break };
            last = Some(end.key.clone());
            let open: Vec<Binding> = some
                .into_iter()
                .filter(|it| is_open(it) && !pass.seen.contains(&it.key))
                .collect();
            let keys: Vec<DocumentKey> = open
                .iter()
                .map(|binding| binding.key.document.clone())
                .collect();
            let documents = self.store.documents(&keys).await?;
            let pairs = open
                .into_iter()
                .zip(documents)
                .filter_map(|(binding, document)| Some((binding, document?)));
            self.preview_page(pairs.collect(), &mut pass, tell).await?;
        }
        Ok(pass.summary)
    }

    async fn preview_host(
        &self,
        site: &HostSite,
        pass: &mut Pass,
        tell: &mut (dyn FnMut(Preview) + Send),
    ) -> Result<(), DriverError> {
        let mut position = HostCursor::read(self.store.as_ref(), &site.id)
            .await?
            .position;
        loop {
            let page = site
                .host
                .changes(position.as_deref(), self.limits.intake_records_max)
                .await?;
            let mut pairs = Vec::new();
            for record in page.records {
                match record {
                    Record::Document(document) => {
                        pairs.extend(self.as_taken(site, *document).await?);
                    }
                    Record::Removed { kind, id, revision } => {
                        let key = DocumentKey {
                            host: site.id.clone(),
                            kind,
                            id,
                        };
                        pairs.extend(self.as_removed(&key, revision).await?);
                    }
                    Record::Unreadable {
                        place,
                        field,
                        message,
                    } => pass.unreadable(&place, &field, &message),
                }
            }
            self.preview_page(pairs, pass, tell).await?;
            if !page.more || page.position == position {
                return Ok(());
            }
            position = page.position;
        }
    }

    /// The binding of a document as intake would make it; `None` when nothing is new.
    async fn as_taken(
        &self,
        site: &HostSite,
        document: Document,
    ) -> Result<Option<(Binding, Document)>, DriverError> {
        let key = DocumentKey {
            host: site.id.clone(),
            kind: document.kind(),
            id: document.id().clone(),
        };
        let keys = self.store.find(&Find::Document(key.clone())).await?;
        let known: Vec<Binding> = self
            .store
            .bindings(&keys)
            .await?
            .into_iter()
            .flatten()
            .collect();
        let place = self.destination(&site.id, &document, &known);
        let key = BindingKey {
            document: key,
            connection: place.connection,
        };
        let known = known.iter().find(|binding| binding.key == key);
        let (policy, now) = (self.policy(&key), self.clock.now());
        let step = host_changed(&key, known, &HostChange::of(&document), policy, now);
        Ok(step.map(|step| {
            let marked = routed_elsewhere(&step.binding, place.elsewhere.as_ref(), policy, now);
            (marked.unwrap_or(step).binding, document)
        }))
    }

    async fn as_removed(
        &self,
        key: &DocumentKey,
        revision: Option<u64>,
    ) -> Result<Option<(Binding, Document)>, DriverError> {
        let keys = self.store.find(&Find::Document(key.clone())).await?;
        let known = self
            .store
            .bindings(&keys)
            .await?
            .into_iter()
            .flatten()
            .find(|binding| !binding.has_left());
        let document = self
            .store
            .documents(std::slice::from_ref(key))
            .await?
            .into_iter()
            .flatten()
            .next();
        let (Some(known), Some(document)) = (known, document) else {
            return Ok(None);
        };
        let change = HostChange::removed(&known, revision);
        let step = host_changed(
            &known.key,
            Some(&known),
            &change,
            self.policy(&known.key),
            self.clock.now(),
        );
        Ok(step.map(|step| (step.binding, document)))
    }

    async fn preview_page(
        &self,
        pairs: Vec<(Binding, Document)>,
        pass: &mut Pass,
        tell: &mut (dyn FnMut(Preview) + Send),
    ) -> Result<(), DriverError> {
        let mut by_connection: BTreeMap<ConnectionId, Vec<(Binding, Document)>> = BTreeMap::new();
        for pair in pairs {
            by_connection
                .entry(pair.0.key.connection.clone())
                .or_default()
                .push(pair);
        }
        for (connection, pairs) in by_connection {
            pass.summary.documents += pairs.len();
            pass.seen
                .extend(pairs.iter().map(|(binding, _)| binding.key.clone()));
            let Some(site) = self.connections.get(&connection) else {
                pairs
                    .iter()
                    .for_each(|(binding, document)| tell(unasked(binding, document, &connection)));
                continue;
            };
            match self.preview_connection(site, &pairs, pass).await {
                Ok(previews) => previews.into_iter().for_each(&mut *tell),
                Err(error @ DriverError::Store(_)) => return Err(error),
                Err(error) => pass
                    .summary
                    .unasked
                    .push(format!("connection {connection}: {}", error.chain())),
            }
        }
        Ok(())
    }

    async fn preview_connection(
        &self,
        site: &ConnectionSite,
        pairs: &[(Binding, Document)],
        pass: &mut Pass,
    ) -> Result<Vec<Preview>, DriverError> {
        let now = self.clock.now();
        let chart = site
            .book
            .chart(
                self.store.as_ref(),
                site.provider.as_ref(),
                &self.limits,
                now,
            )
            .await?;
        let mut plans = Vec::new();
        for (binding, document) in pairs {
            plans.push(match plan_of(site, &chart, binding, document) {
                Plan::Decided(Decision::Leave(to)) => {
                    let asked = self.leave_or_hold(binding, document, &to).await?;
                    Plan::Decided(asked.unwrap_or(Decision::Leave(to)))
                }
                plan => plan,
            });
        }
        self.look_contacts_up(site, &plans, pass).await?;
        let previews = pairs
            .iter()
            .zip(plans)
            .map(|((binding, document), plan)| match plan {
                Plan::Decided(decision) => {
                    preview(binding, document, String::new(), false, &decision)
                }
                Plan::NeedsContact(sketch) => {
                    let wanted = &sketch.wanted;
                    let known = pass.contacts.get(&(site.id.clone(), wanted.key()));
                    let missing = matches!(known, None | Some(ContactAnswer::Missing { .. }));
                    let creates = missing && wanted.create_missing;
                    let assumed = if creates {
                        Some(to_be_made())
                    } else {
                        known.cloned()
                    };
                    let answer =
                        assumed.unwrap_or_else(|| ContactAnswer::Missing { near: Vec::new() });
                    let name = sketch.wanted.name.clone();
                    let decision = sketch.decide(&answer);
                    preview(binding, document, name, creates, &decision)
                }
            });
        let beside = pairs
            .iter()
            .map(|(binding, document)| companions_to_send(binding, document, &site.settings));
        let whole = previews.zip(beside).map(|(preview, beside)| {
            let goes = preview.findings.is_empty() && preview.op != Some(Op::Void);
            let is_there = preview.op.is_some() || preview.why == Decision::Agrees.why();
            Preview {
                beside: if goes && is_there { beside } else { Vec::new() },
                ..preview
            }
        });
        Ok(whole.collect())
    }

    /// Looks up the contacts that plans need and that nobody asked about yet, without making any.
    async fn look_contacts_up(
        &self,
        site: &ConnectionSite,
        plans: &[Plan],
        pass: &mut Pass,
    ) -> Result<(), DriverError> {
        let now = self.clock.now();
        let mut unknown: BTreeMap<String, ContactWanted> = BTreeMap::new();
        for plan in plans {
            let Plan::NeedsContact(sketch) = plan else {
                continue;
            };
            let wanted = &sketch.wanted;
            let key = (site.id.clone(), wanted.key());
            if pass.contacts.contains_key(&key) {
                continue;
            }
            match site
                .book
                .contact(self.store.as_ref(), wanted, &self.limits, now)
                .await?
            {
                Some(answer) => {
                    pass.contacts.insert(key, answer);
                }
                None => {
                    unknown.insert(
                        wanted.key(),
                        ContactWanted {
                            create_missing: false,
                            ..wanted.clone()
                        },
                    );
                }
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let wanted: Vec<ContactWanted> = unknown.into_values().collect();
        let answers = site.provider.resolve_contacts(&wanted).await?;
        let asked = wanted.iter().map(|wanted| (site.id.clone(), wanted.key()));
        pass.contacts.extend(asked.zip(answers));
        Ok(())
    }
}

/// What one preview has seen so far.
#[derive(Default)]
struct Pass {
    seen: BTreeSet<BindingKey>,
    contacts: BTreeMap<(ConnectionId, String), ContactAnswer>,
    summary: PreviewSummary,
}

impl Pass {
    fn unreadable(&mut self, place: &str, field: &str, message: &str) {
        if self.summary.unreadable.len() < UNREADABLE_SHOWN_MAX {
            let field = if field.is_empty() {
                String::new()
            } else {
                format!("{field}: ")
            };
            self.summary
                .unreadable
                .push(format!("{place}: {field}{message}"));
        }
    }
}

/// Whether the driver would still decide about a stored binding.
fn is_open(binding: &Binding) -> bool {
    match &binding.state {
        State::Waiting { .. }
        | State::Ready { .. }
        | State::Held { .. }
        | State::Rejected { .. } => true,
        State::Skipped { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Posted
        | State::Voided
        | State::Removed { .. }
        | State::Detached => false,
    }
}

fn to_be_made() -> ContactAnswer {
    let id = ProviderContactId::new("to-be-made").expect("a short text without control characters");
    ContactAnswer::Found {
        id,
        by: MatchedBy::Created,
    }
}

fn preview(
    binding: &Binding,
    document: &Document,
    contact: String,
    creates: bool,
    decision: &Decision,
) -> Preview {
    let findings = match decision {
        Decision::Hold(findings) => findings.clone(),
        Decision::Create(_)
        | Decision::Update(_)
        | Decision::Void
        | Decision::Undo(_)
        | Decision::Leave(_)
        | Decision::Agrees
        | Decision::Gone
        | Decision::Skip(_) => Vec::new(),
    };
    let (billed, gross, currency) = shown(document);
    Preview {
        binding: binding.key.clone(),
        number: binding.number.clone(),
        contact: if contact.is_empty() { billed } else { contact },
        creates_contact: creates && decision.op().is_some(),
        gross,
        currency,
        op: decision.op(),
        why: decision.why(),
        findings,
        beside: Vec::new(),
    }
}

fn unasked(binding: &Binding, document: &Document, connection: &ConnectionId) -> Preview {
    let finding = if *connection == ConnectionId::unrouted() {
        Finding::new(
            Rule::Unrouted,
            "no route claims the document",
            "Add a [[routes]] entry that fits it.",
        )
    } else {
        Finding::new(
            Rule::Unrouted,
            format!("the connection {connection} is not connected"),
            format!("Connect it with `tieout connect {connection}`."),
        )
    };
    preview(
        binding,
        document,
        String::new(),
        false,
        &Decision::Hold(vec![finding]),
    )
}

fn shown(document: &Document) -> (String, Option<Decimal>, Currency) {
    match document {
        Document::Invoice(it) => (it.bill_to.name.clone(), Some(it.totals.gross), it.currency),
        Document::Bill(it) => (it.supplier.name.clone(), Some(it.totals.gross), it.currency),
        Document::PurchaseOrder(it) => (
            it.supplier.name.clone(),
            it.totals.map(|totals| totals.gross),
            it.currency,
        ),
    }
}
