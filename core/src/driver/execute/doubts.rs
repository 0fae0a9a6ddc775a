//! How doubts about documents of a plan end before anything is sent: the identical request again, or a look-up.

use std::collections::BTreeMap;

use super::run::Job;
use crate::driver::DriverError;
use crate::driver::backoff::after;
use crate::driver::dispatch::Loaded;
use crate::driver::site::ConnectionSite;
use crate::engine::{Action, Binding, BindingKey, ContentHash, Flight, FlightId, Intention, State};
use crate::provider::Order;

impl Job<'_> {
    /// Finds out what became of requests that hold documents of the plan, for as long as a single run waits. Doubts
    /// about other documents stay.
    pub(super) async fn settle_doubts(
        &self,
        site: &ConnectionSite,
        page: &[Intention],
    ) -> Result<(), DriverError> {
        let world = &self.world;
        let keys: Vec<BindingKey> = page.iter().map(Intention::key).collect();
        let until = after(world.clock.now(), world.limits.once_patience);
        loop {
            let unsure: Vec<Binding> = world
                .store
                .bindings(&keys)
                .await?
                .into_iter()
                .flatten()
                .filter(|binding| not_before(binding).is_some())
                .collect();
            let Some(soonest) = unsure.iter().filter_map(not_before).min() else {
                return Ok(());
            };
            if soonest > until || self.stop.is_cancelled() {
                return Ok(());
            }
            let now = world.clock.now();
            let length = (soonest - now).to_std().unwrap_or_default();
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(length) => {}
            }
            let now = world.clock.now();
            let due = unsure
                .into_iter()
                .filter(|binding| not_before(binding).is_some_and(|at| at <= now));
            let mut by_flight: BTreeMap<FlightId, Vec<Binding>> = BTreeMap::new();
            for binding in due {
                if let Some(departure) = binding.departure() {
                    let flight = departure.flight.clone();
                    by_flight.entry(flight).or_default().push(binding);
                }
            }
            let open = world.store.flights(&site.id).await?;
            for (id, bindings) in by_flight {
                let flight = open.iter().find(|flight| flight.id == id);
                self.settle_one(site, flight, &bindings, page).await?;
            }
        }
    }

    async fn settle_one(
        &self,
        site: &ConnectionSite,
        flight: Option<&Flight>,
        bindings: &[Binding],
        page: &[Intention],
    ) -> Result<(), DriverError> {
        let world = &self.world;
        let repeatable = match flight {
            Some(flight) if is_planned(flight, page) => world.repeatable(site, flight).await?,
            Some(_) | None => None,
        };
        let repeatable = repeatable.filter(|loaded| asks_as_planned(loaded, page));
        world
            .settle_flight(site, flight, bindings, repeatable)
            .await
    }
}

fn not_before(binding: &Binding) -> Option<chrono::DateTime<chrono::Utc>> {
    match &binding.state {
        State::Unsure { not_before, .. } => Some(not_before.unwrap_or(binding.changed_at)),
        State::Waiting { .. }
        | State::Held { .. }
        | State::Skipped { .. }
        | State::Ready { .. }
        | State::InFlight(_)
        | State::Posted
        | State::Rejected { .. }
        | State::Voided
        | State::Removed { .. }
        | State::Detached => None,
    }
}

/// Whether every document of a flight is in the plan: a repeat sends all of them.
fn is_planned(flight: &Flight, page: &[Intention]) -> bool {
    let planned: Vec<BindingKey> = page.iter().map(Intention::key).collect();
    let mut members = flight.members.iter();
    members.all(|member| planned.contains(&member.binding))
}

/// Whether a request asks just what was planned. Its contacts were made by an earlier run of the plan.
fn asks_as_planned(loaded: &Loaded, page: &[Intention]) -> bool {
    let members = loaded.flight.members.iter().zip(&loaded.request.orders);
    members.into_iter().all(|(member, order)| {
        let planned = page.iter().find(|it| it.key() == member.binding);
        planned.is_some_and(|planned| match order {
            Order::Create(posting) => planned.action == Action::Create && is_same(posting, planned),
            Order::Update { posting, .. } => {
                planned.action == Action::Update && is_same(posting, planned)
            }
            Order::Void { .. } => planned.action == Action::Void,
        })
    })
}

fn is_same(posting: &crate::provider::Posting, planned: &Intention) -> bool {
    // Where options were made the names are not at hand: then it is looked up.
    let mut normal = posting.clone();
    if planned.makes_contact.is_some() {
        super::verify::before_contact(&mut normal);
    }
    planned.posting.as_deref() == Some(ContentHash::of(&normal).as_str())
}
