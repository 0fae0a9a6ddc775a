//! The pages in a real browser: nothing that keeps anybody out, and what people do there, from the first press to the books.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its stage breaks"
)]

mod connect;
mod findings;
mod keyboard;
mod pages;
mod panel;
mod person;
mod pictures;
mod roles;
mod without_scripts;
