//! What would be done about some documents of one connection, with everything that would be sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::beside::{Goes, beside_sent};
use super::held::{HeldNow, held_now};
use super::told::{Freight, Pass, Preview, Verdict};
use super::words::{as_it_stands, gone_there, notes, preview};
use crate::document::{ConnectionId, Document, ProviderContactId};
use crate::driver::DriverError;
use crate::driver::gather::{order, payload};
use crate::driver::moving::goes_on_to;
use crate::driver::options::lacking;
use crate::driver::site::{ConnectionSite, World};
use crate::engine::{
    Action, Binding, BindingKey, ContentHash, Decision, HostChange, Intention, Op, OptionToMake,
    Plan, State, changes, host_changed, posting_fields, snapshot_fields,
};
use crate::provider::{
    Chart, ContactAnswer, ContactWanted, MatchedBy, Posting, Snapshot, Sought, Work,
};
use crate::settings::Existing;

/// The identifier of a contact that is to be made, as long as the provider's own.
pub(in crate::driver) const TO_BE_MADE: &str = "to-be-made--------------------------";

/// A document that the driver would decide about.
#[derive(Clone, Debug)]
pub(in crate::driver) struct Aspirant {
    pub(in crate::driver) binding: Binding,
    pub(in crate::driver) document: Document,
    /// The connection that it leaves first.
    pub(in crate::driver) leaves: Option<ConnectionId>,
}

impl Aspirant {
    pub(in crate::driver) fn new(binding: Binding, document: Document) -> Self {
        Self {
            binding,
            document,
            leaves: None,
        }
    }
}

/// What would be done, and what it takes to do it.
pub(in crate::driver) struct Drafted {
    pub(in crate::driver) preview: Preview,
    pub(in crate::driver) binding: Binding,
    pub(in crate::driver) document: Document,
    /// What is to be asked of the provider, if anything.
    pub(in crate::driver) decision: Option<Decision>,
    /// The contact that it is for.
    pub(in crate::driver) wanted: Option<ContactWanted>,
    /// What should stand at the provider, also where it does already.
    pub(in crate::driver) posting: Option<Posting>,
}

/// A decision with what it was made of.
struct Decided {
    decision: Decision,
    wanted: Option<ContactWanted>,
    posting: Option<Posting>,
    /// Whether nobody was asked who the contact is.
    is_guess: bool,
}

impl Decided {
    fn plain(decision: Decision) -> Self {
        Self {
            decision,
            wanted: None,
            posting: None,
            is_guess: false,
        }
    }
}

impl World {
    /// Drafts documents of one connection. An error concerns all of them.
    pub(in crate::driver) async fn draft_page(
        &self,
        site: &ConnectionSite,
        aspirants: Vec<Aspirant>,
        pass: &mut Pass,
    ) -> Result<Vec<Drafted>, DriverError> {
        let chart = self.chart_for(site, pass).await?;
        let is_reviewed = pass.is_new_ground || self.is_new_chart(site, &chart).await?;
        let mut decided = Vec::new();
        for aspirant in &aspirants {
            let stays = as_it_stands(&aspirant.binding, pass.is_new_ground, is_reviewed);
            let plan = match stays {
                Some(decision) => Plan::Decided(decision),
                None => {
                    let is_silent = Self::is_silent(pass);
                    self.plan_now(site, &chart, aspirant, is_silent).await?
                }
            };
            decided.push(plan);
        }
        self.look_contacts_up(site, &decided, pass).await?;
        let mut all = Vec::new();
        for (aspirant, plan) in aspirants.iter().zip(decided) {
            all.push(self.decided(site, aspirant, plan, pass).await?);
        }
        let changing = aspirants.iter().zip(&all).filter_map(|(one, decided)| {
            let op = decided.decision.op()?;
            Some((&one.binding, op))
        });
        let held = match Self::is_silent(pass) {
            true => None,
            false => Some(held_now(site, changing, pass).await?),
        };
        let mut drafted = Vec::new();
        for (aspirant, decided) in aspirants.into_iter().zip(all) {
            if let Some(to) = goes_on_to(&aspirant.binding, &decided.decision) {
                pass.arriving.extend(self.arriving(&aspirant, to).await?);
            }
            drafted.push(self.drafted(site, &chart, aspirant, decided, held.as_ref()));
        }
        Ok(drafted)
    }

