//! Findings about what the accounting system, or the people who work in it, made of a document.

use tieout_core::check::Rule;
use tieout_core::check::kinds::Then;
use tieout_core::document::InvoiceStatus;
use tieout_core::settings::CreateStatus;
use tieout_sandbox_xero::Limits;

use crate::ground::Ground;
use crate::paper::{NUMBER, amounts};
use crate::scenario::{Scenario, Step, host, provider, settings};
use crate::wire::Veil;

use super::beside::{PAID as PAID_IN_HOST, into_the_bank};

const POSTED: Step = |it| it.hand_over(|_| {});

pub(super) const ALL: &[Scenario] = &[
    // The organisation's plan allows no more approved invoices this month.
    Scenario {
        rule: || Rule::Refused,
        arises: &[|it| {
            it.sandbox.set_limits(Limits {
                sales_approvals_max: Some(0),
                ..it.sandbox.limits()
            });
            it.hand_over(|_| {});
        }],
        cures: &[
            provider(Then::Retried, |it| {
                it.sandbox.set_limits(Limits {
                    sales_approvals_max: None,
                    ..it.sandbox.limits()
                });
            }),
            settings(|it| it.settings.invoice_status = CreateStatus::Draft),
        ],
    },
    // What is paid cannot be changed any more.
    Scenario {
        rule: || Rule::Refused,
        arises: &[POSTED, Ground::pay, |it| {
            it.hand_over(|invoice| amounts(invoice, 12_000, 1_200));
        }],
        cures: &[
            host(|it| it.hand_over(|invoice| amounts(invoice, 10_000, 1_000))),
            provider(Then::Retried, Ground::take_back_payments),
        ],
    },
    Scenario {
        rule: || Rule::VoidRefused,
        arises: &[POSTED, Ground::pay, |it| {
            it.hand_over(|invoice| invoice.status = InvoiceStatus::Voided);
        }],
        cures: &[
            provider(Then::ChangeSeen, Ground::take_back_payments),
            host(|it| it.hand_over(|invoice| invoice.status = InvoiceStatus::Final)),
        ],
    },
    Scenario {
        rule: || Rule::VoidRefused,
        arises: &[POSTED, |it| {
            it.lock_through("2026-11-11");
            it.hand_over(|invoice| invoice.status = InvoiceStatus::Voided);
        }],
        cures: &[provider(Then::ChartRead, Ground::unlock)],
    },
    // Paid after a person looked at what undoing it comes to.
    Scenario {
        rule: || Rule::UndoRefused,
        arises: &[POSTED, |it| {
            it.is_undone = true;
            it.pay();
        }],
        cures: &[provider(Then::ChangeSeen, Ground::take_back_payments)],
    },
    Scenario {
        rule: || Rule::UndoRefused,
        arises: &[POSTED, |it| {
            it.is_undone = true;
            it.lock_through("2026-11-11");
        }],
        cures: &[provider(Then::ChartRead, Ground::unlock)],
    },
    // The payment is ours, and nobody says any more from which account it was made.
    Scenario {
        rule: || Rule::UndoRefused,
        arises: &[PAID_IN_HOST, |it| {
            it.settings.host_payments = None;
            it.restart();
            it.is_undone = true;
        }],
        cures: &[settings(|it| {
            it.settings.host_payments = Some(into_the_bank());
        })],
    },
    Scenario {
        rule: || Rule::ChangedSinceUndo,
        arises: &[
            POSTED,
            |it| it.is_undone = true,
            |it| {
                it.hand_over(|invoice| amounts(invoice, 12_000, 1_200));
            },
        ],
        cures: &[host(|it| {
            it.hand_over(|invoice| invoice.status = InvoiceStatus::Voided);
        })],
    },
    Scenario {
        rule: || Rule::EditedAtProvider,
        arises: &[POSTED, |it| it.edit(9_000)],
        cures: &[
            provider(Then::ChangeSeen, |it| it.edit(10_000)),
            host(|it| it.hand_over(|invoice| amounts(invoice, 9_000, 900))),
        ],
    },
    Scenario {
        rule: || Rule::RemovedAtProvider,
        arises: &[POSTED, |it| it.void(NUMBER)],
        cures: &[host(|it| {
            it.hand_over(|invoice| invoice.status = InvoiceStatus::Voided);
        })],
    },
    Scenario {
        rule: || Rule::UnreadableAtProvider,
        arises: &[POSTED, |it| {
            it.cover(Veil::field("Invoices", NUMBER, "Total"));
            it.touch();
        }],
        cures: &[provider(Then::ChangeSeen, |it| {
            it.uncover();
            it.touch();
        })],
    },
];
