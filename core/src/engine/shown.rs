//! How a posting and a document of the provider are told to people, field by field.

use rust_decimal::Decimal;

use super::differences::net_of;
use crate::check::show;
use crate::provider::{Chart, Posting, PostingLine, Snapshot, SnapshotLine, TrackingChoice};

/// A field and its value, in words.
pub type Field = (String, String);

/// Everything that a posting says; what it leaves empty is left out. The same posting gives the same fields.
///
/// `contact` is who the other party is in words, such as its name.
#[must_use]
pub fn posting_fields(posting: &Posting, contact: &str, chart: &Chart) -> Vec<Field> {
    let mut fields = Vec::new();
    put(&mut fields, "number", Some(posting.number.clone()));
    put(&mut fields, "contact", Some(contact.to_owned()));
    put(&mut fields, "reference", posting.reference.clone());
    put(&mut fields, "date", Some(posting.date.to_string()));
    put(
        &mut fields,
        "due date",
        posting.due_date.map(|day| day.to_string()),
    );
    let delivery = posting.delivery_date.map(|day| day.to_string());
    put(&mut fields, "delivery date", delivery);
    let status = serde_json::to_value(posting.status).ok();
    let status = status.and_then(|status| status.as_str().map(str::to_owned));
    put(&mut fields, "status", status);
    put(&mut fields, "currency", Some(posting.currency.to_string()));
    let amounts = posting.amounts_are.as_str().to_owned();
    put(&mut fields, "amounts are", Some(amounts));
    let places = posting.currency.minor_digits();
    for (at, line) in posting.lines.iter().enumerate() {
        put_line(&mut fields, at + 1, line, places, chart);
    }
    put(
        &mut fields,
        "net",
        Some(show::amount(posting.totals.net, places)),
    );
    put(
        &mut fields,
        "tax",
        Some(show::amount(posting.totals.tax, places)),
    );
    put(
        &mut fields,
        "gross",
        Some(show::amount(posting.totals.gross, places)),
    );
    put(&mut fields, "link", posting.url.clone());
    put(
        &mut fields,
        "branding theme",
        posting.branding_theme.clone(),
    );
    fields
}

fn put_line(
    fields: &mut Vec<Field>,
    number: usize,
    line: &PostingLine,
    places: u32,
    chart: &Chart,
) {
    let mut put = |what: &str, value: Option<String>| {
        put(fields, &format!("line {number} {what}"), value);
    };
    let money = |amount| show::amount(amount, places);
    put("description", Some(line.description.clone()));
    put("quantity", Some(show::factor(line.quantity)));
    put("price", Some(show::factor(line.unit_amount)));
    put("discount", line.discount_amount.map(money));
    put("account", Some(line.account_code.clone()));
    put("tax type", line.tax_type.clone());
    put("amount", Some(money(net_of(line, places))));
    put("tax", line.tax_amount.map(money));
    put("item", line.item_code.clone());
    put("tracking", Some(tracking(&line.tracking, chart)));
}

/// Everything that is known of a document of the provider; what is empty is left out.
#[must_use]
pub fn snapshot_fields(held: &Snapshot, chart: &Chart) -> Vec<Field> {
    let mut fields = Vec::new();
    put(&mut fields, "number", Some(held.number.clone()));
    put(&mut fields, "contact", Some(held.contact.to_string()));
    put(&mut fields, "reference", held.reference.clone());
    put(&mut fields, "date", Some(held.date.to_string()));
    put(
        &mut fields,
        "due date",
        held.due_date.map(|day| day.to_string()),
    );
    put(&mut fields, "status", Some(held.status.as_str().to_owned()));
    put(&mut fields, "currency", Some(held.currency.to_string()));
    let places = held.currency.minor_digits();
    let money = |amount| Some(show::amount(amount, places));
    for (at, line) in held.lines.iter().enumerate() {
        put_held_line(&mut fields, (at + 1, places), line, chart);
    }
    put(&mut fields, "net", money(held.totals.net));
    put(&mut fields, "tax", money(held.totals.tax));
    put(&mut fields, "gross", money(held.totals.gross));
    let settled = |amount: Decimal| money(amount).filter(|_| !amount.is_zero());
    put(&mut fields, "paid", settled(held.amount_paid));
    put(&mut fields, "credited", settled(held.amount_credited));
    put(&mut fields, "link", held.url.clone());
    fields
}

fn put_held_line(
    fields: &mut Vec<Field>,
    (number, places): (usize, u32),
    line: &SnapshotLine,
    chart: &Chart,
) {
    let mut put = |what: &str, value: Option<String>| {
        put(fields, &format!("line {number} {what}"), value);
    };
    put("description", Some(line.description.clone()));
    put("quantity", line.quantity.map(show::factor));
    put("price", line.unit_amount.map(show::factor));
    put("account", line.account_code.clone());
    put("tax type", line.tax_type.clone());
    put("amount", Some(show::amount(line.amount, places)));
    put("tax", Some(show::amount(line.tax_amount, places)));
    let choices = line.tracking.as_deref().unwrap_or_default();
    put("tracking", Some(tracking(choices, chart)));
}

/// Tracking choices by their names where the chart knows them.
pub(super) fn tracking(choices: &[TrackingChoice], chart: &Chart) -> String {
    let told = choices.iter().map(|choice| {
        let category = chart
            .tracking
            .iter()
            .find(|it| it.id.eq_ignore_ascii_case(&choice.category_id));
        let name = category.map_or(choice.category_id.as_str(), |it| it.name.as_str());
        let option = category
            .into_iter()
            .flat_map(|it| &it.options)
            .find(|it| it.id.eq_ignore_ascii_case(&choice.option_id))
            .map_or(choice.option_id.as_str(), |it| it.name.as_str());
        let option = choice.missing.as_deref().unwrap_or(option);
        format!("{name}: {option}")
    });
    told.collect::<Vec<_>>().join(", ")
}

fn put(fields: &mut Vec<Field>, name: &str, value: Option<String>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        fields.push((name.to_owned(), value));
    }
}
