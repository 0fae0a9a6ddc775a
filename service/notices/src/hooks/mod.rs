//! How other systems are told: signed events, each delivered at least once.

mod deliver;
mod event;
mod guard;
mod log;
mod outbound;
mod queue;
mod request;
mod schedule;
mod schema;

pub use event::{
    CertificateData, CloudEvent, ConnectionData, DocumentData, EventType, FindingData, PaymentData,
    TestData,
};
pub use log::{Attempt, LOG_KEPT, Outcome, attempts};
pub use outbound::{Outbound, Resolver, SystemResolver};
pub use queue::{ReplayWhat, replay};
pub use request::try_endpoint;
pub use schema::event_schema;

pub(crate) use deliver::{Delivering, deliver};
pub(crate) use event::{Data, KeptEvent, NewEvent};
pub(crate) use guard::address_problem;
pub(crate) use log::excerpt;
pub(crate) use queue::{Due, forget_old_events, forget_queue};
