//! What is told of the fields that several steps share: those above the lines, and the figures.

use super::basis::Bases;
use super::found::Found;
use super::paper::{Origin, Paper};
use super::rounding::Evened;
use super::status::{status, status_made_by};
use super::trace::MadeBy;
use crate::document::Totals;
use crate::settings::{LineAmounts, Settings};

/// The value of a step, with what made it noted where it has one.
pub(super) fn keep<T>(
    found: &mut Found,
    field: &str,
    made: Option<(T, MadeBy)>,
    shown: impl FnOnce(&T) -> Option<String>,
) -> Option<T> {
    let (value, by) = made?;
    if let Some(text) = shown(&value) {
        found.decided(|| field.to_owned(), || text, || by);
    }
    Some(value)
}

/// What made the fields above the lines that no step of their own makes.
pub(super) fn beside_head(
    paper: &Paper<'_>,
    settings: &Settings,
    (bases, totals): (Option<Bases>, Option<Totals>),
    rounding: Option<&Evened>,
    found: &mut Found,
) {
    let mut host = |field: &'static str, value: Option<String>| {
        if let Some(value) = value {
            found.decided(|| field.to_owned(), || value, || MadeBy::host(field));
        }
    };
    host("issue_date", Some(paper.issue_date.to_string()));
    host("currency", Some(paper.currency.to_string()));
    host("url", paper.url.map(str::to_owned));
    if let Origin::Order(order) = paper.origin {
        host(
            "delivery_date",
            order.delivery_date.map(|day| day.to_string()),
        );
    }
    found.decided(
        || "status".to_owned(),
        || word(&status(paper, settings)),
        || status_made_by(paper),
    );
    if let Some(bases) = bases {
        let by = match settings.line_amounts {
            LineAmounts::AsDocument => MadeBy::host("amounts_are"),
            LineAmounts::TaxExclusive | LineAmounts::TaxInclusive | LineAmounts::NoTax => {
                MadeBy::setting_for("line_amounts", "amounts_are")
            }
        };
        let value = bases.to.amounts_are().as_str().to_owned();
        found.decided(|| "amounts_are".to_owned(), || value, || by);
    }
    if let Some(totals) = totals {
        let places = paper.currency.minor_digits();
        let show = |amount| crate::check::show::amount(amount, places);
        let value = format!(
            "{} and {} tax: {} {}",
            show(totals.net),
            show(totals.tax),
            show(totals.gross),
            paper.currency
        );
        let by = match paper.totals {
            Some(_) => MadeBy::host("totals"),
            None => MadeBy::worked_out("worked out from quantity, price and rate"),
        };
        found.decided(|| "totals".to_owned(), || value, || by);
    }
    if let Some(rounding) = rounding.filter(|it| !it.explanation.is_empty()) {
        let value = rounding.explanation.join("; ");
        found.decided(
            || "rounding".to_owned(),
            || value,
            || MadeBy::setting("rounding"),
        );
    }
}

/// A word of the settings as the file spells it.
fn word<T: serde::Serialize>(value: &T) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_str().unwrap_or_default().to_owned()
}
