//! When the chart is looked at for the sake of what is held: seldom, and only while it could mend something.

use std::sync::PoisonError;
use std::time::Duration;

use super::DriverError;
use super::site::{ConnectionSite, World};
use crate::check::{Finding, Rule};
use crate::engine::{BindingKey, State};

/// Bindings looked at in one step of the walk.
const STEP_MAX: usize = 500;

impl World {
    /// Looks at the chart of a connection, if documents are held there that it can mend and the last look is
    /// long enough ago: an account that was missing may be there by now.
    ///
    /// A provider that cannot be asked is asked at the next look.
    pub(super) async fn watch_chart(&self, site: &ConnectionSite) -> Result<(), DriverError> {
        let now = self.clock.now();
        let watched = || {
            site.chart_watched
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let last = *watched();
        let in_vain = last.map_or(0, |(_, in_vain)| in_vain);
        let pause = self.watch_pause(in_vain);
        let age = last.and_then(|(at, _)| (now - at).abs().to_std().ok());
        if age.is_some_and(|age| age < pause) {
            return Ok(());
        }
        if !self.holds_for_the_chart(site).await? {
            *watched() = Some((now, 0));
            return Ok(());
        }
        let (store, provider) = (self.store.as_ref(), site.provider.as_ref());
        let read = site.book.chart_of_age(store, provider, pause, now).await;
        let looked = match read {
            Ok(chart) if self.review_chart(site, &chart).await? => (chart.as_of, 0),
            // What somebody else read since then is no look of ours.
            Ok(chart) if last.is_none_or(|(at, _)| at == chart.as_of) => (chart.as_of, in_vain),
            Ok(chart) => (chart.as_of, in_vain.saturating_add(1)),
            Err(error @ DriverError::Store(_)) => return Err(error),
            Err(error) => {
                tracing::warn!(connection = %site.id, error = %error.chain(), "the chart could not be looked at");
                (now, in_vain.saturating_add(1))
            }
        };
        *watched() = Some(looked);
        Ok(())
    }

    fn watch_pause(&self, in_vain: u32) -> Duration {
        self.limits
            .chart_watch_min
            .saturating_mul(1 << in_vain.min(10))
            .min(self.limits.chart_watch_max)
    }

    async fn holds_for_the_chart(&self, site: &ConnectionSite) -> Result<bool, DriverError> {
        let mut last: Option<BindingKey> = None;
        loop {
            let some = self.store.scan(last.as_ref(), STEP_MAX).await?;
            let Some(end) = some.last() else {
                return Ok(false);
            };
            let mends = some.iter().any(|binding| {
                binding.key.connection == site.id
                    && matches!(binding.state, State::Held { .. })
                    && binding.state.findings().iter().any(is_mended_by_the_chart)
            });
            if mends {
                return Ok(true);
            }
            last = Some(end.key.clone());
        }
    }
}

/// Whether a change of accounts, tax rates, tracking, currencies, themes or lock dates may mend it.
fn is_mended_by_the_chart(finding: &Finding) -> bool {
    matches!(
        finding.rule,
        Rule::AccountUnusable
            | Rule::AccountMissing
            | Rule::TaxTypeUnusable
            | Rule::TaxCodeUnmapped
            | Rule::CurrencyNotEnabled
            | Rule::TrackingMissing
            | Rule::PeriodLocked
            | Rule::VoidRefused
            | Rule::UndoRefused
            | Rule::RoutedElsewhere
            | Rule::TextUnusable
    )
}
