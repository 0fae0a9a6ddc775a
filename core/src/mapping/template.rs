//! How a template is read: text with fields in braces, and brackets round what may fall away.

use std::fmt;

use crate::settings::{Field, Reach};

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text as it stands.
    Text(&'a str),
    /// The value of a field.
    Field(Field),
    /// Pieces that fall away together when none of their fields has a value.
    Optional(Vec<Piece<'a>>),
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TemplateError {
    /// A brace or a bracket is opened and not closed, or closed and not opened.
    Unbalanced,
    /// Nobody knows the field, or it is one of lines in a template of documents.
    Unknown(String),
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unbalanced => {
                f.write_str("the template has a brace or a bracket without its partner")
            }
            Self::Unknown(name) => write!(f, "the template names the unknown field `{name}`"),
        }
    }
}

/// Reads a template. Spaces round a field's name are ignored; brackets do not nest.
pub(crate) fn parse(template: &str, reach: Reach) -> Result<Vec<Piece<'_>>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(bracket) = rest.find(['[', ']']) {
        let (before, from) = rest.split_at(bracket);
        let inner = from.strip_prefix('[').ok_or(TemplateError::Unbalanced)?;
        let (inner, after) = inner.split_once(']').ok_or(TemplateError::Unbalanced)?;
        if inner.contains('[') {
            return Err(TemplateError::Unbalanced);
        }
        plain(before, reach, &mut pieces)?;
        let mut optional = Vec::new();
        plain(inner, reach, &mut optional)?;
        pieces.push(Piece::Optional(optional));
        rest = after;
    }
    plain(rest, reach, &mut pieces)?;
    Ok(pieces)
}

/// The text of a template, each field by its value.
pub(crate) fn fill(pieces: &[Piece<'_>], value: &impl Fn(Field) -> String) -> String {
    filled(pieces, value).0
}

/// The text, and whether any field had a value.
fn filled(pieces: &[Piece<'_>], value: &impl Fn(Field) -> String) -> (String, bool) {
    let (mut text, mut any) = (String::new(), false);
    for piece in pieces {
        match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Field(field) => {
                let value = value(*field);
                any |= !value.is_empty();
                text.push_str(&value);
            }
            Piece::Optional(inner) => {
                let (inner, inner_any) = filled(inner, value);
                if inner_any {
                    text.push_str(&inner);
                    any = true;
                }
            }
        }
    }
    (text, any)
}

fn plain<'a>(
    text: &'a str,
    reach: Reach,
    pieces: &mut Vec<Piece<'a>>,
) -> Result<(), TemplateError> {
    let mut rest = text;
    while let Some(brace) = rest.find(['{', '}']) {
        let (text, field) = rest.split_at(brace);
        let field = field.strip_prefix('{').ok_or(TemplateError::Unbalanced)?;
        let (name, after) = field.split_once('}').ok_or(TemplateError::Unbalanced)?;
        if name.contains('{') {
            return Err(TemplateError::Unbalanced);
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        let name = name.trim();
        let (_, field) = reach
            .field(name)
            .ok_or_else(|| TemplateError::Unknown(name.to_owned()))?;
        pieces.push(Piece::Field(field));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{DocumentField, LineField};

    fn read(template: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
        parse(template, Reach::Document)
    }

    #[test]
    fn text_and_fields_alternate_as_written() {
        assert_eq!(
            read("Claim {claim_number} / { client_name }").unwrap(),
            [
                Piece::Text("Claim "),
                Piece::Field(Field::Document(DocumentField::ClaimNumber)),
                Piece::Text(" / "),
                Piece::Field(Field::Document(DocumentField::ClientName))
            ]
        );
        assert!(read("").unwrap().is_empty());
        for name in Reach::Line.names() {
            let pieces = parse(&format!("{{{name}}}"), Reach::Line).map(|pieces| pieces.len());
            assert_eq!(pieces, Ok(1), "{name}");
        }
    }

    #[test]
    fn a_field_that_nobody_knows_is_named_and_lonely_braces_are_refused() {
        for name in ["claim", "", "charge_code"] {
            assert_eq!(
                read(&format!("{{{name}}}")),
                Err(TemplateError::Unknown(name.to_owned()))
            );
        }
        for lonely in [
            "{claim_number",
            "claim_number}",
            "{{claim_number}",
            "a}{",
            "[a",
            "a]",
            "[[a]]",
            "{claim_number[}]",
        ] {
            assert_eq!(read(lonely), Err(TemplateError::Unbalanced), "{lonely}");
        }
    }

    #[test]
    fn what_stands_in_brackets_falls_away_without_a_value() {
        let pieces = parse(
            "{description}[ on {service_date}][ to {service_end_date}][ x]",
            Reach::Line,
        )
        .unwrap();
        let text = fill(&pieces, &|field| match field {
            Field::Line(LineField::Description) => "Assessment".to_owned(),
            Field::Line(LineField::ServiceDate) => "2026-10-30".to_owned(),
            _ => String::new(),
        });
        assert_eq!(text, "Assessment on 2026-10-30");
    }
}
