//! What one row of a list says of a document, and where its texts are looked in.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use tieout_core::advice::{Advice, advise};
use tieout_core::document::{Currency, Document, DocumentKey, Totals};
use tieout_core::engine::{Binding, BindingKey};
use tieout_core::store::Store;

use crate::exit::Failure;
use crate::output;

/// A document in a list.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Which, and on which connection.
    pub(crate) key: BindingKey,
    /// The number that people use.
    pub(crate) number: String,
    /// Whom it is for; empty where the document is not kept.
    pub(crate) contact: String,
    /// The accounting date.
    pub(crate) date: NaiveDate,
    /// What it comes to, where the host says so.
    pub(crate) totals: Option<(Totals, Currency)>,
    /// Where it stands, in one word.
    pub(crate) state: &'static str,
    /// The same in words.
    pub(crate) state_words: String,
    /// Whether another connection has it by now.
    pub(crate) has_left: bool,
    /// When it last changed.
    pub(crate) changed_at: DateTime<Utc>,
    /// The number and the status in the books.
    pub(crate) posted: Option<(String, String)>,
    /// What somebody should know or decide.
    pub(crate) findings: Vec<Advice>,
}

impl Row {
    /// The row of a binding and its document.
    pub(crate) fn of(binding: &Binding, document: Option<&Document>) -> Self {
        Self {
            key: binding.key.clone(),
            number: binding.number.clone(),
            contact: document.map_or_else(String::new, |it| contact(it).to_owned()),
            date: binding.issue_date,
            totals: document.and_then(totals),
            state: binding.state.name(),
            state_words: output::state(&binding.state),
            has_left: binding.has_left(),
            changed_at: binding.changed_at,
            posted: binding
                .posted
                .as_ref()
                .map(|it| (it.number.clone(), it.status.to_string())),
            findings: advise(binding),
        }
    }

    /// Whether a text occurs in what people read of it; `text` is in small letters.
    pub(crate) fn mentions(&self, text: &str) -> bool {
        let occurs = |within: &str| within.to_lowercase().contains(text);
        occurs(&self.number)
            || occurs(&self.contact)
            || occurs(self.key.document.id.as_str())
            || self.findings.iter().any(|advice| {
                let finding = &advice.finding;
                [
                    &finding.message,
                    &finding.value,
                    &finding.field,
                    &finding.remedy,
                ]
                .into_iter()
                .any(|it| occurs(it))
                    || occurs(advice.title)
                    || finding.detail.iter().any(|it| occurs(it))
            })
    }
}

/// The rows of some bindings, in their order.
pub(crate) async fn rows(store: &dyn Store, bindings: &[Binding]) -> Result<Vec<Row>, Failure> {
    let keys: Vec<DocumentKey> = bindings.iter().map(|it| it.key.document.clone()).collect();
    let documents = store.documents(&keys).await?;
    let known: HashMap<&DocumentKey, &Document> = keys
        .iter()
        .zip(&documents)
        .filter_map(|(key, document)| Some((key, document.as_ref()?)))
        .collect();
    Ok(bindings
        .iter()
        .map(|binding| Row::of(binding, known.get(&binding.key.document).copied()))
        .collect())
}

/// Whom a document is for.
fn contact(document: &Document) -> &str {
    match document {
        Document::Invoice(it) => &it.bill_to.name,
        Document::Bill(it) => &it.supplier.name,
        Document::PurchaseOrder(it) => &it.supplier.name,
    }
}

/// What a document comes to, where the host says so.
pub(crate) fn totals(document: &Document) -> Option<(Totals, Currency)> {
    match document {
        Document::Invoice(it) => Some((it.totals, it.currency)),
        Document::Bill(it) => Some((it.totals, it.currency)),
        Document::PurchaseOrder(it) => Some((it.totals?, it.currency)),
    }
}
