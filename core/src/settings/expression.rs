//! How an expression of a rule is read: parsed, bounded, and every part of it of the right type, before any document.
//!
//! The language is CEL without loops, regular expressions and floating point. Figures are exact: `>` and
//! `+` do not take them, `dec_gt` and `dec_add` do.

use std::fmt;
use std::sync::Arc;

use cel::Program;
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use chrono::NaiveDate;

use super::{Field, Holds, Reach};
use crate::document::decimal;

/// Characters of an expression.
const CHARS_MAX: usize = 500;
/// Brackets and questions inside one another.
const NESTING_MAX: usize = 20;
/// Levels of the tree that an expression makes.
const DEPTH_MAX: usize = 48;

/// What a part of an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// True or false.
    Bool,
    /// A text; empty where a field is absent.
    Text,
    /// A civil date; the empty text where a field is absent.
    Date,
    /// An exact figure.
    Decimal,
    /// A whole number.
    Int,
    /// A list of texts.
    Texts,
}

/// An expression that has been read.
#[derive(Clone)]
pub struct Expression {
    text: String,
    program: Arc<Program>,
    fields: Vec<Field>,
    r#type: Type,
}

impl Expression {
    /// Reads an expression whose `doc` and `line` have the fields in reach.
    ///
    /// # Errors
    ///
    /// What is wrong and where, as a fragment: it is too long or too deep, cannot be parsed, names what does
    /// not exist, or puts together what does not fit.
    pub fn read(text: &str, reach: Reach) -> Result<Self, String> {
        bounded(text)?;
        let program = Program::compile(text).map_err(|errors| {
            errors.errors.first().map_or_else(
                || "it cannot be parsed".to_owned(),
                |error| format!("at character {}: {}", error.pos.1, error.msg),
            )
        })?;
        let mut checker = Checker {
            reach,
            fields: Vec::new(),
        };
        let r#type = checker.check(program.expression(), 0)?;
        Ok(Self {
            text: text.to_owned(),
            fields: checker.fields,
            program: Arc::new(program),
            r#type,
        })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it comes to.
    #[must_use]
    pub fn r#type(&self) -> Type {
        self.r#type
    }

    /// The fields that it names.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    pub(crate) fn program(&self) -> &Program {
        &self.program
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "a condition",
            Self::Text => "a text",
            Self::Date => "a date",
            Self::Decimal => "an exact figure",
            Self::Int => "a whole number",
            Self::Texts => "a list of texts",
        })
    }
}

