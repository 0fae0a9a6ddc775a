//! What a binding becomes when a request with it is stored, just before it leaves.

use chrono::{DateTime, Utc};

use super::{Binding, Departure, Event, FlightId, State, Step};

/// A request with the binding is about to leave. To be committed together with its flight, before
/// the first byte is sent. `None` unless the binding is ready.
#[must_use]
pub fn departed(binding: &Binding, flight: &FlightId, at: DateTime<Utc>) -> Option<Step> {
    let State::Ready { op, attempts, .. } = binding.state else {
        return None;
    };
    let departure = Departure {
        op,
        flight: flight.clone(),
        content: binding.content.clone(),
        attempts,
        document_as_of: binding.posted.as_ref().map(|posted| posted.updated_at),
        number_freed: false,
    };
    let mut next = binding.clone();
    next.state = State::InFlight(departure);
    next.takes_members_aboard(op);
    let event = Event::Departed {
        op,
        flight: flight.clone(),
    };
    Some(Step::of(next, event, at))
}

#[cfg(test)]
mod tests {
    use super::super::Op;
    use super::super::sample::{self, NOW};
    use super::*;

    #[test]
    fn only_a_ready_binding_departs() {
        let flight = FlightId("f".to_owned());
        assert_eq!(departed(&sample::waiting(), &flight, NOW), None);
        let mut ready = sample::waiting();
        ready.state = State::ready(Op::Create);
        let step = departed(&ready, &flight, NOW).unwrap();
        assert!(matches!(
            step.binding.state,
            State::InFlight(Departure { op: Op::Create, .. })
        ));
        assert_eq!(departed(&step.binding, &flight, NOW), None);
    }
}
