//! What of everything that was never sent stands at the providers already, for a person to look at and to bind.

use std::collections::BTreeMap;

use super::DriverError;
use super::adoption::{Shown, Unsent, looking_again, sought};
use super::site::{ConnectionSite, World};
use crate::check::Finding;
use crate::document::{ConnectionId, Document, DocumentKind, ProviderContactId};
use crate::engine::{
    Binding, BindingKey, Denied, Judgement, Manner, Op, PlanInput, Seen, Sketch, State, Step,
    adopt, judge, none_of_these, sketch_to_compare,
};
use crate::provider::{
    Candidate, Chart, ContactAnswer, ContactWanted, ErrorKind, FindCost, Mark, MatchedBy,
    ProviderError, Snapshot,
};
use crate::store::{ChangeSet, StoreError};

/// Bindings looked at in one step of a walk over all.
const STEP_MAX: usize = 500;
/// Contacts asked for in one call to the provider.
const CONTACTS_ASKED_MAX: usize = 500;
/// Conflicts in a row before an act is given up.
const CONFLICTS_MAX: usize = 8;

/// Everything that would be looked for, and what that costs.
#[derive(Debug, Default)]
pub struct Survey {
    /// What is asked in one go each.
    pub lots: Vec<Lot>,
    /// What all of them cost.
    pub cost: FindCost,
    /// Documents that cannot be compared, with the reasons.
    pub unfit: Vec<(Binding, Vec<Finding>)>,
}

/// Documents of one kind and connection that are looked for in one go.
#[derive(Debug)]
pub struct Lot {
    connection: ConnectionId,
    kind: DocumentKind,
    unsent: Vec<Unsent>,
}

impl Lot {
    /// How many documents.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.unsent.len()
    }
}

/// What was found for one document.
#[derive(Clone, Debug)]
pub struct Surveyed {
    unsent: Unsent,
    /// What that is.
    pub outcome: Outcome,
}

/// What was found for a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Nothing,
    /// The same, in every field.
    Same(Candidate),
    /// One that differs, with where.
    Differs(Candidate, Vec<String>),
    /// Several that may be it.
    Several(Vec<Candidate>),
    /// One that belongs to another binding.
    Taken(Candidate, BindingKey),
}

impl Surveyed {
    /// The binding that it is about.
    #[must_use]
    pub fn binding(&self) -> &Binding {
        &self.unsent.0
    }

    fn of(unsent: Unsent, shown: &Shown) -> Self {
        let outcome = match judge(&unsent.0, &unsent.1, &shown.seen()) {
            Judgement::Nothing => Outcome::Nothing,
            Judgement::Same(one) => Outcome::Same(one.clone()),
            Judgement::Differs(one, differences) => Outcome::Differs(
                one.clone(),
                differences.iter().map(ToString::to_string).collect(),
            ),
            Judgement::Several(many) => Outcome::Several(many.into_iter().cloned().collect()),
            Judgement::Taken(one, owner) => Outcome::Taken(one.clone(), owner.clone()),
        };
        Self { unsent, outcome }
    }
}

/// What a person decided about a document that may be at the provider already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    /// The one that is found.
    Found,
    /// The provider's document of this number or identifier.
    Named(&'a str),
}

impl World {
    /// Everything that was never sent, as it would be looked for. Asks for contacts that nobody asked about yet,
    /// and makes none.
    pub async fn survey(&self, connection: Option<&ConnectionId>) -> Result<Survey, DriverError> {
        let mut unsent: BTreeMap<ConnectionId, Vec<(Binding, Document)>> = BTreeMap::new();
        let mut last = None;
        loop {
            let some = self.store.scan(last.as_ref(), STEP_MAX).await?;
            let Some(end) = some.last() else { break };
            last = Some(end.key.clone());
            let wanted = |binding: &Binding| {
                let on = &binding.key.connection;
                connection.is_none_or(|wanted| wanted == on) && self.connections.contains_key(on)
            };
            let open: Vec<Binding> = some
                .into_iter()
                .filter(|binding| is_unsent(binding) && wanted(binding))
                .collect();
            let keys: Vec<_> = open
                .iter()
                .map(|binding| binding.key.document.clone())
                .collect();
            let documents = self.store.documents(&keys).await?;
            for (binding, document) in open.into_iter().zip(documents) {
                if let Some(document) = document {
                    let of = unsent.entry(binding.key.connection.clone()).or_default();
                    of.push((binding, document));
                }
            }
        }
        let mut survey = Survey::default();
        for (connection, pairs) in unsent {
            if let Some(site) = self.connections.get(&connection) {
                self.survey_connection(site, pairs, &mut survey).await?;
            }
        }
        Ok(survey)
    }

