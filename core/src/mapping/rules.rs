//! What the operator's own rules make of a document: the first rule of a target that fits and gives a value.

use std::collections::HashMap;
use std::fmt;

use cel::Context;
use chrono::TimeDelta;

use super::cel_functions::context;
use super::fields::{Value, of_document, of_line};
use super::paper::Paper;
use crate::check::{Finding, Rule, show};
use crate::document::Line;
use crate::settings::{
    Change, Expression, Field, MappingRule, Settings, Source, Target, Transform, Type,
};

/// The rules of a connection and the document that they look at.
pub(super) struct Rules<'a> {
    paper: &'a Paper<'a>,
    rules: &'a [MappingRule],
    /// Made once for a document, and for none that has no expression to look at.
    context: Option<Context<'a, 'a>>,
}

/// A value that a rule made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ruled {
    /// The value; never absent.
    pub(super) value: Value,
    /// The rule in the settings, such as `rules[2]`.
    pub(super) setting: String,
}

/// Where a rule looks: at a line with its position counted from zero, or at the document alone.
#[derive(Clone, Copy)]
struct At<'a> {
    line: Option<(&'a Line, usize)>,
    rule: &'a MappingRule,
    index: usize,
}

impl<'a> Rules<'a> {
    /// The rules of the settings for a document.
    pub(super) fn new(paper: &'a Paper<'a>, settings: &'a Settings) -> Self {
        let rules = settings.rules.as_slice();
        let computes = |rule: &MappingRule| {
            rule.when().is_some() || matches!(rule.source(), Source::Compute(_))
        };
        Self {
            paper,
            rules,
            context: rules.iter().any(computes).then(context),
        }
    }

    /// What the rules make of a target; `None` leaves it to the other settings.
    ///
    /// # Errors
    ///
    /// A rule that fits could not be applied; the next one is not tried in its place.
    pub(super) fn apply(
        &self,
        target: &Target,
        line: Option<(&Line, usize)>,
    ) -> Result<Option<Ruled>, Box<Finding>> {
        for (index, rule) in self.rules.iter().enumerate() {
            if rule.target() != target {
                continue;
            }
            let at = At { line, rule, index };
            let value = self.value(at)?;
            if value != Value::Absent {
                let setting = format!("rules[{index}]");
                return Ok(Some(Ruled { value, setting }));
            }
        }
        Ok(None)
    }

    /// The categories that rules choose options of, each once.
    pub(super) fn tracking_targets(&self) -> Vec<(&'a str, &'a Target)> {
        let mut categories: Vec<(&str, &Target)> = Vec::new();
        for rule in self.rules {
            if let Target::Tracking(category) = rule.target()
                && !categories.iter().any(|(known, _)| known == category)
            {
                categories.push((category, rule.target()));
            }
        }
        categories
    }

    fn value(&self, at: At<'_>) -> Result<Value, Box<Finding>> {
        if let Some(when) = at.rule.when() {
            match self.evaluated(when, "when", at)? {
                cel::Value::Bool(true) => {}
                _ => return Ok(Value::Absent),
            }
        }
        let mut value = match at.rule.source() {
            Source::Field(field) => self.held(*field, at.line),
            Source::Text(text) => Value::text(Some(text)),
            Source::Date(date) => Value::Date(*date),
            Source::Compute(compute) => self.computed(compute, at)?,
        };
        for (step, change) in at.rule.changes().iter().enumerate() {
            value = self
                .changed(value, change, at)
                .map_err(|problem| failed(at, &format!("transform[{step}]"), &problem))?;
        }
        Ok(value)
    }

    fn held(&self, field: Field, line: Option<(&Line, usize)>) -> Value {
        match (field, line) {
            (Field::Document(field), _) => of_document(self.paper, field),
            (Field::Line(field), Some((line, _))) => of_line(line, field),
            (Field::Line(_), None) => Value::Absent,
        }
    }

