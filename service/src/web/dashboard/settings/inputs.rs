//! How a setting is entered: with the choices of the remembered chart where there is one, as a text where there is none.

use maud::{Markup, html};
use rust_decimal::Decimal;
use tieout_core::document::{Account, AccountClass, TaxRate};
use tieout_core::provider::Chart;

use crate::setup::fields::{Entered, Field, Kind, Use, Wrong};

/// Empty rows at the end of a table.
const ROWS_EMPTY: usize = 2;
/// What is asked of a list of rows to have more of them.
pub(in crate::web::dashboard) const MORE: &str = "more";
/// Rows that are added by one press.
const ROWS_MORE: usize = 8;

/// What inputs are made with.
pub(in crate::web::dashboard) struct Inputs<'a> {
    /// What stands in the form.
    pub(in crate::web::dashboard) form: &'a Entered,
    /// What is wrong with it.
    pub(in crate::web::dashboard) wrong: &'a [Wrong],
    /// The organisation's accounts and tax rates, if they are known.
    pub(in crate::web::dashboard) chart: Option<&'a Chart>,
}

impl Inputs<'_> {
    /// The field with its name, its meaning and what is wrong with it.
    pub(in crate::web::dashboard) fn field(&self, field: &Field) -> Markup {
        let (key, wrong) = (field.key, self.wrong(field.key));
        let input = self.input(field);
        if let Kind::Accounts(_) | Kind::Taxes(_, _) = field.kind {
            return html! {
                fieldset class="field" id=(key) {
                    legend { (field.label) }
                    @if !field.help.is_empty() { small { (field.help) } }
                    (input)
                    @for wrong in &wrong { p class="wrong" { (wrong) } }
                }
            };
        }
        html! {
            div class="field" {
                @match field.kind {
                    Kind::Switch => { label class="beside" for=(key) { (input) " " (field.label) } }
                    _ => { label for=(key) { (field.label) } (input) }
                }
                @if !field.help.is_empty() { small id={ (key) "-help" } { (field.help) } }
                @for wrong in &wrong { p class="wrong" id={ (key) "-wrong" } { (wrong) } }
            }
        }
    }

    /// What is wrong with a setting, or with something below it.
    pub(in crate::web::dashboard) fn wrong(&self, key: &str) -> Vec<&str> {
        let is_of = |wrong: &&Wrong| {
            let rest = wrong.key.strip_prefix(key);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.wrong
            .iter()
            .filter(is_of)
            .map(|wrong| wrong.words.as_str())
            .collect()
    }

    fn input(&self, field: &Field) -> Markup {
        let key = field.key;
        match field.kind {
            Kind::Choice(words) => self.select(key, words.iter().copied().map(owned)),
            Kind::Switch => html! {
                input type="hidden" name=(key) value="false";
                input type="checkbox" id=(key) name=(key) value="true" checked[self.form.get(key) == "true"]
                    aria-invalid=[self.invalid(key)];
            },
            Kind::Text => self.text(key, "text"),
            Kind::Day => self.text(key, "date"),
            Kind::Number => self.text(key, "number"),
            Kind::Account(wanted) => self.account(key, wanted, "No account"),
            Kind::PaymentAccount => self.payment_account(key),
            Kind::Theme => self.theme(key),
            Kind::Accounts(head) => self.rows(key, head, "Account", &|name, value| {
                self.account_of(name, value, Use::Sales, "")
            }),
            Kind::Taxes(head, wanted) => self.rows(key, head, "Tax type", &|name, value| {
                self.tax_of(name, value, wanted)
            }),
            Kind::Reference => self.reference(key),
            Kind::Terms => self.terms(key),
            Kind::Rounding => self.rounding(key),
        }
    }

    fn invalid(&self, key: &str) -> Option<&'static str> {
        (!self.wrong(key).is_empty()).then_some("true")
    }

    fn text(&self, key: &str, kind: &str) -> Markup {
        html! {
            input id=(key) name=(key) type=(kind) value=(self.form.get(key)) autocomplete="off"
                aria-describedby={ (key) "-help" } aria-invalid=[self.invalid(key)];
        }
    }

    /// A choice; what is chosen and not among the choices stays one.
    fn select(&self, key: &str, choices: impl Iterator<Item = (String, String)>) -> Markup {
        select(
            key,
            key,
            self.form.get(key),
            choices.collect(),
            self.invalid(key),
        )
    }

    fn account(&self, key: &str, wanted: Use, none: &str) -> Markup {
        self.account_of(key, self.form.get(key), wanted, none)
    }

    fn account_of(&self, key: &str, value: &str, wanted: Use, none: &str) -> Markup {
        let Some(chart) = self.chart else {
            return plain(key, value, self.invalid(key));
        };
        let any = self.form.get("accounts.any_class") == "true";
        let fits = |account: &&Account| {
            account.active && !account.system && (any || takes(&account.class, wanted))
        };
        let fitting = chart.accounts.iter().filter(fits);
        let choices = fitting.filter_map(|account| {
            let code = account.code.clone()?;
            let words = format!("{code} · {}", account.name);
            Some((code, words))
        });
        let all = std::iter::once((String::new(), none.to_owned())).chain(choices);
        select(key, key, value, all.collect(), self.invalid(key))
    }

    fn payment_account(&self, key: &str) -> Markup {
        let Some(chart) = self.chart else {
            return self.text(key, "text");
        };
        let fitting = chart
            .accounts
            .iter()
            .filter(|account| account.active && account.takes_payments);
        let choices = fitting.filter_map(|account| {
            let code = account.code.clone()?;
            let words = format!("{code} · {}", account.name);
            Some((code, words))
        });
        let none = (
            String::new(),
            "None: payments of the product stay there".to_owned(),
        );
        self.select(key, std::iter::once(none).chain(choices))
    }

    fn theme(&self, key: &str) -> Markup {
        let themes = self.chart.and_then(|chart| chart.branding_themes.as_ref());
        let Some(themes) = themes else {
            return self.text(key, "text");
        };
        let none = (String::new(), "The organisation's own".to_owned());
        let choices = themes
            .iter()
            .map(|theme| (theme.name.clone(), theme.name.clone()));
        self.select(key, std::iter::once(none).chain(choices))
    }

    fn tax_of(&self, key: &str, value: &str, wanted: Use) -> Markup {
        let Some(chart) = self.chart else {
            return plain(key, value, self.invalid(key));
        };
        let fits = |rate: &&TaxRate| {
            rate.active
                && (rate.applies_to.is_empty()
                    || rate.applies_to.iter().any(|class| takes(class, wanted)))
        };
        let choices = chart.tax_rates.iter().filter(fits).map(|rate| {
            let percent = (rate.rate * Decimal::ONE_HUNDRED).normalize();
            (
                rate.code.clone(),
                format!("{} · {} ({percent} %)", rate.code, rate.name),
            )
        });
        let all = std::iter::once((String::new(), String::new())).chain(choices);
        select(key, key, value, all.collect(), self.invalid(key))
    }

    fn rows(
        &self,
        key: &str,
        head: &str,
        value_head: &str,
        value: &dyn Fn(&str, &str) -> Markup,
    ) -> Markup {
        let more = if self.form.get(MORE) == key {
            ROWS_MORE
        } else {
            ROWS_EMPTY
        };
        let known = self.form.rows(key);
        let filled = known
            .into_iter()
            .filter(|(key, value)| !(key.is_empty() && value.is_empty()));
        let rows = filled.chain(std::iter::repeat_n(("", ""), more));
        html! {
            table class="rows" {
                thead { tr { th scope="col" { (head) } th scope="col" { (value_head) } } }
                tbody {
                    @for (code, booked) in rows {
                        tr {
                            td { input name={ (key) ".key" } value=(code) aria-label=(head) autocomplete="off" spellcheck="false"; }
                            td { (value(&format!("{key}.value"), booked)) }
                        }
                    }
                }
            }
            button class="plain" name=(MORE) value=(key) formnovalidate { "More rows" }
        }
    }

    fn reference(&self, key: &str) -> Markup {
        let choices = [
            ("none", "Nothing"),
            ("client_name", "The client's name"),
            ("claim_number", "The claim number"),
            ("order", "The customer's order"),
            ("template", "A template:"),
        ];
        let template = format!("{key}.template");
        html! {
            (self.select(key, choices.into_iter().map(owned)))
            input name=(template) value=(self.form.get(&template)) aria-label="Template" placeholder="{claim_number}[ / {client_name}]"
                autocomplete="off" spellcheck="false";
        }
    }

    fn terms(&self, key: &str) -> Markup {
        let basis = format!("{key}.basis");
        let choices = [
            ("invoice_date", "days from the invoice"),
            ("month_end", "days from the end of its month"),
            ("following_month", "as the day of the following month"),
        ];
        let choices = choices.into_iter().map(owned).collect();
        html! {
            span class="together" {
                input id=(key) name=(key) type="number" min="0" max="3650" value=(self.form.get(key))
                    aria-describedby={ (key) "-help" } aria-invalid=[self.invalid(key)];
                (select(&basis, &basis, self.form.get(&basis), choices, None))
            }
        }
    }

    fn rounding(&self, key: &str) -> Markup {
        let part = |name: &str| format!("{key}.{name}");
        let most = part("minor_units_max");
        let value = match self.form.get(&most) {
            "" => "2",
            known => known,
        };
        let choices = [
            ("hold", "Hold the document, with the arithmetic"),
            ("line", "A line of its own:"),
        ];
        html! {
            (self.select(key, choices.into_iter().map(owned)))
            span class="together" {
                label { "Account " (self.account(&part("account"), Use::Any, "")) }
                label { "Tax type " (self.tax_of(&part("tax_type"), self.form.get(&part("tax_type")), Use::Any)) }
                label { "Cents at most " input name=(most) type="number" min="1" max="100" value=(value); }
            }
        }
    }
}

