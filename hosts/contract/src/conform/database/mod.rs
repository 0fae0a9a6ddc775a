//! The promises of a product that hands over by its database: its views are read, its procedures called and rolled back.

mod access;
mod desk;
mod paid;
mod reading;
mod survey;
mod table;
mod told;

pub use desk::DatabaseTrial;
pub use table::{conform_database, database_promises};
