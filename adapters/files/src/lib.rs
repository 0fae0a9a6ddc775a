//! Files as a provider: how its books are reached, and how it spells documents.

mod books;
mod capability;
mod changes;
mod chart;
mod config;
mod contacts;
mod disk;
mod held;
mod look;
mod provider;
mod send;

pub use books::Books;
pub use capability::CAPABILITY;
pub use config::{ConfigError, FilesConfig};
pub use disk::{Disk, Entry, Folder, NotWritten};
pub use provider::FilesProvider;
