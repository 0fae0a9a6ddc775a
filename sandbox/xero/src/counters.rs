//! What is counted for tests, benches and the page: calls by endpoint, refusals by kind, bytes in and out per tenant.

use std::collections::BTreeMap;
use std::sync::Mutex;

use http::Method;
use serde::Serialize;
use uuid::Uuid;

use crate::limits::Problem;
use crate::sync::lock;

/// Use of one endpoint by one method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Calls that reached the limiter.
    pub calls: u64,
    /// Bytes of request bodies.
    pub bytes_in: u64,
    /// Bytes of reply bodies, refusals included.
    pub bytes_out: u64,
}

/// Counts of one tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TenantCounts {
    /// Calls that reached the limiter, by method and endpoint, such as `GET invoices`.
    pub requests: BTreeMap<String, u64>,
    /// The same calls with their bytes.
    pub usage: BTreeMap<String, Usage>,
    /// Calls that were answered with 429, by budget.
    pub refused: BTreeMap<Problem, u64>,
    /// Bytes of request bodies.
    pub bytes_in: u64,
    /// Bytes of reply bodies, as Xero bills them: the Organisation endpoint is free.
    pub bytes_out: u64,
}

impl TenantCounts {
    /// All calls.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.requests.values().sum()
    }
}

/// Counts of all tenants.
#[derive(Debug, Default)]
pub struct Counters {
    tenants: Mutex<BTreeMap<Uuid, TenantCounts>>,
}

impl Counters {
    /// The counts of a tenant; all zero before its first call.
    #[must_use]
    pub fn of(&self, tenant: Uuid) -> TenantCounts {
        lock(&self.tenants)
            .get(&tenant)
            .cloned()
            .unwrap_or_default()
    }

    pub(crate) fn count(&self, tenant: Uuid, method: &Method, endpoint: &str, bytes_in: usize) {
        let mut tenants = lock(&self.tenants);
        let counts = tenants.entry(tenant).or_default();
        let key = format!("{method} {endpoint}");
        let usage = counts.usage.entry(key.clone()).or_default();
        usage.calls += 1;
        usage.bytes_in += bytes_in as u64;
        *counts.requests.entry(key).or_default() += 1;
        counts.bytes_in += bytes_in as u64;
    }

    pub(crate) fn count_refusal(&self, tenant: Uuid, problem: Problem) {
        *lock(&self.tenants)
            .entry(tenant)
            .or_default()
            .refused
            .entry(problem)
            .or_default() += 1;
    }

    /// The Organisation endpoint counts for its own use, and not for what Xero bills.
    pub(crate) fn count_reply(
        &self,
        tenant: Uuid,
        method: &Method,
        endpoint: &str,
        bytes_out: usize,
    ) {
        let mut tenants = lock(&self.tenants);
        let counts = tenants.entry(tenant).or_default();
        let usage = counts
            .usage
            .entry(format!("{method} {endpoint}"))
            .or_default();
        usage.bytes_out += bytes_out as u64;
        if !matches!(endpoint, "organisation" | "organisations") {
            counts.bytes_out += bytes_out as u64;
        }
    }

    pub(crate) fn reset(&self) {
        lock(&self.tenants).clear();
    }
}
