//! How calls are spent: five at once, sixty a minute and some thousands a day for each organisation, with a share for each purpose.

mod app;
mod config;
mod day;
mod facts;
mod governor;
mod layer;
mod minute;
mod purpose;
mod queue;
mod reached;
mod state;
mod usage;

pub use app::AppBudget;
pub use config::{LimitConfig, Reserves};
pub(crate) use facts::retry_after;
pub use facts::{Limit, ReplyFacts};
pub use governor::{Decision, Governor, Outcome};
pub use layer::{Budget, LimitOptions, Limited};
pub use purpose::Purpose;
pub use reached::{LimitReached, Throttle};
pub use state::GovernorState;
pub use usage::{Counter, UsageReport};
