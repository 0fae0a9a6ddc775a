//! Skeleton as a provider: how its books are reached, and how it spells documents.

mod books;
mod capability;
mod changes;
mod chart;
mod config;
mod contacts;
mod look;
mod provider;
mod send;
mod unwritten;

pub use books::Books;
pub use capability::CAPABILITY;
pub use config::{ConfigError, SkeletonConfig};
pub use provider::SkeletonProvider;
