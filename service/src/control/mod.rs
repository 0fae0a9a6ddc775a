//! How a command reaches the process that has the store, and how that process runs it.
//!
//! One process holds the store. While `serve` or `sync` holds it, it listens on a socket beside the store; a command
//! hands its arguments over, the same command function runs there on the open store, and its words and its exit code
//! come back.

#[cfg(not(unix))]
mod absent;
#[cfg(unix)]
mod caller;
#[cfg(unix)]
mod desk;
#[cfg(unix)]
mod place;
mod shop;
#[cfg(unix)]
mod wire;

#[cfg(not(unix))]
pub(crate) use absent::{Desk, Holder};
#[cfg(unix)]
pub(crate) use caller::Holder;
#[cfg(unix)]
pub(crate) use desk::Desk;
pub(crate) use shop::{Role, Shop};
