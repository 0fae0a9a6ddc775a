//! What a person decides about documents that are named one by one, each on its connection: the same acts as the commands, for pages.

use tieout_core::document::ConnectionId;
use tieout_core::driver::AskAnew;
use tieout_core::engine::{Binding, BindingKey, Denied, detach};
use tieout_core::store::{ChangeSet, Store};

use super::bulk::{self, Deed, Outcome};
use super::{act, retry};
use crate::exit::Failure;
use crate::office::Office;

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision<'a> {
    /// They are planned anew.
    Retry,
    /// They are not sent, for this reason.
    Skip(Option<&'a str>),
    /// Nothing is sent or told of them any more; what the provider holds stays.
    Detach,
}

/// What a decision came to.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    /// Documents that it was carried out on.
    pub(crate) done: usize,
    /// Those on which it was not, and why; at most a thousand of them.
    pub(crate) denied: Vec<(Binding, Denied)>,
    /// Those that are not known any more.
    pub(crate) gone: usize,
}

/// Documents that are read and changed at once.
const STEP_MAX: usize = 500;

/// Carries a decision out on each document as it is now, and lets whoever works here begin with it.
pub(crate) async fn decide(
    office: &Office,
    keys: &[BindingKey],
    decision: Decision<'_>,
) -> Result<Decided, Failure> {
    let mut outcome = Outcome::default();
    let mut gone = 0;
    for some in keys.chunks(STEP_MAX) {
        let known = office.store.bindings(some).await?;
        gone += known.iter().filter(|it| it.is_none()).count();
        let known: Vec<Binding> = known.into_iter().flatten().collect();
        match decision {
            Decision::Retry => {
                let mut free = Vec::new();
                for binding in known {
                    match retry::taken_over(office, &binding).await? {
                        None => free.push(binding),
                        Some(denied) => outcome.denied.push((binding, denied)),
                    }
                }
                bulk::apply(office, free, &|_| true, Deed::Retry, &mut outcome).await?;
            }
            Decision::Skip(because) => {
                bulk::apply(office, known, &|_| true, Deed::Skip(because), &mut outcome).await?;
            }
            Decision::Detach => {
                for binding in known {
                    match detach(&binding, &office.by, office.clock.now()) {
                        Ok(step) => {
                            act::commit(office, &binding, Ok(step)).await?;
                            outcome.done += 1;
                        }
                        Err(denied) => outcome.denied.push((binding, denied)),
                    }
                }
            }
        }
    }
    Ok(Decided {
        done: outcome.done,
        denied: outcome.denied,
        gone,
    })
}

/// Lets the documents that wait on a connection be planned with what is there now, as after a retry.
pub(crate) async fn ask_anew(office: &Office, connection: &ConnectionId) -> Result<(), Failure> {
    let changes = ChangeSet {
        records: vec![AskAnew::record(connection, office.clock.now())],
        ..ChangeSet::default()
    };
    Ok(office.store.commit(changes).await?)
}
