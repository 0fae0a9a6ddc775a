//! What is counted for tests, benches and the page: calls by endpoint, refusals by kind, bytes in and out per tenant.

use std::collections::BTreeMap;
use std::sync::Mutex;

use http::Method;
use serde::Serialize;
use uuid::Uuid;

use crate::limits::Problem;
use crate::sync::lock;

/// Counts of one tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TenantCounts {
    /// Calls that reached the limiter, by method and endpoint, such as `GET invoices`.
    pub requests: BTreeMap<String, u64>,
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
        *counts
            .requests
            .entry(format!("{method} {endpoint}"))
            .or_default() += 1;
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

    pub(crate) fn count_reply(&self, tenant: Uuid, bytes_out: usize) {
        lock(&self.tenants).entry(tenant).or_default().bytes_out += bytes_out as u64;
    }

    pub(crate) fn reset(&self) {
        lock(&self.tenants).clear();
    }
}
