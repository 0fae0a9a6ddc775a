//! What an item of an order charges or costs: pieces that are left of it, price, tax.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;
use tieout_core::document::{Currency, Line, LineId};

use crate::book::Order;
use crate::wire::{Problem, is_countable, number, word};

/// The status of an item that was cancelled.
const ITEM_CANCELLED: Decimal = Decimal::from_parts(7, 0, 0, false, 0);

/// An item of which something is left.
pub(super) struct Item<'a> {
    fields: &'a Value,
    /// Where it stands, such as `items[0]`.
    place: String,
    /// Stable within the order.
    pub(super) id: String,
    /// The article.
    pub(super) sku: Option<String>,
    /// What people read.
    pub(super) description: String,
    /// Pieces that are left.
    pub(super) quantity: Decimal,
}

/// A price with its tax.
pub(super) struct Price {
    /// Of one, without tax.
    pub(super) unit: Decimal,
    /// As a fraction; `None` where only the tax of one is told.
    pub(super) rate: Option<Decimal>,
    /// The tax of one, where only that is told.
    tax_of_one: Option<Decimal>,
}

/// The fields that hold a price.
pub(super) struct PriceFields<'a> {
    pub(super) unit: &'a str,
    pub(super) unit_with_tax: &'a str,
    pub(super) rate: &'a str,
}

/// The items of an order of which something is left: what was cancelled is neither charged nor ordered.
pub(super) fn items(order: &Order) -> Result<Vec<Item<'_>>, Problem> {
    let listed = order.form.as_ref().and_then(|form| form.get("items"));
    let listed = listed
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let mut items = Vec::with_capacity(listed.len());
    for (index, fields) in listed.iter().enumerate() {
        let place = format!("items[{index}]");
        let names: Vec<String> = ["ref", "id", "external_ref"]
            .iter()
            .filter_map(|key| word(fields.get(*key)))
            .collect();
        let ordered = needed(fields, &place, "quantity")?;
        if ordered.is_sign_negative() {
            let message = "must not be negative";
            return Err(Problem::new(format!("{place}.quantity"), message));
        }
        let status = number(fields.get("status")).ok().flatten();
        // One name alone: a cancellation names an item by one of them.
        let cancelled = names.iter().find_map(|name| order.cancelled.get(name));
        let left = match cancelled {
            _ if status == Some(ITEM_CANCELLED) => Decimal::ZERO,
            // At least nothing and at most all: the rest is no less than nothing.
            Some(cancelled) => ordered
                .checked_sub(cancelled.0.clamp(Decimal::ZERO, ordered))
                .unwrap_or_default(),
            None => ordered,
        };
        if left.is_zero() {
            continue;
        }
        let id = word(fields.get("id")).or_else(|| names.first().cloned());
        let id = id.unwrap_or_else(|| (index + 1).to_string());
        let sku = word(fields.get("sku"));
        let description = word(fields.get("description")).or_else(|| sku.clone());
        items.push(Item {
            description: description.unwrap_or_else(|| format!("Item {id}")),
            quantity: left,
            fields,
            place,
            id,
            sku,
        });
    }
    match items.is_empty() {
        true => Err(Problem::new(
            "items",
            "holds nothing that is left of the order",
        )),
        false => Ok(items),
    }
}

impl Item<'_> {
    /// What one piece of it is sold for.
    pub(super) fn sale(&self) -> Result<Price, Problem> {
        let fields = PriceFields {
            unit: "unit_sale_price",
            unit_with_tax: "unit_sale_price_inc_tax",
            rate: "sale_vat_rate",
        };
        price(self.fields, &self.place, &fields)
    }

    /// What one piece of it costs, and the rate of its tax where that is told.
    pub(super) fn cost(
        &self,
        cost_field: &str,
        rate_field: &str,
    ) -> Result<(Decimal, Option<Decimal>), Problem> {
        let cost = needed(self.fields, &self.place, cost_field)?;
        Ok((cost, rate(self.fields, &self.place, rate_field)?))
    }
}

