//! How Xero's words become the normal form and back: pure, one noun per file.

mod card;
mod chart;
mod contact;
mod details;
mod posting;
mod settled;
mod snapshot;
mod time_zone;

pub use card::card;
pub use chart::{ChartParts, chart, tracking_option};
pub use contact::{contact_name, marker, new_contact, normalised, same_name};
pub(crate) use contact::{plain_name, search_words};
pub use details::{Filling, filling};
pub use posting::{PostingError, content, removal};
pub use snapshot::{SnapshotError, snapshot};
