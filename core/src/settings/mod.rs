//! What an operator decides: how a connection is kept, and which document belongs to which connection.

mod connection;
mod routing;

pub use connection::{
    Accounts, ContactPolicy, ContactPopulation, CreateStatus, LineAmounts, Method, Reference,
    Rounding, Settings, TaxAmounts,
};
pub use routing::{Route, RouteMiss, Routes};
