//! How a company is connected and kept from a browser: what is asked for step by step, and what waits until nobody sends.

mod consents;
mod known;
mod outcome;
mod wish;

pub(crate) use consents::{Consents, NotOurs, PendingGrant};
pub(crate) use known::{
    KnownConnection, KnownHost, known_connection, known_connections, known_hosts,
};
pub(crate) use outcome::Outcome;
pub(crate) use wish::{Deed, Wish, fulfil};
