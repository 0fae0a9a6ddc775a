//! Documents of a host as files for other accounting packages: each once, and again when it changed.

mod chart;
mod far;
mod folder;
mod form;
mod import;
mod memory;
mod outlet;
mod pick;
mod place;
mod sheet;

pub(crate) use form::form;
pub(crate) use import::{Importer, LeftOut};
pub(crate) use memory::{Memory, Written};
pub(crate) use outlet::{Outlet, OutletError, safe};
pub(crate) use pick::{Picked, Picker};
pub(crate) use place::open as open_place;
