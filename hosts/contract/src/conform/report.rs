//! What came of trying the promises: for people, and for the tests of whoever makes the product.

use serde::Serialize;

use super::exchange::Exchange;
use super::made::LeftBehind;
use super::promise::Weight;

/// What came of all promises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The product: its address or its folder.
    pub product: String,
    /// Whether every promise that must be kept is kept. What was left out does not count.
    pub conforms: bool,
    /// Promises that are kept.
    pub kept: usize,
    /// Promises that are not, whatever their weight.
    pub broken: usize,
    /// Promises that could not be tried.
    pub left_out: usize,
    /// Whether it was stopped before every promise was tried; it does not conform then.
    pub interrupted: bool,
    /// Payments of this run that could not be taken back: somebody removes them by hand.
    pub left_behind: Vec<LeftBehind>,
    /// Each promise.
    pub promises: Vec<Verdict>,
}

/// What came of one promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Its name: the same in every version, for the tests of whoever makes the product.
    pub name: &'static str,
    /// Whether it must be kept.
    pub weight: Weight,
    /// What it proves.
    pub proves: &'static str,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of a promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It is kept.
    Kept,
    /// It is broken.
    Broken {
        /// What was seen, and what should have been.
        seen: String,
        /// What to do at the product.
        mend: &'static str,
        /// What shows it.
        exchanges: Vec<Exchange>,
    },
    /// It could not be tried.
    LeftOut {
        /// What for.
        why: String,
    },
}

impl Report {
    pub(super) fn of(product: String, promises: Vec<Verdict>) -> Self {
        let count = |is: fn(&Outcome) -> bool| promises.iter().filter(|it| is(&it.outcome)).count();
        let fails = |verdict: &Verdict| {
            verdict.weight == Weight::Must && matches!(verdict.outcome, Outcome::Broken { .. })
        };
        Self {
            product,
            conforms: !promises.iter().any(fails),
            kept: count(|it| matches!(it, Outcome::Kept)),
            broken: count(|it| matches!(it, Outcome::Broken { .. })),
            left_out: count(|it| matches!(it, Outcome::LeftOut { .. })),
            interrupted: false,
            left_behind: Vec::new(),
            promises,
        }
    }

    /// The same of a run that nobody waited for.
    pub(super) fn interrupted(self) -> Self {
        Self {
            conforms: false,
            interrupted: true,
            ..self
        }
    }
}

/// Why a promise is not known to be kept.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It is broken: what was seen, and what shows it.
    Broken(String, Vec<Exchange>),
    /// It cannot be tried.
    LeftOut(String),
}

/// What a promise came to.
pub(super) type Tried = Result<(), Trouble>;

/// Fails with what was seen.
pub(super) fn broken<T>(
    seen: impl Into<String>,
    shown: impl IntoIterator<Item = Exchange>,
) -> Result<T, Trouble> {
    Err(Trouble::Broken(seen.into(), shown.into_iter().collect()))
}

/// Leaves it out for a reason.
pub(super) fn left_out<T>(why: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble::LeftOut(why.into()))
}
