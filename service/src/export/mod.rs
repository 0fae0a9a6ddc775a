//! Documents of a host as files for other accounting packages: each once, and again when it changed.

mod chart;
mod folder;
mod form;
mod import;
mod memory;
mod pick;
mod sheet;

pub(crate) use folder::{Outlet, OutletError, safe};
pub(crate) use form::form;
pub(crate) use import::{Importer, LeftOut};
pub(crate) use memory::{Memory, Written};
pub(crate) use pick::{Picked, Picker};