    async fn survey_connection(
        &self,
        site: &ConnectionSite,
        pairs: Vec<(Binding, Document)>,
        survey: &mut Survey,
    ) -> Result<(), DriverError> {
        let (unsent, unfit) = self.unsent(site, pairs).await?;
        survey.unfit.extend(unfit);
        let mut by_kind: BTreeMap<DocumentKind, Vec<Unsent>> = BTreeMap::new();
        for one in unsent {
            by_kind.entry(one.1.kind).or_default().push(one);
        }
        let most = site.provider.capability().look_up_max.max(1);
        for (kind, mut unsent) in by_kind {
            // Neighbours in time share a list.
            unsent.sort_by_key(|(_, posting)| posting.date);
            while !unsent.is_empty() {
                let rest = unsent.split_off(most.min(unsent.len()));
                let lot = std::mem::replace(&mut unsent, rest);
                let sought = sought(site, lot.iter().map(|(_, posting)| posting));
                survey.cost += site.provider.find_cost(kind, &sought);
                survey.lots.push(Lot {
                    connection: site.id.clone(),
                    kind,
                    unsent: lot,
                });
            }
        }
        Ok(())
    }

    /// What the provider shows for the documents of a lot.
    pub async fn look_for(&self, lot: Lot) -> Result<Vec<Surveyed>, DriverError> {
        let Some(site) = self.connections.get(&lot.connection) else {
            return Ok(Vec::new());
        };
        let shown = self.shown(site, lot.kind, &lot.unsent).await?;
        let pairs = lot.unsent.into_iter().zip(shown);
        Ok(pairs
            .map(|(unsent, shown)| Surveyed::of(unsent, &shown))
            .collect())
    }

    /// Binds the document that was found to be the same, without a write. Anything else than
    /// [`Outcome::Same`] is denied.
    pub async fn bind_same(
        &self,
        surveyed: &Surveyed,
        by: &str,
    ) -> Result<Result<Binding, Denied>, DriverError> {
        let Outcome::Same(candidate) = &surveyed.outcome else {
            let instead = "Name the provider's document with --as.";
            return Ok(Err(Denied::new(
                "nothing that is the same was found",
                instead,
            )));
        };
        self.bind(&surveyed.unsent, candidate, (Manner::AsItIs, by))
            .await
    }

    /// Binds a document to the provider's, as a person decided. Asks the provider what it holds now.
    pub async fn adopt(
        &self,
        binding: &Binding,
        choice: Choice<'_>,
        (manner, by): (Manner, &str),
    ) -> Result<Result<Binding, Denied>, DriverError> {
        let (site, unsent) = match self.one_unsent(binding).await? {
            Ok(found) => found,
            Err(denied) => return Ok(Err(denied)),
        };
        let bound = binding.posted.as_ref().filter(|it| it.status.is_live());
        let kind = binding.key.document.kind;
        let candidates: Vec<Candidate> = match (choice, bound) {
            (Choice::Named(name), _) => by_person(named(site, kind, name).await?),
            (Choice::Found, Some(posted)) => by_person(
                site.provider
                    .read(kind, std::slice::from_ref(&posted.id))
                    .await?,
            ),
            (Choice::Found, None) => {
                let shown = self
                    .shown(site, kind, std::slice::from_ref(&unsent))
                    .await?
                    .remove(0);
                match Surveyed::of(unsent.clone(), &shown).outcome {
                    Outcome::Nothing => Vec::new(),
                    Outcome::Same(one) | Outcome::Differs(one, _) | Outcome::Taken(one, _) => {
                        vec![one]
                    }
                    Outcome::Several(many) => many,
                }
            }
        };
        match candidates.as_slice() {
            [] => Ok(Err(Denied::new(
                "the provider shows no document that may be this one",
                "Name the provider's number or identifier with --as, or send it: `tieout sync --once`.",
            ))),
            [one] => self.bind(&unsent, one, (manner, by)).await,
            many => {
                let ids: Vec<&str> = many.iter().map(|one| one.snapshot.id.as_str()).collect();
                Ok(Err(Denied::new(
                    format!("{} documents of the provider may be this one", many.len()),
                    format!("Choose with --as: {}.", ids.join(", ")),
                )))
            }
        }
    }

