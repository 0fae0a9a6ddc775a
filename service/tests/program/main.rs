//! The program from outside: a real binary, a real folder, the local Xero.

#![allow(clippy::unwrap_used, reason = "a test ends where its stage breaks")]

mod adoption;
mod beside;
mod budget;
mod commands;
mod companions;
mod configuration;
mod consent;
mod demo;
mod faults;
mod grants;
mod killed;
mod kinds;
mod modes;
mod refusals;
mod report;
mod stage;
mod stopping;
mod store;
mod webhooks;