    async fn chart_for(
        &self,
        site: &ConnectionSite,
        pass: &Pass,
    ) -> Result<Arc<Chart>, DriverError> {
        let (store, provider) = (self.store.as_ref(), site.provider.as_ref());
        if Self::is_silent(pass) {
            if let Some(chart) = site.book.chart_remembered(store).await? {
                return Ok(chart);
            }
            let why = "its chart of accounts was never read, and nobody is to be asked";
            return Err(DriverError::AccessRefused {
                why: why.to_owned(),
            });
        }
        site.book
            .chart(store, provider, &self.limits, self.clock.now())
            .await
    }

    async fn plan_now(
        &self,
        site: &ConnectionSite,
        chart: &Chart,
        aspirant: &Aspirant,
        is_silent: bool,
    ) -> Result<Plan, DriverError> {
        let (binding, document) = (&aspirant.binding, &aspirant.document);
        Ok(match self.plan_here(site, chart, binding, document) {
            Plan::Decided(Decision::Leave(to)) => {
                let asked = match is_silent {
                    true => None,
                    false => self.leave_or_hold(binding, document, &to).await?,
                };
                Plan::Decided(asked.unwrap_or(Decision::Leave(to)))
            }
            plan => plan,
        })
    }

    /// The decision about a document, with the contact as it is known or as it would be made.
    async fn decided(
        &self,
        site: &ConnectionSite,
        aspirant: &Aspirant,
        plan: Plan,
        pass: &mut Pass,
    ) -> Result<Decided, DriverError> {
        let sketch = match plan {
            Plan::Decided(decision) => return Ok(Decided::plain(decision)),
            Plan::NeedsContact(sketch) => sketch,
        };
        let wanted = sketch.wanted.clone();
        let known = pass.contacts.get(&(site.id.clone(), wanted.key()));
        // What nobody was asked about may be there or be made.
        let is_guess = known.is_none() && Self::is_silent(pass);
        let answer = match known {
            None if is_guess => to_be_made(),
            None | Some(ContactAnswer::Missing { .. }) if wanted.create_missing => to_be_made(),
            None => ContactAnswer::Missing { near: Vec::new() },
            Some(answer) => answer.clone(),
        };
        let posting = sketch.clone().posting(&answer).ok();
        let mut decision = sketch.decide(&answer);
        if let Decision::Create(posting) = &decision {
            let namesake = self
                .namesake(site, &aspirant.binding, posting, &wanted, pass)
                .await?;
            if let Some(finding) = namesake {
                decision = Decision::Hold(vec![finding]);
            }
        }
        Ok(Decided {
            decision,
            wanted: Some(wanted),
            posting,
            is_guess,
        })
    }

    /// The document as it arrives where it goes.
    async fn arriving(
        &self,
        aspirant: &Aspirant,
        to: &ConnectionId,
    ) -> Result<Option<Aspirant>, DriverError> {
        let key = BindingKey {
            document: aspirant.binding.key.document.clone(),
            connection: to.clone(),
        };
        let known = self.store.bindings(std::slice::from_ref(&key)).await?;
        let known = known.into_iter().flatten().next();
        let change = HostChange::of(&aspirant.document);
        let (policy, now) = (self.policy(&key), self.clock.now());
        let arrived = host_changed(&key, known.as_ref(), &change, policy, now);
        let binding = arrived.map(|step| step.binding).or(known);
        Ok(binding.map(|mut binding| {
            binding.state = State::waiting();
            Aspirant {
                binding,
                document: aspirant.document.clone(),
                leaves: Some(aspirant.binding.key.connection.clone()),
            }
        }))
    }

