//! `tieout findings`: the parts of the command.

mod explain;
mod list;
mod open;
mod page;
mod sites;

pub(super) use explain::{kinds, unknown};
pub(super) use list::run;
pub(crate) use open::{InNeed, OfRule, Open, whole};
pub(super) use page::{data, page};
pub(crate) use sites::{SiteInNeed, look as sites};
