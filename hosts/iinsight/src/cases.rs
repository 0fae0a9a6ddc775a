//! Which business division a case belongs to: asked for once, and known for an hour.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tieout_core::clock::Clock;
use tieout_core::host::{HostError, HostErrorKind};
use tokio::sync::Mutex;

use crate::api::Api;
use crate::wire::Row;

/// Minutes for which a division is taken as known.
const KNOWN_MINUTES: i64 = 60;
/// Cases that are known at once; beyond that all are asked for again.
const KNOWN_MAX: usize = 20_000;
/// Pages of cases like the one that is looked for.
const PAGES_MAX: u64 = 20;

/// The divisions of the cases that were asked for.
pub(crate) struct Cases {
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, (Option<String>, DateTime<Utc>)>>,
}

impl Cases {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            known: Mutex::default(),
        }
    }

    /// The division of these cases together: that of all of them, or the names of several, joined. `None` when no case
    /// names one.
    pub(crate) async fn division(
        &self,
        api: &Api,
        cases: &[String],
    ) -> Result<Option<String>, HostError> {
        let mut divisions = Vec::new();
        for case in cases {
            divisions.extend(self.of_one(api, case).await?);
        }
        divisions.sort();
        divisions.dedup();
        Ok(Some(divisions.join(" + ")).filter(|division| !division.is_empty()))
    }

    async fn of_one(&self, api: &Api, case: &str) -> Result<Option<String>, HostError> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        let fresh = |at: &DateTime<Utc>| now - *at < TimeDelta::minutes(KNOWN_MINUTES);
        if let Some((division, _)) = known.get(case).filter(|(_, at)| fresh(at)) {
            return Ok(division.clone());
        }
        let division = look_up(api, case).await?;
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        // A case that is not there yet may be a moment later.
        if division.is_some() {
            known.insert(case.to_owned(), (division.clone(), now));
        }
        Ok(division)
    }
}

/// Asks for a case. What people call its number is `case_n`; `case_number` is an internal one.
async fn look_up(api: &Api, case: &str) -> Result<Option<String>, HostError> {
    let mut before = Vec::new();
    for number in 1..=PAGES_MAX {
        let page = api.cases(case, number).await?;
        if page.rows.is_empty() || page.rows == before {
            return Ok(None);
        }
        let rows = page.rows.iter().map(Row::of);
        let found = rows.into_iter().find(|row| row.text("case_n") == case);
        if let Some(found) = found {
            return Ok(found.some("business_division"));
        }
        before = page.rows;
    }
    let message = format!("case {case} is not among the first {PAGES_MAX} pages of cases like it");
    Err(HostError::new(
        HostErrorKind::BadData,
        "read cases",
        message,
    ))
}