    /// Looks up the contacts that plans need and that nobody asked about yet, without making any. Those that are
    /// found are remembered.
    async fn look_contacts_up(
        &self,
        site: &ConnectionSite,
        plans: &[Plan],
        pass: &mut Pass,
    ) -> Result<(), DriverError> {
        let now = self.clock.now();
        let mut unknown: BTreeMap<String, &ContactWanted> = BTreeMap::new();
        for plan in plans {
            let Plan::NeedsContact(sketch) = plan else {
                continue;
            };
            let wanted = &sketch.wanted;
            let key = (site.id.clone(), wanted.key());
            if pass.contacts.contains_key(&key) {
                continue;
            }
            let known = site
                .book
                .contact(self.store.as_ref(), wanted, &self.limits, now)
                .await?;
            match known {
                Some(answer) => drop(pass.contacts.insert(key, answer)),
                None => drop(unknown.insert(wanted.key(), wanted)),
            }
        }
        if unknown.is_empty() || Self::is_silent(pass) {
            return Ok(());
        }
        let wanted: Vec<ContactWanted> = unknown.values().map(|wanted| as_it_is(wanted)).collect();
        let answers = site.provider.resolve_contacts(&wanted).await?;
        let mut found = Vec::new();
        for ((key, wanted), answer) in unknown.into_iter().zip(answers) {
            if matches!(answer, ContactAnswer::Found { .. }) {
                found.push((wanted.clone(), answer.clone()));
            }
            pass.contacts.insert((site.id.clone(), key), answer);
        }
        site.book
            .remember_found(self.store.as_ref(), found, now)
            .await
    }

    fn drafted(
        &self,
        site: &ConnectionSite,
        chart: &Chart,
        aspirant: Aspirant,
        decided: Decided,
        held: Option<&HeldNow>,
    ) -> Drafted {
        let Aspirant {
            binding,
            document,
            leaves,
        } = aspirant;
        let Decided {
            mut decision,
            wanted,
            posting,
            is_guess,
        } = decided;
        let id = binding.posted.as_ref().map(|posted| &posted.id);
        let there = held.and_then(|held| held.get(id?));
        let is_changing = matches!(decision.op(), Some(Op::Update | Op::Void));
        if is_changing && held.is_some() && there.is_none_or(|there| !there.status.is_live()) {
            decision = Decision::Hold(vec![gone_there(&binding)]);
        }
        let goes = self.goes(site, &binding, &document, &decision);
        let mut preview = preview(&binding, &document, &decision, &goes);
        preview.notes = notes(&binding, self.clock.now(), is_guess);
        if let Some(wanted) = &wanted {
            preview.contact.clone_from(&wanted.name);
        }
        let sent = sent(&decision);
        let makes = sent.is_some_and(|posting| posting.contact.as_str() == TO_BE_MADE);
        preview.creates_contact = makes && !is_guess;
        if let (Some(posting), Some(there)) = (sent, there) {
            let lines = binding
                .posted
                .as_ref()
                .map(|posted| posted.lines.as_slice());
            preview.changes = Some(changes(posting, lines.unwrap_or_default(), there, chart));
        }
        preview.freight = freight(site, &binding, &decision, &goes);
        preview.freight.makes = wanted.clone().filter(|_| makes).map(Box::new);
        let terms = Terms {
            site,
            chart,
            there: there.filter(|_| is_changing),
            leaves,
        };
        preview.intention = intention(&binding, &decision, &preview, terms).map(Box::new);
        Drafted {
            decision: preview.op.map(|_| decision),
            preview,
            binding,
            document,
            wanted,
            posting,
        }
    }

    fn goes(
        &self,
        site: &ConnectionSite,
        binding: &Binding,
        document: &Document,
        decision: &Decision,
    ) -> Vec<Goes> {
        match decision {
            Decision::Create(posting) | Decision::Update(posting) => {
                beside_sent(site, binding, document, posting.status)
            }
            Decision::Void | Decision::Undo(_) => {
                let mut going = binding.clone();
                going.state = State::ready(Op::Void);
                self.beside_held(site, &going, document)
            }
            Decision::Agrees if binding.departure().is_some() => Vec::new(),
            Decision::Agrees if binding.state == State::Detached => Vec::new(),
            Decision::Agrees => {
                let mut agreeing = binding.clone();
                agreeing.state = State::Posted;
                self.beside_held(site, &agreeing, document)
            }
            Decision::Reverse(_)
            | Decision::Leave(_)
            | Decision::Gone
            | Decision::Skip(_)
            | Decision::Hold(_) => Vec::new(),
        }
    }
}

/// The contact as it is looked for when nobody may be made.
fn as_it_is(wanted: &ContactWanted) -> ContactWanted {
    ContactWanted {
        create_missing: false,
        ..wanted.clone()
    }
}

