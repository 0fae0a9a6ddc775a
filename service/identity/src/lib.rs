//! Who may do what at the HTTP front of tieout: people, sign-in, sessions, API keys and panel tokens.

mod actor;
mod audit;
mod config;
mod email;
mod error;
mod gate;
mod identity;
mod jws;
mod keys;
mod links;
mod oidc;
mod pace;
mod panel;
mod people;
mod person;
mod role;
mod secret;
mod sessions;
mod stored;

pub use actor::Actor;
pub use audit::{Act, AuditEntry, AuditId};
pub use config::{ConfigError, OidcConfig, RoleRules, SignInConfig};
pub use email::{Email, EmailError};
pub use error::{Error, Fault, Kind, Refusal};
pub use gate::{Gate, TooSoon};
pub use identity::{Identity, Lifetimes};
pub use keys::{ApiKey, KeyId, NewKey, ShownKey};
pub use links::SignInLink;
pub use oidc::{Begun, Finished, Oidc, OidcError, OidcRefusal, TokenFlaw};
pub use pace::{Pace, Paces};
pub use panel::{PanelConfig, PanelGrant, PanelRefusal, PanelRight, PanelUser, Panels};
pub use people::PersonChange;
pub use person::{NewPerson, Person, PersonId, RoleBy, Subject};
pub use role::{Caller, Role, Scope};
pub use secret::same;
pub use sessions::{Session, SessionId, SessionLine, SignInBy, SignedIn, Visitor};
