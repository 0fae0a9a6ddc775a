//! How much the driver takes at once, and how long it waits: each limit with its unit.

use std::time::Duration;

/// The limits of the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Records of one page of a host.
    pub intake_records_max: usize,
    /// Documents of one planning turn.
    pub plan_documents_max: usize,
    /// Documents looked at in one turn that gathers: those that a host keeps waiting are passed over.
    pub gather_documents_max: usize,
    /// Documents looked at in one resolving turn.
    pub resolve_documents_max: usize,
    /// Write-backs of one delivery, where the host does not take fewer: a delivery is in memory as a
    /// whole, with the bindings that it is about.
    pub deliver_items_max: usize,
    /// How long a lost reply is left alone before its request is repeated: the first one may still be
    /// at work.
    pub doubt_delay: Duration,
    /// Taken off the provider's idempotency window, for clocks that differ and replies that take long.
    pub window_margin: Duration,
    /// The first pause after a failure; it doubles with each further one.
    pub retry_delay_min: Duration,
    /// The longest pause after failures.
    pub retry_delay_max: Duration,
    /// The first pause after the host did not hand over a file; it doubles with each further time.
    pub missing_delay_min: Duration,
    /// The longest such pause.
    pub missing_delay_max: Duration,
    /// Age at which the chart is read anew.
    pub chart_age_max: Duration,
    /// While documents are held that the chart can mend: the first pause between two looks at it. It doubles
    /// with each look that shows nothing new, up to `chart_watch_max`.
    pub chart_watch_min: Duration,
    /// The longest pause between two such looks.
    pub chart_watch_max: Duration,
    /// Age at which "no such contact" is asked anew.
    pub contact_miss_age_max: Duration,
    /// Pause between two looks at a host that has none of its own.
    pub host_poll: Duration,
    /// Pause between two looks at a provider.
    pub provider_poll: Duration,
    /// The shortest pause between two looks at a provider that hints at changes.
    pub provider_poll_min: Duration,
    /// How long the first hint of a provider waits for others, so that one call answers many.
    pub hint_delay: Duration,
    /// In a single run: how long to wait for work that falls due later.
    pub once_patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            intake_records_max: 500,
            plan_documents_max: 500,
            gather_documents_max: 10_000,
            resolve_documents_max: 200,
            deliver_items_max: 2_000,
            doubt_delay: Duration::from_secs(2),
            window_margin: Duration::from_secs(60),
            retry_delay_min: Duration::from_secs(1),
            retry_delay_max: Duration::from_secs(15 * 60),
            missing_delay_min: Duration::from_secs(4 * 60),
            missing_delay_max: Duration::from_secs(24 * 60 * 60),
            chart_age_max: Duration::from_secs(60 * 60),
            chart_watch_min: Duration::from_secs(15 * 60),
            chart_watch_max: Duration::from_secs(2 * 60 * 60),
            contact_miss_age_max: Duration::from_secs(10 * 60),
            host_poll: Duration::from_secs(30),
            provider_poll: Duration::from_secs(5 * 60),
            provider_poll_min: Duration::from_secs(10),
            hint_delay: Duration::from_millis(500),
            once_patience: Duration::from_secs(60),
        }
    }
}
