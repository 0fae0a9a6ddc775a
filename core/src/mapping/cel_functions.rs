//! The functions that expressions call beside CEL's own: exact figures and dates, both spelled as texts.

use std::sync::{Arc, LazyLock};

use cel::{Context, Env, ExecutionError, Value};
use chrono::{Days, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::document::decimal;

/// CEL's own operators and functions; they never change.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// How two figures are compared.
type Comparison = fn(&Decimal, &Decimal) -> bool;

/// A context that knows every function and no field.
///
/// CEL's own numbers are binary floating point, which loses cents; figures are therefore texts of exact
/// decimals, and the reading of an expression has made sure that nothing else touches them.
pub(super) fn context<'p, 'v>() -> Context<'p, 'v> {
    let mut context = Context::with_env(Arc::clone(&LANGUAGE));
    figures(&mut context);
    comparisons(&mut context);
    let declared = [
        context.add_function("upper", |text: Arc<String>| text.to_uppercase()),
        context.add_function("lower", |text: Arc<String>| text.to_lowercase()),
        context.add_function("date_add_days", |date: Arc<String>, days: i64| {
            shifted(&date, days)
        }),
    ];
    debug_assert!(declared.iter().all(Result::is_ok), "{declared:?}");
    context
}

fn figures(context: &mut Context<'_, '_>) {
    let declared = [
        context.add_function("dec", |text: Arc<String>| Value::String(text)),
        context.add_function("dec_given", |text: Arc<String>| !text.is_empty()),
        context.add_function("dec_add", |left: Arc<String>, right: Arc<String>| {
            worked("dec_add", &left, &right, Decimal::checked_add)
        }),
        context.add_function("dec_sub", |left: Arc<String>, right: Arc<String>| {
            worked("dec_sub", &left, &right, Decimal::checked_sub)
        }),
        context.add_function("dec_mul", |left: Arc<String>, right: Arc<String>| {
            worked("dec_mul", &left, &right, super::arithmetic::exact_product)
        }),
        context.add_function("dec_round", |text: Arc<String>, places: i64| {
            let value = figure("dec_round", &text)?;
            let places = u32::try_from(places)
                .ok()
                .filter(|places| *places <= Decimal::MAX_SCALE)
                .ok_or_else(|| failed("dec_round", "places lie between 0 and 28"))?;
            let strategy = RoundingStrategy::MidpointAwayFromZero;
            let rounded = value.round_dp_with_strategy(places, strategy);
            Ok(Value::from(decimal::padded(rounded, places)))
        }),
    ];
    debug_assert!(declared.iter().all(Result::is_ok), "{declared:?}");
}

fn comparisons(context: &mut Context<'_, '_>) {
    let comparisons: [(&'static str, Comparison); 5] = [
        ("dec_eq", Decimal::eq),
        ("dec_lt", Decimal::lt),
        ("dec_le", Decimal::le),
        ("dec_gt", Decimal::gt),
        ("dec_ge", Decimal::ge),
    ];
    for (name, compare) in comparisons {
        let declared = context.add_function(name, move |left: Arc<String>, right: Arc<String>| {
            let (left, right) = (figure(name, &left)?, figure(name, &right)?);
            Ok::<Value, ExecutionError>(Value::Bool(compare(&left, &right)))
        });
        debug_assert!(declared.is_ok(), "{declared:?}");
    }
}

fn worked(
    name: &'static str,
    left: &str,
    right: &str,
    operation: fn(Decimal, Decimal) -> Option<Decimal>,
) -> Result<Value, ExecutionError> {
    let (left, right) = (figure(name, left)?, figure(name, right)?);
    operation(left, right)
        .map(spelled)
        .ok_or_else(|| failed(name, "the outcome does not fit 28 digits exactly"))
}

fn figure(name: &'static str, text: &str) -> Result<Decimal, ExecutionError> {
    if text.is_empty() {
        return Err(failed(name, "a figure is absent; ask `dec_given` first"));
    }
    decimal::read(text).map_err(|problem| failed(name, &problem))
}

fn shifted(date: &str, days: i64) -> Result<Value, ExecutionError> {
    if date.is_empty() {
        return Ok(Value::from(""));
    }
    let name = "date_add_days";
    let date: NaiveDate = date.parse().map_err(|_| failed(name, "that is no date"))?;
    let by = Days::new(days.unsigned_abs());
    let date = if days < 0 {
        date.checked_sub_days(by)
    } else {
        date.checked_add_days(by)
    };
    date.map(|date| Value::from(date.to_string()))
        .ok_or_else(|| failed(name, "the day lies beyond the calendar"))
}

fn spelled(value: Decimal) -> Value {
    Value::from(value.to_string())
}

fn failed(name: &'static str, problem: &str) -> ExecutionError {
    ExecutionError::function_error(name, problem)
}