    /// A person says that what the provider shows for a document is something else: it is sent beside it. Gives
    /// the binding, and how many documents it was told apart from.
    pub async fn tell_apart(
        &self,
        binding: &Binding,
        by: &str,
    ) -> Result<Result<(Binding, usize), Denied>, DriverError> {
        let (site, unsent) = match self.one_unsent(binding).await? {
            Ok(found) => found,
            Err(denied) => return Ok(Err(denied)),
        };
        let kind = binding.key.document.kind;
        let shown = self
            .shown(site, kind, std::slice::from_ref(&unsent))
            .await?
            .remove(0);
        let others: Vec<_> = shown
            .0
            .into_iter()
            .map(|(candidate, _)| candidate.snapshot.id)
            .collect();
        if others.is_empty() {
            return Ok(Err(Denied::new(
                "the provider shows no document that may be this one",
                "`tieout retry` plans it anew.",
            )));
        }
        let at = self.clock.now();
        let acted = self
            .act(&binding.key, &ChangeSet::default(), |binding| {
                none_of_these(binding, &others, by, at)
            })
            .await?;
        Ok(acted.map(|binding| (binding, others.len())))
    }

    async fn bind(
        &self,
        (known, posting): &Unsent,
        candidate: &Candidate,
        decided: (Manner, &str),
    ) -> Result<Result<Binding, Denied>, DriverError> {
        let Some(site) = self.connections.get(&known.key.connection) else {
            return Ok(Err(not_connected(known)));
        };
        let flights = self.store.flights(&site.id).await?;
        // Asked again: another one may have taken it since.
        let owner = self
            .claimed_by(site, &flights, known, &candidate.snapshot)
            .await?;
        let seen = Seen {
            candidate,
            claimed_by: owner.as_ref(),
        };
        let base = looking_again(site, std::iter::once(candidate.snapshot.clone()));
        let at = self.clock.now();
        self.act(&known.key, &base, |binding| {
            if binding.content != known.content {
                let instead = "Run the command again.";
                return Err(Denied::new("the host changed it meanwhile", instead));
            }
            let policy = self.policy(&binding.key);
            adopt(binding, posting, seen, decided, policy, at)
        })
        .await
    }

    /// One document as it would be sent.
    async fn one_unsent(
        &self,
        binding: &Binding,
    ) -> Result<Result<(&ConnectionSite, Unsent), Denied>, DriverError> {
        let Some(site) = self.connections.get(&binding.key.connection) else {
            return Ok(Err(not_connected(binding)));
        };
        let documents = self
            .store
            .documents(std::slice::from_ref(&binding.key.document))
            .await?;
        let Some(document) = documents.into_iter().flatten().next() else {
            return Ok(Err(Denied::new(
                "the store has no document for it",
                "Hand it over again from the host.",
            )));
        };
        let (mut unsent, unfit) = self.unsent(site, vec![(binding.clone(), document)]).await?;
        if let Some(unsent) = unsent.pop() {
            return Ok(Ok((site, unsent)));
        }
        let why = unfit.into_iter().flat_map(|(_, findings)| findings).next();
        Ok(Err(match why {
            Some(finding) => Denied::new(
                format!("it cannot be compared: {finding}"),
                finding.remedy.clone(),
            ),
            None => Denied::new(
                format!("it is not to be sent: it is {}", binding.state.name()),
                "Only a document that these settings send can be bound.",
            ),
        }))
    }

    /// Documents as they would be sent, and those that cannot be worked out. What is deliberately not sent is in
    /// neither.
    async fn unsent(
        &self,
        site: &ConnectionSite,
        pairs: Vec<(Binding, Document)>,
    ) -> Result<(Vec<Unsent>, Vec<(Binding, Vec<Finding>)>), DriverError> {
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
        let mut sketches: Vec<(Binding, Sketch)> = Vec::new();
        let mut unfit = Vec::new();
        for (binding, document) in pairs {
            match sketch(site, &chart, &binding, &document) {
                Ok(Some(sketch)) => sketches.push((binding, sketch)),
                Ok(None) => {}
                Err(findings) => unfit.push((binding, findings)),
            }
        }
        let answers = self.contacts_as_they_are(site, &sketches).await?;
        let mut unsent = Vec::new();
        for (binding, sketch) in sketches {
            let wanted = &sketch.wanted;
            let missing = ContactAnswer::Missing { near: Vec::new() };
            let answer = match answers.get(&wanted.key()).unwrap_or(&missing) {
                ContactAnswer::Missing { .. } if wanted.create_missing => to_be_made(),
                answer => answer.clone(),
            };
            match sketch.posting(&answer) {
                Ok(posting) => unsent.push((binding, posting)),
                Err(finding) => unfit.push((binding, vec![*finding])),
            }
        }
        Ok((unsent, unfit))
    }

