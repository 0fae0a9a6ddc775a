//! Findings about the party of a document.

use tieout_core::check::Rule;
use tieout_core::check::kinds::Then;
use tieout_sandbox_xero::AUSTRALIA;

use crate::paper::{PARTY, amounts};
use crate::scenario::{Scenario, host, provider, settings};
use crate::wire::Veil;

pub(super) const ALL: &[Scenario] = &[
    Scenario {
        rule: || Rule::ContactMissing,
        arises: &[|it| {
            it.settings.contacts.create_missing = false;
            it.hand_over(|invoice| invoice.bill_to.name = "Rimu Rehab".to_owned());
        }],
        cures: &[
            provider(Then::Retried, |it| {
                it.rename("Marlin Freight", "Rimu Rehab");
            }),
            settings(|it| it.settings.contacts.create_missing = true),
            host(|it| it.hand_over(|invoice| invoice.bill_to.name = PARTY.to_owned())),
        ],
    },
    Scenario {
        rule: || Rule::ContactAmbiguous,
        arises: &[|it| {
            it.rename("Marlin Freight", "Totara Ltd");
            it.rename("Dockside Interiors", "Totara Limited");
            it.hand_over(|invoice| invoice.bill_to.name = "Totara Inc".to_owned());
        }],
        cures: &[
            provider(Then::Retried, |it| {
                it.people()
                    .merge_contact(AUSTRALIA, "Totara Limited", "Totara Ltd")
                    .expect("two active contacts can be merged");
            }),
            host(|it| it.hand_over(|invoice| invoice.bill_to.name = "Totara Ltd".to_owned())),
        ],
    },
    Scenario {
        rule: || Rule::ContactArchived,
        arises: &[|it| {
            it.people()
                .archive_contact(AUSTRALIA, PARTY)
                .expect("the contact is there");
            it.hand_over(|invoice| amounts(invoice, 12_000, 1_200));
        }],
        cures: &[
            provider(Then::Retried, |it| {
                it.people()
                    .restore_contact(AUSTRALIA, PARTY)
                    .expect("nobody else has its name");
            }),
            host(|it| {
                it.hand_over(|invoice| invoice.bill_to.name = "Marlin Freight".to_owned());
            }),
        ],
    },
    Scenario {
        rule: || Rule::ContactRefused,
        arises: &[|it| {
            it.cover(Veil::asked("Contacts", "Rimu Rehab", "Name"));
            it.hand_over(|invoice| invoice.bill_to.name = "Rimu Rehab".to_owned());
        }],
        cures: &[
            host(|it| {
                it.hand_over(|invoice| invoice.bill_to.name = "Rimu Rehabilitation".to_owned());
            }),
            provider(Then::Retried, |it| {
                it.rename("Marlin Freight", "Rimu Rehab");
            }),
        ],
    },
];
