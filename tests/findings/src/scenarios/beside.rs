//! Findings about what goes out or back beside a document.

use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::check::kinds::{Site, Then};
use tieout_core::settings::{AttachmentPolicy, HostPayments};
use tieout_sandbox_xero::{AUSTRALIA, Switches};

use crate::ground::Ground;
use crate::paper::{NUMBER, cents, file, payment};
use crate::scenario::{Cure, Scenario, Step, host, provider, settings};

/// Posted, and paid in the host.
pub(super) const PAID: Step = |it| {
    it.settings.host_payments = Some(into_the_bank());
    it.hand_over(|invoice| invoice.payments = Some(vec![payment(11_000)]));
};

pub(super) const ALL: &[Scenario] = &[
    Scenario {
        rule: || Rule::WriteBackRefused,
        arises: &[|it| {
            it.host.refuse(true);
            it.hand_over(|_| {});
        }],
        cures: &[Cure {
            site: Site::Host,
            then: Then::Retried,
            step: |it| it.host.refuse(false),
        }],
    },
    Scenario {
        rule: || Rule::PaymentDatedAhead,
        arises: &[
            |it| {
                it.settings.payments_ahead_days_max = Some(30);
                it.hand_over(|_| {});
            },
            |it| {
                let far = (it.now() + Duration::from_secs(40 * 86_400)).date_naive();
                it.people()
                    .pay(AUSTRALIA, NUMBER, Some(cents(6_000)), Some(far))
                    .expect("it is open");
            },
        ],
        cures: &[
            provider(Then::ChangeSeen, Ground::take_back_payments),
            settings(|it| it.settings.payments_ahead_days_max = None),
        ],
    },
    Scenario {
        rule: || Rule::PaymentNotMade,
        arises: &[|it| {
            it.settings.host_payments = Some(HostPayments::default());
            it.hand_over(|invoice| invoice.payments = Some(vec![payment(11_000)]));
        }],
        cures: &[settings(|it| {
            it.settings.host_payments = Some(into_the_bank());
        })],
    },
    // A part was paid there already, so that the whole is too much.
    Scenario {
        rule: || Rule::PaymentNotMade,
        arises: &[
            |it| {
                it.settings.host_payments = Some(into_the_bank());
                it.hand_over(|_| {});
            },
            |it| {
                it.people()
                    .pay(AUSTRALIA, NUMBER, Some(cents(6_000)), None)
                    .expect("it is open");
            },
            |it| it.hand_over(|invoice| invoice.payments = Some(vec![payment(11_000)])),
        ],
        cures: &[
            provider(Then::Retried, Ground::take_back_payments),
            host(|it| it.hand_over(|invoice| invoice.payments = Some(vec![payment(5_000)]))),
        ],
    },
    Scenario {
        rule: || Rule::PaymentNotTakenBack,
        arises: &[PAID, |it| {
            for payment in it.payments() {
                it.people()
                    .reconcile(AUSTRALIA, payment)
                    .expect("the payment is there");
            }
            it.hand_over(|invoice| invoice.payments = Some(Vec::new()));
        }],
        cures: &[
            provider(Then::ChangeSeen, |it| {
                it.sandbox.set_switches(Switches {
                    reconciled_payment_deletable: true,
                    ..it.sandbox.switches()
                });
                it.take_back_payments();
            }),
            host(|it| it.hand_over(|invoice| invoice.payments = Some(vec![payment(11_000)]))),
        ],
    },
    Scenario {
        rule: || Rule::PaymentRemovedAtProvider,
        arises: &[PAID, Ground::take_back_payments],
        cures: &[host(|it| {
            it.hand_over(|invoice| invoice.payments = Some(Vec::new()));
        })],
    },
    Scenario {
        rule: || Rule::AttachmentNotSent,
        arises: &[|it| {
            it.settings.attachments = AttachmentPolicy::Books;
            it.hand_over(|invoice| invoice.attachments = vec![file()]);
        }],
        cures: &[
            Cure {
                site: Site::Host,
                then: Then::TriedAgain,
                step: |it| it.host.put_file(&file().url, b"%PDF-1.4"),
            },
            host(|it| it.hand_over(|invoice| invoice.attachments = Vec::new())),
        ],
    },
    Scenario {
        rule: || Rule::NoteNotWritten,
        arises: &[|it| {
            it.settings.history_notes = Some("from {nowhere}".to_owned());
            it.hand_over(|_| {});
        }],
        cures: &[settings(|it| {
            it.settings.history_notes = Some("from {number}".to_owned());
        })],
    },
];

pub(super) fn into_the_bank() -> HostPayments {
    HostPayments {
        account: Some("090".to_owned()),
        ..HostPayments::default()
    }
}
