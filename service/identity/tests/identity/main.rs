//! What is promised about people, sign-in, sessions and keys, tried from outside.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod admission;
mod audit;
mod gate;
mod idp;
mod keys;
mod links;
mod oidc;
mod panel;
mod people;
mod real_provider;
mod sessions;
mod sign_in;
mod stored;
mod support;
