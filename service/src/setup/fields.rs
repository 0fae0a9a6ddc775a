//! The settings of a connection that people change on a page: what each means, how a form says it, and how it is written down.

use serde_json::{Value as Json, json};
use tieout_core::document::ConnectionId;
use tieout_core::settings::Settings;
use toml_edit::{Array, InlineTable, Value};

use crate::config::edit::{Draft, Place};
use crate::exit::Failure;

mod table;

pub(crate) use table::{FIELDS, SECTIONS};

/// A setting that a form has.
#[derive(Debug)]
pub(crate) struct Field {
    /// The part of the form.
    pub(crate) section: &'static str,
    /// Its key below `settings`, and its name in the form.
    pub(crate) key: &'static str,
    /// What it is called.
    pub(crate) label: &'static str,
    /// What it means.
    pub(crate) help: &'static str,
    /// How it is entered.
    pub(crate) kind: Kind,
}

/// How a setting is entered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// One of these words, each with what it means.
    Choice(&'static [(&'static str, &'static str)]),
    /// Yes or no.
    Switch,
    /// A text; nothing where it is empty.
    Text,
    /// A day; none where it is empty.
    Day,
    /// A whole number; none where it is empty.
    Number,
    /// An account of the chart.
    Account(Use),
    /// The account of the host's payments: a table of its own in the file.
    PaymentAccount,
    /// A branding theme of the chart.
    Theme,
    /// Accounts by something that the host says.
    Accounts(&'static str),
    /// Tax types by something that the host says.
    Taxes(&'static str, Use),
    /// What stands in the reference field.
    Reference,
    /// Days, and from when they count.
    Terms,
    /// Whether amounts that differ are evened out, and how.
    Rounding,
}

/// What an account or a tax type is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// What is earned.
    Sales,
    /// What is spent.
    Costs,
    /// What is kept in stock.
    Stock,
    /// Anything.
    Any,
}

/// What a browser sent, field by field, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entered(pub(crate) Vec<(String, String)>);

/// What was entered in a field and cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The key of the setting.
    pub(crate) key: String,
    /// What is wrong, and what to do: sentences.
    pub(crate) words: String,
}

impl Entered {
    /// The last value of a name; empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// Whether a name was sent at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// The rows of a table: those of `name.key` with those of `name.value`.
    pub(crate) fn rows(&self, name: &str) -> Vec<(&str, &str)> {
        let column = |part: &str| {
            let name = format!("{name}.{part}");
            let found = self.0.iter().filter(move |(known, _)| *known == name);
            found.map(|(_, value)| value.trim()).collect::<Vec<_>>()
        };
        column("key").into_iter().zip(column("value")).collect()
    }
}

/// The settings as one tree, with everything that is not in the file.
pub(crate) fn tree(settings: &Settings) -> Json {
    serde_json::to_value(settings)
        .expect("settings are names, texts, numbers and decimals as texts")
}

/// The value of a setting in a tree; null where there is none.
pub(crate) fn look<'a>(tree: &'a Json, key: &str) -> &'a Json {
    key.split('.').fold(tree, |tree, name| &tree[name])
}

