//! Whether the organisation may hold documents in a currency.

use super::{Finding, Rule};
use crate::document::Currency;
use crate::provider::Chart;

/// The finding, if the currency is neither the organisation's own nor among those it has enabled.
pub(crate) fn currency_enabled(currency: Currency, chart: &Chart) -> Option<Finding> {
    let organisation = &chart.organisation;
    if currency == organisation.base_currency || chart.currencies.contains(&currency) {
        return None;
    }
    let enabled = chart
        .currencies
        .iter()
        .map(|enabled| enabled.code().to_owned())
        .collect();
    Some(
        Finding::new(
            Rule::CurrencyNotEnabled,
            format!("`{}` has not enabled {currency}", organisation.name),
            format!("Add {currency} to the currencies of the organisation in the accounting system, or route such documents elsewhere."),
        )
        .at("currency", currency.code())
        .with_detail(enabled),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::chart;

    #[test]
    fn the_base_currency_needs_no_enabling_and_others_do() {
        let code = |code| Currency::from_code(code).unwrap();
        let mut chart = chart();
        chart.currencies = vec![code("NZD")];
        assert_eq!(currency_enabled(code("AUD"), &chart), None);
        assert_eq!(currency_enabled(code("NZD"), &chart), None);
        let found = currency_enabled(code("EUR"), &chart).unwrap();
        assert_eq!(
            found.to_string(),
            "currency_not_enabled: currency = `EUR`: `Demo Company` has not enabled EUR"
        );
        assert_eq!(found.detail, ["NZD"]);
    }
}
