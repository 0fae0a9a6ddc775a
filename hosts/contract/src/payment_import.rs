//! What an operator decides about the file of payments that a product's own import takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use tieout_host_web::ConfigError;

/// A file of new payments in the columns of the product's own import, beside the file of all of them. An import can only
/// add, so payments that changed or are no more go into a list for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentImport {
    /// The columns in their order.
    pub columns: Vec<ImportColumn>,
    /// How dates are written; `2026-10-31` by default.
    #[serde(default)]
    pub dates: ImportDates,
}

/// A column: what it is called, and the field or the text that stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportColumn {
    /// Its name in the first row.
    pub header: String,
    /// The field that stands in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<ImportField>,
    /// A text that stands in every row, in place of a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A field of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportField {
    /// The product's number of the invoice.
    InvoiceNumber,
    /// The product's identifier of the invoice.
    InvoiceId,
    /// The day of the payment.
    PaymentDate,
    /// The amount.
    Amount,
    /// The three letters of its currency.
    Currency,
    /// The reference.
    Reference,
    /// What names the payment in the books.
    LedgerPaymentId,
}

/// How dates are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportDates {
    /// `2026-10-31`.
    #[default]
    YearFirst,
    /// `31/10/2026`.
    DayFirst,
    /// `10/31/2026`.
    MonthFirst,
}

impl PaymentImport {
    /// Everything in it that cannot work.
    pub(crate) fn problems(&self) -> Vec<ConfigError> {
        let problem = |message: String| ConfigError {
            key: "payment_import.columns",
            message,
        };
        let mut problems = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let header = column.header.trim();
            let before = &self.columns[..at];
            if header.is_empty() || before.iter().any(|it| it.header.trim() == header) {
                problems.push(problem(format!("names `{header}` twice, or not at all")));
            }
            if column.field.is_some() == column.value.is_some() {
                problems.push(problem(format!(
                    "needs either `field` or `value` in `{header}`"
                )));
            }
        }
        let has = |field| self.columns.iter().any(|it| it.field == Some(field));
        let names_invoice = has(ImportField::InvoiceNumber) || has(ImportField::InvoiceId);
        if !names_invoice || !has(ImportField::Amount) || !has(ImportField::PaymentDate) {
            let message =
                "must have a column for the invoice, one for `amount` and one for `payment_date`";
            problems.push(problem(message.to_owned()));
        }
        problems
    }
}
