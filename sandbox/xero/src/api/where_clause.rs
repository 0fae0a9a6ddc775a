//! The `where` language: comparisons joined by AND and OR, with `guid("…")`, `DateTime(2020, 01, 31)` and a few text calls.

use chrono::{NaiveDate, NaiveTime};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::wire::date::{parse_day, parse_modified_since};

/// A parsed condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Both hold.
    And(Box<Condition>, Box<Condition>),
    /// One holds.
    Or(Box<Condition>, Box<Condition>),
    /// A field compared with a value; the field's name is in lower case.
    Compare(String, Operator, Literal),
    /// A call such as `Name.Contains("x")`.
    Text(String, TextCall, String),
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==` or `=`.
    Equal,
    /// `!=` or `<>`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

/// Calls on text fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextCall {
    /// Somewhere inside.
    Contains,
    /// At the start.
    StartsWith,
    /// At the end.
    EndsWith,
}

/// A value in a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// In double quotes.
    Text(String),
    /// A number.
    Number(Decimal),
    /// An instant, in milliseconds.
    Instant(i64),
    /// An id.
    Id(Uuid),
    /// `true` or `false`.
    Truth(bool),
    /// `null`.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Number(Decimal),
    Sign(&'static str),
}

const SIGNS: [&str; 13] = [
    "==", "!=", "<>", "<=", ">=", "&&", "||", "=", "<", ">", "(", ")", ",",
];

/// Reads a condition.
///
/// # Errors
/// What is wrong with it, in words for `QueryParseException`.
pub fn parse(text: &str) -> Result<Condition, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0 };
    let condition = parser.any()?;
    if parser.at < parser.tokens.len() {
        return Err("Syntax error".to_owned());
    }
    Ok(condition)
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first == '"' {
            quoted(rest)?
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), sign.len())
        } else if first.is_ascii_digit() || first == '-' {
            let length = span(rest, |letter| {
                letter.is_ascii_digit() || "-.".contains(letter)
            });
            let number = rest[..length]
                .parse()
                .map_err(|_| format!("Syntax error '{first}'"))?;
            // A suffix marks the type of the number, as in 10.5M.
            let suffix = span(&rest[length..], |letter| "mMdDfF".contains(letter));
            (Token::Number(number), length + suffix.min(1))
        } else {
            let length = span(rest, |letter| {
                letter.is_alphanumeric() || "._".contains(letter)
            });
            if length == 0 {
                return Err(format!("Syntax error '{first}'"));
            }
            (Token::Word(rest[..length].to_owned()), length)
        };
        found.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

fn span(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !belongs(letter)).unwrap_or(text.len())
}

/// Text up to the closing quote; a backslash keeps the next letter as it is.
fn quoted(text: &str) -> Result<(Token, usize), String> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((Token::Text(value), at + 1)),
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    Err("Unterminated string literal".to_owned())
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Condition, String> {
        let mut left = self.all()?;
        while self.takes_sign("||") || self.takes_word("or") {
            left = Condition::Or(Box::new(left), Box::new(self.all()?));
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut left = self.one()?;
        while self.takes_sign("&&") || self.takes_word("and") {
            left = Condition::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.takes_sign("(") {
            let inner = self.any()?;
            return self.close(inner);
        }
        let Some(Token::Word(word)) = self.next() else {
            return Err("Expression expected".to_owned());
        };
        let mut field = word.to_ascii_lowercase();
        loop {
            if let Some(call) = text_call(&field) {
                let name = field
                    .rsplit_once('.')
                    .map_or("", |(name, _)| name)
                    .to_owned();
                return self.text_condition(name, call);
            }
            let Some(name) = field
                .strip_suffix(".tolower")
                .or(field.strip_suffix(".tostring"))
            else {
                break;
            };
            let name = name.to_owned();
            if !(self.takes_sign("(") && self.takes_sign(")")) {
                return Err("Syntax error".to_owned());
            }
            field = match self.tokens.get(self.at) {
                Some(Token::Word(more)) if more.starts_with('.') => {
                    let joined = format!("{name}{}", more.to_ascii_lowercase());
                    self.at += 1;
                    joined
                }
                Some(_) | None => name,
            };
        }
        let operator = self.operator()?;
        let literal = self.literal()?;
        Ok(Condition::Compare(field, operator, literal))
    }

    fn text_condition(&mut self, name: String, call: TextCall) -> Result<Condition, String> {
        if !self.takes_sign("(") {
            return Err("'(' expected".to_owned());
        }
        let Some(Token::Text(part)) = self.next() else {
            return Err("String literal expected".to_owned());
        };
        self.close(Condition::Text(name, call, part))
    }

    fn operator(&mut self) -> Result<Operator, String> {
        match self.next() {
            Some(Token::Sign("==" | "=")) => Ok(Operator::Equal),
            Some(Token::Sign("!=" | "<>")) => Ok(Operator::NotEqual),
            Some(Token::Sign("<")) => Ok(Operator::Less),
            Some(Token::Sign("<=")) => Ok(Operator::LessOrEqual),
            Some(Token::Sign(">")) => Ok(Operator::Greater),
            Some(Token::Sign(">=")) => Ok(Operator::GreaterOrEqual),
            Some(_) | None => Err("Operator expected".to_owned()),
        }
    }

    fn literal(&mut self) -> Result<Literal, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Literal::Text(text)),
            Some(Token::Number(number)) => Ok(Literal::Number(number)),
            Some(Token::Word(word)) => match word.to_ascii_lowercase().as_str() {
                "true" => Ok(Literal::Truth(true)),
                "false" => Ok(Literal::Truth(false)),
                "null" => Ok(Literal::Nothing),
                "guid" | "guid.parse" => self.id(),
                "datetime" => self.date(),
                "datetime.parse" => self.parsed_date(),
                _ => Err(format!("Unknown identifier '{word}'")),
            },
            Some(Token::Sign(_)) | None => Err("Expression expected".to_owned()),
        }
    }

    fn id(&mut self) -> Result<Literal, String> {
        let id = match (self.takes_sign("("), self.next()) {
            (true, Some(Token::Text(text))) => Uuid::parse_str(&text).ok(),
            _ => None,
        };
        let id = id.ok_or_else(|| "Guid should contain 32 digits with 4 dashes".to_owned())?;
        self.close(Literal::Id(id))
    }

    fn parsed_date(&mut self) -> Result<Literal, String> {
        let at = match (self.takes_sign("("), self.next()) {
            (true, Some(Token::Text(text))) => parse_modified_since(&text)
                .or_else(|| parse_day(&text).map(|day| day.and_time(NaiveTime::MIN).and_utc())),
            _ => None,
        };
        let at = at.ok_or_else(|| "String was not recognized as a valid DateTime".to_owned())?;
        self.close(Literal::Instant(at.timestamp_millis()))
    }

    fn date(&mut self) -> Result<Literal, String> {
        let bad = || "DateTime needs year, month and day".to_owned();
        let mut numbers: Vec<u32> = Vec::new();
        if !self.takes_sign("(") {
            return Err(bad());
        }
        while let Some(Token::Number(number)) = self.tokens.get(self.at) {
            numbers.push(u32::try_from(*number).map_err(|_| bad())?);
            self.at += 1;
            if !self.takes_sign(",") {
                break;
            }
        }
        let part = |at: usize| numbers.get(at).copied().unwrap_or_default();
        let year = i32::try_from(part(0)).map_err(|_| bad())?;
        let day = NaiveDate::from_ymd_opt(year, part(1), part(2)).ok_or_else(bad)?;
        let time = NaiveTime::from_hms_opt(part(3), part(4), part(5)).ok_or_else(bad)?;
        self.close(Literal::Instant(
            day.and_time(time).and_utc().timestamp_millis(),
        ))
    }

    fn close<T>(&mut self, value: T) -> Result<T, String> {
        if self.takes_sign(")") {
            Ok(value)
        } else {
            Err("')' expected".to_owned())
        }
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let takes = matches!(self.tokens.get(self.at), Some(Token::Sign(known)) if *known == sign);
        self.at += usize::from(takes);
        takes
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let takes = matches!(self.tokens.get(self.at), Some(Token::Word(known)) if known.eq_ignore_ascii_case(word));
        self.at += usize::from(takes);
        takes
    }
}

fn text_call(field: &str) -> Option<TextCall> {
    match field.rsplit_once('.')?.1 {
        "contains" => Some(TextCall::Contains),
        "startswith" => Some(TextCall::StartsWith),
        "endswith" => Some(TextCall::EndsWith),
        _ => None,
    }
}
