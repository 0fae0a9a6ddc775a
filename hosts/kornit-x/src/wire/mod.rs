//! How the product spells things: numbers, dates, statuses, orders.

mod date;
mod number;
mod order;
mod rows;
mod status;

pub(crate) use date::date;
pub(crate) use number::{is_countable, number, word};
pub(crate) use order::{News, Problem, SHIPPING_PRICE, STATUS, read};
pub(crate) use rows::{Next, rows};
pub(crate) use status::{Reached, Standing, Status};
