//! What an operator decides about an iinsight account, and which of it makes no sense.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tieout_core::document::{Currency, Tracking};
use tieout_host_web::address_problem;
use url::Url;

/// An account of iinsight.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IinsightConfig {
    /// Where the account lives: it decides the address, `https://api-REGION.iinsightonline.com`, and the currency.
    pub region: Region,
    /// Whether the test twin of the region is meant, `api-REGION-uat`.
    #[serde(default)]
    pub test: bool,
    /// Another address in place of the region's, such as that of a stand-in.
    #[serde(default)]
    pub url: Option<Url>,
    /// The client id that iinsight issued.
    pub client_id: String,
    /// The client secret that iinsight issued.
    #[schemars(with = "String")]
    pub client_secret: SecretString,
    /// A user of iinsight for this alone, without multi-factor sign-in, who sees every invoice.
    pub username: String,
    /// That user's password.
    #[schemars(with = "String")]
    pub password: SecretString,
    /// Invoices that were last changed before this day are not read; without it all are.
    #[serde(default)]
    pub read_from: Option<NaiveDate>,
    /// Minutes before the last look from which changes are asked for again, 1 to 1,440; 10 by default.
    #[serde(default = "overlap_minutes")]
    pub overlap_minutes: u16,
    /// Hours between two full comparisons of all invoices, which find those that were deleted; 24 by default, 0 for
    /// never.
    #[serde(default = "reconcile_hours")]
    pub reconcile_hours: u16,
    /// Deletions that one comparison may find before a person must look at it; 25 by default, at most 1,000. An account
    /// that suddenly sees less is not one whose invoices were deleted.
    #[serde(default = "removals_max")]
    pub removals_max: u16,
    /// Where the business division of an invoice comes from.
    #[serde(default)]
    pub division: Division,
    /// The currency of invoices; that of the region by default. The API names none.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub currency: Option<Currency>,
    /// Another currency for the invoices of a business division, such as `"NZ Rehab" = "NZD"`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub division_currencies: BTreeMap<String, Currency>,
    /// What lines carry by the biller id of the contact or company that is billed, in any spelling. By default
    /// `Plan Managed`, `Agency Managed` and `Self Managed` are the managements of NDIS plans.
    #[serde(default = "funding")]
    pub funding: BTreeMap<String, FundingChoice>,
    /// Whether anything is told to iinsight, and how.
    #[serde(default)]
    pub write_backs: IinsightWriteBacks,
    /// The path of the call that creates a payment: the public page shows only its beginning.
    #[serde(default = "create_payment_path")]
    pub create_payment_path: String,
    /// The type that created payments have in iinsight; `EFT` by default.
    #[serde(default = "payment_type")]
    pub payment_type: String,
}

/// Where an account lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// Australia and New Zealand.
    Aus,
    /// The United Kingdom.
    Uk,
    /// The United States.
    Usa,
    /// Canada.
    Ca,
}

/// Where the business division of an invoice comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Division {
    /// From its case; one whose cases belong to several divisions has all their names, in order, joined by ` + `.
    #[default]
    Case,
    /// Invoices have none: cases are not asked for.
    None,
}

/// What lines carry because of who pays for them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FundingChoice {
    /// The scheme; `NDIS` by default.
    #[serde(default = "scheme")]
    pub scheme: String,
    /// Who manages the plan, such as `plan`, `agency` or `self`: rules see it as `plan_management`.
    #[serde(default)]
    pub management: Option<String>,
    /// Tracking of these lines.
    #[serde(default)]
    pub tracking: Vec<Tracking>,
    /// The tax code of these lines; the settings of a connection map it in `tax_codes`. Without it the rate decides.
    #[serde(default)]
    pub tax_code: Option<String>,
    /// The account of these lines in place of iinsight's `general_ledger_code`.
    #[serde(default)]
    pub account_code: Option<String>,
}

