//! How a person acts: on one organisation, at one moment, under the rules that the API obeys.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::books::Organisation;
use crate::rules::{Act, Refusal};
use crate::sandbox::Sandbox;
use crate::sync::lock;

/// Why a person could not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No such organisation.
    #[error("no organisation has the id {0}")]
    NoOrganisation(Uuid),
    /// No such invoice, payment or contact.
    #[error("there is no {what} '{key}'")]
    NotFound {
        /// invoice, payment or contact.
        what: &'static str,
        /// What was looked for.
        key: String,
    },
    /// Xero's own messages.
    #[error("{}", .0.join("; "))]
    ByXero(Vec<String>),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::ByXero([refusal.messages, refusal.contact_messages].concat())
    }
}

/// People at work at one moment. Each act obeys the rules that the API obeys and counts as a change made by a person.
#[derive(Debug, Clone, Copy)]
pub struct People<'a> {
    pub(super) sandbox: &'a Sandbox,
    now: DateTime<Utc>,
}

impl<'a> People<'a> {
    pub(crate) const fn new(sandbox: &'a Sandbox, now: DateTime<Utc>) -> Self {
        Self { sandbox, now }
    }

    pub(super) fn act<T>(
        &self,
        organisation: Uuid,
        act: impl FnOnce(&mut Organisation, &Act<'_>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let books = self
            .sandbox
            .books(organisation)
            .ok_or(Refused::NoOrganisation(organisation))?;
        let switches = self.sandbox.switches();
        let circumstances = Act {
            switches: &switches,
            now: self.now,
            app: "",
            unit_decimals: 4,
            approvals_max: self.sandbox.limits().approvals_max(),
        };
        let mut books = lock(books);
        let done = act(&mut books, &circumstances);
        self.sandbox.tell(&mut books, "", self.now);
        done
    }
}

pub(super) fn not_found(what: &'static str, key: &str) -> Refused {
    Refused::NotFound {
        what,
        key: key.to_owned(),
    }
}

impl Sandbox {
    /// What people do in Xero's own pages, at `now`.
    #[must_use]
    pub fn people(&self, now: DateTime<Utc>) -> People<'_> {
        People::new(self, self.at(now))
    }
}
