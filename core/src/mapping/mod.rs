//! From a document, settings and the chart to what the provider should hold: pure, exact, explained.

mod account;
pub(crate) mod arithmetic;
mod basis;
mod contact;
mod due_date;
mod found;
mod invoice;
mod lines;
mod name;
mod number;
mod posting;
mod price;
mod reference;
mod scope;
mod settings;
mod tax;
pub(crate) mod template;
#[cfg(test)]
pub(crate) mod testing;
mod tracking;

pub use contact::contact_wanted;
pub use posting::{period_lock, posting, posting_to_compare};
pub use scope::{out_of_scope, travels};
pub use settings::check_settings;
