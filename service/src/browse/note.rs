//! What is told of the credit note by which an undo takes an invoice out of the books.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;
use tieout_core::provider::{Posting, PostingLine};

use crate::output;

/// A credit note that an undo writes and allocates to the invoice in full.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct NoteForm {
    /// Its number.
    number: String,
    /// The accounting date, `YYYY-MM-DD`.
    date: String,
    /// The currency.
    currency: String,
    /// Without tax.
    #[schemars(with = "String")]
    net: Decimal,
    /// The tax.
    #[schemars(with = "String")]
    tax: Decimal,
    /// With tax: so much of the invoice is due, and all of it is settled.
    #[schemars(with = "String")]
    gross: Decimal,
    /// Its lines.
    lines: Vec<NoteLine>,
}

/// A line of the note.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct NoteLine {
    /// The text.
    description: String,
    /// How many.
    #[schemars(with = "String")]
    quantity: Decimal,
    /// The price of one.
    #[schemars(with = "String")]
    unit_amount: Decimal,
    /// The account.
    account: String,
    /// The provider's tax type.
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_type: Option<String>,
    /// The tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    tax: Option<Decimal>,
}

impl NoteForm {
    /// What is told of a note.
    pub(crate) fn of(note: &Posting) -> Self {
        let line = |line: &PostingLine| NoteLine {
            description: line.description.clone(),
            quantity: line.quantity.normalize(),
            unit_amount: line.unit_amount.normalize(),
            account: line.account_code.clone(),
            tax_type: line.tax_type.clone(),
            tax: line.tax_amount,
        };
        Self {
            number: note.number.clone(),
            date: note.date.to_string(),
            currency: note.currency.to_string(),
            net: note.totals.net,
            tax: note.totals.tax,
            gross: note.totals.gross,
            lines: note.lines.iter().map(line).collect(),
        }
    }
}

/// The same in words: what it is, and each line with its account and tax.
pub(crate) fn note_in_words(note: &Posting) -> (String, Vec<String>) {
    let money = |amount| output::money(amount, note.currency);
    let what = format!(
        "credit note {} of {} over {} (net {}, tax {}), allocated to it in full",
        note.number,
        note.date,
        money(note.totals.gross),
        money(note.totals.net),
        money(note.totals.tax)
    );
    let lines = note.lines.iter().map(|line| {
        let tax = match (&line.tax_type, line.tax_amount) {
            (Some(tax_type), Some(tax)) => format!(", {tax_type} {}", money(tax)),
            (Some(tax_type), None) => format!(", {tax_type}"),
            (None, _) => String::new(),
        };
        format!(
            "account {}: {} × {}{tax}: {}",
            line.account_code,
            line.quantity.normalize(),
            money(line.unit_amount),
            line.description
        )
    });
    (what, lines.collect())
}
