//! What of everything that was never sent stands at the providers already, for a person to look at and to bind.

use std::collections::BTreeMap;

use super::DriverError;
use super::adoption::{Shown, Unsent, sought};
use super::site::{ConnectionSite, World};
use crate::check::Finding;
use crate::document::{ConnectionId, Document, DocumentKind};
use crate::engine::{Binding, BindingKey, Denied, Judgement, Manner, Op, Priority, State, judge};
use crate::provider::{Candidate, FindCost};

/// Bindings looked at in one step of a walk over all.
const STEP_MAX: usize = 500;

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

    pub(super) fn of(unsent: Unsent, shown: &Shown) -> Self {
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
        let shown = self
            .shown((site, Priority::Operator), lot.kind, &lot.unsent)
            .await?;
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
