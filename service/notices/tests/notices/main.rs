//! What people and systems are told, tried at the boundary: a mail server and a webhook receiver on loopback ports.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod backlog;
mod closed_way;
mod crashes;
mod crashing;
mod daily;
mod findings;
mod frozen;
mod mail;
mod managed;
mod periodic;
mod receiver;
mod sink;
mod stage;
mod webhooks;
