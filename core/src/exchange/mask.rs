//! What of a body names people, and what is shown in its place.
//!
//! Whatever is not known to be harmless is masked: a new field of a provider is a secret until somebody says
//! otherwise.

use chrono::NaiveDate;
use serde_json::Value;

/// A body with everything masked that may name a person or lead to one. Numbers, dates, states, codes and
/// identifiers stay, and so do empty texts.
#[must_use]
pub fn masked(body: &Value) -> Value {
    let mut names = Vec::new();
    gather("", body, &mut names);
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.dedup();
    mask("", body, &names)
}

/// A path without the names of files and whatever else may be somebody's, and with the values of its query masked
/// unless their parameter holds numbers of pages, identifiers or states: a person is searched by a number too.
#[must_use]
pub fn masked_path(whole: &str) -> String {
    let (path, query) = match whole.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (whole, None),
    };
    let mut is_file = false;
    let parts = path.split('/').map(|part| {
        let is_odd = part.contains('%') || part.contains('@');
        let shown = if is_file || is_odd { "(masked)" } else { part };
        is_file = part.eq_ignore_ascii_case("attachments");
        shown
    });
    let path = parts.collect::<Vec<_>>().join("/");
    let Some(query) = query else { return path };
    let values = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if is_open_parameter(name) => format!("{name}={value}"),
        Some((name, _)) => format!("{name}=(masked)"),
        None => pair.to_owned(),
    });
    format!("{path}?{}", values.collect::<Vec<_>>().join("&"))
}

/// Parameters of a query whose values are numbers, states, identifiers and orders of rows.
fn is_open_parameter(name: &str) -> bool {
    let name = name.to_lowercase();
    const OPEN: [&str; 11] = [
        "page",
        "offset",
        "pagesize",
        "order",
        "statuses",
        "ids",
        "unitdp",
        "summarizeerrors",
        "includearchived",
        "summaryonly",
        "createdbymyapp",
    ];
    OPEN.contains(&name.as_str()) || name.ends_with("numbers") || name.ends_with("ids")
}

