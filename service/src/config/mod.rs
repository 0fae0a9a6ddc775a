//! The configuration: what it holds, how it is read, and where a mistake stands in it.

mod books;
pub(crate) mod edit;
mod fingerprint;
mod load;
mod locate;
mod mistakes;
mod model;
mod paths;
mod peek;
mod remedies;
mod secret;
mod template;
mod typed;

#[cfg(test)]
pub(crate) use load::read;
pub(crate) use load::{Loaded, load};
pub(crate) use locate::Mistake;
pub(crate) use model::{
    ApiConfig, Config, ConnectionConfig, HostConfig, OffConfig, ProviderKind, ServerConfig,
};
pub(crate) use paths::{default_store, resolve};
pub(crate) use peek::peek;
pub(crate) use secret::{Secrets, no_key};
pub(crate) use template::{ANNOTATED, FOR_A_FOLDER};
