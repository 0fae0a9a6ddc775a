//! What an adjustment of an invoice becomes: a credit note, an invoice of its own, or nothing.

use chrono::{DateTime, NaiveTime, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use tieout_core::document::{
    AmountsAre, Document, DocumentId, Invoice, InvoiceKind, InvoiceStatus, Line, LineId, Totals,
};

use super::invoice::{NOTHING, REVISION};
use crate::config::{AdjustmentAmounts, IinsightConfig, PositiveAdjustments};
use crate::wire::{Problem, Row, Status};

/// What an adjustment does to its invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Effect {
    Lowers(InvoiceKind),
    Raises(InvoiceKind),
    Reverses,
}

/// The document of an adjustment of an invoice; `None` where there is none to be told, such as the opposite entry of an
/// invoice that is told as reversed itself.
pub(crate) fn adjustment(
    row: &Row<'_>,
    status: Status,
    id: DocumentId,
    invoice: &Invoice,
    config: &IinsightConfig,
) -> Result<Option<Document>, Problem> {
    let is_active = match status {
        Status::Active => true,
        Status::Voided | Status::Reversed => false,
    };
    let counts = match invoice.status {
        InvoiceStatus::Final | InvoiceStatus::Proposed | InvoiceStatus::Draft => true,
        InvoiceStatus::Voided | InvoiceStatus::Reversed | InvoiceStatus::Other(_) => false,
    };
    let number = &invoice.number;
    let kind = match (effect(row)?, config.positive_adjustments) {
        (Effect::Reverses, _) if is_active && counts => {
            let message = format!(
                "it reverses {} of invoice {number}, which itself counts: what was reversed is not told, so nothing is sent. Void what it reverses in iinsight, or book it at the provider by hand",
                row.text("amount")
            );
            return Err(Problem::new("type", message));
        }
        (Effect::Reverses, _) => return Ok(None),
        (Effect::Raises(_), PositiveAdjustments::Shown) if is_active => {
            let message = format!(
                "it raises invoice {number} by {} and is not sent; `positive_adjustments = \"invoices\"` sends each as an invoice of its own",
                row.text("amount")
            );
            return Err(Problem::new("type", message));
        }
        // Had it been sent under another choice, it is taken out of the books there.
        (Effect::Raises(kind), PositiveAdjustments::Shown | PositiveAdjustments::Invoices)
        | (Effect::Lowers(kind), _) => kind,
    };
    if is_active && !counts {
        let message = format!(
            "invoice {number} is {} while its adjustment still counts: void the adjustment, or look what it belongs to",
            invoice.status
        );
        return Err(Problem::new("invoice_number", message));
    }
    document(row, status, id, kind, invoice, config).map(Some)
}

fn effect(row: &Row<'_>) -> Result<Effect, Problem> {
    let told = row.text("type");
    match told.to_lowercase().as_str() {
        "negative adjustment" => Ok(Effect::Lowers(InvoiceKind::SalesCredit)),
        "positive adjustment" => Ok(Effect::Raises(InvoiceKind::Sales)),
        "reversal" => Ok(Effect::Reverses),
        "" => Err(Problem::new("type", "is missing")),
        _ => {
            let short: String = told.chars().take(40).collect();
            let message =
                format!("`{short}` is neither a negative nor a positive adjustment nor a reversal");
            Err(Problem::new("type", message))
        }
    }
}

fn document(
    row: &Row<'_>,
    status: Status,
    id: DocumentId,
    kind: InvoiceKind,
    invoice: &Invoice,
    config: &IinsightConfig,
) -> Result<Document, Problem> {
    let date = row
        .date("date_entered")?
        .ok_or_else(|| Problem::new("date_entered", "is missing"))?;
    let digits = invoice.currency.minor_digits();
    let figures = figures(row, invoice, digits, config.adjustment_amounts);
    let (lines, totals) = match (figures, status) {
        (Ok((line, totals)), _) => (vec![line], totals),
        (Err(_), Status::Voided | Status::Reversed) => (Vec::new(), NOTHING),
        (Err(problem), Status::Active) => return Err(problem),
    };
    let number = row
        .some("adjustment_number")
        .unwrap_or_else(|| id.as_str().to_owned());
    Ok(Document::Invoice(Invoice {
        id,
        revision: REVISION,
        kind,
        number,
        status: status.of_document(),
        business_division: invoice.business_division.clone(),
        issue_date: date,
        due_date: None,
        payment_terms_days: invoice.payment_terms_days,
        currency: invoice.currency,
        amounts_are: AmountsAre::TaxExclusive,
        bill_to: invoice.bill_to.clone(),
        references: invoice.references.clone(),
        grouped: false,
        group_sources: Vec::new(),
        batch_id: None,
        tracking: Vec::new(),
        lines,
        totals,
        notes: Some(format!("Adjustment of invoice {}", invoice.number)),
        url: None,
        attachments: Vec::new(),
        payments: None,
        updated_at: DateTime::<Utc>::from_naive_utc_and_offset(date.and_time(NaiveTime::MIN), Utc),
    }))
}

