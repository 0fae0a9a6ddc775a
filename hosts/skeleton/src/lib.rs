//! Skeleton as a host: its API, and how it spells documents.

mod capability;
mod changes;
mod config;
mod deliver;
mod host;
mod unwritten;

pub use capability::CAPABILITY;
pub use config::SkeletonConfig;
pub use host::SkeletonHost;
