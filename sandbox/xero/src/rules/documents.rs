//! The rules that invoices, credit notes and purchase orders share: status words, currency, tax basis, lengths.

use rust_decimal::Decimal;

use crate::books::Organisation;
use crate::books::invoice::LineAmounts;

/// What was written, and the warnings that do not hinder it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Position of the document.
    pub at: usize,
    /// Xero's warnings.
    pub warnings: Vec<&'static str>,
}

/// Currency and rate of a document: what was sent, else what it has (`kept`, empty for a new one), else the base currency;
/// the rate of the day when none was sent for a new currency.
///
/// # Errors
/// Xero's message for a currency that the organisation has not subscribed to.
pub(super) fn currency(
    organisation: &Organisation,
    code: Option<&str>,
    rate: Option<Decimal>,
    kept: (&str, Decimal),
) -> Result<(String, Decimal), String> {
    let (kept_code, kept_rate) = kept;
    let base = organisation.profile.base_currency;
    let own = if kept_code.is_empty() {
        base
    } else {
        kept_code
    };
    let code = code.filter(|code| !code.is_empty()).unwrap_or(own);
    if code == kept_code && rate.is_none() {
        return Ok((kept_code.to_owned(), kept_rate));
    }
    let known = organisation
        .chart
        .currency(code)
        .ok_or_else(|| format!("Organisation is not subscribed to currency {code}"))?;
    let rate = match rate {
        Some(rate) if code != base && rate.round_dp(6) > Decimal::ZERO => rate.round_dp(6),
        Some(_) | None => known.day_rate,
    };
    Ok((known.code.clone(), rate))
}

/// How line amounts relate to tax, as sent or as it is.
///
/// # Errors
/// Xero's message for a word it does not know.
pub(super) fn line_amounts(
    sent: Option<&str>,
    current: LineAmounts,
) -> Result<LineAmounts, String> {
    match sent.filter(|text| !text.is_empty()) {
        None => Ok(current),
        Some(text) => LineAmounts::parse(text)
            .ok_or_else(|| format!("'{text}' is not a valid value for LineAmountTypes.")),
    }
}

/// Xero's message for a text that is too long.
pub(super) fn too_long(field: &str, text: Option<&str>, chars_max: usize) -> Option<String> {
    text.is_some_and(|text| text.chars().count() > chars_max)
        .then(|| format!("The length of the field {field} must be {chars_max} characters or less."))
}
