//! Which calls to a provider are recorded, what they are about, and that their records become durable with their outcome.

use std::sync::Arc;

use super::DriverError;
use super::site::{ConnectionSite, World};
use crate::document::ConnectionId;
use crate::engine::{Binding, BindingKey, Flight};
use crate::exchange::{self, About, Concerned, Purpose, Subject, Tape};
use crate::provider::{ContactAnswer, ContactCandidate, ContactWanted};
use crate::spans::{followed, piece};
use crate::store::{ChangeSet, Store};

impl World {
    /// Does some work whose calls are recorded. They become durable with what [`World::apply`] commits meanwhile,
    /// or else right after it: a crash before that loses them, never their outcome.
    pub(super) async fn on_tape<T>(
        &self,
        about: About,
        work: impl Future<Output = Result<T, DriverError>> + Send,
    ) -> Result<T, DriverError> {
        // On the heap: every loop of the driver carries this, and their states would add up on one stack.
        let work = followed(piece(&about), work);
        let (result, tape) = exchange::taped(about, Box::pin(work)).await;
        keep_rest(self.store.as_ref(), &tape).await?;
        result
    }
}

/// Commits what no other commit took along.
pub(super) async fn keep_rest(store: &dyn Store, tape: &Arc<Tape>) -> Result<(), DriverError> {
    let (records, calls) = tape.records(&[], &[]);
    if records.is_empty() {
        return Ok(());
    }
    store
        .commit(ChangeSet {
            records,
            ..ChangeSet::default()
        })
        .await?;
    tape.taken(calls);
    Ok(())
}

/// Calls with a request of ours.
pub(super) fn of_flight(purpose: Purpose, site: &ConnectionSite, flight: &Flight) -> About {
    About {
        purpose,
        connection: site.id.clone(),
        flight: Some(flight.id.clone()),
        members: flight
            .members
            .iter()
            .map(|member| member.binding.clone())
            .collect(),
        concerned: Concerned::All(vec![Subject::Flight(flight.id.clone())]),
        marks: Vec::new(),
    }
}

/// A look-up of what became of some documents, by their request if it is known.
pub(super) fn of_look_up(
    site: &ConnectionSite,
    flight: Option<&Flight>,
    bindings: &[Binding],
) -> About {
    let members = bindings.iter().map(|binding| binding.key.clone());
    match flight {
        Some(flight) => of_flight(Purpose::LookUp, site, flight),
        None => of_documents(Purpose::LookUp, site, members),
    }
}

/// Calls about documents.
pub(super) fn of_documents(
    purpose: Purpose,
    site: &ConnectionSite,
    documents: impl Iterator<Item = BindingKey>,
) -> About {
    let members: Vec<BindingKey> = documents.collect();
    let subjects = members.iter().cloned().map(Subject::Document).collect();
    About {
        purpose,
        connection: site.id.clone(),
        flight: None,
        members,
        concerned: Concerned::All(subjects),
        marks: Vec::new(),
    }
}

/// Calls beside a document.
pub(super) fn of_beside(site: &ConnectionSite, document: &BindingKey) -> About {
    of_documents(Purpose::Companion, site, std::iter::once(document.clone()))
}

/// Calls of which nobody knows yet whom they concern.
pub(super) fn of_changes(purpose: Purpose, site: &ConnectionSite) -> About {
    About {
        purpose,
        connection: site.id.clone(),
        flight: None,
        members: Vec::new(),
        concerned: Concerned::WhoeverChanges,
        marks: Vec::new(),
    }
}

/// Calls that find or make contacts.
pub(super) fn of_contacts(connection: &ConnectionId, wanted: &[ContactWanted]) -> About {
    let subjects = wanted.iter().map(|wanted| Subject::Party {
        connection: connection.clone(),
        key: wanted.key(),
    });
    About {
        purpose: Purpose::Contacts,
        connection: connection.clone(),
        flight: None,
        members: Vec::new(),
        concerned: Concerned::All(subjects.collect()),
        marks: wanted.iter().flat_map(marks_of_wanted).collect(),
    }
}

fn marks_of_wanted(wanted: &ContactWanted) -> impl Iterator<Item = String> {
    [Some(wanted.name.clone()), wanted.number.clone()]
        .into_iter()
        .flatten()
}

/// By what the contacts of an answer are known in bodies.
pub(super) fn marks_of_answer(answer: &ContactAnswer) -> Vec<String> {
    let of = |all: &[ContactCandidate]| all.iter().map(|it| it.id.to_string()).collect();
    match answer {
        ContactAnswer::Found { id, .. } => vec![id.to_string()],
        ContactAnswer::Archived { contact } => of(std::slice::from_ref(contact)),
        ContactAnswer::Ambiguous { candidates } => of(candidates),
        ContactAnswer::Missing { near } => of(near),
        ContactAnswer::Refused { .. } => Vec::new(),
    }
}

/// By what documents are known in bodies.
pub(super) fn marks_of_bindings(bindings: &[Binding]) -> Vec<String> {
    let posted = bindings.iter().filter_map(|it| it.posted.as_ref());
    let posted = posted.flat_map(|it| [it.id.to_string(), it.number.clone()]);
    let numbers = bindings.iter().map(|it| it.number.clone());
    posted.chain(numbers).collect()
}
