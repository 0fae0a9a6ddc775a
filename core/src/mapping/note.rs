//! What a note in the history of a document says.

use super::paper::Paper;
use super::reference::{filled_in, unreadable};
use crate::check::Finding;
use crate::document::Document;
use crate::settings::Reach;

/// Characters of a note that every provider keeps, its marker not counted.
const NOTE_CHARS_MAX: usize = 2_000;

/// The text of a template for a document; `None` when nothing is left of it. Fails when the template cannot be
/// read.
pub fn history_note(document: &Document, template: &str) -> Result<Option<String>, Box<Finding>> {
    let paper = match document {
        Document::Invoice(invoice) => Paper::invoice(invoice),
        Document::Bill(bill) => Paper::bill(bill),
        Document::PurchaseOrder(order) => Paper::order(order, Vec::new()),
    };
    let text = filled_in(&paper, template).map_err(|error| {
        Box::new(unreadable(
            "history_notes",
            template,
            Reach::Document,
            &error,
        ))
    })?;
    let text: String = text.trim().chars().take(NOTE_CHARS_MAX).collect();
    Ok((!text.is_empty()).then_some(text))
}
