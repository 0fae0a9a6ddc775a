//! How a vendor proves that they keep the contract: its promises, each tried on a running product or a folder.

mod access;
mod bench;
mod exchange;
mod folder;
mod offering;
mod paging;
mod promise;
mod reading;
mod report;
mod survey;
mod writing;

pub use bench::{Scope, Trial};
pub use exchange::Exchange;
pub use folder::conform_folder;
pub use promise::{Promise, Weight, conform, promises};
pub use report::{Outcome, Report, Verdict};
