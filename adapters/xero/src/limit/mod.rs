//! How calls are spent: five at once, sixty a minute and some thousands a day for each organisation, with a share for each purpose.

mod app;
mod config;
mod day;
mod diary;
mod errand;
mod facts;
mod forecast;
mod governor;
mod layer;
mod minute;
mod pace;
mod purpose;
mod queue;
mod reached;
mod spending;
mod state;
mod tier;
mod usage;

pub use app::AppBudget;
pub use config::{LimitConfig, Reserves};
pub use diary::{DayUse, counted_organisations, read_days};
pub use errand::Errand;
pub(crate) use errand::Traits;
pub(crate) use facts::retry_after;
pub use facts::{Limit, ReplyFacts};
pub use forecast::{Forecast, forecast};
pub use governor::{Decision, Governor, Outcome};
pub use layer::{Budget, LimitOptions, Limited};
pub use purpose::Purpose;
pub use reached::{LimitReached, Throttle};
pub use spending::{AppMonth, Errands, Spending, sum};
pub use state::GovernorState;
pub use tier::{
    Demand, Misfit, TIERS, TIERS_CURRENCY, TIERS_SINCE, TIERS_SOURCE, Tier, fitting_tier,
};
pub use usage::{Counter, UsageReport};
