//! What an operator decides about an iinsight account, and which of it makes no sense.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::NaiveDate;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tieout_core::document::{Currency, Tracking};
use tieout_host_web::{ConfigError, address_problem};
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
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<SecretString>,
    /// A user of iinsight for this alone, without multi-factor sign-in, who sees every invoice.
    pub username: String,
    /// That user's password.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub password: Option<SecretString>,
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
    /// Whether payments that were made in iinsight are read. They are shown as differences, and made at the provider only
    /// where a connection's `host_payments` says so. A deleted payment leaves no trace; a voided one does.
    #[serde(default)]
    pub read_payments: bool,
    /// The types of rows in the list of payments that are money given back, in any spelling; `Refund` by default. They are
    /// no payments, and never sent: which credit one pays out is not told.
    #[serde(default = "refund_types")]
    pub refund_types: BTreeSet<String>,
    /// What is done about money that was given back in iinsight.
    #[serde(default)]
    pub refunds: Refunds,
    /// Whether adjustments of invoices are read. Those that lower an invoice become credit notes, which go out only where
    /// a connection's `credit_notes` says so.
    #[serde(default)]
    pub read_adjustments: bool,
    /// Whether the amount of an adjustment holds its tax. The vendor's page does not say: as long as this is not set, an
    /// adjustment with tax is shown and not sent.
    #[serde(default)]
    pub adjustment_amounts: Option<AdjustmentAmounts>,
    /// What becomes of adjustments that raise an invoice.
    #[serde(default)]
    pub positive_adjustments: PositiveAdjustments,
    /// Whether anything is told to iinsight, and how.
    #[serde(default)]
    pub write_backs: IinsightWriteBacks,
    /// The path of the call that creates a payment: the public page shows only its beginning.
    #[serde(default = "create_payment_path")]
    pub create_payment_path: String,
    /// The type that created payments have in iinsight; `EFT` by default.
    #[serde(default = "payment_type")]
    pub payment_type: String,
    /// Seconds between two looks at this host; `schedule.host_poll_s` by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 86_400))]
    pub poll_s: Option<u64>,
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

/// What is done about money that was given back in iinsight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refunds {
    /// Each is shown until it is voided there, for people to book.
    #[default]
    Shown,
    /// Nothing: they are booked by hand anyway.
    Ignored,
}

/// Whether the amount of an adjustment holds its tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentAmounts {
    /// It does: 110.00 with 10.00 of tax.
    WithTax,
    /// It does not: 100.00 with 10.00 of tax.
    WithoutTax,
}

/// What becomes of adjustments that raise an invoice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PositiveAdjustments {
    /// They are shown for people, and not sent.
    #[default]
    Shown,
    /// Each becomes an invoice of its own, under the number of the adjustment.
    Invoices,
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

    /// Whether a row of this type in the list of payments is money given back.
    #[must_use]
    pub fn is_refund(&self, payment_type: &str) -> bool {
        let word = payment_type.trim().to_lowercase();
        let mut refunds = self.refund_types.iter();
        refunds.any(|refund| refund.trim().to_lowercase() == word)
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
            ("client_secret", exposed(self.client_secret.as_ref())),
            ("username", &self.username),
            ("password", exposed(self.password.as_ref())),
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
        if self.is_refund(&self.payment_type) {
            let message = "is one of `refund_types`: payments of ours would be read as refunds";
            wrong("payment_type", message.to_owned());
        }
        if self.write_backs == IinsightWriteBacks::Folder(PathBuf::new()) {
            wrong("write_backs", "must name a folder".to_owned());
        }
        problems
    }
}

/// The text of a secret; empty where it is not at hand.
pub(crate) fn exposed(secret: Option<&SecretString>) -> &str {
    secret.map(ExposeSecret::expose_secret).unwrap_or_default()
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

fn refund_types() -> BTreeSet<String> {
    BTreeSet::from(["Refund".to_owned()])
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