/// Refuses what would cost the parser more than a moment or the stack.
fn bounded(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("the expression is empty".to_owned());
    }
    if text.chars().count() > CHARS_MAX {
        return Err(format!(
            "the expression has more than {CHARS_MAX} characters"
        ));
    }
    let (mut open, mut deepest) = (0_usize, 0);
    for letter in text.chars() {
        match letter {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    if deepest.max(text.matches('?').count()) > NESTING_MAX {
        return Err(format!("the expression nests more than {NESTING_MAX} deep"));
    }
    Ok(())
}

/// Walks the tree of an expression.
struct Checker {
    reach: Reach,
    fields: Vec<Field>,
}

impl Checker {
    fn check(&mut self, expr: &IdedExpr, depth: usize) -> Result<Type, String> {
        if depth > DEPTH_MAX {
            return Err(format!("the expression nests more than {DEPTH_MAX} deep"));
        }
        match &expr.expr {
            Expr::Literal(literal) => of_literal(literal),
            Expr::Select(select) if select.test => {
                Err("`has` is not needed: an absent field is the empty text, and `dec_given` asks for a figure".to_owned())
            }
            Expr::Select(select) => match &select.operand.expr {
                Expr::Ident(root) => self.field(root, &select.field),
                _ => Err(format!("`.{}` has no field before it", select.field)),
            },
            Expr::Call(call) => self.call(call, depth + 1),
            Expr::List(list) => {
                for element in &list.elements {
                    let found = self.check(element, depth + 1)?;
                    expect(found, &[Type::Text], "a list")?;
                }
                Ok(Type::Texts)
            }
            Expr::Ident(name) => Err(format!(
                "`{name}` is unknown; fields are `doc.NAME` and `line.NAME`"
            )),
            Expr::Comprehension(_) => Err("loops are not allowed".to_owned()),
            Expr::Map(_) | Expr::Struct(_) => Err("maps are not allowed".to_owned()),
            Expr::Unspecified => Err("it cannot be parsed".to_owned()),
        }
    }

    fn field(&mut self, root: &str, name: &str) -> Result<Type, String> {
        let found = self.reach.field(name).or_else(|| Reach::Line.field(name));
        let fits = |field: Field| match field {
            Field::Document(_) => root == "doc",
            Field::Line(_) => root == "line",
        };
        let Some((holds, field)) = found.filter(|(_, field)| fits(*field)) else {
            let known: Vec<&str> = Reach::Line
                .fields()
                .filter(|(_, _, field)| fits(*field))
                .map(|(name, _, _)| name)
                .collect();
            return Err(match root {
                "doc" | "line" => format!(
                    "`{root}` has no field `{name}`; it has {}",
                    known.join(", ")
                ),
                _ => format!("`{root}` is unknown; fields are `doc.NAME` and `line.NAME`"),
            });
        };
        if self.reach == Reach::Document && matches!(field, Field::Line(_)) {
            return Err(format!(
                "`line.{name}` has no meaning for a target of the whole document"
            ));
        }
        if !self.fields.contains(&field) {
            self.fields.push(field);
        }
        Ok(match holds {
            Holds::Text => Type::Text,
            Holds::Date => Type::Date,
            Holds::Decimal => Type::Decimal,
        })
    }

    fn call(&mut self, call: &CallExpr, depth: usize) -> Result<Type, String> {
        let operands = call.target.iter().map(AsRef::as_ref).chain(&call.args);
        let types = operands
            .clone()
            .map(|operand| self.check(operand, depth))
            .collect::<Result<Vec<_>, _>>()?;
        let operands: Vec<&IdedExpr> = operands.collect();
        let method = call.target.is_some();
        match operator(&call.func_name, &types, &operands) {
            Some(outcome) => outcome,
            None => function(&call.func_name, method, &types, &operands),
        }
    }
}

fn of_literal(literal: &LiteralValue) -> Result<Type, String> {
    match literal {
        LiteralValue::Boolean(_) => Ok(Type::Bool),
        LiteralValue::String(_) => Ok(Type::Text),
        LiteralValue::Int(_) => Ok(Type::Int),
        LiteralValue::Double(_) => {
            Err("figures with a point are not exact; write `dec(\"0.10\")`".to_owned())
        }
        LiteralValue::Bytes(_) | LiteralValue::Null | LiteralValue::UInt(_) => {
            Err("only texts, whole numbers, true and false stand for themselves".to_owned())
        }
    }
}

/// What an operator comes to; `None` when the name is no operator's.
fn operator(name: &str, types: &[Type], operands: &[&IdedExpr]) -> Option<Result<Type, String>> {
    let (sign, outcome) = match name {
        operators::LOGICAL_AND | operators::LOGICAL_OR => {
            ("a condition", all(types, &[Type::Bool], Type::Bool))
        }
        operators::LOGICAL_NOT => ("`!`", all(types, &[Type::Bool], Type::Bool)),
        operators::EQUALS | operators::NOT_EQUALS => (
            "`==`; figures are compared by `dec_eq`",
            comparable(
                types,
                operands,
                &[Type::Bool, Type::Text, Type::Date, Type::Int],
            ),
        ),
        operators::LESS
        | operators::LESS_EQUALS
        | operators::GREATER
        | operators::GREATER_EQUALS => (
            "`<` and `>`; figures are compared by `dec_lt` and `dec_gt`",
            comparable(types, operands, &[Type::Date, Type::Int]),
        ),
        operators::ADD => (
            "`+`; figures are added by `dec_add`, days by `date_add_days`",
            match types {
                [Type::Text, Type::Text] => Some(Type::Text),
                _ => None,
            },
        ),
        operators::NEGATE => ("`-`", all(types, &[Type::Int], Type::Int)),
        operators::IN => (
            "`in`",
            (*types == [Type::Text, Type::Texts]).then_some(Type::Bool),
        ),
        operators::CONDITIONAL => (
            "`? :`",
            match types {
                [Type::Bool, yes, no] if yes == no => Some(*yes),
                _ => None,
            },
        ),
        _ => return None,
    };
    Some(outcome.ok_or_else(|| format!("{} do not go with {sign}", spelled(types))))
}

fn all(types: &[Type], allowed: &[Type], outcome: Type) -> Option<Type> {
    types
        .iter()
        .all(|found| allowed.contains(found))
        .then_some(outcome)
}

/// Both of one type; a date also with a text that spells one, or with the empty text.
fn comparable(types: &[Type], operands: &[&IdedExpr], allowed: &[Type]) -> Option<Type> {
    let fits = match types {
        [Type::Date, Type::Text] => operands.get(1).is_some_and(|text| spells_date(text)),
        [Type::Text, Type::Date] => operands.first().is_some_and(|text| spells_date(text)),
        [left, right] => left == right && allowed.contains(left),
        _ => false,
    };
    fits.then_some(Type::Bool)
}

fn spells_date(expr: &IdedExpr) -> bool {
    literal(expr).is_some_and(|text| text.is_empty() || text.parse::<NaiveDate>().is_ok())
}

fn literal(expr: &IdedExpr) -> Option<&str> {
    match &expr.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn function(
    name: &str,
    method: bool,
    types: &[Type],
    operands: &[&IdedExpr],
) -> Result<Type, String> {
    use Type::{Bool, Date, Decimal, Int, Text};
    let (wanted, outcome): (&[Type], Type) = match (name, method) {
        ("startsWith" | "endsWith" | "contains", true) => (&[Text, Text], Bool),
        ("size", _) => (&[Text], Int),
        ("upper" | "lower", false) => (&[Text], Text),
        ("dec", false) => (&[Text], Decimal),
        ("dec_given", false) => (&[Decimal], Bool),
        ("dec_add" | "dec_sub" | "dec_mul", false) => (&[Decimal, Decimal], Decimal),
        ("dec_round", false) => (&[Decimal, Int], Decimal),
        ("dec_eq" | "dec_lt" | "dec_le" | "dec_gt" | "dec_ge", false) => {
            (&[Decimal, Decimal], Bool)
        }
        ("date_add_days", false) => (&[Date, Int], Date),
        ("string", false) => {
            return match types {
                [Text | Date | Decimal | Int] => Ok(Text),
                _ => Err(format!("{} do not go with `string`", spelled(types))),
            };
        }
        _ => {
            return Err(format!(
                "there is no function `{name}`; there are startsWith, endsWith, contains, size, upper, lower, string, date_add_days, dec, dec_given, dec_add, dec_sub, dec_mul, dec_round, dec_eq, dec_lt, dec_le, dec_gt, dec_ge"
            ));
        }
    };
    if types != wanted {
        return Err(format!(
            "`{name}` takes {}, not {}",
            spelled(wanted),
            spelled(types)
        ));
    }
    if name == "dec" {
        let text = operands.first().and_then(|operand| literal(operand));
        let text = text.ok_or_else(|| "`dec` takes a text in quotes".to_owned())?;
        decimal::read(text)?;
    }
    Ok(outcome)
}

fn expect(found: Type, wanted: &[Type], place: &str) -> Result<(), String> {
    if wanted.contains(&found) {
        Ok(())
    } else {
        Err(format!("{place} takes {}, not {found}", spelled(wanted)))
    }
}

fn spelled(types: &[Type]) -> String {
    let names: Vec<String> = types.iter().map(ToString::to_string).collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(" and ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Type, String> {
        Expression::read(text, Reach::Line).map(|expression| expression.r#type())
    }

    #[test]
    fn what_fits_together_has_a_type() {
        for (text, expected) in [
            ("doc.business_division == 'North'", Type::Bool),
            (
                "line.charge_code in ['A', 'B'] && !(doc.kind == 'bill')",
                Type::Bool,
            ),
            (
                "line.service_date >= '2026-07-01' || doc.due_date == ''",
                Type::Bool,
            ),
            ("dec_gt(line.unit_price, dec(\"1000.00\"))", Type::Bool),
            (
                "doc.claim_number + ' / ' + upper(doc.client_name)",
                Type::Text,
            ),
            (
                "doc.notes.contains('x') ? doc.number : string(doc.total_net)",
                Type::Text,
            ),
            ("date_add_days(doc.issue_date, -3)", Type::Date),
            ("size(doc.number) > 3", Type::Bool),
            (
                "dec_round(dec_mul(line.quantity, line.unit_price), 2)",
                Type::Decimal,
            ),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_does_not_is_refused_with_the_reason() {
        for (text, reason) in [
            ("doc.claim == ''", "`doc` has no field `claim`"),
            ("line.number == ''", "`line` has no field `number`"),
            ("claim == ''", "`claim` is unknown"),
            ("doc.total_gross > 1000", "figures are compared by `dec_lt`"),
            (
                "doc.total_gross == '1000'",
                "figures are compared by `dec_eq`",
            ),
            ("line.quantity + line.quantity", "`dec_add`"),
            ("dec_gt(line.quantity, 0.5)", "write `dec(\"0.10\")`"),
            ("dec('0,5')", "is not a decimal"),
            ("dec(doc.number)", "a text in quotes"),
            ("doc.issue_date > '1 July'", "do not go with"),
            ("doc.number > '9'", "do not go with"),
            ("has(doc.number)", "`has` is not needed"),
            ("['a'].exists(x, x == 'a')", "loops are not allowed"),
            (
                "doc.number.matches('(a+)+')",
                "there is no function `matches`",
            ),
            ("doc.number ==", "at character"),
            (" ", "empty"),
            ("doc", "`doc` is unknown"),
            ("{'a': 1}", "maps are not allowed"),
            ("doc.kind == 'a' ? 'x' : true", "do not go with `? :`"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(reason), "{text}: {told}");
        }
        let document = Expression::read("line.worker == ''", Reach::Document).unwrap_err();
        assert!(document.contains("whole document"), "{document}");
    }

    #[test]
    fn nothing_long_or_deep_reaches_the_parser() {
        for text in [
            "a".repeat(501),
            format!("{}true{}", "(".repeat(21), ")".repeat(21)),
            "true ? 'a' : ".repeat(21) + "'b'",
            "'a' + ".repeat(80) + "'b'",
        ] {
            let told = read(&text);
            assert!(told.is_err(), "{text}: {told:?}");
        }
        // Signs in a row are no depth.
        assert_eq!(read(&("!".repeat(400) + "true")), Ok(Type::Bool));
    }
}