/// A price in some fields of an object.
///
/// Fails where it cannot be told which tax is on it, or where its fields contradict each other: nothing is guessed.
pub(super) fn price(fields: &Value, place: &str, of: &PriceFields<'_>) -> Result<Price, Problem> {
    let unit = needed(fields, place, of.unit)?;
    let rate = rate(fields, place, of.rate)?;
    let with_tax = wanted(fields, place, of.unit_with_tax)?;
    match (rate, with_tax) {
        (None, None) => {
            let message = format!(
                "is missing, and so is `{}`: which tax is on it?",
                of.unit_with_tax
            );
            Err(Problem::new(path(place, of.rate), message))
        }
        (None, Some(with_tax)) => Ok(Price {
            unit,
            rate: (with_tax == unit).then_some(Decimal::ZERO),
            tax_of_one: Some(
                with_tax
                    .checked_sub(unit)
                    .ok_or_else(|| too_large(path(place, of.unit_with_tax)))?,
            ),
        }),
        (Some(rate), Some(with_tax)) if !agree(unit, rate, with_tax) => {
            let message = format!("`{with_tax}` is not {unit} with a tax of {rate}");
            Err(Problem::new(path(place, of.unit_with_tax), message))
        }
        (Some(_), _) => Ok(Price {
            unit,
            rate,
            tax_of_one: None,
        }),
    }
}

/// A line of so many at a price, taxed as a whole: the price with tax is rounded for each piece and only for show.
pub(super) fn line(
    id: &str,
    description: String,
    quantity: Decimal,
    price: &Price,
    currency: Currency,
) -> Result<Line, Problem> {
    let net = rounded(product(quantity, price.unit)?, currency);
    let tax = match (price.rate, price.tax_of_one) {
        (Some(rate), _) => product(net, rate),
        (None, tax_of_one) => product(tax_of_one.unwrap_or_default(), quantity),
    };
    let tax_amount = rounded(tax?, currency);
    let id = LineId::new(id).map_err(|error| Problem::new("items.id", error.to_string()))?;
    Ok(Line {
        id,
        description,
        service_date: None,
        service_end_date: None,
        quantity,
        unit_price: price.unit,
        discount: None,
        net_amount: net,
        tax_code: None,
        tax_rate: price.rate,
        tax_amount,
        gross_amount: None,
        charge_code: None,
        service_contract: None,
        item_code: None,
        account_code: None,
        tracking: Vec::new(),
        case_number: None,
        worker: None,
        funding: None,
    })
}

/// What so many pieces come to.
///
/// Fails where that is more than can be counted.
pub(super) fn product(one: Decimal, other: Decimal) -> Result<Decimal, Problem> {
    let product = one.checked_mul(other).filter(|it| is_countable(*it));
    product.ok_or_else(|| too_large("items"))
}

/// What amounts come to together.
///
/// Fails where that is more than can be counted.
pub(super) fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Result<Decimal, Problem> {
    let mut sum = Decimal::ZERO;
    for amount in amounts {
        let more = sum.checked_add(amount).filter(|it| is_countable(*it));
        sum = more.ok_or_else(|| too_large("items"))?;
    }
    Ok(sum)
}

fn too_large(field: impl Into<String>) -> Problem {
    Problem::new(field, "comes to more than can be counted")
}

/// Halves away from zero, as the product's own prices are.
pub(super) fn rounded(amount: Decimal, currency: Currency) -> Decimal {
    let halves = RoundingStrategy::MidpointAwayFromZero;
    amount.round_dp_with_strategy(currency.minor_digits(), halves)
}

fn needed(fields: &Value, place: &str, field: &str) -> Result<Decimal, Problem> {
    wanted(fields, place, field)?.ok_or_else(|| Problem::new(path(place, field), "is missing"))
}

fn wanted(fields: &Value, place: &str, field: &str) -> Result<Option<Decimal>, Problem> {
    number(fields.get(field)).map_err(|message| Problem::new(path(place, field), message))
}

/// A rate as a fraction: 20 would be two thousand per cent.
fn rate(fields: &Value, place: &str, field: &str) -> Result<Option<Decimal>, Problem> {
    let rate = wanted(fields, place, field)?;
    match rate {
        Some(rate) if rate.is_sign_negative() || rate >= Decimal::ONE => {
            let message = format!("must be a fraction such as 0.20, not {rate}");
            Err(Problem::new(path(place, field), message))
        }
        Some(_) | None => Ok(rate),
    }
}

fn path(place: &str, field: &str) -> String {
    match place {
        "" => field.to_owned(),
        place => format!("{place}.{field}"),
    }
}

/// Whether both prices are one, where each may have been rounded to a hundredth.
fn agree(unit: Decimal, rate: Decimal, with_tax: Decimal) -> bool {
    let hundredth = Decimal::new(1, 2);
    let exact = Decimal::ONE
        .checked_add(rate)
        .and_then(|factor| unit.checked_mul(factor));
    let apart = exact.and_then(|exact| exact.checked_sub(with_tax));
    apart.is_some_and(|apart| apart.abs() <= hundredth)
}
