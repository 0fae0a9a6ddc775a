//! What a person should know or decide about a document before anything is sent: one rule per file.

pub(crate) mod account_usable;
pub(crate) mod amount_representable;
mod command;
pub(crate) mod currency_enabled;
pub(crate) mod discount_usable;
pub(crate) mod due_date_usable;
mod figures;
mod finding;
pub mod kinds;
pub(crate) mod near;
pub(crate) mod period_open;
mod place;
pub(crate) mod show;
pub(crate) mod tax_amount_plausible;
pub(crate) mod tax_type_usable;
pub(crate) mod text_usable;
pub(crate) mod total_not_negative;
pub(crate) mod totals_consistent;
pub(crate) mod totals_equal;

pub use command::{named_for_a_command, quoted};
pub use figures::contradictions;
pub use finding::{Finding, Rule};
pub use near::nearest;
pub(crate) use place::Place;
