//! How the product spells things: numbers, dates, statuses, orders.

mod date;
mod number;
mod order;
mod rows;
mod status;

pub(crate) use date::date;
pub(crate) use number::{number, word};
pub(crate) use order::{News, Problem, read};
pub(crate) use rows::{Next, rows};
pub(crate) use status::{Reached, Standing, Status};
