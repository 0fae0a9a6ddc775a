//! How numbers and words are read: exactly, whether they come as JSON numbers or as texts.

use rust_decimal::Decimal;
use serde_json::Value;

/// Numbers are smaller than this: what is beyond is no price and no number of pieces, and sums of it would overflow.
const NUMBER_END: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);
/// Digits behind the point: more than any price has, also one that somebody computed in binary.
const SCALE_MAX: u32 = 20;

/// Whether an amount can be counted with: sums of many such cannot overflow.
pub(crate) fn is_countable(amount: Decimal) -> bool {
    amount.abs() < NUMBER_END
}

/// An exact number; `None` where there is none.
///
/// Fails with what is wrong: it is shown behind the name of the field.
pub(crate) fn number(value: Option<&Value>) -> Result<Option<Decimal>, String> {
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        // Digits as they were sent: JSON numbers are kept as texts here.
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(other) => return Err(format!("`{}` is not a number", shown(other))),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let read = match text.contains(['e', 'E']) {
        true => Decimal::from_scientific(&text),
        false => Decimal::from_str_exact(&text),
    };
    let shown = || shown(&Value::String(text.clone()));
    let number = read.map_err(|_| format!("`{}` is not a number", shown()))?;
    match is_countable(number) && number.normalize().scale() <= SCALE_MAX {
        true => Ok(Some(number)),
        false => Err(format!(
            "`{}` is beyond what can be counted: 15 digits before the point and {SCALE_MAX} behind it",
            shown()
        )),
    }
}

/// A text, or a number as a text, without blanks around it; `None` where there is none.
pub(crate) fn word(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().take(40).collect()
}
