//! What Xero asks of an app: its tiers as data, which of them fits, and what each would cost.

use rust_decimal::Decimal;
use serde::Serialize;

/// Where the figures come from.
pub const TIERS_SOURCE: &str = "developer.xero.com/pricing";
/// Since when they hold.
pub const TIERS_SINCE: &str = "2026-03-02";
/// The currency of the fees, which are without tax.
pub const TIERS_CURRENCY: &str = "AUD";

/// The bytes of a gigabyte. Whether Xero counts 1,000 or 1,024 is not documented; this is the dearer way.
const GIGABYTE: u64 = 1_000_000_000;

/// One tier. What is absent is unlimited, or agreed one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tier {
    /// Its name.
    pub name: &'static str,
    /// Organisations that may be connected at once.
    pub connections_max: Option<u32>,
    /// Calls a day on each organisation.
    pub calls_per_day: u32,
    /// The monthly fee in cents; absent where it is agreed.
    #[serde(skip)]
    pub fee_cents: Option<u32>,
    /// What the fee includes of the bytes that are read; absent where none are charged or it is agreed.
    pub included_gb: Option<u32>,
    /// Each further gigabyte in cents.
    #[serde(skip)]
    pub further_gb_cents: Option<u32>,
    /// What it takes to get it.
    pub needs: &'static str,
}

/// Xero's tiers from March 2026, by what they cost.
pub const TIERS: [Tier; 5] = [
    Tier {
        name: "Starter",
        connections_max: Some(5),
        calls_per_day: 1_000,
        fee_cents: Some(0),
        included_gb: None,
        further_gb_cents: None,
        needs: "nothing",
    },
    Tier {
        name: "Core",
        connections_max: Some(50),
        calls_per_day: 5_000,
        fee_cents: Some(3_500),
        included_gb: Some(10),
        further_gb_cents: Some(240),
        needs: "a card",
    },
    Tier {
        name: "Plus",
        connections_max: Some(1_000),
        calls_per_day: 5_000,
        fee_cents: Some(24_500),
        included_gb: Some(50),
        further_gb_cents: Some(240),
        needs: "certification, a card",
    },
    Tier {
        name: "Advanced",
        connections_max: Some(10_000),
        calls_per_day: 5_000,
        fee_cents: Some(144_500),
        included_gb: Some(250),
        further_gb_cents: Some(240),
        needs: "certification, a security assessment each year, a card",
    },
    Tier {
        name: "Enterprise",
        connections_max: None,
        calls_per_day: 5_000,
        fee_cents: None,
        included_gb: None,
        further_gb_cents: None,
        needs: "an application",
    },
];

/// What an app needs of a tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Demand {
    /// Organisations that are connected.
    pub connections: u32,
    /// The most calls that one organisation took on one day of the month.
    pub busiest_day_calls: u64,
}

/// Why a tier does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Misfit {
    /// It allows fewer connections.
    Connections,
    /// It allows fewer calls a day.
    Calls,
}

impl Tier {
    /// Why it does not do for a demand; nothing when it does.
    #[must_use]
    pub fn misfit(&self, demand: &Demand) -> Option<Misfit> {
        if self
            .connections_max
            .is_some_and(|most| demand.connections > most)
        {
            return Some(Misfit::Connections);
        }
        (demand.busiest_day_calls > u64::from(self.calls_per_day)).then_some(Misfit::Calls)
    }

    /// The monthly fee; absent where it is agreed one by one.
    #[must_use]
    pub fn fee(&self) -> Option<Decimal> {
        Some(Decimal::new(i64::from(self.fee_cents?), 2))
    }

    /// What a month costs in which so many bytes are read, to the cent: the whole fee, and the further gigabytes
    /// in part. Whether Xero charges a gigabyte that was begun as a whole is not documented.
    #[must_use]
    pub fn cost(&self, bytes: u64) -> Option<Decimal> {
        let fee = self.fee()?;
        let (Some(included), Some(cents)) = (self.included_gb, self.further_gb_cents) else {
            return Some(fee);
        };
        let further = bytes.saturating_sub(u64::from(included) * GIGABYTE);
        let price = Decimal::new(i64::from(cents), 2);
        let gigabytes = Decimal::from(further).checked_div(Decimal::from(GIGABYTE))?;
        Some((fee + price.checked_mul(gigabytes)?).round_dp(2))
    }
}

/// The cheapest tier that does; Enterprise, which is agreed one by one, does for everybody that calls little enough.
#[must_use]
pub fn fitting_tier(demand: &Demand, bytes: u64) -> Option<&'static Tier> {
    let fits = TIERS.iter().filter(|tier| tier.misfit(demand).is_none());
    fits.min_by_key(|tier| (tier.fee_cents.is_none(), tier.cost(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(connections: u32, busiest_day_calls: u64, gigabytes: u64) -> Option<&'static str> {
        let demand = Demand {
            connections,
            busiest_day_calls,
        };
        fitting_tier(&demand, gigabytes * GIGABYTE).map(|tier| tier.name)
    }

    #[test]
    fn the_cheapest_tier_that_does_is_found() {
        assert_eq!(name(5, 1_000, 900), Some("Starter"));
        assert_eq!(name(6, 10, 0), Some("Core"));
        assert_eq!(name(5, 1_001, 0), Some("Core"));
        assert_eq!(name(51, 10, 0), Some("Plus"));
        assert_eq!(name(10_001, 10, 0), Some("Enterprise"));
        assert_eq!(name(1, 5_001, 0), None);
        // What Plus includes beyond Core costs less than its fee asks for it.
        assert_eq!(name(5, 2_000, 900), Some("Core"));
    }

    #[test]
    fn a_month_costs_its_fee_and_what_is_read_beyond_what_it_includes() {
        let core = TIERS[1];
        let cost = |bytes| core.cost(bytes).map(|cost| cost.to_string());
        assert_eq!(cost(0).as_deref(), Some("35.00"));
        assert_eq!(cost(10 * GIGABYTE).as_deref(), Some("35.00"));
        assert_eq!(cost(12_500_000_000).as_deref(), Some("41.00"));
        assert_eq!(
            TIERS[0]
                .cost(u64::MAX)
                .map(|cost| cost.to_string())
                .as_deref(),
            Some("0.00")
        );
        assert_eq!(TIERS[4].cost(1), None);
    }
}
