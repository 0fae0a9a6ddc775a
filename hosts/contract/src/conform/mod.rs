//! How a vendor proves that they keep the contract: its promises, each tried on a running product or a folder.

mod access;
mod bench;
mod database;
mod exchange;
mod folder;
mod hearing;
mod held;
mod made;
mod offering;
mod paging;
mod promise;
mod pushing;
mod reading;
mod report;
mod settling;
mod subject;
mod survey;
mod table;
mod writing;

pub use bench::{Scope, Trial};
pub use database::{DatabaseTrial, conform_database, database_promises};
pub use exchange::Exchange;
pub use folder::conform_folder;
pub use hearing::{Arrival, Hearing};
pub use made::LeftBehind;
pub use promise::{Promise, Weight};
pub use report::{Outcome, Report, Verdict};
pub use table::{conform, conform_until, promises};
