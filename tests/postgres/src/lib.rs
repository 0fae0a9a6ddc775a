//! A private PostgreSQL for one test: made in a temporary folder, gone with the test.

mod find;
mod server;

pub use server::{Listens, Postgres};
