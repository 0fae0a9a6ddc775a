//! Who may call: consents, tokens and connections, as Xero's identity server keeps them.

pub mod authorize;
pub mod connections;
pub mod jwt;
pub mod page;
pub mod scopes;
pub mod state;
pub mod token;

pub use state::{Connection, Identity, Session, TokenSet};
