//! What the bench asks of a sandbox in another process, past its API: counters, books, limits, tokens.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tieout_sandbox_xero::WEB_CLIENT_ID;
use uuid::Uuid;

use crate::failure::Failure;

/// What the bench's own token may do.
pub const SCOPES: &str = "offline_access accounting.invoices accounting.payments accounting.contacts accounting.settings.read";

/// A budget that nobody uses up.
const NEVER_USED_UP: u32 = 1_000_000_000;

/// The control calls of a sandbox.
#[derive(Clone, Debug)]
pub struct Control {
    client: reqwest::Client,
    base: String,
}

/// What was counted for one organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Calls by method and endpoint.
    pub requests: BTreeMap<String, u64>,
    /// Calls that were refused for a limit.
    pub refused: BTreeMap<String, u64>,
    /// Bytes of request bodies.
    pub bytes_in: u64,
    /// Bytes of reply bodies.
    pub bytes_out: u64,
}

impl Control {
    /// The control calls of the sandbox at an address without a slash at its end.
    #[must_use]
    pub fn of(base: &str) -> Self {
        Self {
            client: reqwest::Client::new(),
            base: base.to_owned(),
        }
    }

    /// The sandbox's address.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What was counted so far for an organisation.
    ///
    /// # Errors
    /// When the sandbox does not answer as expected.
    pub async fn counts(&self, organisation: Uuid) -> Result<Counts, Failure> {
        #[derive(Deserialize)]
        struct Overview {
            organisations: Vec<Counted>,
        }
        #[derive(Deserialize)]
        struct Counted {
            tenant: Uuid,
            counters: Counts,
        }
        let overview: Overview = self.get("state").await?;
        let counted = overview
            .organisations
            .into_iter()
            .find(|counted| counted.tenant == organisation);
        Ok(counted.map(|counted| counted.counters).unwrap_or_default())
    }

    /// The total of each numbered invoice in an organisation's books.
    ///
    /// # Errors
    /// When the sandbox does not answer as expected, or two invoices have one number.
    pub async fn totals(&self, organisation: Uuid) -> Result<HashMap<String, Decimal>, Failure> {
        #[derive(Deserialize)]
        struct Books {
            invoices: Vec<Row>,
        }
        #[derive(Deserialize)]
        struct Row {
            number: Option<String>,
            #[serde(with = "rust_decimal::serde::arbitrary_precision")]
            total: Decimal,
        }
        let books: Books = self.get(&format!("{organisation}/books")).await?;
        let mut totals = HashMap::with_capacity(books.invoices.len());
        for Row { number, total } in books.invoices {
            let Some(number) = number.filter(|number| !number.is_empty()) else {
                continue;
            };
            if totals.insert(number.clone(), total).is_some() {
                return Err(Failure::new(format!("the books hold {number} twice")));
            }
        }
        Ok(totals)
    }

    /// Makes the budgets so large that the replies' headers never say that one is used up.
    ///
    /// # Errors
    /// When the sandbox does not answer as expected.
    pub async fn widen_limits(&self) -> Result<(), Failure> {
        let wide = json!({
            "enforced": false, "minute_max": NEVER_USED_UP, "day_max": NEVER_USED_UP,
            "app_minute_max": NEVER_USED_UP, "concurrent_max": 1_000,
        });
        self.post("limits", &wide).await.map(drop)
    }

    /// Makes every reply to a write of invoices come late, as Xero's do.
    ///
    /// # Errors
    /// When the sandbox does not answer as expected.
    pub async fn slow_writes(&self, delay_ms: u64) -> Result<(), Failure> {
        let fault = json!({ "kind": "slow", "delay_ms": delay_ms });
        let rule =
            json!({ "method": "PUT", "path": "/Invoices", "times": u32::MAX, "fault": fault });
        self.post("faults", &rule).await.map(drop)
    }

    /// Moves the sandbox's clock, also back.
    ///
    /// # Errors
    /// When the sandbox does not answer as expected.
    pub async fn advance(&self, seconds: i64) -> Result<(), Failure> {
        self.post("advance", &json!({ "seconds": seconds }))
            .await
            .map(drop)
    }

    /// An access token for an organisation, without a browser.
    ///
    /// # Errors
    /// When the sandbox does not answer as expected.
    pub async fn token(&self, organisation: Uuid) -> Result<String, Failure> {
        let asked =
            json!({ "client_id": WEB_CLIENT_ID, "tenants": [organisation], "scope": SCOPES });
        let tokens = self.post("grant", &asked).await?;
        let token = tokens.get("access_token").and_then(Value::as_str);
        token
            .map(str::to_owned)
            .ok_or_else(|| Failure::new("the sandbox gave no access token"))
    }

    async fn get<T: DeserializeOwned>(&self, call: &str) -> Result<T, Failure> {
        let reply = self
            .client
            .get(self.address(call))
            .send()
            .await?
            .error_for_status()?;
        Ok(serde_json::from_slice(&reply.bytes().await?)?)
    }

    async fn post(&self, call: &str, body: &Value) -> Result<Value, Failure> {
        let reply = self
            .client
            .post(self.address(call))
            .json(body)
            .send()
            .await?
            .error_for_status()?;
        Ok(serde_json::from_slice(&reply.bytes().await?)?)
    }

    fn address(&self, call: &str) -> String {
        format!("{}/_control/{call}", self.base)
    }
}

impl Counts {
    /// What was counted since an earlier moment.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let less = |now: &BTreeMap<String, u64>, then: &BTreeMap<String, u64>| {
            now.iter()
                .map(|(name, count)| {
                    (
                        name.clone(),
                        count.saturating_sub(then.get(name).copied().unwrap_or(0)),
                    )
                })
                .filter(|(_, count)| *count > 0)
                .collect()
        };
        Self {
            requests: less(&self.requests, &earlier.requests),
            refused: less(&self.refused, &earlier.refused),
            bytes_in: self.bytes_in.saturating_sub(earlier.bytes_in),
            bytes_out: self.bytes_out.saturating_sub(earlier.bytes_out),
        }
    }

    /// All calls of one kind, such as `PUT invoices`.
    #[must_use]
    pub fn of(&self, kind: &str) -> u64 {
        self.requests.get(kind).copied().unwrap_or(0)
    }

    /// All calls.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.requests.values().sum()
    }
}
