//! Who may do what at the HTTP front of tieout: people, sign-in, sessions, API keys and panel tokens.

mod actor;
mod audit;
mod config;
mod email;
mod error;
mod gate;
mod identity;
mod keys;
mod links;
mod pace;
mod people;
mod person;
mod role;
mod secret;
mod sessions;
mod stored;

pub use actor::Actor;
pub use audit::{Act, AuditEntry, AuditId};
pub use config::SignInConfig;
pub use email::{Email, EmailError};
pub use error::{Error, Fault, Kind, Refusal};
pub use gate::{Gate, TooSoon};
pub use identity::{Identity, Lifetimes};
pub use keys::{ApiKey, KeyId, NewKey, ShownKey};
pub use links::SignInLink;
pub use pace::{Pace, Paces};
pub use people::PersonChange;
pub use person::{NewPerson, Person, PersonId, RoleBy, Subject};
pub use role::{Caller, Role, Scope};
pub use sessions::{Session, SessionId, SessionLine, SignInBy, SignedIn, Visitor};
