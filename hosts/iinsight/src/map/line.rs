//! What one cost of an invoice comes to: the product's own figures where it gives them, and never a guess.

use rust_decimal::{Decimal, RoundingStrategy};
use tieout_core::document::{Funding, Line, LineId};

use crate::config::FundingChoice;
use crate::wire::{Problem, Row, typed_id};

/// A line, and how sure its tax is.
pub(super) struct Read {
    pub(super) line: Line,
    /// The field that would have told the tax, where the product told none.
    pub(super) untold: Option<String>,
}

/// Reads one `item` of an invoice. `digits` are the minor digits of its currency.
///
/// `tax_rate`, `tax_amount` and `total_charge` are named after those of the costs (`api1/billings`): the public page of the
/// invoices ends before the tax of an item. So each may be absent.
pub(super) fn line(
    row: &Row<'_>,
    place: usize,
    digits: u32,
    case_number: Option<&str>,
    funding: Option<&FundingChoice>,
) -> Result<Read, Problem> {
    let missing = |field: &str| Problem::new(row.path(field), "is missing");
    let quantity = row
        .decimal("quantity")?
        .ok_or_else(|| missing("quantity"))?;
    let unit_price = row.decimal("rate")?.ok_or_else(|| missing("rate"))?;
    let money = money(row, quantity, unit_price, digits)?;
    let charge_code = row.some("charge_code");
    let id = typed_id(row, "cost_id", LineId::new)?;
    let numbered = || LineId::new(format!("{}", place + 1)).expect("a number is an identifier");
    let description = ["description", "service", "charge_code"]
        .into_iter()
        .find_map(|field| row.some(field))
        .unwrap_or_default();
    let funded = funding.map(|choice| funding_of(choice, charge_code.as_deref()));
    let line = Line {
        id: id.unwrap_or_else(numbered),
        description,
        service_date: row.date("service_date")?,
        service_end_date: None,
        quantity,
        unit_price,
        discount: None,
        net_amount: money.net,
        tax_code: funding.and_then(|choice| choice.tax_code.clone()),
        tax_rate: money.rate,
        tax_amount: money.tax,
        gross_amount: None,
        charge_code,
        service_contract: row.some("service_contract"),
        item_code: None,
        account_code: funding
            .and_then(|choice| choice.account_code.clone())
            .or_else(|| row.some("general_ledger_code")),
        tracking: funding
            .map(|choice| choice.tracking.clone())
            .unwrap_or_default(),
        case_number: case_number.map(str::to_owned),
        worker: worker(row),
        funding: funded,
    };
    Ok(Read {
        line,
        untold: money.untold,
    })
}

struct Money {
    net: Decimal,
    tax: Decimal,
    rate: Option<Decimal>,
    untold: Option<String>,
}

fn money(
    row: &Row<'_>,
    quantity: Decimal,
    unit_price: Decimal,
    digits: u32,
) -> Result<Money, Problem> {
    let too_large = || Problem::new(row.path("rate"), "the amount is too large");
    let exact = quantity.checked_mul(unit_price).ok_or_else(too_large)?;
    let rounded = |value: Decimal| {
        value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
    };
    let product = rounded(exact);
    let rate = row.decimal("tax_rate")?;
    let charge = row.decimal("total_charge")?;
    let told = |net, tax| Money {
        net,
        tax,
        rate,
        untold: None,
    };
    match (row.decimal("tax_amount")?, charge) {
        (Some(tax), Some(charge)) => {
            // The charge holds the tax, unless it is the product of quantity and rate itself.
            let without = charge.checked_sub(tax).ok_or_else(too_large)?;
            let net = if charge == product && without != product {
                charge
            } else {
                without
            };
            Ok(told(net, tax))
        }
        (Some(tax), None) => Ok(told(product, tax)),
        (None, Some(charge)) if charge != product => {
            let tax = charge.checked_sub(product).ok_or_else(too_large)?;
            Ok(told(product, tax))
        }
        // Whether that is the whole tax, the total of the invoice has to prove.
        (None, Some(_) | None) => {
            let tax = rate.and_then(|rate| product.checked_mul(rate));
            Ok(Money {
                net: product,
                tax: tax.map(rounded).unwrap_or_default(),
                rate,
                untold: Some(row.path("tax_amount")),
            })
        }
    }
}

fn worker(row: &Row<'_>) -> Option<String> {
    let info = row.row("employee_info")?;
    info.some("name").or_else(|| {
        let name = format!("{} {}", info.text("first_name"), info.text("last_name"));
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    })
}

/// The funding of a line. A charge code in the form of the scheme's price list is its support item, and what stands
/// behind that the kind of claim: `15_617_0128_1_3_PT` is a claim of provider travel.
fn funding_of(choice: &FundingChoice, charge_code: Option<&str>) -> Funding {
    let (support_item, claim_type) = match charge_code.and_then(support_item) {
        Some((item, claim)) => (Some(item), claim),
        None => (None, None),
    };
    Funding {
        scheme: choice.scheme.clone(),
        plan_id: None,
        support_item,
        claim_type,
        management: choice.management.clone(),
    }
}

fn support_item(code: &str) -> Option<(String, Option<String>)> {
    const DIGITS: [usize; 5] = [2, 3, 4, 1, 1];
    let parts: Vec<&str> = code.split('_').collect();
    let (item, rest) = parts.split_at_checked(DIGITS.len())?;
    let fits = item
        .iter()
        .zip(DIGITS)
        .all(|(part, digits)| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()));
    let claim = Some(rest.join("_")).filter(|claim| !claim.is_empty());
    fits.then(|| (item.join("_"), claim))
}
