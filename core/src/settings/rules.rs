//! The rules with which an operator makes single fields of a posting, typed and checked as they are read.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Expression, Field, Holds, Reach, Type};

/// What a rule makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Target {
    /// `number`: the whole number, prefix and all.
    Number,
    /// `reference`.
    Reference,
    /// `due_date`.
    DueDate,
    /// `branding_theme`, by its name or identifier.
    BrandingTheme,
    /// `description` of a line.
    Description,
    /// `account_code` of a line.
    AccountCode,
    /// `tax_type` of a line.
    TaxType,
    /// `item_code` of a line.
    ItemCode,
    /// `tracking.CATEGORY` of a line: its option.
    Tracking(String),
}

/// What is done to a value, one change after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// Blanks at the ends fall away.
    Trim,
    /// In capitals.
    Upper,
    /// In small letters.
    Lower,
    /// This stands before it.
    Prefix(String),
    /// This stands behind it.
    Suffix(String),
    /// Only so many characters from its beginning.
    FirstChars(usize),
    /// A date so many days later, or earlier.
    AddDays(i32),
    /// The first of these fields that holds something, where there is no value yet.
    FirstFilled(Vec<String>),
    /// Another text for each.
    Lookup {
        /// The texts.
        table: BTreeMap<String, String>,
        /// For what the table lacks; without it such a document is held. Empty for no value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        otherwise: Option<String>,
    },
}

/// A rule as it is written. Exactly one of `from`, `value` and `compute` is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// What it makes: `number`, `reference`, `due_date` or `branding_theme` of a document; `description`,
    /// `account_code`, `tax_type`, `item_code` or `tracking.CATEGORY` of a line. Bills have no reference and
    /// no theme, and only invoices and bills fall due: rules make none for the others.
    pub target: Target,
    /// The field to take, by a name that templates know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The text itself; a date as `2026-10-30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// A CEL expression over `doc.NAME` and, for targets of lines, `line.NAME`; at most 500 characters. An
    /// absent field is the empty text. Beside `== != < > && || ! ? : + in` there are `startsWith`, `endsWith`,
    /// `contains`, `size`, `upper`, `lower`, `string` and `date_add_days(date, days)`. Figures are exact and go
    /// through `dec("0.10")`, `dec_given`, `dec_add`, `dec_sub`, `dec_mul`, `dec_round(figure, places)`,
    /// `dec_eq`, `dec_lt`, `dec_le`, `dec_gt` and `dec_ge` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compute: Option<String>,
    /// What is done to the value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transform: Vec<Transform>,
    /// A CEL condition of the same language; the rule is passed over where it does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A rule that has been read. The first rule of a target that fits and gives a value decides; without one the
/// other settings do.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "RuleText", into = "RuleText")]
#[schemars(with = "RuleText")]
pub struct MappingRule {
    text: RuleText,
    read: Arc<Read>,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A field.
    Field(Field),
    /// A text that stands for itself.
    Text(String),
    /// A date that stands for itself.
    Date(NaiveDate),
    /// An expression.
    Compute(Expression),
}

/// A change with its fields found.
#[derive(Clone, Debug)]
pub enum Change {
    /// One that needs no field.
    Plain(Transform),
    /// The first field that holds something.
    FirstFilled(Vec<Field>),
}

#[derive(Debug)]
struct Read {
    source: Source,
    changes: Vec<Change>,
    when: Option<Expression>,
}

impl MappingRule {
    /// What it makes.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.text.target
    }

    /// As it is written.
    #[must_use]
    pub fn text(&self) -> &RuleText {
        &self.text
    }

    /// Where the value comes from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.read.source
    }

    /// What is done to the value.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.read.changes
    }

    /// The condition.
    #[must_use]
    pub fn when(&self) -> Option<&Expression> {
        self.read.when.as_ref()
    }
}

impl PartialEq for MappingRule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for MappingRule {}

impl fmt::Debug for MappingRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl From<MappingRule> for RuleText {
    fn from(rule: MappingRule) -> Self {
        rule.text
    }
}

impl TryFrom<RuleText> for MappingRule {
    type Error = String;

