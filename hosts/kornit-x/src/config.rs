//! What an operator decides about Kornit X, and which of it makes no sense.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tieout_core::document::Currency;
use tieout_host_web::{ConfigError, address_problem};
use url::Url;

use crate::auth::keys;
use crate::wire::Reached;

/// Kornit X, which was Custom Gateway: its orders, pushed and polled.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KornitXConfig {
    /// The key by which the product signs what it pushes, as its settings show it; several separated by commas while
    /// one replaces another. Without it nothing is taken that is pushed.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub hmac_key: Option<SecretString>,
    /// Where orders are asked for whose push was lost. Without it they are not found.
    #[serde(default)]
    pub export: Option<ExportConfig>,
    /// The currency of orders that name none.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// The customer of every order whose company is not in `contacts`, by its name at the provider.
    #[serde(default)]
    pub contact: Option<String>,
    /// The customer by the company of the order, such as `100231 = "Penny Lane Tees Ltd"` (`company_ref_id`).
    #[serde(default)]
    pub contacts: BTreeMap<String, String>,
    /// The supplier of every purchase order whose supplier is not in `suppliers`; the customer's contact by default,
    /// as the product itself does it.
    #[serde(default)]
    pub supplier: Option<String>,
    /// The supplier by the other company of the order (`secondary_company_ref_id`).
    #[serde(default)]
    pub suppliers: BTreeMap<String, String>,
    /// How far an order must have come for its purchase order; `received` by default.
    #[serde(default = "received")]
    pub purchase_order_at: Trigger,
    /// How far an order must have come for its invoice; `dispatched` by default.
    #[serde(default = "dispatched")]
    pub invoice_at: Trigger,
    /// What shares an invoice; each order has its own by default.
    #[serde(default)]
    pub invoice_per: InvoicePer,
    /// What the documents are numbered by; the customer's own reference by default, with `-2`, `-3` behind it for the
    /// further parts of an order that was split.
    #[serde(default)]
    pub number: NumberBy,
    /// The field of an item that holds what one piece costs, without tax, such as `unit_cost_price`. The product does
    /// not document one. Without it no purchase orders are made.
    #[serde(default)]
    pub cost_field: Option<String>,
    /// The field of an item that holds the tax rate of its cost, as a fraction; `cost_vat_rate` by default.
    #[serde(default = "cost_tax_field")]
    pub cost_tax_field: String,
    /// The charge code of shipping, for the settings of accounts; `SHIPPING` by default.
    #[serde(default = "shipping_code")]
    pub shipping_code: String,
    /// What is done about callbacks of the status that carry no signature, as the product sends them to the
    /// `status_callback_url` of an order where no integration signs them.
    #[serde(default)]
    pub unsigned_callbacks: UnsignedCallbacks,
    /// What becomes of orders that the product marks as faulty; they wait by default.
    #[serde(default)]
    pub faulty_orders: FaultyOrders,
    /// Seconds between two looks at this host; `schedule.host_poll_s` by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 86_400))]
    pub poll_s: Option<u64>,
}

/// Where orders are asked for: the export of order details.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportConfig {
    /// The address of the export, as the product's support tells it: it is not published.
    pub url: Url,
    /// Where tokens are given out; `https://oauth.kornitx.net/token` by default.
    #[serde(default = "token_url")]
    pub token_url: Url,
    /// The name of the client.
    pub client_id: String,
    /// Its secret.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<SecretString>,
    /// What access is asked for; `export-api.order-item-details` by default.
    #[serde(default = "scope")]
    pub scope: String,
    /// The statuses that are asked for; all that are documented by default.
    #[serde(default = "statuses")]
    pub statuses: Vec<u32>,
    /// Further parameters of each request. `{since}` stands for the day on which the last whole look began, less two;
    /// while there was none, and once a week, parameters with it are left out.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The parameter that holds the number of the page; `page` by default.
    #[serde(default = "page_parameter")]
    pub page_parameter: String,
    /// Minutes between two looks; 15 by default.
    #[serde(default = "every_minutes")]
    #[schemars(range(min = 1, max = 1_440))]
    pub every_minutes: u32,
}

/// What is done about callbacks that carry no signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnsignedCallbacks {
    /// They are turned away.
    #[default]
    Refused,
    /// They are not believed, and the export is looked at soon, every two minutes at most. Needs `export`.
    Looked,
}

/// How far an order must have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// It was received.
    Received,
    /// It was sent to the supplier, or went further.
    SentToSupplier,
    /// It is being made, or went further.
    InProduction,
    /// It left.
    Dispatched,
}

/// What shares an invoice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvoicePer {
    /// Each order has its own.
    #[default]
    Order,
    /// The orders into which one order of a customer was split share one, once all that are known are dispatched or
    /// cancelled. One that becomes known later has its own.
    ExternalRef,
}