/// The only line, and what it comes to. Signs differ between lists of the product: what an adjustment does, its type says.
fn figures(
    row: &Row<'_>,
    invoice: &Invoice,
    digits: u32,
    amounts: Option<AdjustmentAmounts>,
) -> Result<(Line, Totals), Problem> {
    let amount = row
        .decimal("amount")?
        .ok_or_else(|| Problem::new("amount", "is missing"))?
        .abs();
    if amount.is_zero() {
        return Err(Problem::new("amount", "an adjustment of nothing"));
    }
    let tax = tax(row, invoice)?;
    let too_large = || Problem::new("amount", "is too large");
    let (net, gross) = match amounts {
        _ if tax.is_zero() => (amount, amount),
        Some(AdjustmentAmounts::WithTax) if tax < amount => {
            (amount.checked_sub(tax).ok_or_else(too_large)?, amount)
        }
        Some(AdjustmentAmounts::WithTax) => {
            let message =
                format!("{tax} is no tax within {amount}: is `adjustment_amounts` right?");
            return Err(Problem::new("tax_amount", message));
        }
        Some(AdjustmentAmounts::WithoutTax) => {
            (amount, amount.checked_add(tax).ok_or_else(too_large)?)
        }
        None => {
            let message = format!(
                "whether the {amount} hold this tax of {tax} is not documented: look at the adjustment in iinsight, and set `adjustment_amounts` to `with_tax` or `without_tax`"
            );
            return Err(Problem::new("tax_amount", message));
        }
    };
    let rated = rated(invoice, net, tax, digits)?;
    let totals = Totals { net, tax, gross };
    Ok((line(row, invoice, net, tax, rated), totals))
}

/// The tax, which may be absent only where the invoice has none either.
fn tax(row: &Row<'_>, invoice: &Invoice) -> Result<Decimal, Problem> {
    match row.decimal("tax_amount")? {
        Some(tax) => Ok(tax.abs()),
        None if invoice.totals.tax.is_zero() => Ok(Decimal::ZERO),
        None => {
            let message = format!("is missing, and invoice {} has tax", invoice.number);
            Err(Problem::new("tax_amount", message))
        }
    }
}

/// The line of the invoice whose rate makes this tax of this amount. To one minor unit: a tax that was taken out of an amount
/// is rounded otherwise than one that is put on it.
fn rated(
    invoice: &Invoice,
    net: Decimal,
    tax: Decimal,
    digits: u32,
) -> Result<Option<&Line>, Problem> {
    let unit = Decimal::new(1, digits);
    let fits = |line: &&Line| match line.tax_rate {
        Some(rate) if !rate.is_zero() && !tax.is_zero() => {
            let made = net.checked_mul(rate).map(|made| {
                made.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
            });
            made.is_some_and(|made| (made - tax).abs() <= unit)
        }
        Some(rate) => rate.is_zero() && tax.is_zero(),
        None => tax.is_zero() && line.tax_amount.is_zero(),
    };
    let fitting: Vec<&Line> = invoice.lines.iter().filter(fits).collect();
    let rates = |line: &&Line| (line.tax_rate, line.tax_code.clone());
    match fitting.split_first() {
        Some((first, rest)) if rest.iter().all(|line| rates(line) == rates(first)) => {
            Ok(Some(first))
        }
        None if tax.is_zero() => Ok(None),
        Some(_) | None => {
            let message = format!(
                "{tax} on {net} is the tax of no single rate of invoice {}: nothing is guessed",
                invoice.number
            );
            Err(Problem::new("tax_amount", message))
        }
    }
}

fn line(
    row: &Row<'_>,
    invoice: &Invoice,
    net: Decimal,
    tax: Decimal,
    rated: Option<&Line>,
) -> Line {
    let lines = &invoice.lines;
    let description = row
        .some("reason")
        .unwrap_or_else(|| format!("Adjustment of invoice {}", invoice.number));
    Line {
        id: LineId::new("1").expect("a number is an identifier"),
        description,
        service_date: None,
        service_end_date: None,
        quantity: Decimal::ONE,
        unit_price: net,
        discount: None,
        net_amount: net,
        tax_code: rated.and_then(|line| line.tax_code.clone()),
        tax_rate: rated.map_or(Some(Decimal::ZERO), |line| line.tax_rate),
        tax_amount: tax,
        gross_amount: None,
        charge_code: common(lines, |line| line.charge_code.clone()),
        service_contract: common(lines, |line| line.service_contract.clone()),
        item_code: None,
        account_code: common(lines, |line| line.account_code.clone()),
        tracking: common(lines, |line| Some(line.tracking.clone())).unwrap_or_default(),
        case_number: row
            .some("case_number")
            .or_else(|| common(lines, |line| line.case_number.clone())),
        worker: None,
        funding: None,
    }
}

/// What all lines have in common: of what differs from one to the next the settings decide.
fn common<T: PartialEq>(lines: &[Line], part: impl Fn(&Line) -> Option<T>) -> Option<T> {
    let (first, rest) = lines.split_first()?;
    let of_first = part(first)?;
    let is_common = rest
        .iter()
        .all(|line| part(line).as_ref() == Some(&of_first));
    is_common.then_some(of_first)
}
