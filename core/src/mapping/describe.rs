//! What the text of a line says when a template makes it.

use super::fields::{of_document, of_line};
use super::paper::Paper;
use super::reference::unreadable;
use super::template::{fill, parse};
use crate::check::Finding;
use crate::document::Line;
use crate::settings::{Field, Reach};

/// The text of a line by a template, without blanks at its ends.
pub(super) fn described(
    paper: &Paper<'_>,
    line: &Line,
    template: &str,
) -> Result<String, Box<Finding>> {
    let pieces = parse(template, Reach::Line)
        .map_err(|error| unreadable("description", template, Reach::Line, &error))?;
    let text = fill(&pieces, &|field| match field {
        Field::Document(field) => of_document(paper, field).spelled(),
        Field::Line(field) => of_line(line, field).spelled(),
    });
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{day, invoice_of, line_of, totals_of};

    #[test]
    fn a_template_joins_what_the_line_and_its_document_have() {
        let mut line = line_of("1", "1", "1", "0");
        line.service_date = Some(day("2026-10-02"));
        let mut invoice = invoice_of(vec![line.clone()], totals_of("1", "0", "1"));
        invoice.references.claim_number = Some("WC-1".to_owned());
        let template =
            "{description}[ on {service_date}][ to {service_end_date}] ({claim_number}) ";
        assert_eq!(
            described(&Paper::invoice(&invoice), &line, template).unwrap(),
            "Initial assessment on 2026-10-02 (WC-1)"
        );
    }
}
