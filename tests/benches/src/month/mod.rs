//! A month in virtual time: several organisations on Xero's smallest tier, at work as on real days.

mod course;
mod events;
mod host;
mod measure;
mod report;

pub use course::{Course, measure};
pub use events::{Event, Events};
pub use measure::{Delays, Foreseen, Month};
