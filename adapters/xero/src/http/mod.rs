//! How HTTP requests really leave: over reqwest, with time limits, a body limit and one log line each.

mod config;
mod recorded;
mod traced;
mod transport;

pub use config::HttpConfig;
pub use recorded::RECORDED;
pub use traced::{Route, Traced};
pub use transport::ReqwestTransport;
