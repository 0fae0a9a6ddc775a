//! What an operator decides: how a connection is kept, and which document belongs to which connection.

mod accounts;
mod connection;
mod routing;

pub use accounts::{AccountChoice, Accounts, PurchaseRole, Trade};
pub use connection::{
    ContactPolicy, ContactPopulation, CreateStatus, ItemCodes, LineAmounts, Method, Reference,
    Rounding, RoundingLine, Settings, TaxAmounts,
};
pub use routing::{Route, RouteMiss, Routes};
