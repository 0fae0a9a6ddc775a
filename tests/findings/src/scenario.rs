//! What a scenario says: how a finding arises, and what makes it go.

use tieout_core::check::Rule;
use tieout_core::check::kinds::{Site, Then};

use crate::ground::Ground;

/// Something that people do: in the host, in the accounting system, in the settings. The engine runs after each.
pub(crate) type Step = fn(&mut Ground);

/// A way in which one finding arises and goes.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// The rule of the finding.
    pub(crate) rule: fn() -> Rule,
    /// How it arises.
    pub(crate) arises: &'static [Step],
    /// What mends it: at least one for every site and way that the table names.
    pub(crate) cures: &'static [Cure],
}

/// One way to mend it.
#[derive(Clone, Copy)]
pub struct Cure {
    /// Where it is mended.
    pub site: Site,
    /// What makes the finding go then.
    pub then: Then,
    /// What is done there.
    pub(crate) step: Step,
}

impl Scenario {
    /// The rule of the finding.
    #[must_use]
    pub fn rule(&self) -> Rule {
        (self.rule)()
    }

    /// What mends it.
    #[must_use]
    pub fn cures(&self) -> &'static [Cure] {
        self.cures
    }
}

pub(crate) const fn host(step: Step) -> Cure {
    Cure {
        site: Site::Host,
        then: Then::HandedOver,
        step,
    }
}

pub(crate) const fn settings(step: Step) -> Cure {
    Cure {
        site: Site::Settings,
        then: Then::Restarted,
        step,
    }
}

pub(crate) const fn provider(then: Then, step: Step) -> Cure {
    Cure {
        site: Site::Provider,
        then,
        step,
    }
}
