//! Who is told: groups of people who get mail, endpoints that get events, and how an operator manages them.

mod endpoint;
mod endpoints;
mod filter;
mod group;
mod groups;
mod name;
mod secret;

pub use endpoint::{Endpoint, EndpointDraft, Standing, Stopped, ThisMachine};
pub use endpoints::{
    Added, add_endpoint, change_endpoint, enable_endpoint, endpoint, endpoints, remove_endpoint,
    rotate_secret,
};
pub use filter::Filter;
pub use group::{Group, GroupDraft, Member, Wants};
pub use groups::{add_group, change_group, group, groups, remove_group};
pub use name::{EmailAddress, EndpointId, GroupId};
pub use secret::ShownOnce;

pub(crate) use filter::{About, division};
pub(crate) use secret::{SigningSecrets, sign};
