//! What a person decides about one document that may stand at its provider already.

use super::DriverError;
use super::adoption::{Unsent, looking_again};
use super::site::{ConnectionSite, World};
use super::survey::{Outcome, Surveyed};
use super::tape::of_documents;
use crate::document::{ConnectionId, DocumentKind};
use crate::engine::{
    Binding, BindingKey, Denied, Manner, Priority, Seen, Step, adopt, none_of_these,
};
use crate::exchange::Purpose;
use crate::provider::{Candidate, ErrorKind, Mark, ProviderError, Snapshot};
use crate::store::{ChangeSet, StoreError};

/// Conflicts in a row before an act is given up.
const CONFLICTS_MAX: usize = 8;

/// What a person decided about a document that may be at the provider already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    /// The one that is found.
    Found,
    /// The provider's document of this number or identifier.
    Named(&'a str),
}

impl World {
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
        let about = of_documents(
            Purpose::Adoption,
            site,
            std::iter::once(binding.key.clone()),
        );
        let candidates: Vec<Candidate> = match (choice, bound) {
            (Choice::Named(name), _) => {
                let asked = async { Ok(named(site, kind, name).await?) };
                by_person(self.on_tape(about, asked).await?)
            }
            (Choice::Found, Some(posted)) => {
                let ids = std::slice::from_ref(&posted.id);
                let asked = async { Ok(site.provider.read(kind, ids).await?) };
                by_person(self.on_tape(about, asked).await?)
            }
            (Choice::Found, None) => {
                let shown = self
                    .shown(
                        (site, Priority::Operator),
                        kind,
                        std::slice::from_ref(&unsent),
                    )
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
            .shown(
                (site, Priority::Operator),
                kind,
                std::slice::from_ref(&unsent),
            )
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

    /// Binds a document to a candidate, if it is still as it was looked at.
    pub(super) async fn bind(
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
        if let Some(denied) = Denied::of_a_member(binding) {
            return Ok(Err(denied));
        }
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

    /// Commits what a person's act makes of a binding; gives the binding as it is then.
    pub(super) async fn act(
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
            self.plan_freed_by(&mut changes).await?;
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
