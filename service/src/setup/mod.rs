//! How a company is connected and kept from a browser: what is asked for step by step, and what waits until nobody sends.

mod app;
mod company;
pub(crate) mod consent;
mod consents;
pub(crate) mod fields;
mod known;
mod outcome;
mod planned;
mod wish;

pub(crate) use app::EnteredApp;
pub(crate) use company::EnteredCompany;
pub(crate) use consents::{Consents, NotOurs, PendingGrant};
pub(crate) use known::{
    KnownConnection, KnownHost, known_connection, known_connections, known_hosts,
};
pub(crate) use outcome::Outcome;
pub(crate) use planned::{Planned, Plans, Shown};
pub(crate) use wish::{Deed, Wish, fulfil};
