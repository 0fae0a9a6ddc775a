//! Which business division a case belongs to: asked for once, and known for an hour.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tieout_core::clock::Clock;
use tieout_core::host::{HostError, HostErrorKind};
use tieout_host_web::Failed;
use tokio::sync::Mutex;

use crate::api::Api;
use crate::wire::{Problem, Row};

/// Minutes for which a division is taken as known.
const KNOWN_MINUTES: i64 = 60;
/// Cases that are known at once; beyond that all are asked for again.
const KNOWN_MAX: usize = 20_000;
/// Pages of cases like the one that is looked for.
const PAGES_MAX: u64 = 20;

/// Minutes for which a case that is not there, or is refused, is not asked for again.
const ODD_MINUTES: i64 = 1;

/// What is known of a case, and since when.
type Known = (Case, DateTime<Utc>);

/// What asking for a case brought.
#[derive(Clone, Debug)]
enum Case {
    /// It is there, with its division if it has one.
    Found(Option<String>),
    /// Why it cannot be told which division it belongs to.
    Odd(String),
}

/// The divisions of the cases that were asked for.
pub(crate) struct Cases {
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, Known>>,
}

impl Cases {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            known: Mutex::default(),
        }
    }

    /// The division of these cases together: that of all of them, or the names of several, joined; `None` when no case
    /// names one. A case that is not there, or for which the product refuses an answer, is a problem of whatever belongs
    /// to it.
    ///
    /// # Errors
    /// When the product is down or lets nobody in: the next case would fare no better.
    pub(crate) async fn division(
        &self,
        api: &Api,
        cases: &[String],
    ) -> Result<Result<Option<String>, Problem>, HostError> {
        let mut divisions = Vec::new();
        for case in cases {
            match self.of_one(api, case).await? {
                Case::Found(division) => divisions.extend(division),
                Case::Odd(why) => return Ok(Err(Problem::new("case_number", why))),
            }
        }
        divisions.sort();
        divisions.dedup();
        let joined = divisions.join(" + ");
        Ok(Ok(Some(joined).filter(|division| !division.is_empty())))
    }

    async fn of_one(&self, api: &Api, number: &str) -> Result<Case, HostError> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        let fresh = |(case, at): &&Known| {
            let minutes = match case {
                Case::Found(Some(_)) => KNOWN_MINUTES,
                // It may be there, or have its division, a moment later.
                Case::Found(None) | Case::Odd(_) => ODD_MINUTES,
            };
            now - *at < TimeDelta::minutes(minutes)
        };
        if let Some((case, _)) = known.get(number).filter(fresh) {
            return Ok(case.clone());
        }
        let case = look_up(api, number).await?;
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(number.to_owned(), (case.clone(), now));
        Ok(case)
    }
}

/// Asks for a case. What people call its number is `case_n`; `case_number` is an internal one.
async fn look_up(api: &Api, number: &str) -> Result<Case, HostError> {
    let mut before = Vec::new();
    for at in 1..=PAGES_MAX {
        let page = match api.cases(number, at).await {
            Ok(page) => page,
            Err(failed) => return refused(number, failed),
        };
        if page.rows.is_empty() || page.rows == before {
            let message = format!(
                "case {number} is in no list that iinsight shows: is it new, or hidden from the user of this host?"
            );
            return Ok(Case::Odd(message));
        }
        let rows = page.rows.iter().map(Row::of);
        let found = rows.into_iter().find(|row| row.text("case_n") == number);
        if let Some(found) = found {
            return Ok(Case::Found(found.some("business_division")));
        }
        before = page.rows;
    }
    Ok(Case::Odd(format!(
        "case {number} is not among the first {PAGES_MAX} pages of cases like it"
    )))
}

/// What a failure means: for this case alone where the product answered and is well, and for everything otherwise.
fn refused(number: &str, failed: Failed) -> Result<Case, HostError> {
    let is_of_case = match failed.error.kind {
        HostErrorKind::Unavailable => false,
        // Nobody let in at all is not answered; a case that the user may not see is.
        HostErrorKind::Unauthorised | HostErrorKind::Misconfigured => failed.is_answered,
        HostErrorKind::BadData => true,
    };
    if !is_of_case {
        return Err(failed.error);
    }
    let why = failed.error.message;
    Ok(Case::Odd(format!(
        "case {number} cannot be asked for: {why}"
    )))
}
