//! Control totals: what both sides come to by contact, by month and by account, so that a few figures show that many agree.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::compare::{Comparison, Verdict};
use super::sides::{Held, HostSide};
use crate::document::{ConnectionId, Currency, DocumentKind, decimal};
use crate::provider::Posting;

/// What documents are gathered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatheredBy {
    /// All of a kind and currency on a connection.
    All,
    /// The other party, as the host spells it.
    Contact,
    /// The month of the accounting date.
    Month,
    /// The account of each line, without tax.
    Account,
}

/// Which documents a control total is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ControlKey {
    /// On which connection.
    pub connection: ConnectionId,
    /// What is gathered by.
    pub by: GatheredBy,
    /// Of which kind.
    pub kind: DocumentKind,
    /// In which currency.
    pub currency: Currency,
    /// The contact's name, the month as `2026-11`, the account's code; empty for all.
    pub name: String,
}

/// What documents come to on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Documents, or lines of an account, that the host has.
    pub host_count: u64,
    /// Those that the provider holds.
    pub provider_count: u64,
    /// What the host says that they come to.
    #[serde(with = "decimal")]
    pub host: Decimal,
    /// What they come to at the provider.
    #[serde(with = "decimal")]
    pub provider: Decimal,
    /// What the host knows as paid and credited.
    #[serde(with = "decimal")]
    pub host_settled: Decimal,
    /// What the provider holds as paid and credited.
    #[serde(with = "decimal")]
    pub provider_settled: Decimal,
}

impl Control {
    /// Whether both sides come to the same.
    #[must_use]
    pub fn agrees(&self) -> bool {
        (self.host_count, self.host, self.host_settled)
            == (self.provider_count, self.provider, self.provider_settled)
    }
}

/// Control totals as they grow, document by document. Memory grows with contacts and months, not with documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Controls(pub BTreeMap<ControlKey, Control>);

impl Controls {
    /// Adds a document. One that there is nothing to compare of counts for nothing.
    pub fn add(&mut self, connection: &ConnectionId, one: &Comparison) {
        if let Verdict::NothingToCompare { .. } = one.verdict {
            return;
        }
        let names = [
            (GatheredBy::All, String::new()),
            (GatheredBy::Contact, one.party.clone()),
            (GatheredBy::Month, one.date.format("%Y-%m").to_string()),
        ];
        for (by, name) in names {
            let control = self.0.entry(ControlKey {
                connection: connection.clone(),
                by,
                kind: one.document.kind,
                currency: one.currency,
                name,
            });
            control.or_default().add(one);
        }
    }

    /// Adds the lines of a document to their accounts, without tax: those that the host's document maps to, and
    /// those that the provider holds.
    pub fn add_lines(
        &mut self,
        connection: &ConnectionId,
        kind: DocumentKind,
        host: &HostSide<'_>,
        posting: &Posting,
        held: &Held<'_>,
    ) {
        let key = |account: &str| ControlKey {
            connection: connection.clone(),
            by: GatheredBy::Account,
            kind,
            currency: host.currency,
            name: account.to_owned(),
        };
        for line in &posting.lines {
            let known = host.lines.iter().find(|known| *known.id == line.line);
            // A line of our own, such as one that evens out, is what it was made to be.
            let net = known.map_or(line.quantity * line.unit_amount, |known| known.net);
            let control = self.0.entry(key(&line.account_code)).or_default();
            control.host_count += 1;
            control.host += net;
        }
        let sum: Decimal = held.lines.iter().map(|line| line.amount).sum();
        let holds_tax = sum != held.totals.net;
        for line in held.lines {
            let account = line.account_code.as_deref().unwrap_or_default();
            let tax = if holds_tax {
                line.tax_amount
            } else {
                Decimal::ZERO
            };
            let control = self.0.entry(key(account)).or_default();
            control.provider_count += 1;
            control.provider += line.amount - tax;
        }
    }
}

impl Control {
    fn add(&mut self, one: &Comparison) {
        if one.wanted {
            self.host_count += 1;
            // An order may say nothing of what it comes to: then it is what the provider makes of it.
            self.host += one.host_total.or(one.provider_total).unwrap_or_default();
            self.host_settled += one.host_settled;
        }
        if let Some(total) = one.provider_total {
            self.provider_count += 1;
            self.provider += total;
            self.provider_settled += one.provider_settled.unwrap_or_default();
        }
    }
}
