//! Whether a connection's settings agree with its chart, before any document comes.

mod accounts;
mod all;
mod companions;
mod rules;
mod taxes;

pub use all::check_settings;
