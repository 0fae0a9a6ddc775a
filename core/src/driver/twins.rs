//! How a document that the host handed over twice under two identifiers is sent once, where the provider would take both.

use std::collections::BTreeMap;

use super::DriverError;
use super::gather::Gathered;
use super::site::{ConnectionSite, World};
use crate::check::quoted;
use crate::document::{Document, DocumentKind};
use crate::engine::{Binding, BindingKey, Decision, Op, Wanted, planned, taken_as};
use crate::mapping;
use crate::provider::{Order, Posting};
use crate::store::{ChangeSet, Find};

/// The documents that are to be created, with what is to be sent.
pub(super) fn creates(gathered: &[Gathered]) -> impl Iterator<Item = (&Binding, &Posting)> {
    gathered
        .iter()
        .flat_map(|request| &request.members)
        .filter_map(|member| match &member.order {
            Order::Create(posting) => Some((&member.binding, posting)),
            Order::Update { .. } | Order::Void { .. } => None,
        })
}

impl World {
    /// Holds documents whose number the same party has on another document that is posted or leaves now. Where
    /// numbers are unique the provider says so itself. Gives whether any was held.
    pub(super) async fn hold_twins(
        &self,
        site: &ConnectionSite,
        gathered: &[Gathered],
    ) -> Result<bool, DriverError> {
        let unique = site.provider.capability().numbers_unique;
        let mut held: BTreeMap<BindingKey, Decision> = BTreeMap::new();
        let mut leaving: BTreeMap<(DocumentKind, String, &str), &BindingKey> = BTreeMap::new();
        for (binding, posting) in creates(gathered).filter(|(_, it)| !unique.contains(&it.kind)) {
            let number = posting.number.to_lowercase();
            let place = (posting.kind, number, posting.contact.as_str());
            let twin = match leaving.get(&place) {
                Some(other) => Some((
                    format!("the same party's document {}", posting.number),
                    (*other).clone(),
                )),
                None => self.twin(site, binding).await?,
            };
            match twin {
                Some((named, owner)) => {
                    let mut finding = taken_as(binding, &named, &owner);
                    finding.remedy.push_str(&format!(
                        " `tieout adopt {} --none` sends it all the same.",
                        quoted(&binding.key.document.to_string())
                    ));
                    held.insert(binding.key.clone(), Decision::Hold(vec![finding]));
                }
                None => {
                    leaving.insert(place, &binding.key);
                }
            }
        }
        if held.is_empty() {
            return Ok(false);
        }
        let keys: Vec<BindingKey> = held.keys().cloned().collect();
        let at = self.clock.now();
        let moved = self
            .apply(&keys, ChangeSet::default(), |binding| {
                planned(
                    binding,
                    held.get(&binding.key)?,
                    self.policy(&binding.key),
                    at,
                )
            })
            .await?;
        Ok(moved > 0)
    }

    /// Another document of the same number and party that the provider holds or may hold, and whose it is.
    async fn twin(
        &self,
        site: &ConnectionSite,
        binding: &Binding,
    ) -> Result<Option<(String, BindingKey)>, DriverError> {
        let namesakes = self
            .store
            .find(&Find::Number(binding.number.clone()))
            .await?;
        let others: Vec<Binding> = self
            .store
            .bindings(&namesakes)
            .await?
            .into_iter()
            .flatten()
            .filter(|other| {
                other.key != binding.key
                    && other.key.connection == site.id
                    && other.key.document.kind == binding.key.document.kind
                    // One that is about to go makes room.
                    && other.wanted != Wanted::Gone
                    && (other.is_bound() && !is_told_apart(binding, other))
            })
            .collect();
        if others.is_empty() {
            return Ok(None);
        }
        let party = self.party(site, binding).await?;
        for other in others {
            // Whom an erased one was made out to, nobody knows any more: a person says whether it is another.
            if other.erased.is_some() || self.party(site, &other).await? == party {
                let named = match &other.posted {
                    Some(posted) => {
                        format!(
                            "the accounting system's {} ({}, {})",
                            posted.number, posted.status, posted.id
                        )
                    }
                    None => format!("the same party's document {}", other.number),
                };
                return Ok(Some((named, other.key)));
            }
        }
        Ok(None)
    }

    /// Who the other party of a document is, as it is looked for at the provider.
    async fn party(
        &self,
        site: &ConnectionSite,
        binding: &Binding,
    ) -> Result<Option<String>, DriverError> {
        let document: Option<Document> = self
            .store
            .documents(std::slice::from_ref(&binding.key.document))
            .await?
            .into_iter()
            .flatten()
            .next();
        let host = &binding.key.document.host;
        Ok(document.and_then(|document| {
            let wanted = mapping::contact_wanted(host, &document, &site.settings).ok()?;
            Some(wanted.key())
        }))
    }
}

/// Whether a person said that the other one's document is another document, or another request decides first.
fn is_told_apart(binding: &Binding, other: &Binding) -> bool {
    let said = other
        .posted
        .as_ref()
        .is_some_and(|posted| binding.not_these.contains(&posted.id));
    let goes = other.departure().is_some_and(|it| it.op == Op::Void);
    said || goes
}