impl Field {
    /// What a form says of it, as the tree would hold it; `None` where the form does not have it.
    pub(crate) fn read(&self, form: &Entered, current: &Json) -> Result<Option<Json>, Wrong> {
        let text = form.get(self.key);
        let wrong = |words: &str| Wrong {
            key: self.key.to_owned(),
            words: words.to_owned(),
        };
        let or_none = |text: &str| match text {
            "" => Json::Null,
            text => json!(text),
        };
        let read = match self.kind {
            // A box that is not ticked sends nothing: its hidden twin says that it was there.
            Kind::Switch => {
                if !form.has(self.key) {
                    return Ok(None);
                }
                json!(text == "true")
            }
            Kind::Accounts(_) | Kind::Taxes(_, _) => {
                if !form.has(&format!("{}.key", self.key)) {
                    return Ok(None);
                }
                self.read_rows(form)?
            }
            _ if !form.has(self.key) => return Ok(None),
            Kind::Choice(words) => match words.iter().any(|(word, _)| *word == text) {
                true => json!(text),
                false => return Err(wrong("Choose one of these.")),
            },
            Kind::Text if self.key == "number_prefix" => json!(text),
            Kind::Text | Kind::Account(_) | Kind::PaymentAccount | Kind::Theme => or_none(text),
            Kind::Day => match text.parse::<chrono::NaiveDate>() {
                _ if text.is_empty() => Json::Null,
                Ok(day) => json!(day),
                Err(_) => return Err(wrong("Write the day as 2026-01-31.")),
            },
            Kind::Number => match text.parse::<u16>() {
                _ if text.is_empty() => Json::Null,
                Ok(number) => json!(number),
                Err(_) => return Err(wrong("Write a whole number.")),
            },
            Kind::Reference => match (text, form.get(&format!("{}.template", self.key))) {
                ("template", "") => return Err(wrong("Write the template.")),
                ("template", template) => json!({ "template": template }),
                (word, _) => json!(word),
            },
            Kind::Terms => match (text, form.get(&format!("{}.basis", self.key))) {
                ("", _) => Json::Null,
                (days, basis) => match days.parse::<u16>() {
                    Ok(days) => json!({ "days": days, "basis": basis }),
                    Err(_) => return Err(wrong("Write a whole number of days.")),
                },
            },
            Kind::Rounding => match text {
                "line" => self.read_rounding(form, look(current, self.key))?,
                _ => json!("hold"),
            },
        };
        Ok(Some(read))
    }

    /// The form that says what a tree holds.
    pub(crate) fn fill(&self, current: &Json) -> Vec<(String, String)> {
        let value = match self.kind {
            Kind::PaymentAccount => look(current, "host_payments.account"),
            _ => look(current, self.key),
        };
        let one = |text: &str| vec![(self.key.to_owned(), text.to_owned())];
        let part = |name: &str, text: &str| (format!("{}.{name}", self.key), text.to_owned());
        match (self.kind, value) {
            (Kind::Accounts(_) | Kind::Taxes(_, _), Json::Object(rows)) => {
                let mut rows: Vec<_> = rows.iter().collect();
                rows.sort_by_key(|(key, _)| *key);
                let pairs = rows.into_iter().flat_map(|(key, value)| {
                    let key = if key.is_empty() { "\"\"" } else { key };
                    [
                        part("key", key),
                        part("value", value.as_str().unwrap_or_default()),
                    ]
                });
                pairs.collect()
            }
            (Kind::Reference, Json::Object(template)) => {
                let text = template.get("template").and_then(Json::as_str);
                let mut all = one("template");
                all.push(part("template", text.unwrap_or_default()));
                all
            }
            (Kind::Terms, Json::Object(term)) => {
                let days = term
                    .get("days")
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let basis = term.get("basis").and_then(Json::as_str);
                let mut all = one(&days);
                all.push(part("basis", basis.unwrap_or("invoice_date")));
                all
            }
            (Kind::Rounding, Json::Object(rounding)) => {
                let line = &rounding["line"];
                let mut all = one("line");
                for name in ["account", "tax_type"] {
                    all.push(part(name, line[name].as_str().unwrap_or_default()));
                }
                all.push(part(
                    "minor_units_max",
                    &line["minor_units_max"].to_string(),
                ));
                all
            }
            (_, Json::String(text)) => one(text),
            (Kind::Choice(words), Json::Null) => one(words.first().map_or("", |(word, _)| word)),
            (_, Json::Null) => one(""),
            (_, other) => one(&other.to_string()),
        }
    }

