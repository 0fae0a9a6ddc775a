//! What is promised about people, sign-in, sessions and keys, tried from outside.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod audit;
mod gate;
mod keys;
mod links;
mod people;
mod sessions;
mod stored;
mod support;