fn mask(name: &str, value: &Value, names: &[String]) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), mask(name, value, names)))
                .collect(),
        ),
        Value::Array(elements) => {
            Value::Array(elements.iter().map(|it| mask(name, it, names)).collect())
        }
        Value::String(text) if is_message(name) => Value::String(without(text, names)),
        Value::String(text) if !is_open(name, text) => Value::String(hidden(text)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Every text that is masked: messages must not repeat it.
fn gather(name: &str, value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| gather(name, value, names)),
        Value::Array(elements) => elements.iter().for_each(|it| gather(name, it, names)),
        Value::String(text) if !is_message(name) && !is_open(name, text) => {
            if text.trim().chars().count() >= 3 {
                names.push(text.trim().to_owned());
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What a provider says of a refusal: a person needs it, but not the names in it.
fn is_message(name: &str) -> bool {
    let name = name.to_lowercase();
    name == "message" || name == "detail" || name == "title" || name == "validation_errors"
}

/// A message without the names that stand beside it, and without what it quotes.
fn without(text: &str, names: &[String]) -> String {
    let mut shown = text.to_owned();
    for name in names {
        shown = shown.replace(name.as_str(), "(masked)");
    }
    let mut quoted = String::with_capacity(shown.len());
    for (at, piece) in shown.split('"').enumerate() {
        if at > 0 {
            quoted.push('"');
        }
        let is_inside = at % 2 == 1;
        quoted.push_str(if is_inside && !is_code(piece) {
            "(masked)"
        } else {
            piece
        });
    }
    quoted
}

fn hidden(text: &str) -> String {
    let count = text.chars().count();
    let unit = if count == 1 {
        "character"
    } else {
        "characters"
    };
    format!("(masked, {count} {unit})")
}

/// Parts of the names of fields that hold what names people, or leads to them.
const PERSONAL: [&str; 30] = [
    "name",
    "mail",
    "phone",
    "fax",
    "mobile",
    "address",
    "street",
    "city",
    "suburb",
    "region",
    "postal",
    "postcode",
    "attention",
    "bank",
    "accountnumber",
    "taxnumber",
    "contactnumber",
    "companynumber",
    "person",
    "worker",
    "claim",
    "case",
    "birth",
    "website",
    "skype",
    "iban",
    "bsb",
    "user",
    "author",
    "signature",
];

/// Ends of the names of fields that hold codes, states, times and identifiers.
const CODES: [&str; 20] = [
    "id",
    "ids",
    "number",
    "code",
    "type",
    "types",
    "status",
    "date",
    "datestring",
    "dateutc",
    "utc",
    "currency",
    "rate",
    "amount",
    "quantity",
    "at",
    "revision",
    "kind",
    "basis",
    "are",
];

/// Ends of the names of fields that hold figures. Anywhere else a number may be somebody's, as of a telephone.
const FIGURES: [&str; 16] = [
    "total", "subtotal", "totaltax", "net", "tax", "gross", "due", "paid", "credited", "price",
    "cost", "discount", "percent", "balance", "count", "units",
];

/// Whether a text names nobody: by its field, if that holds only codes, states, times and identifiers, and by
/// itself.
fn is_open(name: &str, text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let name: String = name
        .chars()
        .filter(|char| char.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let is_word = text
        .chars()
        .all(|char| char.is_ascii_uppercase() || matches!(char, '_' | '-'));
    if name.ends_with("type") && is_word {
        return true;
    }
    if PERSONAL.iter().any(|word| name.contains(word)) {
        return false;
    }
    let is_field_of_codes = CODES.iter().any(|word| name.ends_with(word));
    let is_field_of_figures = FIGURES.iter().any(|word| name.ends_with(word));
    is_field_of_codes && is_code(text)
        || is_field_of_figures && is_figure(text)
        || is_time_or_identifier(text)
}

/// Whether a text could be a code, a number, a time or an identifier: one word, no sentence.
fn is_code(text: &str) -> bool {
    text.len() <= 80 && !text.contains(char::is_whitespace) && !text.contains('@')
}

fn is_figure(text: &str) -> bool {
    let is_of_figure = |char: char| char.is_ascii_digit() || matches!(char, '.' | '-' | '+');
    text.len() <= 20 && text.chars().all(is_of_figure)
}

/// Whether a text is a time or an identifier, wherever it stands: nothing else looks like them.
fn is_time_or_identifier(text: &str) -> bool {
    let is_uuid = text.len() == 36
        && text.char_indices().all(|(at, char)| match at {
            8 | 13 | 18 | 23 => char == '-',
            _ => char.is_ascii_hexdigit(),
        });
    is_uuid || is_day_or_moment(text) || is_millis(text)
}

/// `2026-11-02`, with a time of day or without.
fn is_day_or_moment(text: &str) -> bool {
    let Some((day, time)) = text.split_at_checked(10) else {
        return false;
    };
    let is_time = |char: char| char.is_ascii_digit() || "-:Z.+".contains(char);
    NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok()
        && match time.strip_prefix('T') {
            Some(time) => time.len() <= 25 && time.contains(':') && time.chars().all(is_time),
            None => time.is_empty(),
        }
}

/// `/Date(1762050000000+0000)/`.
fn is_millis(text: &str) -> bool {
    let inner = text
        .strip_prefix("/Date(")
        .and_then(|it| it.strip_suffix(")/"));
    inner.is_some_and(is_figure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_and_ways_to_reach_people_are_masked_and_figures_stay() {
        let body = json!({
            "Contact": {"ContactID": "0c6e1b5c-4a52-4bd4-9c0a-13a5e6a2d1f0", "Name": "Jane Doe",
                "EmailAddress": "jane@example.com", "ContactNumber": "J-1",
                "BankAccountDetails": "123-456", "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "0400000000"}],
                "Addresses": [{"AddressType": "STREET", "AddressLine1": "1 High St", "City": "Hobart", "PostalCode": "7000"}]},
            "InvoiceNumber": "INV-1", "Status": "AUTHORISED", "Date": "2026-11-02", "Total": 10.5,
            "Reference": "Jane Doe 77", "Url": "https://example.com/jane",
            "LineItems": [{"Description": "Assessment of Jane Doe", "AccountCode": "200", "UnitAmount": "1.00"}],
            "UpdatedDateUTC": "/Date(1762050000000+0000)/", "Message": "The contact Jane Doe is archived"
        });
        let shown = masked(&body);
        let text = shown.to_string();
        for secret in [
            "Jane", "jane", "J-1", "123-456", "0400", "High", "Hobart", "7000", "77",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        for kept in [
            "INV-1",
            "AUTHORISED",
            "2026-11-02",
            "10.5",
            "\"200\"",
            "1.00",
            "0c6e1b5c",
            "is archived",
            "STREET",
        ] {
            assert!(text.contains(kept), "{kept} missing in {text}");
        }
        assert_eq!(shown["Contact"]["Name"], json!("(masked, 8 characters)"));
    }

    #[test]
    fn a_field_that_nobody_knows_is_masked() {
        let shown = masked(&json!({"Novelty": "Jane Doe", "Empty": ""}));
        assert_eq!(
            shown,
            json!({"Novelty": "(masked, 8 characters)", "Empty": ""})
        );
    }

    #[test]
    fn a_number_is_shown_only_where_figures_codes_and_times_stand() {
        for secret in [
            "0400000000",
            "430123456",
            "0400-000-000",
            "+61400000",
            "2026-11-020400000000",
            "/Date(Jane)/",
        ] {
            for field in ["Reference", "Description", "Novelty", "Url"] {
                let shown = masked(&json!({ field: secret }));
                assert!(!shown.to_string().contains(secret), "{shown}");
            }
        }
        let open = json!({
            "gross": "55.55", "unit_price": "-1.00", "tax": "0", "SubTotal": "10", "quantity": "2",
            "amount_due": "1000000000.00", "DueDate": "2026-11-02", "Novelty": "2026-11-02T10:00:00.123+10:00",
            "UpdatedDateUTC": "/Date(1762050000000+0000)/", "Seen": "/Date(1762050000000)/"
        });
        assert_eq!(masked(&open), open);
    }

    #[test]
    fn a_query_that_names_somebody_is_masked() {
        assert_eq!(
            masked_path("/Contacts?where=Name%3D%3D%22Jane%22&page=1&searchTerm=Jane"),
            "/Contacts?where=(masked)&page=1&searchTerm=(masked)"
        );
        assert_eq!(
            masked_path("/Invoices?InvoiceNumbers=A,B"),
            "/Invoices?InvoiceNumbers=A,B"
        );
        assert_eq!(masked_path("/Invoices"), "/Invoices");
        assert_eq!(
            masked_path("/Contacts?searchTerm=0400000000&page=2"),
            "/Contacts?searchTerm=(masked)&page=2"
        );
        assert_eq!(
            masked_path("/Invoices/1/Attachments/JaneDoe.pdf?IncludeOnline=true"),
            "/Invoices/1/Attachments/(masked)?IncludeOnline=(masked)"
        );
    }
}