    fn try_from(text: RuleText) -> Result<Self, String> {
        let target = String::from(text.target.clone());
        let read = read(&text).map_err(|problem| format!("the rule for `{target}`: {problem}"))?;
        Ok(Self {
            text,
            read: Arc::new(read),
        })
    }
}

impl Target {
    /// Which fields its rules may name.
    #[must_use]
    pub fn reach(&self) -> Reach {
        match self {
            Self::Number | Self::Reference | Self::DueDate | Self::BrandingTheme => Reach::Document,
            Self::Description
            | Self::AccountCode
            | Self::TaxType
            | Self::ItemCode
            | Self::Tracking(_) => Reach::Line,
        }
    }

    /// What it holds.
    fn holds(&self) -> Holds {
        match self {
            Self::DueDate => Holds::Date,
            Self::Number
            | Self::Reference
            | Self::BrandingTheme
            | Self::Description
            | Self::AccountCode
            | Self::TaxType
            | Self::ItemCode
            | Self::Tracking(_) => Holds::Text,
        }
    }
}

impl TryFrom<String> for Target {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(match text.as_str() {
            "number" => Self::Number,
            "reference" => Self::Reference,
            "due_date" => Self::DueDate,
            "branding_theme" => Self::BrandingTheme,
            "description" => Self::Description,
            "account_code" => Self::AccountCode,
            "tax_type" => Self::TaxType,
            "item_code" => Self::ItemCode,
            other => match other.strip_prefix("tracking.").map(str::trim) {
                Some(category) if !category.is_empty() => Self::Tracking(category.to_owned()),
                Some(_) | None => {
                    return Err(format!(
                        "unknown target `{other}`, expected one of number, reference, due_date, branding_theme, description, account_code, tax_type, item_code, tracking.CATEGORY"
                    ));
                }
            },
        })
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        match target {
            Target::Number => "number".to_owned(),
            Target::Reference => "reference".to_owned(),
            Target::DueDate => "due_date".to_owned(),
            Target::BrandingTheme => "branding_theme".to_owned(),
            Target::Description => "description".to_owned(),
            Target::AccountCode => "account_code".to_owned(),
            Target::TaxType => "tax_type".to_owned(),
            Target::ItemCode => "item_code".to_owned(),
            Target::Tracking(category) => format!("tracking.{category}"),
        }
    }
}

fn read(text: &RuleText) -> Result<Read, String> {
    let reach = text.target.reach();
    let (source, mut holds) = source(text, reach)?;
    let mut changes = Vec::with_capacity(text.transform.len());
    for (index, transform) in text.transform.iter().enumerate() {
        let change = change(transform, reach, holds)
            .map_err(|problem| format!("transform[{index}]: {problem}"))?;
        // A figure is a text once a text is made of it.
        if holds == Holds::Decimal {
            holds = Holds::Text;
        }
        changes.push(change);
    }
    let wanted = text.target.holds();
    if holds != wanted {
        return Err(match wanted {
            Holds::Date => "it needs a date, and the value is none".to_owned(),
            Holds::Text | Holds::Decimal => {
                "it needs a text; make one by `compute = \"string(...)\"`".to_owned()
            }
        });
    }
    let when = match &text.when {
        None => None,
        Some(when) => {
            let when =
                Expression::read(when, reach).map_err(|problem| format!("when: {problem}"))?;
            if when.r#type() != Type::Bool {
                return Err(format!("when: it is {}, not a condition", when.r#type()));
            }
            Some(when)
        }
    };
    Ok(Read {
        source,
        changes,
        when,
    })
}

fn source(text: &RuleText, reach: Reach) -> Result<(Source, Holds), String> {
    match (&text.from, &text.value, &text.compute) {
        (Some(name), None, None) => {
            let (holds, field) =
                field(name, reach).map_err(|problem| format!("from: {problem}"))?;
            Ok((Source::Field(field), holds))
        }
        (None, Some(value), None) => match text.target.holds() {
            Holds::Text | Holds::Decimal => Ok((Source::Text(value.clone()), Holds::Text)),
            Holds::Date => value
                .parse()
                .map(|date| (Source::Date(date), Holds::Date))
                .map_err(|_| format!("value: `{value}` is no date such as 2026-10-30")),
        },
        (None, None, Some(compute)) => {
            let compute = Expression::read(compute, reach)
                .map_err(|problem| format!("compute: {problem}"))?;
            let holds = match compute.r#type() {
                Type::Text => Holds::Text,
                Type::Date => Holds::Date,
                found @ (Type::Bool | Type::Decimal | Type::Int | Type::Texts) => {
                    return Err(format!("compute: it is {found}, not a text or a date"));
                }
            };
            Ok((Source::Compute(compute), holds))
        }
        (None, None, None) => Err("one of `from`, `value` and `compute` is missing".to_owned()),
        _ => Err("only one of `from`, `value` and `compute` may be given".to_owned()),
    }
}