    fn read_rows(&self, form: &Entered) -> Result<Json, Wrong> {
        let mut rows = serde_json::Map::new();
        for (key, value) in form.rows(self.key) {
            // A line of a host may have no code at all, and then has the empty one: it is written as two quotes.
            let name = if key == "\"\"" { "" } else { key };
            if key.is_empty() || value.is_empty() {
                if !key.is_empty() {
                    let words = format!("Choose what `{key}` is booked to, or empty its row.");
                    return Err(Wrong {
                        key: self.key.to_owned(),
                        words,
                    });
                }
                continue;
            }
            if rows.insert(name.to_owned(), json!(value)).is_some() {
                let words = format!("`{key}` stands there twice: take one out.");
                return Err(Wrong {
                    key: self.key.to_owned(),
                    words,
                });
            }
        }
        Ok(Json::Object(rows))
    }

    fn read_rounding(&self, form: &Entered, current: &Json) -> Result<Json, Wrong> {
        let wrong = |words: &str| Wrong {
            key: self.key.to_owned(),
            words: words.to_owned(),
        };
        let (account, tax) = (form.get("rounding.account"), form.get("rounding.tax_type"));
        if account.is_empty() || tax.is_empty() {
            return Err(wrong(
                "A line of its own needs an account and a tax type of rate zero.",
            ));
        }
        let most = form.get("rounding.minor_units_max");
        let most: u8 = most
            .parse()
            .map_err(|_| wrong("Write how many cents at most, 1 to 100."))?;
        let description = current["line"]["description"]
            .as_str()
            .unwrap_or("Rounding");
        let line = json!({
            "account": account, "tax_type": tax, "minor_units_max": most, "description": description,
        });
        Ok(json!({ "line": line }))
    }

    /// Writes what was entered, where it is another value than the one that counts now.
    pub(crate) fn write(
        &self,
        draft: &mut Draft,
        connection: &ConnectionId,
        current: &Json,
        entered: &Json,
    ) -> Result<bool, Failure> {
        let settings = Place::of(["connections", connection.as_str(), "settings"]);
        let place = self.key.split('.').fold(settings.clone(), Place::then);
        let known = match self.kind {
            Kind::PaymentAccount => look(current, "host_payments.account"),
            _ => look(current, self.key),
        };
        // What is left out of the tree has its first word.
        let is_first = match (self.kind, known, entered) {
            (Kind::Choice(words), Json::Null, Json::String(word)) => {
                words.first().is_some_and(|(first, _)| first == word)
            }
            _ => false,
        };
        if known == entered || is_first {
            return Ok(false);
        }
        match (self.kind, entered) {
            (Kind::Accounts(_) | Kind::Taxes(_, _), Json::Object(rows)) => {
                for gone in known.as_object().into_iter().flat_map(|known| known.keys()) {
                    if !rows.contains_key(gone) {
                        draft.remove(&place.clone().quoted(gone))?;
                    }
                }
                for (key, value) in rows {
                    if known.get(key) != Some(value) {
                        draft.set(&place.clone().quoted(key), written(value))?;
                    }
                }
            }
            (Kind::PaymentAccount, Json::Null) => {
                let payments = settings.then("host_payments");
                let others = look(current, "host_payments.accounts_by_method");
                let is_last = others.as_object().is_none_or(serde_json::Map::is_empty);
                let place = if is_last {
                    payments
                } else {
                    payments.then("account")
                };
                draft.remove(&place)?;
            }
            (Kind::PaymentAccount, account) => {
                let place = settings.then("host_payments").then("account");
                draft.set(&place, written(account))?;
            }
            (_, Json::Null) => {
                draft.remove(&place)?;
            }
            (_, value) => draft.set(&place, written(value))?,
        }
        Ok(true)
    }
}

/// A value of a tree as the file has it.
fn written(value: &Json) -> Value {
    match value {
        Json::Null => Value::from(""),
        Json::Bool(it) => Value::from(*it),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::from(whole),
            None => Value::from(number.to_string()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::Array(Array::from_iter(items.iter().map(written))),
        Json::Object(fields) => {
            let mut table = InlineTable::new();
            for (name, value) in fields {
                table.insert(name, written(value));
            }
            Value::InlineTable(table)
        }
    }
}
