//! What every product that is reached over HTTP shares: its address, how it is asked, and what its replies mean.

mod access;
mod address;
mod client;
mod client_credentials;
mod config;
mod fields;
mod limit;
mod limited;
mod mirror;
mod problem;
mod records;

pub use access::{Access, ApiKey, Open};
pub use address::address_problem;
pub use client::{Client, Failed, IsMissingPlain, Manners, Reply};
pub use client_credentials::{ClientCredentials, Credentials, ShownBy};
pub use config::ConfigError;
pub use fields::{Fields, Unreadable, moment};
pub use limit::{Governor, Window};
pub use limited::Limited;
pub use mirror::{DateForms, mirror_problems, not_kept, spelled};
pub use problem::{excerpt, is_problem, refusal};
pub use records::{drafts_problems, leave_traces, no_changes};
