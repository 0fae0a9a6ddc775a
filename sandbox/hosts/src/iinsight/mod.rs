//! A stand-in for iinsight: its two generations of an API, its sign-in, and its traps.

mod access;
mod account;
mod control;
mod create;
mod fault;
mod json;
mod lists;
mod routes;

pub use account::{Iinsight, Status};
pub use fault::{Fault, Kind};

/// The key that the stand-in lets in.
pub const CLIENT_ID: &str = "sandbox-client";
/// Its secret.
pub const CLIENT_SECRET: &str = "sandbox-secret";
/// The user who may sign in.
pub const USERNAME: &str = "sync@iinsight.example";
/// That user's password.
pub const PASSWORD: &str = "sandbox-password";
