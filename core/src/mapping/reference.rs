//! What stands in the reference field, by the connection's policy.

use super::fields::of_document;
use super::paper::Paper;
use super::template::{TemplateError, fill, parse};
use crate::check::text_usable::{Charset, TextAsked, text_usable};
use crate::check::{Finding, Rule, near};
use crate::document::DocumentKind;
use crate::settings::{DocumentField, Field, Reach, Reference, Settings};

/// The reference, or `None` when the policy or the document has nothing to put there.
pub(super) fn reference(
    paper: &Paper<'_>,
    policy: &Reference,
    chars_max: usize,
) -> Result<Option<String>, Box<Finding>> {
    let field = setting(paper.kind);
    let text = match policy {
        Reference::None => return Ok(None),
        Reference::ClientName => value(paper, DocumentField::ClientName),
        Reference::ClaimNumber => value(paper, DocumentField::ClaimNumber),
        Reference::Order => value(paper, DocumentField::PurchaseOrderNumber),
        Reference::Template(template) => filled_in(paper, template)
            .map_err(|error| unreadable(field, template, Reach::Document, &error))?,
    };
    fitting(&text, field, chars_max)
}

/// The text with single blanks, if it fits; `None` when nothing is left. `setting` made it.
pub(super) fn fitting(
    text: &str,
    setting: &str,
    chars_max: usize,
) -> Result<Option<String>, Box<Finding>> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return Ok(None);
    }
    let asked = TextAsked {
        field: "references",
        word: "reference",
        chars_max,
        charset: Charset::Text,
        remedy: &format!(
            "Shorten the fields in the host, or name fewer of them under `{setting}`; texts are not cut."
        ),
    };
    text_usable(&text, asked).map_err(|finding| Box::new(finding.mended_in(setting)))?;
    Ok(Some(text))
}

/// The policy for a kind of document. A bill's only number is the supplier's, so it has no reference.
pub(super) fn policy(kind: DocumentKind, settings: &Settings) -> &Reference {
    match kind {
        DocumentKind::Invoice | DocumentKind::CreditNote => &settings.reference,
        DocumentKind::Bill => &Reference::None,
        DocumentKind::PurchaseOrder => &settings.purchase_order_reference,
    }
}

fn setting(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::Bill => "reference",
        DocumentKind::PurchaseOrder => "purchase_order_reference",
    }
}

/// The finding about a template that cannot be read.
pub(super) fn unreadable(
    setting: &str,
    template: &str,
    reach: Reach,
    error: &TemplateError,
) -> Finding {
    let candidates = match error {
        TemplateError::Unbalanced => Vec::new(),
        TemplateError::Unknown(name) => near::near(name, reach.names().map(|name| (name, ""))),
    };
    let known: Vec<&str> = reach.names().collect();
    Finding::new(
        Rule::TextUnusable,
        error.to_string(),
        format!(
            "Correct the template under `{setting}`; its fields are {}.",
            known.join(", ")
        ),
    )
    .at(setting, template)
    .mended_in(setting)
    .with_detail(candidates)
}

pub(super) fn filled_in(paper: &Paper<'_>, template: &str) -> Result<String, TemplateError> {
    let pieces = parse(template, Reach::Document)?;
    Ok(fill(&pieces, &|field| match field {
        Field::Document(field) => value(paper, field),
        Field::Line(_) => String::new(),
    }))
}

fn value(paper: &Paper<'_>, field: DocumentField) -> String {
    of_document(paper, field).spelled()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{GroupSource, Invoice};
    use crate::mapping::testing::{invoice_of, totals_of};

    fn invoice() -> Invoice {
        let mut invoice = invoice_of(Vec::new(), totals_of("0", "0", "0"));
        invoice.references.claim_number = Some(" SW/26/00417 ".to_owned());
        invoice.references.client_name = Some("Okonkwo, Blessing".to_owned());
        invoice
    }

    fn read(invoice: &Invoice, policy: &Reference) -> Option<String> {
        reference(&Paper::invoice(invoice), policy, 255).unwrap()
    }

    fn template(text: &str) -> Reference {
        Reference::Template(text.to_owned())
    }

    #[test]
    fn each_policy_takes_its_field() {
        let invoice = invoice();
        assert_eq!(read(&invoice, &Reference::None), None);
        assert_eq!(
            read(&invoice, &Reference::ClientName).unwrap(),
            "Okonkwo, Blessing"
        );
        assert_eq!(
            read(&invoice, &Reference::ClaimNumber).unwrap(),
            "SW/26/00417"
        );
        assert_eq!(
            read(
                &invoice,
                &template("{claim_number} {client_name} {plan_id} no. {number}")
            )
            .unwrap(),
            "SW/26/00417 Okonkwo, Blessing no. 14501"
        );
    }

    #[test]
    fn an_empty_reference_is_absent() {
        let mut invoice = invoice();
        invoice.references.claim_number = Some(String::new());
        assert_eq!(read(&invoice, &Reference::ClaimNumber), None);
        assert_eq!(read(&invoice, &template(" {plan_id} ")), None);
    }

    #[test]
    fn a_grouped_invoice_names_each_of_its_cases_once() {
        let mut invoice = invoice();
        invoice.references.claim_number = None;
        let source = |case_number: &str, claim_number: &str| GroupSource {
            case_number: case_number.to_owned(),
            client_name: None,
            claim_number: Some(claim_number.to_owned()),
            net: None,
            tax: None,
            document: None,
        };
        invoice.group_sources = vec![
            source("NSW170", "WC24-118822"),
            source("NSW171", "WC24-118901"),
            source("NSW172", "WC24-118822"),
        ];
        assert_eq!(
            read(&invoice, &Reference::ClaimNumber).unwrap(),
            "WC24-118822, WC24-118901"
        );
        assert_eq!(
            read(&invoice, &template("{case_numbers}")).unwrap(),
            "NSW170, NSW171, NSW172"
        );
    }

    #[test]
    fn a_long_reference_is_a_finding_and_never_cut() {
        let found = reference(&Paper::invoice(&invoice()), &Reference::ClientName, 10).unwrap_err();
        assert_eq!(
            found.message,
            "the reference has 17 characters, at most 10 fit"
        );
    }

    #[test]
    fn an_unknown_field_is_answered_with_the_nearest() {
        let found =
            reference(&Paper::invoice(&invoice()), &template("{claim_numbr}"), 255).unwrap_err();
        assert_eq!(
            found.message,
            "the template names the unknown field `claim_numbr`"
        );
        assert_eq!(found.detail, ["`claim_number`"]);
    }
}
