//! Whether amounts that would differ by a few minor units are evened out by a line of their own, and what it is.

use rust_decimal::Decimal;

use super::arithmetic::{Basis, Model, canonical_amount, minor_unit};
use super::lines::{Lines, Made};
use crate::check::account_usable::{AccountAsked, account_usable};
use crate::check::tax_type_usable::{TaxAsked, tax_type_usable};
use crate::check::totals_equal::{Beside, discount_as_rate, tax, worked_out};
use crate::check::{Finding, Place, Rule, show};
use crate::document::{DocumentKind, LineId, Totals};
use crate::provider::{Chart, PostingLine};
use crate::settings::{Rounding, RoundingLine, Settings};

/// The identity of the line. No line of a host has it.
const LINE_ID: &str = "rounding-line";

/// How a document's amounts are evened out.
#[derive(Debug, Default)]
pub(super) struct Evened {
    /// The line; none when the differences of the lines cancel out, or when there are none.
    pub(super) line: Option<PostingLine>,
    /// The arithmetic.
    pub(super) explanation: Vec<String>,
}

/// How far the lines of a document are from the host's.
#[derive(Clone, Copy, Debug, Default)]
struct Apart {
    /// What the host has more, in sum.
    sum: Decimal,
    /// The differences of the lines added up without their signs.
    all: Decimal,
}

/// Evens out what was `found`, or returns it with the reason why it cannot be evened out.
///
/// Only amounts are: a tax that differs, a discount that will not stay, or figures that contradict each
/// other hold the document as ever.
pub(super) fn evened(
    found: Vec<Finding>,
    lines: Lines<'_>,
    made: &Made<'_>,
    totals: &Totals,
) -> Result<Evened, Vec<Finding>> {
    let policy = match &lines.settings.rounding {
        _ if found.is_empty() => return Ok(Evened::default()),
        Rounding::Hold => return Err(found),
        Rounding::Line(policy) => policy,
    };
    let differing = found
        .iter()
        .all(|finding| finding.rule == Rule::TotalsWouldDiffer);
    let (true, Some(model)) = (differing, lines.model()) else {
        return Err(found);
    };
    match line(lines, made, totals, policy, model) {
        Ok(line) => Ok(Evened {
            explanation: explained(&found, line.as_ref(), model.digits),
            line,
        }),
        Err(Refusal::Because(reason)) => Err(with_reason(found, &reason)),
        Err(Refusal::Found(finding)) => Err(found.into_iter().chain([*finding]).collect()),
    }
}

/// What is wrong with the account and the tax type of a rounding line, for any document.
pub(super) fn check(settings: &Settings, chart: &Chart) -> Vec<Finding> {
    let Rounding::Line(policy) = &settings.rounding else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if !(1..=RoundingLine::MINOR_UNITS_MAX).contains(&policy.minor_units_max) {
        let finding = Finding::new(
            Rule::TotalsWouldDiffer,
            "a rounding line that may hold nothing evens nothing out, and one that may hold much hides mistakes",
            format!("Set it between 1 and {}.", RoundingLine::MINOR_UNITS_MAX),
        );
        let value = policy.minor_units_max.to_string();
        findings.push(finding.at("rounding.line.minor_units_max", value));
    }
    findings.extend(
        booked(policy, chart, Basis::Exclusive)
            .err()
            .map(|found| *found),
    );
    findings
}

/// Why a document is not evened out.
enum Refusal {
    /// Its figures do not allow it.
    Because(String),
    /// The settings do not.
    Found(Box<Finding>),
}

