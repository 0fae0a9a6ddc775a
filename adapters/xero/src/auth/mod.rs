//! How access to Xero is granted, kept alive, and taken back.

mod connections;
mod consent;
mod endpoints;
mod error;
mod grant;
mod judge;
mod keeper;
mod oauth;
mod organisations;
mod refusal;
mod session;
mod token;
mod wire;

pub use connections::{ConnectError, ConnectionRecord, Connections};
pub use consent::Consent;
pub use endpoints::Endpoints;
pub use error::AuthError;
pub use grant::{BrokenReason, GrantStatus};
pub use keeper::GrantKeeper;
pub use oauth::{App, OAuth};
pub use organisations::{ConnectionList, Disconnected, XeroConnection};
pub use refusal::api_refusal;
pub use session::Session;
pub use token::{AccessToken, GrantId, TokenSet};