/// Whether anything is told to iinsight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IinsightWriteBacks {
    /// Nothing is: payments and settlements stand in tieout's own lists alone.
    #[default]
    None,
    /// Payments, by the call of the API that creates one. Its content is not documented in public: try it against the
    /// test twin first.
    CreatePayment,
    /// Everything, as files of the host contract in `inbox/` of this folder, for people or another program.
    Folder(PathBuf),
}

/// A setting that makes no sense, by its key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {message}")]
pub struct ConfigError {
    /// The key, such as `overlap_minutes`.
    pub key: &'static str,
    /// What is wrong and what is right.
    pub message: String,
}

impl Region {
    fn as_str(self) -> &'static str {
        match self {
            Self::Aus => "aus",
            Self::Uk => "uk",
            Self::Usa => "usa",
            Self::Ca => "ca",
        }
    }

    fn currency(self) -> Currency {
        let code = match self {
            Self::Aus => "AUD",
            Self::Uk => "GBP",
            Self::Usa => "USD",
            Self::Ca => "CAD",
        };
        Currency::from_code(code).expect("all four are in ISO 4217")
    }
}

impl IinsightConfig {
    /// The address of the API.
    #[must_use]
    pub fn address(&self) -> Url {
        let of_region = || {
            let twin = if self.test { "-uat" } else { "" };
            let text = format!(
                "https://api-{}{twin}.iinsightonline.com",
                self.region.as_str()
            );
            Url::parse(&text).expect("a region makes a host name")
        };
        self.url.clone().unwrap_or_else(of_region)
    }

    /// The currency of an invoice of a division.
    #[must_use]
    pub fn currency_of(&self, division: Option<&str>) -> Currency {
        division
            .and_then(|division| self.division_currencies.get(division))
            .copied()
            .or(self.currency)
            .unwrap_or_else(|| self.region.currency())
    }

    /// Every value that cannot work, each with its key. Asks nobody.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigError> {
        let mut problems = Vec::new();
        let mut wrong = |key, message: String| problems.push(ConfigError { key, message });
        if let Some(why) = self.url.as_ref().and_then(address_problem) {
            wrong("url", why.to_owned());
        }
        if self.test && self.url.is_some() {
            wrong("test", "says nothing beside a `url`".to_owned());
        }
        let texts = [
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose_secret()),
            ("username", &self.username),
            ("password", self.password.expose_secret()),
            ("create_payment_path", &self.create_payment_path),
            ("payment_type", &self.payment_type),
        ];
        for (key, text) in texts {
            if text.trim().is_empty() {
                wrong(key, "must not be empty".to_owned());
            }
        }
        if self.client_id.contains(':') {
            wrong("client_id", "must hold no colon".to_owned());
        }
        let ranges = [
            ("overlap_minutes", self.overlap_minutes, 1, 1_440),
            ("reconcile_hours", self.reconcile_hours, 0, 8_760),
            ("removals_max", self.removals_max, 1, 1_000),
        ];
        for (key, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                wrong(key, format!("must be from {least} to {most}, not {value}"));
            }
        }
        if self.write_backs == IinsightWriteBacks::Folder(PathBuf::new()) {
            wrong("write_backs", "must name a folder".to_owned());
        }
        problems
    }
}

fn overlap_minutes() -> u16 {
    10
}

fn reconcile_hours() -> u16 {
    24
}

fn removals_max() -> u16 {
    25
}

fn scheme() -> String {
    "NDIS".to_owned()
}

fn create_payment_path() -> String {
    "api1/payments/create".to_owned()
}

fn payment_type() -> String {
    "EFT".to_owned()
}

fn funding() -> BTreeMap<String, FundingChoice> {
    let choice = |(biller_id, management): (&str, &str)| {
        let choice = FundingChoice {
            scheme: scheme(),
            management: Some(management.to_owned()),
            tracking: Vec::new(),
            tax_code: None,
            account_code: None,
        };
        (biller_id.to_owned(), choice)
    };
    [
        ("Plan Managed", "plan"),
        ("Agency Managed", "agency"),
        ("Self Managed", "self"),
    ]
    .map(choice)
    .into()
}