/// What documents are numbered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NumberBy {
    /// The customer's own reference.
    #[default]
    ExternalRef,
    /// The product's reference.
    Ref,
    /// The product's identifier.
    Id,
}

/// What becomes of orders that the product marks as faulty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultyOrders {
    /// They wait until the mark is gone.
    #[default]
    Wait,
    /// They are treated like others.
    Send,
}

/// Whether a problem is about a secret, which may only not be at hand.
pub(crate) fn is_about_a_secret(problem: &ConfigError) -> bool {
    matches!(problem.key, "hmac_key" | "export.client_secret")
}

/// Characters of a parameter's name.
const PARAMETER_CHARS_MAX: usize = 200;

impl KornitXConfig {
    /// Every value that cannot work, each with its key. Asks nobody.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigError> {
        let mut problems = Vec::new();
        let mut add = |key, message: &str| {
            problems.push(ConfigError {
                key,
                message: message.to_owned(),
            });
        };
        match &self.hmac_key {
            Some(key) if keys(key).is_empty() => add("hmac_key", "must not be empty"),
            None if self.export.is_none() => add(
                "hmac_key",
                "is missing, and there is no `export` either: no order would ever come",
            ),
            Some(_) | None => {}
        }
        if self.invoice_per == InvoicePer::ExternalRef && self.invoice_at != Trigger::Dispatched {
            add(
                "invoice_per",
                "must be `order` unless `invoice_at` is `dispatched`: a shared invoice waits for the dispatch of all parts",
            );
        }
        for (key, names) in [("contacts", &self.contacts), ("suppliers", &self.suppliers)] {
            if names.values().any(|name| name.trim().is_empty()) {
                add(key, "must give each company a name");
            }
        }
        for (key, field) in [
            ("cost_field", self.cost_field.as_deref()),
            ("cost_tax_field", Some(self.cost_tax_field.as_str())),
            ("shipping_code", Some(self.shipping_code.as_str())),
            ("contact", self.contact.as_deref()),
            ("supplier", self.supplier.as_deref()),
        ] {
            if field.is_some_and(|field| field.trim().is_empty()) {
                add(key, "must not be empty");
            }
        }
        if self.unsigned_callbacks == UnsignedCallbacks::Looked && self.export.is_none() {
            add(
                "unsigned_callbacks",
                "needs `export`: what nobody signed is not believed, only looked after",
            );
        }
        problems.extend(self.export.iter().flat_map(ExportConfig::problems));
        problems
    }
}

impl ExportConfig {
    fn problems(&self) -> Vec<ConfigError> {
        let mut problems = Vec::new();
        let mut add = |key, message: &str| {
            problems.push(ConfigError {
                key,
                message: message.to_owned(),
            });
        };
        for (key, url) in [
            ("export.url", &self.url),
            ("export.token_url", &self.token_url),
        ] {
            if let Some(why) = address_problem(url) {
                add(key, why);
            }
        }
        if self.client_id.trim().is_empty() {
            add("export.client_id", "must not be empty");
        }
        let secret = self.client_secret.as_ref();
        if secret.is_none_or(|secret| secret.expose_secret().trim().is_empty()) {
            add("export.client_secret", "is missing");
        }
        if self.statuses.is_empty() {
            add("export.statuses", "must name one status at least");
        }
        let names = self.query.keys().chain([&self.page_parameter]);
        if names
            .into_iter()
            .any(|name| name.is_empty() || name.len() > PARAMETER_CHARS_MAX)
        {
            add("export.query", "must give each parameter a name");
        }
        if !(1..=1_440).contains(&self.every_minutes) {
            add("export.every_minutes", "must be from 1 to 1,440");
        }
        problems
    }
}

impl Trigger {
    /// The step that it waits for.
    pub(crate) fn step(self) -> Reached {
        match self {
            Self::Received => Reached::Received,
            Self::SentToSupplier => Reached::SentToSupplier,
            Self::InProduction => Reached::InProduction,
            Self::Dispatched => Reached::Dispatched,
        }
    }
}

fn received() -> Trigger {
    Trigger::Received
}

fn dispatched() -> Trigger {
    Trigger::Dispatched
}

fn cost_tax_field() -> String {
    "cost_vat_rate".to_owned()
}

fn shipping_code() -> String {
    "SHIPPING".to_owned()
}

fn token_url() -> Url {
    Url::parse("https://oauth.kornitx.net/token").expect("it is an address")
}

fn scope() -> String {
    "export-api.order-item-details".to_owned()
}

fn statuses() -> Vec<u32> {
    vec![1, 4, 8, 64, 128, 256, 512]
}

fn page_parameter() -> String {
    "page".to_owned()
}

fn every_minutes() -> u32 {
    15
}
