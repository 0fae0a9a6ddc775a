//! How documents are found by number and read by identifier, whole, removed ones too.

use std::collections::{HashMap, HashSet};

use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::provider::{ErrorKind, ProviderError, Snapshot};

use crate::capability::CAPABILITY;
use crate::client::{Call, Client, chunks};
use crate::limit::Purpose;
use crate::map;
use crate::wire::Resource;
use crate::wire::document::Document;

/// Where Xero takes no list of identifiers or numbers, up to so many documents are asked for one by one; for
/// more the whole list is read, at one call for each thousand documents, whose bytes cost money.
pub(super) const ONE_BY_ONE_MAX: usize = 10;

/// Every document of a kind under one of the numbers; case does not count.
///
/// A bill's number is its supplier's, so several bills of several suppliers may come under one; the contact of
/// each tells them apart, and the link back those that we made.
pub(super) async fn look_up(
    client: &Client,
    kind: DocumentKind,
    numbers: &[String],
) -> Result<Vec<Snapshot>, ProviderError> {
    let asked = Asked::looking(client, kind);
    let resource = asked.resource;
    let wanted: HashSet<String> = numbers.iter().map(|number| folded(number)).collect();
    let found = if resource.is_asked_by_list {
        asked.by_numbers(numbers).await?
    } else {
        asked
            .few_or_all(numbers, |number| asked.number(number))
            .await?
    };
    let mut met = HashSet::new();
    let found = found.iter().filter(|document| {
        let number = document.number.as_deref().unwrap_or_default();
        wanted.contains(&folded(number)) && met.insert(document.id.as_deref())
    });
    asked.snapshots(found)
}

/// The documents of the identifiers, each once, in the order of the identifiers.
pub(super) async fn read(
    client: &Client,
    kind: DocumentKind,
    ids: &[ProviderDocumentId],
) -> Result<Vec<Snapshot>, ProviderError> {
    let asked = Asked::reading(client, kind);
    let found = asked.in_order(ids).await?;
    asked.snapshots(&found)
}

/// The same as Xero spells them, before anybody tries to understand one.
pub(super) async fn read_raw(
    client: &Client,
    kind: DocumentKind,
    ids: &[ProviderDocumentId],
) -> Result<Vec<Document>, ProviderError> {
    Asked::reading(client, kind).in_order(ids).await
}

/// What is asked of one list of documents.
pub(super) struct Asked<'a> {
    pub(super) client: &'a Client,
    pub(super) resource: &'static Resource,
    operation: &'static str,
    purpose: Purpose,
}

impl<'a> Asked<'a> {
    /// To look documents up before or after they were sent.
    pub(super) fn looking(client: &'a Client, kind: DocumentKind) -> Self {
        let resource = Resource::of(kind);
        let [.., operation, _] = resource.operations;
        Self {
            client,
            resource,
            operation,
            purpose: Purpose::Documents,
        }
    }

    /// To see what became of documents.
    fn reading(client: &'a Client, kind: DocumentKind) -> Self {
        let resource = Resource::of(kind);
        let [.., operation] = resource.operations;
        Self {
            client,
            resource,
            operation,
            purpose: Purpose::Payments,
        }
    }
}

