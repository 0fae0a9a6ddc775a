//! Stories in prose and commands, with what comes out of them: run as tests, compared, and rewritten by one command.

mod compare;
mod consent;
mod features;
mod mail;
mod place;
mod play;
mod process;
mod script;
mod stage;
mod suite;
mod xero;

pub use suite::run;