fn line(
    lines: Lines<'_>,
    made: &Made<'_>,
    totals: &Totals,
    policy: &RoundingLine,
    model: Model,
) -> Result<Option<PostingLine>, Refusal> {
    let because = |reason: &str| Refusal::Because(reason.to_owned());
    if lines.paper.kind == DocumentKind::PurchaseOrder {
        return Err(because(
            "orders get no rounding line: their prices are the supplier's",
        ));
    }
    let mut apart = Apart::default();
    for beside in &made.besides {
        apart = add(apart, beside, model).map_err(Refusal::Because)?;
    }
    let limit = minor_unit(model.digits) * Decimal::from(policy.minor_units_max);
    if apart.all > limit {
        return Err(Refusal::Because(format!(
            "the lines differ by {} in all, more than the {} that `rounding.line.minor_units_max` allows",
            show::amount(apart.all, model.digits),
            show::amount(limit, model.digits)
        )));
    }
    let agrees =
        worked_out(&made.besides, model, lines.paper.lines.len()).is_some_and(|provider| {
            provider.tax == totals.tax && provider.net.checked_add(apart.sum) == Some(totals.net)
        });
    if !agrees {
        return Err(because(
            "the differences of the lines are not that of the totals",
        ));
    }
    if apart.sum.is_zero() {
        return Ok(None);
    }
    let id = LineId::new(LINE_ID).expect("a short text without control characters");
    if lines.paper.lines.iter().any(|line| line.id == id) {
        return Err(because(
            "a line of the host has the identifier of the rounding line",
        ));
    }
    let (account_code, tax_type) =
        booked(policy, lines.chart, model.basis).map_err(Refusal::Found)?;
    Ok(Some(PostingLine {
        line: id,
        description: policy.description.clone(),
        quantity: Decimal::ONE,
        unit_amount: canonical_amount(apart.sum, model.digits),
        discount_amount: None,
        account_code,
        tax_type,
        tax_amount: None,
        item_code: None,
        tracking: Vec::new(),
    }))
}

/// The distance with one line more, or why the line cannot be evened out.
fn add(apart: Apart, beside: &Beside<'_>, model: Model) -> Result<Apart, String> {
    let number = beside.position + 1;
    let inexact = || format!("line {number} cannot be worked out exactly");
    let amount = beside
        .priced
        .amount(model.digits)
        .ok_or_else(inexact)?
        .rounded;
    let own = model.basis.amount_of(beside.line).ok_or_else(inexact)?;
    let tax = tax(beside, model, amount).ok_or_else(inexact)?.rounded;
    if tax != beside.line.tax_amount {
        return Err(format!(
            "the tax of line {number} differs; a rounding line evens out amounts, and `tax_amounts` the tax"
        ));
    }
    if !beside.priced.discount.is_zero() && discount_as_rate(beside, amount, model.digits).is_some()
    {
        return Err(format!(
            "the discount of line {number} would not stay as it is"
        ));
    }
    let difference = own.checked_sub(amount).ok_or_else(inexact)?;
    let sum = apart.sum.checked_add(difference).ok_or_else(inexact)?;
    let all = apart
        .all
        .checked_add(difference.abs())
        .ok_or_else(inexact)?;
    Ok(Apart { sum, all })
}

/// The account and the tax type of the line, whatever the class of the account.
fn booked(
    policy: &RoundingLine,
    chart: &Chart,
    basis: Basis,
) -> Result<(String, Option<String>), Box<Finding>> {
    let asked = AccountAsked {
        code: &policy.account,
        classes: &[],
        place: Place {
            field: "rounding.line.account",
            value: &policy.account,
            mended: "rounding.line.account",
        },
    };
    let account = account_usable(chart, asked)?;
    let code = policy.account.trim().to_owned();
    if basis == Basis::NoTax {
        return Ok((code, None));
    }
    let asked = TaxAsked {
        code: policy.tax_type.trim(),
        rate: Some(Decimal::ZERO),
        account: Some(account),
        classes: &[],
        place: Place {
            field: "rounding.line.tax_type",
            value: &policy.tax_type,
            mended: "rounding.line.tax_type",
        },
    };
    tax_type_usable(chart, asked).map(|rate| (code, Some(rate.code.clone())))
}

fn explained(found: &[Finding], line: Option<&PostingLine>, digits: u32) -> Vec<String> {
    let last = match line {
        Some(line) => format!(
            "rounding line: {} to {}",
            show::amount(line.unit_amount, digits),
            line.account_code
        ),
        None => "the differences cancel out".to_owned(),
    };
    let details = found.iter().flat_map(|finding| &finding.detail).cloned();
    details.chain([last]).collect()
}

fn with_reason(mut found: Vec<Finding>, reason: &str) -> Vec<Finding> {
    if let Some(finding) = found.last_mut() {
        finding.detail.push(format!("not rounded: {reason}"));
    }
    found
}