fn owned((word, told): (&str, &str)) -> (String, String) {
    (word.to_owned(), told.to_owned())
}

/// Whether an account of a class may be used for something.
fn takes(class: &AccountClass, wanted: Use) -> bool {
    match wanted {
        Use::Any => true,
        Use::Sales => *class == AccountClass::Revenue,
        Use::Costs => *class == AccountClass::Expense,
        Use::Stock => *class == AccountClass::Asset,
    }
}

fn plain(name: &str, value: &str, invalid: Option<&str>) -> Markup {
    html! { input id=(name) name=(name) value=(value) aria-label=(name) autocomplete="off" spellcheck="false" aria-invalid=[invalid]; }
}

fn select(
    id: &str,
    name: &str,
    chosen: &str,
    choices: Vec<(String, String)>,
    invalid: Option<&str>,
) -> Markup {
    let is_known = choices.iter().any(|(word, _)| word == chosen);
    // The rows of a table have one name, and what stands beside a field is not what its label names.
    let (is_row, is_basis) = (name.ends_with(".value"), name.ends_with(".basis"));
    let words = match (is_row, is_basis) {
        (true, _) => Some("Value"),
        (false, true) => Some("Counted as"),
        (false, false) => None,
    };
    html! {
        select id=[(!is_row).then_some(id)] name=(name) aria-label=[words] aria-invalid=[invalid] {
            @for (word, told) in choices { option value=(word) selected[word == chosen] { (told) } }
            @if !is_known && !chosen.is_empty() { option value=(chosen) selected { (chosen) " (not in the chart)" } }
        }
    }
}
