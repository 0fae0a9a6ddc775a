//! What a promise is: what it proves, how it is mended, and how it is tried on a product.

use std::future::Future;
use std::pin::Pin;

use serde::Serialize;

use super::report::{Outcome, Tried, Trouble, Verdict};

/// Whether a product that breaks a promise can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// It cannot: documents or payments would be lost, doubled or stuck.
    Must,
    /// It can, and people are helped worse or wait longer.
    Should,
}

/// A trial that is under way.
pub(super) type Trying<'a> = Pin<Box<dyn Future<Output = Tried> + Send + 'a>>;

/// Something that a product promises, tried on it as `Subject` reaches it.
pub struct Promise<Subject: 'static> {
    /// Its name: the same in every version.
    pub name: &'static str,
    /// Whether it must be kept.
    pub weight: Weight,
    /// What it proves.
    pub proves: &'static str,
    /// What to do where it is broken.
    pub mend: &'static str,
    pub(super) tried: for<'a> fn(&'a Subject) -> Trying<'a>,
}

/// Writes a table of promises: each with the function that tries it.
macro_rules! promises {
    ($( $weight:ident $module:ident :: $name:ident : $proves:literal, $mend:literal; )+) => { &[ $( Promise {
        name: stringify!($name),
        weight: $crate::conform::Weight::$weight,
        proves: $proves,
        mend: $mend,
        tried: |subject| Box::pin($module::$name(subject)),
    } ),+ ] };
}
pub(super) use promises;

impl<Subject> Promise<Subject> {
    /// What is seen of it.
    pub(super) fn try_on<'a>(&self, subject: &'a Subject) -> Trying<'a> {
        (self.tried)(subject)
    }

    /// What is said of it.
    pub(super) fn verdict(&self, tried: Tried) -> Verdict {
        let outcome = match tried {
            Ok(()) => Outcome::Kept,
            Err(Trouble::LeftOut(why)) => Outcome::LeftOut { why },
            Err(Trouble::Broken(seen, exchanges)) => Outcome::Broken {
                seen,
                mend: self.mend,
                exchanges,
            },
        };
        Verdict {
            name: self.name,
            weight: self.weight,
            proves: self.proves,
            outcome,
        }
    }
}
