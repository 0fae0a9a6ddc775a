//! Case Manager: which settings of a connection make its documented mapping, ready to be filled in.

mod preset;

pub use preset::CONFIGURATION;