    /// What is known of the wanted contacts, from memory or from the provider; none is made.
    async fn contacts_as_they_are(
        &self,
        site: &ConnectionSite,
        sketches: &[(Binding, Sketch)],
    ) -> Result<BTreeMap<String, ContactAnswer>, DriverError> {
        let now = self.clock.now();
        let mut answers = BTreeMap::new();
        let mut unknown: BTreeMap<String, ContactWanted> = BTreeMap::new();
        for (_, sketch) in sketches {
            let key = sketch.wanted.key();
            if answers.contains_key(&key) || unknown.contains_key(&key) {
                continue;
            }
            let known = site
                .book
                .contact(self.store.as_ref(), &sketch.wanted, &self.limits, now)
                .await?;
            match known {
                Some(answer) => drop(answers.insert(key, answer)),
                None => {
                    let wanted = ContactWanted {
                        create_missing: false,
                        ..sketch.wanted.clone()
                    };
                    unknown.insert(key, wanted);
                }
            }
        }
        let unknown: Vec<(String, ContactWanted)> = unknown.into_iter().collect();
        for some in unknown.chunks(CONTACTS_ASKED_MAX) {
            let wanted: Vec<ContactWanted> =
                some.iter().map(|(_, wanted)| wanted.clone()).collect();
            let told = site.provider.resolve_contacts(&wanted).await?;
            answers.extend(some.iter().map(|(key, _)| key.clone()).zip(told));
        }
        Ok(answers)
    }

    /// Commits what a person's act makes of a binding; gives the binding as it is then.
    async fn act(
        &self,
        key: &BindingKey,
        base: &ChangeSet,
        act: impl Fn(&Binding) -> Result<Step, Denied> + Send,
    ) -> Result<Result<Binding, Denied>, DriverError> {
        let mut conflicts = 0;
        loop {
            let known = self.store.bindings(std::slice::from_ref(key)).await?;
            let Some(binding) = known.into_iter().flatten().next() else {
                let instead = "Hand it over again from the host.";
                return Ok(Err(Denied::new("the store does not know it", instead)));
            };
            let step = match act(&binding) {
                Ok(step) => step,
                Err(denied) => return Ok(Err(denied)),
            };
            let mut changes = base.clone();
            changes.bindings.push(step.binding.clone());
            changes.journal.push(step.entry);
            let news = super::apply::News::of(&changes);
            match self.store.commit(changes).await {
                Ok(()) => {
                    self.announce(&news);
                    return Ok(Ok(step.binding));
                }
                Err(StoreError::Conflict(_)) if conflicts < CONFLICTS_MAX => conflicts += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn sketch(
    site: &ConnectionSite,
    chart: &Chart,
    binding: &Binding,
    document: &Document,
) -> Result<Option<Sketch>, Vec<Finding>> {
    sketch_to_compare(&PlanInput {
        binding,
        document,
        settings: &site.settings,
        chart,
        capability: site.provider.capability(),
    })
}

/// The provider's documents of a number, or else the one of an identifier.
async fn named(
    site: &ConnectionSite,
    kind: DocumentKind,
    name: &str,
) -> Result<Vec<Snapshot>, ProviderError> {
    let mut found = site.provider.look_up(kind, &[name.to_owned()]).await?;
    found.retain(|snapshot| snapshot.status.is_live());
    let Ok(id) = name.to_owned().try_into() else {
        return Ok(found);
    };
    if !found.is_empty() {
        return Ok(found);
    }
    match site.provider.read(kind, &[id]).await {
        // What is no identifier at all may be refused as such.
        Err(error) if error.kind == ErrorKind::Refused => Ok(Vec::new()),
        read => read,
    }
}

fn by_person(documents: Vec<Snapshot>) -> Vec<Candidate> {
    let candidates = documents.into_iter().map(|snapshot| Candidate {
        snapshot,
        mark: Mark::Person,
    });
    candidates.collect()
}

/// Whether a document was never sent, and would be if nothing stood in its way.
fn is_unsent(binding: &Binding) -> bool {
    let open = match &binding.state {
        State::Waiting { .. }
        | State::Held { .. }
        | State::Ready { op: Op::Create, .. }
        | State::Rejected { .. } => true,
        State::Ready {
            op: Op::Update | Op::Void,
            ..
        }
        | State::Skipped { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Posted
        | State::Voided
        | State::Removed { .. }
        | State::Detached => false,
    };
    open && !binding.is_bound()
}

fn to_be_made() -> ContactAnswer {
    let id = ProviderContactId::new("to-be-made").expect("a short text without control characters");
    ContactAnswer::Found {
        id,
        by: MatchedBy::Created,
    }
}

fn not_connected(binding: &Binding) -> Denied {
    let connection = &binding.key.connection;
    if *connection == ConnectionId::unrouted() {
        return Denied::new("no route claims it", "Add a [[routes]] entry that fits it.");
    }
    Denied::new(
        format!("the connection {connection} is not connected"),
        format!("Run `tieout connect {connection}`."),
    )
}
