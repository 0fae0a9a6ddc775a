//! What an operator decides: how a connection is kept, and which document belongs to which connection.

mod accounts;
mod companions;
mod connection;
mod expression;
mod field;
mod routing;
mod rules;
mod summary;

pub use accounts::{AccountChoice, Accounts, PurchaseRole, Trade};
pub use companions::{AttachmentPolicy, HostPayments};
pub use connection::{
    ContactPolicy, ContactPopulation, CreateStatus, Existing, ItemCodes, LineAmounts, Method,
    Moves, Reference, Rounding, RoundingLine, Settings, TaxAmounts, TrackingOptions,
};
pub use expression::{Expression, Type};
pub use field::{DocumentField, Field, Holds, LineField, Reach};
pub use routing::{Route, RouteMiss, Routes};
pub use rules::{Change, MappingRule, RuleText, Source, Target, Transform};
pub use summary::{SummaryPeriod, SummaryPolicy};
