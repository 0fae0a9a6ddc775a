//! The provider's side of a life: which of the unknown ways of Xero hold in it, and what the operator settles.

use rust_decimal::Decimal;
use tieout_sandbox_xero::Switches;
use tieout_sandbox_xero::switches::{GraceAnswer, IdempotencyScope, NumberReuse, RateLimitWords};
use uuid::Uuid;

use tieout_core::settings::{
    Accounts, ContactPolicy, ContactPopulation, CreateStatus, Existing, HostPayments, Method,
    Moves, Reference, Settings, SummaryPeriod, SummaryPolicy,
};
use tieout_sandbox_xero::NEW_ZEALAND;

use crate::random::Random;

/// The account that money comes into and goes out of.
const BANK: &str = "090";

/// Where nobody knows how Xero does it, each life draws one of the ways.
pub(crate) fn switches(random: &mut Random) -> Switches {
    Switches {
        modified_since_inclusive: random.one_in(2),
        number_reuse: [
            NumberReuse::Never,
            NumberReuse::AfterDelete,
            NumberReuse::AfterDeleteOrVoid,
        ][random.index(3)],
        rate_limit_words: [RateLimitWords::Lower, RateLimitWords::Capitalised][random.index(2)],
        grace_answer: [GraceAnswer::FurtherToken, GraceAnswer::SameToken][random.index(2)],
        idempotency_scope: [IdempotencyScope::App, IdempotencyScope::AppAndTenant][random.index(2)],
        deleted_in_default_lists: random.one_in(2),
        messages_under_description: random.one_in(4),
        unknown_enum_values: random.one_in(4),
        null_list_items: random.one_in(4),
        nested_payment_reference: random.one_in(2),
        paid_bills_editable: random.one_in(2),
        purchase_order_approved_to_deleted: random.one_in(2),
        purchase_order_number_free_after_delete: random.one_in(2),
        webhook_on_payment: !random.one_in(4),
        webhook_on_removal: !random.one_in(4),
        webhook_on_own_writes: !random.one_in(4),
        ..Switches::default()
    }
}

/// What the operator may decide differently from life to life, and midway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choices {
    pub(crate) credit_notes: bool,
    pub(crate) bills: bool,
    pub(crate) orders: bool,
    pub(crate) drafts: bool,
    pub(crate) prefix: bool,
    pub(crate) suppliers_are_made: bool,
    pub(crate) details: bool,
    pub(crate) payments: bool,
    /// Whether what is posted goes where it is routed by then.
    pub(crate) moves: bool,
    /// Whether the payments of the host go out.
    pub(crate) host_payments: bool,
    /// Whether documents are looked for before they are created.
    pub(crate) looks_first: bool,
    /// Whether and how sales invoices are gathered.
    pub(crate) summary: Option<SummaryPolicy>,
}

/// One way of gathering.
pub(crate) fn gathering(random: &mut Random) -> SummaryPolicy {
    use SummaryPeriod::{Day, Month, Week};
    SummaryPolicy {
        period: [Day, Day, Day, Week, Week, Month][random.index(6)],
        hosts: Vec::new(),
        divisions: match random.one_in(4) {
            true => vec!["North".to_owned()],
            false => Vec::new(),
        },
        closes_after_hours: [0, 1, 24][random.index(3)],
    }
}

impl Choices {
    pub(crate) fn draw(random: &mut Random) -> Self {
        Self {
            credit_notes: !random.one_in(4),
            bills: !random.one_in(4),
            orders: !random.one_in(4),
            drafts: random.one_in(6),
            prefix: random.one_in(6),
            suppliers_are_made: !random.one_in(4),
            details: random.one_in(3),
            payments: true,
            moves: false,
            host_payments: false,
            looks_first: random.one_in(4),
            summary: None,
        }
    }

    /// What stands before the host's numbers.
    pub(crate) fn number_prefix(&self) -> &'static str {
        if self.prefix { "S-" } else { "" }
    }

    /// The status in which documents are created.
    pub(crate) fn status_word(&self) -> &'static str {
        if self.drafts { "DRAFT" } else { "AUTHORISED" }
    }

    /// The tax type of a line in an organisation.
    pub(crate) fn tax_type(&self, organisation: Uuid, sells: bool, is_free: bool) -> String {
        let settings = self.settings(organisation);
        let codes = match sells {
            true => &settings.tax_codes,
            false => &settings.purchase_tax_codes,
        };
        let code = if is_free { "FREE" } else { "GST" };
        codes.get(code).cloned().unwrap_or_default()
    }

    /// The settings of the connection to an organisation.
    pub(crate) fn settings(&self, organisation: Uuid) -> Settings {
        let ([sales, free_sales, purchases, free_purchases], rate) = taxes(organisation);
        let text = str::to_owned;
        let status = if self.drafts {
            CreateStatus::Draft
        } else {
            CreateStatus::Authorised
        };
        Settings {
            method: if self.orders {
                Method::Tracked
            } else {
                Method::Untracked
            },
            credit_notes: self.credit_notes,
            bills: self.bills,
            reference: Reference::None,
            contacts: ContactPolicy {
                create_missing_suppliers: self.suppliers_are_made,
                population: if self.details {
                    ContactPopulation::Company
                } else {
                    ContactPopulation::None
                },
                ..ContactPolicy::default()
            },
            invoice_status: status,
            credit_note_status: status,
            bill_status: status,
            purchase_order_status: status,
            accounts: Accounts {
                sales: Some(text("200")),
                cost_of_goods_sold: Some(text("310")),
                inventory: Some(text("630")),
                ..Accounts::default()
            },
            tax_codes: [(text("GST"), text(sales)), (text("FREE"), text(free_sales))].into(),
            purchase_tax_codes: [
                (text("GST"), text(purchases)),
                (text("FREE"), text(free_purchases)),
            ]
            .into(),
            purchase_tax_rates: [
                (rate.to_string(), text(purchases)),
                (text("0"), text(free_purchases)),
            ]
            .into(),
            number_prefix: text(self.number_prefix()),
            moves: match self.moves {
                true => Moves::VoidAndCreate,
                false => Moves::Stay,
            },
            payments: self.payments,
            host_payments: self.host_payments.then(|| HostPayments {
                account: Some(text(BANK)),
                ..HostPayments::default()
            }),
            existing: match self.looks_first {
                true => Existing::LookFirst,
                false => Existing::OnCollision,
            },
            summary: self.summary.clone(),
            ..Settings::default()
        }
    }
}

/// The tax types of an organisation, of sales and of purchases, each with and without tax; and the rate.
fn taxes(organisation: Uuid) -> ([&'static str; 4], Decimal) {
    if organisation == NEW_ZEALAND {
        let types = ["OUTPUT2", "ZERORATEDOUTPUT", "INPUT2", "ZERORATEDINPUT"];
        (types, Decimal::new(15, 2))
    } else {
        let types = ["OUTPUT", "EXEMPTOUTPUT", "INPUT", "EXEMPTEXPENSES"];
        (types, Decimal::new(10, 2))
    }
}
