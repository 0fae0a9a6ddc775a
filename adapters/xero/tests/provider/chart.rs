//! Reading the reference data, with everything in it that real organisations surprise with.

use tieout_core::document::{AccountClass, Currency};
use tieout_core::provider::AccountingProvider;
use tieout_sandbox_xero::NEW_ZEALAND;

use crate::fake::Fake;
use crate::postings::{day, money};
use crate::sandboxed::Books;

#[tokio::test]
async fn the_chart_holds_what_lines_may_use() {
    let books = Books::open();
    books
        .people()
        .set_lock_dates(
            NEW_ZEALAND,
            Some(day("2026-09-30")),
            Some(day("2026-03-31")),
        )
        .unwrap();
    let chart = books.provider.chart().await.unwrap();
    assert_eq!(chart.organisation.id, NEW_ZEALAND.to_string());
    assert_eq!(
        chart.organisation.base_currency,
        Currency::from_code("NZD").unwrap()
    );
    assert_eq!(chart.organisation.country, "NZ");
    assert_eq!(chart.organisation.locked_through(), Some(day("2026-09-30")));
    let sales = chart.account("200").unwrap();
    assert!(sales.active && !sales.system && sales.class == AccountClass::Revenue);
    assert!(!chart.account("299").unwrap().active);
    assert!(chart.account("610").unwrap().system);
    let gst = chart.tax_rate("OUTPUT2").unwrap();
    assert_eq!(gst.rate, money("0.15"));
    assert!(gst.applies_to.contains(&AccountClass::Revenue));
    let codes: Vec<_> = chart
        .currencies
        .iter()
        .map(|currency| currency.code())
        .collect();
    assert_eq!(codes.len(), 3);
    let themes = chart.branding_themes.as_ref().unwrap();
    assert_eq!(themes[0].name, "Standard");
    let region = chart
        .tracking
        .iter()
        .find(|category| category.name == "Region")
        .unwrap();
    assert!(
        region
            .options
            .iter()
            .any(|option| option.name == "North" && option.active)
    );
}

#[tokio::test]
async fn values_that_nobody_knew_do_not_stop_the_chart() {
    let fake = Fake::new();
    fake.answer(200, include_str!("../fixtures/organisation.json"));
    fake.answer(200, include_str!("../fixtures/accounts.json"));
    fake.answer(200, include_str!("../fixtures/tax_rates.json"));
    fake.answer(200, include_str!("../fixtures/currencies.json"));
    fake.answer(200, include_str!("../fixtures/tracking.json"));
    fake.answer(200, include_str!("../fixtures/branding_themes.json"));
    let chart = fake.provider().chart().await.unwrap();
    insta::assert_json_snapshot!("chart", chart);
}
