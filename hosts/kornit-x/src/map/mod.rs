//! How orders become documents: pure, from what is remembered of them.

mod invoice;
mod item;
mod purchase_order;
mod tell;

pub(crate) use tell::{Family, tell};

use tieout_core::document::Currency;

use crate::book::{Group, Order};
use crate::config::{KornitXConfig, NumberBy};
use crate::wire::Problem;

/// The number of an order's documents: further parts of one order of a customer are counted,
/// and where two companies have the same reference, that of the second tells its company: it stays so for good.
fn number(order: &Order, group: Option<&Group>, config: &KornitXConfig) -> String {
    let own = || order.word("ref").unwrap_or_else(|| order.id.clone());
    match config.number {
        NumberBy::Id => order.id.clone(),
        NumberBy::Ref => own(),
        NumberBy::ExternalRef => match (order.word("external_ref"), group) {
            (Some(reference), Some(group)) => {
                let reference = match (group.is_second, order.word("company_ref_id")) {
                    (false, _) => reference,
                    (true, Some(company)) => format!("{company}-{reference}"),
                    (true, None) => own(),
                };
                match group.part(&order.id) {
                    1 => reference,
                    part => format!("{reference}-{part}"),
                }
            }
            (Some(reference), None) => reference,
            (None, _) => own(),
        },
    }
}

/// The customer's contact: the other company, never the shopper.
fn contact(order: &Order, config: &KornitXConfig) -> Result<String, Problem> {
    let company = order.word("company_ref_id");
    let named = company.as_ref().and_then(|id| config.contacts.get(id));
    named.or(config.contact.as_ref()).cloned().ok_or_else(|| {
        let company = company.unwrap_or_default();
        let message = format!(
            "no contact is configured for the company {company}: add it to `contacts`, or name a `contact` for all"
        );
        Problem::new("company_ref_id", message)
    })
}

fn currency(order: &Order, config: &KornitXConfig) -> Result<Currency, Problem> {
    let field = "currency_code";
    match order.word(field) {
        Some(code) => Currency::from_code(&code.to_ascii_uppercase())
            .map_err(|error| Problem::new(field, error.to_string())),
        None => config.currency.ok_or_else(|| {
            let message = "is empty, and no `currency` is configured for such orders";
            Problem::new(field, message)
        }),
    }
}
