//! Whether a connection's settings agree with its chart, before any document comes.

mod accounts;
mod all;
mod companions;
mod kinds;
mod rules;
mod taxes;

pub use all::{check_alone, check_settings};
pub use companions::payment_account;
pub use kinds::{check_kinds, kind_not_kept};
