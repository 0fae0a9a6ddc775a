//! Findings about what a document needs of the organisation: accounts, taxes, currencies, tracking, open periods.

use rust_decimal::Decimal;
use tieout_core::check::Rule;
use tieout_core::check::kinds::Then;
use tieout_core::document::Tracking;
use tieout_core::settings::{Route, TrackingOptions};
use tieout_sandbox_xero::AUSTRALIA;

use crate::ground::{Ground, OTHER, connection};
use crate::paper::{amounts, currency, day, untaxed};
use crate::scenario::{Scenario, host, provider, settings};
use crate::wire::Veil;

pub(super) const ALL: &[Scenario] = &[
    Scenario {
        rule: || Rule::AccountMissing,
        arises: &[|it| {
            it.settings.accounts.sales = None;
            it.settings.accounts.by_charge_code = [("TRAVEL".to_owned(), "201".to_owned())].into();
            it.hand_over(|invoice| invoice.lines[0].charge_code = Some("PARKING".to_owned()));
        }],
        cures: &[
            settings(|it| it.settings.accounts.sales = Some("200".to_owned())),
            host(|it| {
                it.hand_over(|invoice| invoice.lines[0].charge_code = Some("TRAVEL".to_owned()));
            }),
        ],
    },
    Scenario {
        rule: || Rule::AccountUnusable,
        arises: &[|it| {
            it.settings.accounts.by_charge_code = [("TRAVEL".to_owned(), "201".to_owned())].into();
            it.cover(Veil::row("Accounts", "201"));
            it.hand_over(|invoice| invoice.lines[0].charge_code = Some("TRAVEL".to_owned()));
        }],
        cures: &[
            settings(|it| it.settings.accounts.by_charge_code.clear()),
            provider(Then::ChartRead, |it| it.uncover()),
            host(|it| it.hand_over(|invoice| invoice.lines[0].charge_code = None)),
        ],
    },
    Scenario {
        rule: || Rule::TaxCodeUnmapped,
        arises: &[|it| {
            it.cover(Veil::row("TaxRates", "INPUTTAXED"));
            it.hand_over(|invoice| untaxed(invoice, "INPUTTAXED"));
        }],
        cures: &[
            settings(|it| {
                let mapped = ("INPUTTAXED".to_owned(), "EXEMPTOUTPUT".to_owned());
                it.settings.tax_codes.extend([mapped]);
            }),
            host(|it| it.hand_over(|invoice| untaxed(invoice, "EXEMPTOUTPUT"))),
            provider(Then::ChartRead, |it| it.uncover()),
        ],
    },
    Scenario {
        rule: || Rule::TaxTypeUnusable,
        arises: &[|it| {
            let mapped = ("FREE".to_owned(), "INPUTTAXED".to_owned());
            it.settings.tax_codes.extend([mapped]);
            it.cover(Veil::row("TaxRates", "INPUTTAXED"));
            it.hand_over(|invoice| untaxed(invoice, "FREE"));
        }],
        cures: &[
            settings(|it| {
                let mapped = ("FREE".to_owned(), "EXEMPTOUTPUT".to_owned());
                it.settings.tax_codes.extend([mapped]);
            }),
            host(|it| it.hand_over(|invoice| untaxed(invoice, "EXEMPTOUTPUT"))),
            provider(Then::ChartRead, |it| it.uncover()),
        ],
    },
    Scenario {
        rule: || Rule::CurrencyNotEnabled,
        arises: &[|it| {
            it.hand_over(|invoice| {
                untaxed(invoice, "FREE");
                invoice.currency = currency("EUR");
            });
        }],
        cures: &[
            provider(Then::ChartRead, |it| {
                let rate = Decimal::new(60, 2);
                it.people()
                    .add_currency(AUSTRALIA, "EUR", rate)
                    .expect("an administrator may add a currency");
            }),
            settings(|it| {
                let route = Route {
                    currencies: Some(vec![currency("EUR")]),
                    ..Route::everything(connection(OTHER))
                };
                it.routes.insert(0, route);
                it.people()
                    .add_currency(tieout_sandbox_xero::NEW_ZEALAND, "EUR", Decimal::new(55, 2))
                    .expect("an administrator may add a currency");
            }),
            host(|it| it.hand_over(|invoice| invoice.currency = currency("AUD"))),
        ],
    },
    Scenario {
        rule: || Rule::TrackingMissing,
        arises: &[|it| {
            it.settings.tracking = true;
            it.cover(Veil::row("TrackingCategories", "East"));
            it.hand_over(|invoice| tracked(invoice, "East"));
        }],
        cures: &[
            provider(Then::ChartRead, |it| it.uncover()),
            settings(|it| it.settings.tracking = false),
            host(|it| it.hand_over(|invoice| tracked(invoice, "North"))),
        ],
    },
    Scenario {
        rule: || Rule::TrackingMissing,
        arises: &[|it| {
            it.settings.tracking = true;
            it.hand_over(|invoice| tracked(invoice, "Far West"));
        }],
        cures: &[settings(|it| {
            it.settings.tracking_options = TrackingOptions::Create;
        })],
    },
    Scenario {
        rule: || Rule::PeriodLocked,
        arises: &[|it| {
            it.lock_through("2026-11-11");
            it.hand_over(|invoice| amounts(invoice, 12_000, 1_200));
        }],
        cures: &[
            provider(Then::ChartRead, Ground::unlock),
            host(|it| it.hand_over(|invoice| invoice.issue_date = day("2026-11-12"))),
        ],
    },
];

fn tracked(invoice: &mut tieout_core::document::Invoice, option: &str) {
    invoice.lines[0].tracking = vec![Tracking {
        category: "Region".to_owned(),
        option: option.to_owned(),
    }];
}
