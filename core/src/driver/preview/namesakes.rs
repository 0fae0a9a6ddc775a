//! Which documents a provider would refuse because their number is on another document of ours already.

use super::told::{Pass, mark};
use crate::check::{Finding, Rule};
use crate::driver::DriverError;
use crate::driver::site::{ConnectionSite, World};
use crate::engine::{Binding, BindingKey, Wanted, taken_as};
use crate::mapping;
use crate::provider::{ContactWanted, Posting};
use crate::store::Find;

impl World {
    /// Why a document cannot be created under its number, if another one of ours has it, or takes it first.
    pub(super) async fn namesake(
        &self,
        site: &ConnectionSite,
        binding: &Binding,
        posting: &Posting,
        wanted: &ContactWanted,
        pass: &mut Pass,
    ) -> Result<Option<Finding>, DriverError> {
        let capability = site.provider.capability();
        let is_unique = capability.numbers_unique.contains(&posting.kind);
        let party = (!is_unique).then(|| wanted.key());
        if let Some((named, owner)) = self.holder(site, binding, posting, wanted).await? {
            return Ok(Some(refusal(binding, &named, &owner, is_unique)));
        }
        let place = mark(&(&site.id, posting.kind, posting.number.to_lowercase(), party));
        match pass.taken.get(&place) {
            Some(owner) if *owner != binding.key => {
                let named = format!("{}, which goes first", owner.document);
                Ok(Some(refusal(binding, &named, owner, is_unique)))
            }
            Some(_) => Ok(None),
            None => {
                pass.taken.insert(place, binding.key.clone());
                Ok(None)
            }
        }
    }

    /// The document of ours that has the number at the provider, or may have it.
    async fn holder(
        &self,
        site: &ConnectionSite,
        binding: &Binding,
        posting: &Posting,
        wanted: &ContactWanted,
    ) -> Result<Option<(String, BindingKey)>, DriverError> {
        let namesakes = Find::Number(binding.number.clone());
        let namesakes = self.store.find(&namesakes).await?;
        let others = self.store.bindings(&namesakes).await?.into_iter().flatten();
        let is_unique = site
            .provider
            .capability()
            .numbers_unique
            .contains(&posting.kind);
        for other in others {
            let same_number = other
                .posted
                .as_ref()
                .is_none_or(|posted| posted.number.eq_ignore_ascii_case(&posting.number));
            let has_it = other.key != binding.key
                && other.key.connection == site.id
                && other.key.document.kind == binding.key.document.kind
                && other.is_bound()
                // One that is about to go makes room.
                && other.wanted != Wanted::Gone
                && same_number
                && !is_told_apart(binding, &other);
            if !has_it || !(is_unique || self.is_same_party(site, &other, wanted).await?) {
                continue;
            }
            let named = match &other.posted {
                Some(posted) => format!(
                    "the provider's {} ({}, {})",
                    posted.number, posted.status, posted.id
                ),
                None => format!("{}, which is on its way", other.key.document),
            };
            return Ok(Some((named, other.key)));
        }
        Ok(None)
    }

    async fn is_same_party(
        &self,
        site: &ConnectionSite,
        other: &Binding,
        wanted: &ContactWanted,
    ) -> Result<bool, DriverError> {
        if other.erased.is_some() {
            return Ok(true);
        }
        let documents = self
            .store
            .documents(std::slice::from_ref(&other.key.document))
            .await?;
        let host = &other.key.document.host;
        let party = documents
            .into_iter()
            .flatten()
            .next()
            .and_then(|document| mapping::contact_wanted(host, &document, &site.settings).ok());
        Ok(party.is_some_and(|party| party.key() == wanted.key()))
    }
}

/// Whether a person said that the other one's document is another document.
fn is_told_apart(binding: &Binding, other: &Binding) -> bool {
    let posted = other.posted.as_ref();
    posted.is_some_and(|posted| binding.not_these.contains(&posted.id))
}

fn refusal(binding: &Binding, named: &str, owner: &BindingKey, is_unique: bool) -> Finding {
    if !is_unique {
        return taken_as(binding, named, owner);
    }
    Finding::new(
        Rule::NumberTaken,
        format!(
            "the provider would refuse the number {}: it is on {named}, that is {}",
            binding.number, owner.document
        ),
        "Give one of the two another number in the host, or `tieout skip` the one that is not to be sent.",
    )
    .at("number", &binding.number)
}
