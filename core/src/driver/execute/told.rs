//! Where a plan is read from, and what is told of each of its documents.

use serde::Serialize;

use crate::check::Finding;
use crate::engine::{Changed, Intention};

/// Somewhere a plan can be read from, as often as it takes: a plan of many documents is never in memory as a whole.
pub trait PlanSource: Send + Sync {
    /// What is to be done, in the plan's order. The same at every call.
    ///
    /// # Errors
    /// The source cannot be read; what was done until then stays.
    fn read(&self) -> std::io::Result<Box<dyn Iterator<Item = std::io::Result<Intention>> + Send>>;
}

/// What became of one document of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "became")]
pub enum Executed {
    /// It was done just as planned, now.
    Done,
    /// It had been done before: nothing was sent.
    Already,
    /// What would be done now is not what was planned: nothing was sent.
    Refused {
        /// In what it is not the same.
        changed: Vec<Changed>,
        /// What stands in its way, if that is why.
        findings: Vec<Finding>,
    },
    /// It was sent, and did not come to what was planned.
    Failed {
        /// Where it stands now.
        state: String,
        /// Why.
        findings: Vec<Finding>,
    },
    /// Whether its request arrived is not known yet: the same plan finds out.
    InDoubt,
    /// It was not reached: nothing was sent, and the same plan goes on with it.
    Left {
        /// Why.
        why: String,
    },
}

impl Executed {
    pub(super) fn refused(changed: Changed) -> Self {
        Self::Refused {
            changed: vec![changed],
            findings: Vec::new(),
        }
    }
}
