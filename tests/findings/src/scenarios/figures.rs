//! Findings about what a document comes to.

use rust_decimal::Decimal;
use tieout_core::check::Rule;
use tieout_core::check::kinds::Then;
use tieout_core::settings::TaxAmounts;
use tieout_sandbox_xero::AUSTRALIA;
use tieout_sandbox_xero::Switches;
use tieout_sandbox_xero::switches::Midpoint;
use tieout_sandbox_xero::wire::invoice::{InvoiceIn, LineIn};

use crate::paper::{NUMBER, amounts, cents};
use crate::scenario::{Scenario, host, provider, settings};

pub(super) const ALL: &[Scenario] = &[
    Scenario {
        rule: || Rule::TotalsInconsistent,
        arises: &[|it| it.hand_over(|invoice| invoice.totals.gross = cents(11_100))],
        cures: &[host(|it| {
            it.hand_over(|invoice| amounts(invoice, 10_000, 1_000));
        })],
    },
    Scenario {
        rule: || Rule::TotalsWouldDiffer,
        arises: &[|it| {
            it.settings.tax_amounts = TaxAmounts::Provider;
            it.hand_over(|invoice| amounts(invoice, 10_000, 1_001));
        }],
        cures: &[
            host(|it| it.hand_over(|invoice| amounts(invoice, 10_000, 1_000))),
            settings(|it| it.settings.tax_amounts = TaxAmounts::Host),
        ],
    },
    // The accounting system itself comes to something else than it is known to.
    Scenario {
        rule: || Rule::TotalsWouldDiffer,
        arises: &[|it| {
            it.settings.tax_amounts = TaxAmounts::Provider;
            it.sandbox.set_switches(Switches {
                midpoint: Midpoint::HalfEven,
                ..it.sandbox.switches()
            });
            // A tax of 0.125: away from zero, or to even.
            it.hand_over(|invoice| amounts(invoice, 125, 13));
        }],
        cures: &[provider(Then::ChangeSeen, |it| {
            let line = LineIn {
                description: Some("Assessment".to_owned()),
                quantity: Some(Decimal::ONE),
                unit_amount: Some(cents(125)),
                account_code: Some("200".to_owned()),
                tax_type: Some("OUTPUT".to_owned()),
                tax_amount: Some(cents(13)),
                ..LineIn::default()
            };
            let fields = InvoiceIn {
                line_items: Some(vec![line]),
                ..InvoiceIn::default()
            };
            it.people()
                .edit(AUSTRALIA, NUMBER, fields)
                .expect("a bookkeeper may set the tax of a line");
        })],
    },
    Scenario {
        rule: || Rule::AmountNotRepresentable,
        arises: &[|it| {
            it.hand_over(|invoice| {
                invoice.lines[0].net_amount = Decimal::new(100_005, 3);
            });
        }],
        cures: &[host(|it| {
            it.hand_over(|invoice| amounts(invoice, 10_000, 1_000));
        })],
    },
    Scenario {
        rule: || Rule::TotalNegative,
        arises: &[|it| it.hand_over(|invoice| amounts(invoice, -10_000, -1_000))],
        cures: &[host(|it| {
            it.hand_over(|invoice| amounts(invoice, 10_000, 1_000));
        })],
    },
];
