//! What a product says that it can do, and what of the configuration asks for more than that.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tieout_core::document::Currency;
use tieout_core::host::{HostError, HostErrorKind};
use tieout_host_web::{Client, excerpt};

use super::config::{HttpHostConfig, Served, Takes};

const OPERATION: &str = "read capabilities";
/// The version of the contract that this program speaks.
pub(crate) const VERSION: &str = "1";

/// What a product says of itself at `GET {url}/capabilities`. What it leaves out is not known; a product may leave the
/// whole out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Capabilities {
    /// The versions of the contract that it speaks, such as `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_versions: Option<Vec<String>>,
    /// The lists that it serves, such as `invoices`. Others than those of the contract are its own affair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<Vec<String>>,
    /// The write-backs that it takes: `payments`, `settlements`, `postings`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_backs: Option<Vec<String>>,
    /// Whether it sends events by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<bool>,
    /// Documents in one page at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size_max: Option<u32>,
    /// The zone in which its accounting dates are meant, such as `Australia/Sydney`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The currencies of its documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currencies: Option<Vec<Currency>>,
}

/// What the product says of itself; `None` where it says nothing.
///
/// Fails when it cannot be reached, and as `BadData` when what it says cannot be understood.
pub(super) async fn read(client: &Client) -> Result<Option<Capabilities>, HostError> {
    let url = client.address(&["capabilities"]);
    let reply = match client.get(OPERATION, &url).await {
        Ok(reply) => reply,
        // The product answered that there is no such route.
        Err(failed) if failed.is_answered && failed.error.kind == HostErrorKind::Misconfigured => {
            return Ok(None);
        }
        Err(failed) => return Err(failed.error),
    };
    if matches!(reply.status.as_u16(), 404 | 410) {
        return Ok(None);
    }
    let bad = |why: String| {
        let message = format!("GET {} was answered {}: {why}", url.path(), reply.status);
        HostError::new(HostErrorKind::BadData, OPERATION, message)
    };
    if !reply.is_done() {
        return Err(bad(excerpt(&reply.body)));
    }
    let said = serde_json::from_slice(&reply.body).map_err(|error| bad(error.to_string()))?;
    Ok(Some(said))
}

impl Capabilities {
    /// What the configuration asks for and the product does not offer, each as a sentence without its end.
    #[must_use]
    pub fn lacks(&self, config: &HttpHostConfig) -> Vec<String> {
        let mut lacks = Vec::new();
        if let Some(versions) = &self.contract_versions
            && !versions.iter().any(|version| major(version) == VERSION)
        {
            let spoken = versions.join(", ");
            lacks.push(format!(
                "it speaks version {spoken} of the contract, and this program {VERSION}"
            ));
        }
        for list in config.documents.iter().map(|list| list.as_str()) {
            if is_left_out(self.documents.as_deref(), list) {
                lacks.push(format!(
                    "`documents` names `{list}`, which it does not serve"
                ));
            }
        }
        for what in config.takes.iter().map(|what| what.as_str()) {
            if is_left_out(self.write_backs.as_deref(), what) {
                lacks.push(format!("`takes` names `{what}`, which it does not take"));
            }
        }
        if self.push == Some(false) && config.webhook_secret.is_some() {
            lacks.push("there is a `webhook_secret`, and it sends nothing by itself".to_owned());
        }
        lacks
    }

    /// The same for people: what it offers, and what of that nobody asks for.
    #[must_use]
    pub fn words(&self, config: &HttpHostConfig) -> Vec<String> {
        let list = |name: &str, values: Option<&[String]>| {
            let values = values.filter(|values| !values.is_empty())?;
            Some(format!("{name} {}", values.join(", ")))
        };
        let currencies = self.currencies.as_ref().map(|currencies| {
            let codes = currencies.iter().map(ToString::to_string);
            codes.collect::<Vec<_>>()
        });
        let served = self.documents.as_deref();
        let unused: Vec<&str> = Served::ALL
            .iter()
            .filter(|list| !config.documents.contains(list))
            .map(|list| list.as_str())
            .filter(|list| served.is_some_and(|served| served.iter().any(|it| it == list)))
            .collect();
        [
            list("serves", served),
            list("takes", self.write_backs.as_deref()),
            self.push.filter(|push| *push).map(|_| "pushes".to_owned()),
            self.page_size_max.map(|most| format!("pages of {most}")),
            self.time_zone
                .as_ref()
                .map(|zone| format!("dates of {zone}")),
            list("currencies", currencies.as_deref()),
            (!unused.is_empty()).then(|| format!("not asked for: {}", unused.join(", "))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Whether a product that tells what it offers does not tell of this.
fn is_left_out(offered: Option<&[String]>, wanted: &str) -> bool {
    offered.is_some_and(|offered| !offered.iter().any(|it| it == wanted))
}

/// `1` of `1`, `1.2` and `v1`.
fn major(version: &str) -> &str {
    let version = version.trim_start_matches('v');
    version.split('.').next().unwrap_or_default()
}

impl Takes {
    /// The word of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Settlements => "settlements",
            Self::Postings => "postings",
        }
    }
}