impl Asked<'_> {
    /// The documents of some identifiers, each once, in the order of the identifiers.
    async fn in_order(&self, ids: &[ProviderDocumentId]) -> Result<Vec<Document>, ProviderError> {
        let ids: Vec<String> = ids.iter().map(|id| id.as_str().to_lowercase()).collect();
        let found = if self.resource.is_asked_by_list {
            self.by_ids(&ids).await?
        } else {
            self.few_or_all(&ids, |id| Some(self.named(id))).await?
        };
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (place, id) in ids.iter().enumerate() {
            places.entry(id).or_insert(place);
        }
        let mut found: Vec<(usize, Document)> = found
            .into_iter()
            .filter_map(|document| {
                let id = document.id.as_deref()?.to_lowercase();
                Some((*places.get(id.as_str())?, document))
            })
            .collect();
        found.sort_by_key(|(place, _)| *place);
        found.dedup_by_key(|(place, _)| *place);
        Ok(found.into_iter().map(|(_, document)| document).collect())
    }

    /// By numbers where the list takes several of them.
    pub(super) async fn by_numbers(
        &self,
        numbers: &[String],
    ) -> Result<Vec<Document>, ProviderError> {
        let mut plain: Vec<&str> = Vec::new();
        let mut found = Vec::new();
        for number in numbers {
            // The list is separated by commas and trimmed, so such numbers are asked for alone.
            if number.contains(',') || number.trim() != number {
                found.append(&mut self.every(&self.awkward(number)).await?);
            } else if !number.is_empty() {
                plain.push(number);
            }
        }
        for run in chunks(&plain, CAPABILITY.look_up_max) {
            let call = self.of_kind().with("InvoiceNumbers", run.join(","));
            found.append(&mut self.every(&call).await?);
        }
        Ok(found)
    }

    /// By identifiers where the list takes several of them. Removed ones are asked for a second time by their
    /// status when the first answer does not hold them.
    async fn by_ids(&self, ids: &[String]) -> Result<Vec<Document>, ProviderError> {
        let mut found: Vec<Document> = Vec::new();
        let mut absent: Vec<&str> = ids.iter().map(String::as_str).collect();
        for statuses in [None, Some("VOIDED,DELETED")] {
            for run in chunks(&absent, CAPABILITY.look_up_max) {
                let call = self.list().with("IDs", run.join(","));
                let call = match statuses {
                    Some(statuses) => call.with("Statuses", statuses),
                    None => call,
                };
                found.append(&mut self.every(&call).await?);
            }
            let held: HashSet<String> = found
                .iter()
                .filter_map(|document| Some(document.id.as_deref()?.to_lowercase()))
                .collect();
            absent.retain(|id| !held.contains(*id));
        }
        Ok(found)
    }

    /// A few one by one, many from the whole list. What cannot be asked for alone is searched in the whole list.
    async fn few_or_all(
        &self,
        keys: &[String],
        one: impl Fn(&str) -> Option<One>,
    ) -> Result<Vec<Document>, ProviderError> {
        let calls: Option<Vec<One>> = keys.iter().map(|key| one(key)).collect();
        let calls = match calls {
            Some(calls) if calls.len() <= ONE_BY_ONE_MAX => calls,
            calls => match (self.whole_list().await, calls) {
                // Xero refuses to list very many rows: then each is asked for after all.
                (Err(error), Some(calls)) if error.kind == ErrorKind::Refused => calls,
                (listed, _) => return listed,
            },
        };
        let mut found = Vec::new();
        for call in &calls {
            found.append(&mut self.one(call).await?);
        }
        Ok(found)
    }

    /// What a call for one document shows.
    pub(super) async fn one(&self, call: &One) -> Result<Vec<Document>, ProviderError> {
        match call {
            One::Named(call) => {
                let found = self.client.one(call, self.resource.list).await?;
                Ok(found.into_iter().collect())
            }
            One::Listed(call) => self.every(call).await,
        }
    }

    /// The whole list in the order of its numbers: in the usual order, that of the last change, a document that
    /// changes while pages are read would move another one past us, and what is missed counts as absent.
    async fn whole_list(&self) -> Result<Vec<Document>, ProviderError> {
        let order = format!("{} ASC", self.resource.number_field);
        self.every(&self.of_kind().with("order", order)).await
    }

    /// The call for one number, if it can be asked for alone.
    pub(super) fn number(&self, number: &str) -> Option<One> {
        match self.resource.only {
            // How quotes are escaped inside a condition is not documented.
            Some(_) if number.contains(['"', '\\']) => None,
            Some(only) => {
                let field = self.resource.number_field;
                let condition = format!(r#"{only} AND {field}=="{number}""#);
                Some(One::Listed(self.list().with("where", condition)))
            }
            // A number that a path may spell otherwise proves nothing when it is not found.
            None => number
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
                .then(|| self.named(number)),
        }
    }

    fn named(&self, name: &str) -> One {
        let [_, route, ..] = self.resource.routes;
        let call = Call::read(self.operation, self.purpose, self.resource.list, route).of(name);
        One::Named(self.exactly(call))
    }

    pub(super) fn list(&self) -> Call {
        let [route, ..] = self.resource.routes;
        let list = self.resource.list;
        self.exactly(Call::read(self.operation, self.purpose, list, route))
    }

    /// The list without what else shares it, removed documents shown.
    fn of_kind(&self) -> Call {
        of_kind(self.list(), self.resource)
    }

    fn exactly(&self, call: Call) -> Call {
        exactly(call, self.resource)
    }

    /// How quotes are escaped inside a condition is not documented, so such a number is searched for instead.
    fn awkward(&self, number: &str) -> Call {
        let field = self.resource.number_field;
        if number.contains(['"', '\\']) {
            return self.of_kind().with("searchTerm", number);
        }
        let condition = format!(
            r#"{} AND {field}=="{number}""#,
            self.resource.only.unwrap_or_default()
        );
        let call = self.list().with("where", condition);
        match self.resource.statuses {
            Some(statuses) => call.with("Statuses", statuses),
            None => call,
        }
    }

    pub(super) async fn every(&self, call: &Call) -> Result<Vec<Document>, ProviderError> {
        self.client.every_of(call, self.resource.list).await
    }

    /// A snapshot of each document that is of the kind and may be one of ours.
    pub(super) fn snapshots<'d>(
        &self,
        documents: impl IntoIterator<Item = &'d Document>,
    ) -> Result<Vec<Snapshot>, ProviderError> {
        documents
            .into_iter()
            .filter_map(|document| map::snapshot(document, self.resource.kind).transpose())
            .filter(|snapshot| !matches!(snapshot, Err(error) if error.is_of_somebody_else()))
            .collect::<Result<_, _>>()
            .map_err(|error| {
                ProviderError::new(ErrorKind::BadReply, self.operation, error.to_string())
                    .caused_by(error)
            })
    }
}

/// A call for one document.
pub(super) enum One {
    /// By its name in the path; unknown ones are not found.
    Named(Call),
    /// By a condition on the list.
    Listed(Call),
}

/// The list of a kind alone, removed documents shown.
pub(super) fn of_kind(call: Call, resource: &Resource) -> Call {
    let call = match resource.only {
        Some(only) => call.with("where", only),
        None => call,
    };
    match resource.statuses {
        Some(statuses) => call.with("Statuses", statuses),
        None => call,
    }
}

/// With every place of unit prices, where that must be asked for.
pub(super) fn exactly(call: Call, resource: &Resource) -> Call {
    if resource.takes_price_places {
        return call.with("unitdp", "4");
    }
    call
}

fn folded(number: &str) -> String {
    number.trim().to_lowercase()
}
