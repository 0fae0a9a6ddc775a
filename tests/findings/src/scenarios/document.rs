//! Findings about what a document is and where it belongs.

use tieout_core::check::Rule;
use tieout_core::check::kinds::Then;
use tieout_core::document::{AmountsAre, Invoice, InvoiceKind, InvoiceStatus};
use tieout_core::settings::{MappingRule, Moves, Reference, Route, SummaryPeriod, SummaryPolicy};

use crate::ground::{ACME, Ground, OTHER, connection};
use crate::paper::{NUMBER, day, untaxed};
use crate::scenario::{Scenario, host, provider, settings};
use crate::wire::Veil;

pub(super) const ALL: &[Scenario] = &[
    Scenario {
        rule: || Rule::Unrouted,
        arises: &[|it| {
            it.routes = by_division();
            it.hand_over(|invoice| invoice.business_division = Some("West".to_owned()));
        }],
        cures: &[
            settings(|it| it.routes.push(Route::everything(connection(ACME)))),
            host(|it| it.hand_over(|invoice| invoice.business_division = Some("North".to_owned()))),
        ],
    },
    Scenario {
        rule: || Rule::RoutedElsewhere,
        arises: MOVED,
        cures: &[
            host(|it| it.hand_over(|invoice| invoice.business_division = Some("North".to_owned()))),
            settings(|it| it.routes = vec![Route::everything(connection(ACME))]),
            settings(|it| it.settings.moves = Moves::VoidAndCreate),
        ],
    },
    Scenario {
        rule: || Rule::RoutedElsewhere,
        arises: &[
            |it| {
                it.settings.moves = Moves::VoidAndCreate;
                it.routes = by_division();
                it.hand_over(north);
            },
            Ground::pay,
            |it| it.hand_over(|invoice| invoice.business_division = Some("South".to_owned())),
        ],
        cures: &[provider(Then::ChangeSeen, Ground::take_back_payments)],
    },
    Scenario {
        rule: || Rule::RoutedElsewhere,
        arises: &[
            |it| {
                it.settings.moves = Moves::VoidAndCreate;
                it.routes = by_division();
                it.hand_over(north);
            },
            |it| {
                it.lock_through("2026-11-11");
                it.hand_over(|invoice| invoice.business_division = Some("South".to_owned()));
            },
        ],
        cures: &[provider(Then::ChartRead, Ground::unlock)],
    },
    Scenario {
        rule: || Rule::SummarySettled,
        arises: &[
            |it| {
                it.settings.summary = Some(SummaryPolicy {
                    period: SummaryPeriod::Day,
                    hosts: Vec::new(),
                    divisions: Vec::new(),
                    closes_after_hours: 0,
                });
                it.hand_over(|_| {});
            },
            Ground::pay_the_summary,
            |it| it.hand_over(|invoice| invoice.status = InvoiceStatus::Voided),
        ],
        cures: &[
            host(|it| it.hand_over(|invoice| invoice.status = InvoiceStatus::Final)),
            provider(Then::ChangeSeen, Ground::take_back_payments),
        ],
    },
    Scenario {
        rule: || Rule::StatusUnknown,
        arises: &[|it| {
            it.hand_over(|invoice| invoice.status = InvoiceStatus::from("printed"));
        }],
        cures: &[host(|it| {
            it.hand_over(|invoice| invoice.status = InvoiceStatus::Final);
        })],
    },
    Scenario {
        rule: || Rule::KindNotSent,
        arises: &[|it| it.hand_over(|invoice| invoice.kind = InvoiceKind::from("pro_forma"))],
        cures: &[host(|it| {
            it.hand_over(|invoice| invoice.kind = InvoiceKind::Sales);
        })],
    },
    Scenario {
        rule: || Rule::KindNotKept,
        arises: &[|it| {
            it.is_narrow = true;
            it.settings.credit_notes = true;
            it.hand_over(|invoice| invoice.kind = InvoiceKind::SalesCredit);
        }],
        cures: &[settings(|it| it.settings.credit_notes = false)],
    },
    Scenario {
        rule: || Rule::RecordUnreadable,
        arises: &[|it| it.hand_over(|invoice| invoice.amounts_are = AmountsAre::from("both"))],
        cures: &[host(|it| {
            it.hand_over(|invoice| invoice.amounts_are = AmountsAre::TaxExclusive);
        })],
    },
    Scenario {
        rule: || Rule::TextUnusable,
        arises: &[|it| it.hand_over(|invoice| invoice.number = "9".repeat(300))],
        cures: &[host(|it| {
            it.hand_over(|invoice| invoice.number = NUMBER.to_owned());
        })],
    },
    Scenario {
        rule: || Rule::TextUnusable,
        arises: &[|it| {
            it.settings.reference = Reference::Template("{claim_numbr}".to_owned());
            it.hand_over(|_| {});
        }],
        cures: &[settings(|it| {
            it.settings.reference = Reference::ClaimNumber;
        })],
    },
    Scenario {
        rule: || Rule::TextUnusable,
        arises: &[|it| {
            it.settings.branding_theme = Some("Standard".to_owned());
            it.cover(Veil::row("BrandingThemes", "Standard"));
            it.hand_over(|_| {});
        }],
        cures: &[provider(Then::ChartRead, |it| it.uncover())],
    },
    Scenario {
        rule: || Rule::DueDateUnusable,
        arises: &[|it| it.hand_over(|invoice| invoice.due_date = Some(day("2026-11-09")))],
        cures: &[host(|it| {
            it.hand_over(|invoice| invoice.due_date = Some(day("2026-11-10")));
        })],
    },
    Scenario {
        rule: || Rule::DueDateUnusable,
        arises: &[|it| {
            it.settings.rules = vec![mapping_rule(
                r#"{"target":"due_date","value":"2026-11-01"}"#,
            )];
            it.hand_over(|_| {});
        }],
        cures: &[settings(|it| it.settings.rules.clear())],
    },
    Scenario {
        rule: || Rule::RuleFailed,
        arises: &[|it| {
            it.settings.rules = vec![mapping_rule(
                r#"{"target":"account_code","from":"charge_code","transform":[{"lookup":{"table":{"TRAVEL":"201"}}}]}"#,
            )];
            it.hand_over(|invoice| invoice.lines[0].charge_code = Some("PARKING".to_owned()));
        }],
        cures: &[
            settings(|it| it.settings.rules.clear()),
            host(|it| {
                it.hand_over(|invoice| invoice.lines[0].charge_code = Some("TRAVEL".to_owned()));
            }),
        ],
    },
];

/// Sent to one organisation, then routed to the other.
const MOVED: &[crate::scenario::Step] = &[
    |it| {
        it.routes = by_division();
        it.hand_over(north);
    },
    |it| it.hand_over(|invoice| invoice.business_division = Some("South".to_owned())),
];

/// Of the one division, and of a form that both organisations take.
fn north(invoice: &mut Invoice) {
    untaxed(invoice, "FREE");
    invoice.business_division = Some("North".to_owned());
}

fn by_division() -> Vec<Route> {
    let route = |division: &str, name: &str| Route {
        divisions: Some(vec![division.to_owned()]),
        ..Route::everything(connection(name))
    };
    vec![route("North", ACME), route("South", OTHER)]
}

fn mapping_rule(json: &str) -> MappingRule {
    serde_json::from_str(json).expect("a rule that can be read")
}
