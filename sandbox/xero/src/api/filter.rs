//! Whether a row meets a condition: text in any case, ids and dates by value, nothing equals only nothing.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::where_clause::{Condition, Literal, Operator, TextCall};

/// The value of a field of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field<'a> {
    /// Text.
    Text(&'a str),
    /// A number.
    Number(Decimal),
    /// An instant or a day at midnight UTC, in milliseconds.
    Instant(i64),
    /// An id.
    Id(Uuid),
    /// A truth value.
    Truth(bool),
    /// The row has no value there.
    Nothing,
}

/// A field name that the rows do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownField(pub String);

/// Whether a row, seen through `field`, meets the condition.
///
/// # Errors
/// The condition names a field that the rows do not have.
pub fn meets<'a>(
    condition: &Condition,
    field: &impl Fn(&str) -> Option<Field<'a>>,
) -> Result<bool, UnknownField> {
    let value = |name: &String| field(name).ok_or_else(|| UnknownField(name.clone()));
    match condition {
        Condition::And(left, right) => Ok(meets(left, field)? && meets(right, field)?),
        Condition::Or(left, right) => Ok(meets(left, field)? || meets(right, field)?),
        Condition::Compare(name, operator, literal) => {
            Ok(compare(&value(name)?, *operator, literal))
        }
        Condition::Text(name, call, part) => Ok(match value(name)? {
            Field::Text(text) => {
                let (text, part) = (text.to_lowercase(), part.to_lowercase());
                match call {
                    TextCall::Contains => text.contains(&part),
                    TextCall::StartsWith => text.starts_with(&part),
                    TextCall::EndsWith => text.ends_with(&part),
                }
            }
            Field::Number(_)
            | Field::Instant(_)
            | Field::Id(_)
            | Field::Truth(_)
            | Field::Nothing => false,
        }),
    }
}

/// Which rows a condition can only be met by, when an index knows: `known` answers for one equality.
pub fn candidates(
    condition: &Condition,
    known: &impl Fn(&str, &Literal) -> Option<Vec<usize>>,
) -> Option<Vec<usize>> {
    match condition {
        Condition::And(left, right) => candidates(left, known).or_else(|| candidates(right, known)),
        Condition::Or(left, right) => {
            let mut rows = candidates(left, known)?;
            rows.extend(candidates(right, known)?);
            Some(rows)
        }
        Condition::Compare(name, Operator::Equal, literal) => known(name, literal),
        Condition::Compare(..) | Condition::Text(..) => None,
    }
}

/// The order of two values of one field, nothing first.
#[must_use]
pub fn order(left: &Field<'_>, right: &Field<'_>) -> Ordering {
    match (left, right) {
        (Field::Text(left), Field::Text(right)) => left.to_lowercase().cmp(&right.to_lowercase()),
        (Field::Number(left), Field::Number(right)) => left.cmp(right),
        (Field::Instant(left), Field::Instant(right)) => left.cmp(right),
        (Field::Id(left), Field::Id(right)) => left.cmp(right),
        (Field::Truth(left), Field::Truth(right)) => left.cmp(right),
        (Field::Nothing, Field::Nothing) => Ordering::Equal,
        (Field::Nothing, _) => Ordering::Less,
        (_, Field::Nothing) => Ordering::Greater,
        (_, _) => Ordering::Equal,
    }
}

fn compare(value: &Field<'_>, operator: Operator, literal: &Literal) -> bool {
    let ordering = match (value, literal) {
        (Field::Text(text), Literal::Text(wanted)) => {
            Some(text.to_lowercase().cmp(&wanted.to_lowercase()))
        }
        (Field::Number(number), Literal::Number(wanted)) => Some(number.cmp(wanted)),
        (Field::Instant(at), Literal::Instant(wanted)) => Some(at.cmp(wanted)),
        (Field::Id(id), Literal::Id(wanted)) => Some(id.cmp(wanted)),
        (Field::Id(id), Literal::Text(wanted)) => {
            Uuid::parse_str(wanted).ok().map(|wanted| id.cmp(&wanted))
        }
        (Field::Truth(truth), Literal::Truth(wanted)) => Some(truth.cmp(wanted)),
        (Field::Nothing, Literal::Nothing) => Some(Ordering::Equal),
        (Field::Text(""), Literal::Nothing) => Some(Ordering::Equal),
        _ => None,
    };
    match (operator, ordering) {
        (Operator::Equal, ordering) => ordering == Some(Ordering::Equal),
        (Operator::NotEqual, ordering) => ordering != Some(Ordering::Equal),
        (Operator::Less, Some(ordering)) => ordering.is_lt(),
        (Operator::LessOrEqual, Some(ordering)) => ordering.is_le(),
        (Operator::Greater, Some(ordering)) => ordering.is_gt(),
        (Operator::GreaterOrEqual, Some(ordering)) => ordering.is_ge(),
        (
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual,
            None,
        ) => false,
    }
}
