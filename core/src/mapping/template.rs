//! How a reference template is read: text with fields in braces, checked before any document comes.

use std::fmt;

/// A field that a template may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// The host's number.
    Number,
    /// The person served.
    ClientName,
    /// The insurer's or scheme's number.
    ClaimNumber,
    /// The cases, separated by commas.
    CaseNumbers,
    /// The customer's order.
    PurchaseOrderNumber,
    /// The participant of a funding scheme.
    ParticipantNumber,
    /// The participant's plan.
    PlanId,
    /// The part of the business.
    BusinessDivision,
    /// The batch that released the document.
    BatchId,
    /// Who is billed, or who supplies.
    PartyName,
    /// The accounting date, as `2026-10-30`.
    IssueDate,
}

/// Every field with its name in braces.
const FIELDS: [(&str, Field); 11] = [
    ("number", Field::Number),
    ("client_name", Field::ClientName),
    ("claim_number", Field::ClaimNumber),
    ("case_numbers", Field::CaseNumbers),
    ("purchase_order_number", Field::PurchaseOrderNumber),
    ("participant_number", Field::ParticipantNumber),
    ("plan_id", Field::PlanId),
    ("business_division", Field::BusinessDivision),
    ("batch_id", Field::BatchId),
    ("party_name", Field::PartyName),
    ("issue_date", Field::IssueDate),
];

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text as it stands.
    Text(&'a str),
    /// The value of a field.
    Field(Field),
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TemplateError {
    /// A brace is opened and not closed, or closed and not opened.
    Unbalanced,
    /// Nobody knows the field.
    Unknown(String),
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unbalanced => f.write_str("the template has a brace without its partner"),
            Self::Unknown(name) => write!(f, "the template names the unknown field `{name}`"),
        }
    }
}

/// The names of all fields.
pub(crate) fn field_names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(name, _)| *name)
}

/// Reads a template. Spaces round a field's name are ignored.
pub(crate) fn parse(template: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = template;
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
        pieces.push(Piece::Field(field_of(name.trim())?));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

fn field_of(name: &str) -> Result<Field, TemplateError> {
    FIELDS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, field)| *field)
        .ok_or_else(|| TemplateError::Unknown(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_fields_alternate_as_written() {
        assert_eq!(
            parse("Claim {claim_number} / { client_name }").unwrap(),
            [
                Piece::Text("Claim "),
                Piece::Field(Field::ClaimNumber),
                Piece::Text(" / "),
                Piece::Field(Field::ClientName)
            ]
        );
        assert!(parse("").unwrap().is_empty());
        for name in field_names() {
            assert_eq!(parse(&format!("{{{name}}}")).unwrap().len(), 1, "{name}");
        }
    }

    #[test]
    fn a_field_that_nobody_knows_is_named_and_lonely_braces_are_refused() {
        assert_eq!(
            parse("{claim}"),
            Err(TemplateError::Unknown("claim".to_owned()))
        );
        assert_eq!(parse("{}"), Err(TemplateError::Unknown(String::new())));
        for lonely in ["{claim_number", "claim_number}", "{{claim_number}", "a}{"] {
            assert_eq!(parse(lonely), Err(TemplateError::Unbalanced), "{lonely}");
        }
    }
}