pub(in crate::driver) fn to_be_made() -> ContactAnswer {
    let id = ProviderContactId::new(TO_BE_MADE).expect("a short text without control characters");
    ContactAnswer::Found {
        id,
        by: MatchedBy::Created,
    }
}

/// Who the other party is, in words.
pub(in crate::driver) fn party(posting: &Posting, name: &str) -> String {
    match posting.contact.as_str() {
        TO_BE_MADE => format!("{name} (to be made)"),
        id => format!("{name} ({id})"),
    }
}

/// What an intention is told in.
struct Terms<'a> {
    site: &'a ConnectionSite,
    chart: &'a Chart,
    /// What the provider holds before it is changed.
    there: Option<&'a Snapshot>,
    leaves: Option<ConnectionId>,
}

/// Everything that would be done; `None` for nothing.
fn intention(
    binding: &Binding,
    decision: &Decision,
    preview: &Preview,
    terms: Terms<'_>,
) -> Option<Intention> {
    let action = action(preview)?;
    let (document, chart) = (&binding.key.document, terms.chart);
    let posting = sent(decision);
    let makes_contact = posting.is_some_and(|posting| posting.contact.as_str() == TO_BE_MADE);
    let options = lacking(decision).into_iter();
    Some(Intention {
        host: document.host.clone(),
        kind: document.kind,
        id: document.id.clone(),
        connection: binding.key.connection.clone(),
        number: binding.number.clone(),
        revision: binding.revision,
        action,
        posting: posting.map(|posting| ContentHash::of(posting).as_str().to_owned()),
        fields: posting
            .map(|posting| posting_fields(posting, &party(posting, &preview.contact), chart))
            .unwrap_or_default(),
        provider_id: match action {
            Action::Create => None,
            Action::Update | Action::Void | Action::Beside => {
                binding.posted.as_ref().map(|posted| posted.id.clone())
            }
        },
        held: terms
            .there
            .map(|there| snapshot_fields(there, chart))
            .unwrap_or_default(),
        makes_contact: makes_contact.then(|| preview.contact.clone()),
        makes_options: options
            .map(|(category, name)| OptionToMake { category, name })
            .collect(),
        beside: preview.beside.clone(),
        leaves: terms.leaves,
        goes_to: match decision {
            Decision::Leave(to) => Some(to.clone()),
            Decision::Create(_)
            | Decision::Update(_)
            | Decision::Void
            | Decision::Undo(_)
            | Decision::Reverse(_)
            | Decision::Agrees
            | Decision::Gone
            | Decision::Skip(_)
            | Decision::Hold(_) => None,
        },
        settings: ContentHash::of(&terms.site.settings).as_str().to_owned(),
    })
}

/// What is sent, if a posting is.
fn sent(decision: &Decision) -> Option<&Posting> {
    match decision {
        Decision::Create(posting) | Decision::Update(posting) => Some(posting),
        Decision::Void
        | Decision::Undo(_)
        | Decision::Reverse(_)
        | Decision::Leave(_)
        | Decision::Agrees
        | Decision::Gone
        | Decision::Skip(_)
        | Decision::Hold(_) => None,
    }
}

fn action(preview: &Preview) -> Option<Action> {
    match preview.verdict {
        Verdict::Create | Verdict::Update | Verdict::Void => preview.op.map(Action::from),
        Verdict::Beside => Some(Action::Beside),
        Verdict::Held | Verdict::Skipped | Verdict::LeftAlone | Verdict::InDoubt => None,
    }
}

fn freight(
    site: &ConnectionSite,
    binding: &Binding,
    decision: &Decision,
    goes: &[Goes],
) -> Freight {
    let mut freight = Freight::default();
    freight.beside.extend(goes.iter().map(|(_, kind)| *kind));
    if let (Decision::Create(posting), Existing::LookFirst) = (decision, site.settings.existing) {
        let unique = site.provider.capability().numbers_unique;
        let unique = unique.contains(&posting.kind);
        freight.sought = Some(Box::new(Sought::of(posting, unique)));
    }
    if let Some(order) = order(binding, decision.clone()) {
        freight.size = payload(&order).1;
        if let Some(pacing) = site.provider.pacing() {
            freight.toll = pacing.toll(&Work::Document(&order));
        }
    }
    freight
}
