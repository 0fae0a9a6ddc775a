//! From a document, settings and the chart to what the provider should hold: pure, exact, explained.

mod account;
pub(crate) mod arithmetic;
mod assemble;
mod basis;
mod branding;
mod cel_functions;
mod contact;
mod describe;
mod due_date;
mod fields;
mod found;
mod item;
mod lines;
mod name;
mod note;
mod number;
mod order;
mod paper;
mod posting;
mod price;
mod reference;
mod rounding;
mod rules;
mod scope;
mod settings;
mod status;
mod summary;
mod tax;
pub(crate) mod template;
#[cfg(test)]
pub(crate) mod testing;
mod told;
mod trace;
mod tracking;

pub(crate) use assemble::stands_in_the_books;
pub(crate) use contact::field as contact_field;
pub use contact::{contact_explained, contact_wanted};
pub use note::history_note;
pub use posting::{Explained, explained, period_lock, posting, posting_to_compare};
pub use scope::{out_of_scope, travels};
pub use settings::{check_alone, check_kinds, check_settings, kind_not_kept, payment_account};
pub use summary::{line_in_summary, text_in_summary, unfit_for_summary};
pub use trace::{Decided, MadeBy};
