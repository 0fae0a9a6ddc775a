//! The stand-ins that the driver is tested against: a host, a provider, a store that dies, and the whole scene.

pub(crate) mod books;
mod clerk;
pub(crate) mod crash;
pub(crate) mod documents;
pub(crate) mod extras;
pub(crate) mod host;
pub(crate) mod planning;
pub(crate) mod provider;
pub(crate) mod random;
pub(crate) mod reversing;
pub(crate) mod scene;
pub(crate) mod serving;
pub(crate) mod summing;
pub(crate) mod tie_out;
pub(crate) mod undoing;
