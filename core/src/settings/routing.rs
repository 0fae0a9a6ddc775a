//! Which connection a document belongs to: the first route that fits, never a guess.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{ConnectionId, Currency, Document, DocumentKind, HostId, PartyId};

/// One rule. A condition that is left out fits every document; those given must all fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Where a fitting document goes.
    pub connection: ConnectionId,
    /// Documents of this host.
    #[serde(default)]
    pub host: Option<HostId>,
    /// Documents of these kinds.
    #[serde(default)]
    pub kinds: Option<Vec<DocumentKind>>,
    /// Documents of these business divisions, spelled as the host does.
    #[serde(default)]
    pub divisions: Option<Vec<String>>,
    /// Documents billed to these companies of the host.
    #[serde(default)]
    pub companies: Option<Vec<PartyId>>,
    /// Documents in these currencies.
    #[serde(default)]
    pub currencies: Option<Vec<Currency>>,
}

/// All routes, in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Routes(pub Vec<Route>);

/// No route fits: what the routes looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteMiss {
    /// The document's division.
    pub division: Option<String>,
    /// The company billed.
    pub company: Option<PartyId>,
    /// The document's currency.
    pub currency: Currency,
}

impl Routes {
    /// The connection of a document of `host`.
    pub fn connection(
        &self,
        host: &HostId,
        document: &Document,
    ) -> Result<&ConnectionId, RouteMiss> {
        let facts = Facts::of(document);
        self.0
            .iter()
            .find(|route| route.fits(host, document.kind(), &facts))
            .map(|route| &route.connection)
            .ok_or_else(|| RouteMiss {
                division: facts.division.map(str::to_owned),
                company: facts.company.cloned(),
                currency: facts.currency,
            })
    }
}

impl Route {
    /// The route that takes every document.
    #[must_use]
    pub fn everything(connection: ConnectionId) -> Self {
        Self {
            connection,
            host: None,
            kinds: None,
            divisions: None,
            companies: None,
            currencies: None,
        }
    }

    fn fits(&self, host: &HostId, kind: DocumentKind, facts: &Facts<'_>) -> bool {
        self.host.as_ref().is_none_or(|wanted| wanted == host)
            && self
                .kinds
                .as_ref()
                .is_none_or(|kinds| kinds.contains(&kind))
            && self
                .currencies
                .as_ref()
                .is_none_or(|currencies| currencies.contains(&facts.currency))
            && self.divisions.as_ref().is_none_or(|divisions| {
                facts
                    .division
                    .is_some_and(|division| divisions.iter().any(|wanted| wanted == division))
            })
            && self.companies.as_ref().is_none_or(|companies| {
                facts
                    .company
                    .is_some_and(|company| companies.contains(company))
            })
    }
}

/// What routes look at.
struct Facts<'a> {
    division: Option<&'a str>,
    company: Option<&'a PartyId>,
    currency: Currency,
}

impl<'a> Facts<'a> {
    fn of(document: &'a Document) -> Self {
        match document {
            Document::Invoice(invoice) => Self {
                division: invoice.business_division.as_deref(),
                company: invoice.bill_to.company_id.as_ref(),
                currency: invoice.currency,
            },
            Document::Bill(bill) => Self {
                division: bill.business_division.as_deref(),
                company: bill.supplier.id.as_ref(),
                currency: bill.currency,
            },
            Document::PurchaseOrder(order) => Self {
                division: order.business_division.as_deref(),
                company: order.supplier.id.as_ref(),
                currency: order.currency,
            },
        }
    }
}