    fn computed(&self, compute: &Expression, at: At<'_>) -> Result<Value, Box<Finding>> {
        let cel::Value::String(text) = self.evaluated(compute, "compute", at)? else {
            return Err(failed(at, "compute", "it gave another kind of value"));
        };
        match compute.r#type() {
            Type::Date if text.is_empty() => Ok(Value::Absent),
            Type::Date => text
                .parse()
                .map(Value::Date)
                .map_err(|_| failed(at, "compute", "it gave no date")),
            Type::Text | Type::Bool | Type::Decimal | Type::Int | Type::Texts => {
                Ok(Value::text(Some(&text)))
            }
        }
    }

    /// What an expression comes to over the fields that it names.
    fn evaluated(
        &self,
        expression: &Expression,
        part: &str,
        at: At<'_>,
    ) -> Result<cel::Value, Box<Finding>> {
        let Some(root) = &self.context else {
            return Err(failed(at, part, "it has nothing to look at"));
        };
        let (mut doc, mut line) = (HashMap::new(), HashMap::new());
        for field in expression.fields() {
            let map = match field {
                Field::Document(_) => &mut doc,
                Field::Line(_) => &mut line,
            };
            map.insert(field.name(), self.held(*field, at.line).spelled());
        }
        let mut scope = root.new_inner_scope();
        scope.add_variable_from_value("doc", doc);
        scope.add_variable_from_value("line", line);
        expression
            .program()
            .execute(&scope)
            .map_err(|error| failed(at, part, &error.to_string()))
    }

    fn changed(&self, value: Value, change: &Change, at: At<'_>) -> Result<Value, String> {
        let transform = match change {
            Change::FirstFilled(fields) => {
                let held = fields.iter().map(|field| self.held(*field, at.line));
                return Ok([value]
                    .into_iter()
                    .chain(held)
                    .find(|value| *value != Value::Absent)
                    .unwrap_or(Value::Absent));
            }
            Change::Plain(transform) => transform,
        };
        match value {
            Value::Absent => Ok(Value::Absent),
            Value::Date(date) => match transform {
                Transform::AddDays(days) => date
                    .checked_add_signed(TimeDelta::days(i64::from(*days)))
                    .map(Value::Date)
                    .ok_or_else(|| "the day lies beyond the calendar".to_owned()),
                Transform::Trim
                | Transform::Upper
                | Transform::Lower
                | Transform::Prefix(_)
                | Transform::Suffix(_)
                | Transform::FirstChars(_)
                | Transform::FirstFilled(_)
                | Transform::Lookup { .. } => Ok(Value::Date(date)),
            },
            value @ (Value::Text(_) | Value::Decimal(_)) => {
                let text = respelled(&value.spelled(), transform)?;
                Ok(Value::text(Some(&text)))
            }
        }
    }
}

impl fmt::Debug for Rules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rules).finish()
    }
}

fn respelled(text: &str, transform: &Transform) -> Result<String, String> {
    Ok(match transform {
        Transform::Trim => text.trim().to_owned(),
        Transform::Upper => text.to_uppercase(),
        Transform::Lower => text.to_lowercase(),
        Transform::Prefix(prefix) => format!("{prefix}{text}"),
        Transform::Suffix(suffix) => format!("{text}{suffix}"),
        Transform::FirstChars(count) => text.chars().take(*count).collect(),
        Transform::Lookup { table, otherwise } => match (table.get(text), otherwise) {
            (Some(found), _) => found.clone(),
            (None, Some(otherwise)) => otherwise.clone(),
            (None, None) => {
                let shown = show::shortened(text);
                return Err(format!(
                    "the table has no entry for `{shown}`; add one, or give `otherwise`"
                ));
            }
        },
        Transform::AddDays(_) | Transform::FirstFilled(_) => text.to_owned(),
    })
}

fn failed(at: At<'_>, part: &str, problem: &str) -> Box<Finding> {
    let target = String::from(at.rule.target().clone());
    let field = match at.line {
        Some((_, position)) => format!("lines[{position}].{target}"),
        None => target,
    };
    let setting = format!("rules[{}].{part}", at.index);
    Box::new(
        Finding::new(
            Rule::RuleFailed,
            format!("`{setting}` could not be applied: {problem}"),
            format!("Correct `{setting}` in the settings, or what it looks at in the host."),
        )
        .mended_in(setting)
        .at(field, ""),
    )
}