fn change(transform: &Transform, reach: Reach, holds: Holds) -> Result<Change, String> {
    let fits = match transform {
        Transform::AddDays(_) => holds == Holds::Date,
        Transform::FirstFilled(names) => {
            let mut fields = Vec::with_capacity(names.len());
            for name in names {
                let (other, field) = field(name, reach)?;
                if other != holds {
                    return Err(format!("`{name}` holds another kind of value"));
                }
                fields.push(field);
            }
            return Ok(Change::FirstFilled(fields));
        }
        Transform::Trim
        | Transform::Upper
        | Transform::Lower
        | Transform::Prefix(_)
        | Transform::Suffix(_)
        | Transform::FirstChars(_)
        | Transform::Lookup { .. } => holds != Holds::Date,
    };
    if fits {
        Ok(Change::Plain(transform.clone()))
    } else {
        Err("it does not go with this kind of value".to_owned())
    }
}

fn field(name: &str, reach: Reach) -> Result<(Holds, Field), String> {
    reach.field(name).ok_or_else(|| {
        let known: Vec<&str> = reach.names().collect();
        format!(
            "unknown field `{name}`, expected one of {}",
            known.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        serde_json::from_str::<MappingRule>(json)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_rule_is_refused_as_it_is_read_with_the_part_that_is_wrong() {
        for (json, reason) in [
            (
                r#"{"target":"account","value":"1"}"#,
                "unknown target `account`",
            ),
            (
                r#"{"target":"tracking.","value":"1"}"#,
                "unknown target `tracking.`",
            ),
            (
                r#"{"target":"number"}"#,
                "the rule for `number`: one of `from`",
            ),
            (
                r#"{"target":"number","value":"1","from":"number"}"#,
                "only one of",
            ),
            (
                r#"{"target":"number","from":"charge_code"}"#,
                "from: unknown field `charge_code`",
            ),
            (
                r#"{"target":"due_date","from":"number"}"#,
                "it needs a date",
            ),
            (r#"{"target":"due_date","value":"tomorrow"}"#, "is no date"),
            (
                r#"{"target":"reference","from":"issue_date"}"#,
                "it needs a text",
            ),
            (
                r#"{"target":"reference","from":"total_net"}"#,
                "it needs a text",
            ),
            (
                r#"{"target":"reference","compute":"doc.total_net"}"#,
                "it is an exact figure",
            ),
            (
                r#"{"target":"reference","value":"a","when":"doc.number"}"#,
                "when: it is a text",
            ),
            (
                r#"{"target":"reference","value":"a","when":"doc.x == ''"}"#,
                "when: `doc` has no field `x`",
            ),
            (
                r#"{"target":"reference","from":"number","transform":[{"add_days":1}]}"#,
                "transform[0]: it does not go",
            ),
            (
                r#"{"target":"reference","from":"number","transform":["trim",{"first_filled":["issue_date"]}]}"#,
                "transform[1]: `issue_date` holds another",
            ),
            (
                r#"{"target":"reference","value":"a","whem":"true"}"#,
                "unknown field `whem`",
            ),
        ] {
            let told = refused(json);
            assert!(told.contains(reason), "{json}: {told}");
        }
    }

    #[test]
    fn a_rule_is_written_as_it_was_read() {
        let json = r#"{"target":"tracking.Region","from":"business_division","transform":["trim",{"lookup":{"table":{"NSW":"North"}}}],"when":"doc.kind == 'invoice'"}"#;
        let rule: MappingRule = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&rule).unwrap(), json);
    }
}
