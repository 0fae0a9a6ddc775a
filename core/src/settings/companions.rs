//! Which payments and files of the host go out beside its documents.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::document::HostPayment;

/// Under which account a payment of the host is made: that of its method, else the one that it names itself, else
/// `account`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HostPayments {
    /// The account of payments for which nothing else decides: a bank account, or one that takes payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Accounts by the method of the payment in the host's words, such as `card = "091"`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub accounts_by_method: BTreeMap<String, String>,
}

impl HostPayments {
    /// The account of a payment; `None` when nothing decides.
    #[must_use]
    pub fn account_of<'a>(&'a self, payment: &'a HostPayment) -> Option<&'a str> {
        let method = payment.method.as_deref().map(str::trim);
        let by_method = method.and_then(|method| self.accounts_by_method.get(method));
        let own = payment.account_code.as_deref().map(str::trim);
        by_method
            .map(String::as_str)
            .or(own.filter(|own| !own.is_empty()))
            .or(self.account.as_deref())
    }
}

/// Whether the host's files go onto the provider's documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentPolicy {
    /// They stay in the host.
    #[default]
    Off,
    /// Those who keep the books see them.
    Books,
    /// The customer sees them too, with the document online. On purchases they are for the books.
    Customer,
}

impl AttachmentPolicy {
    /// Whether nothing is sent.
    #[must_use]
    pub fn is_off(&self) -> bool {
        match self {
            Self::Off => true,
            Self::Books | Self::Customer => false,
        }
    }
}

impl Settings {
    /// Whether anything goes out beside documents.
    #[must_use]
    pub fn has_companions(&self) -> bool {
        self.host_payments.is_some() || !self.attachments.is_off() || self.history_notes.is_some()
    }
}
