//! Findings about documents that are in the accounting system already.

use tieout_core::check::Rule;
use tieout_core::check::kinds::Then;
use tieout_core::settings::Existing;
use tieout_sandbox_xero::AUSTRALIA;
use tieout_sandbox_xero::wire::invoice::InvoiceIn;

use crate::ground::Ground;
use crate::paper::{NUMBER, amounts};
use crate::scenario::{Scenario, host, provider};

pub(super) const ALL: &[Scenario] = &[
    // Somebody entered it by hand, for less.
    Scenario {
        rule: || Rule::NumberTaken,
        arises: &[|it| {
            it.enter(NUMBER, "", 9_000);
            it.hand_over(|_| {});
        }],
        cures: &[
            host(|it| it.hand_over(|invoice| invoice.number = "INV-2".to_owned())),
            provider(Then::Retried, |it| {
                let fields = InvoiceIn {
                    invoice_number: Some("BY-HAND-1".to_owned()),
                    ..InvoiceIn::default()
                };
                it.people()
                    .edit(AUSTRALIA, NUMBER, fields)
                    .expect("a number may be changed");
            }),
        ],
    },
    // A voided one keeps its number.
    Scenario {
        rule: || Rule::NumberTaken,
        arises: &[|it| {
            it.enter(NUMBER, "", 9_000);
            it.void(NUMBER);
            it.hand_over(|_| {});
        }],
        cures: &[host(|it| {
            it.hand_over(|invoice| invoice.number = "INV-2".to_owned());
        })],
    },
    Scenario {
        rule: || Rule::ExistingDiffers,
        arises: &[|it| {
            it.settings.existing = Existing::LookFirst;
            it.enter(NUMBER, "", 9_000);
            it.hand_over(|_| {});
        }],
        cures: &[
            provider(Then::Retried, |it| it.edit(10_000)),
            host(|it| it.hand_over(|invoice| amounts(invoice, 9_000, 900))),
        ],
    },
    Scenario {
        rule: || Rule::ExistingAmbiguous,
        arises: &[|it| {
            it.settings.existing = Existing::LookFirst;
            it.enter("BY-HAND-1", NUMBER, 10_000);
            it.enter("BY-HAND-2", NUMBER, 10_000);
            it.hand_over(|_| {});
        }],
        cures: &[provider(Then::Retried, |it: &mut Ground| {
            it.void("BY-HAND-1");
            it.void("BY-HAND-2");
        })],
    },
];
