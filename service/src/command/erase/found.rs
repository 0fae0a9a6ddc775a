//! Where a person is found: in which documents, which of them must keep the name, and who signs in here with the address.

use std::collections::BTreeMap;

use tieout_core::document::{ConnectionId, DocumentKey};
use tieout_core::engine::{Binding, Denied};
use tieout_core::erase::{Person, Role, Search};
use tieout_core::store::{Find, Store};

use crate::exit::Failure;
use crate::office::Office;

/// Bindings that are looked at in one step.
const STEP_MAX: usize = 500;

/// What was found of a person.
pub(super) struct Looked {
    pub(super) search: Search,
    /// Documents from which the person would be taken out, with what people call them.
    pub(super) documents: Vec<Here>,
    /// Documents that must keep the name for now.
    pub(super) refused: Vec<(Here, Denied)>,
    /// Documents from which the person was taken out before.
    pub(super) erased_before: u64,
    /// Organisations that keep a copy, with how many documents.
    pub(super) kept_by: BTreeMap<ConnectionId, u64>,
    /// People who sign in here with that address or name.
    pub(super) sign_in: Vec<String>,
}

/// A document, for people.
pub(super) struct Here {
    pub(super) key: DocumentKey,
    pub(super) number: String,
    pub(super) roles: Vec<Role>,
}

/// Looks at every document.
pub(super) async fn look(office: &Office, person: Person) -> Result<Looked, Failure> {
    let store = office.store.as_ref();
    let sign_in = signing_in(office, &person).await?;
    let mut looked = Looked {
        search: Search::of(person),
        documents: Vec::new(),
        refused: Vec::new(),
        erased_before: 0,
        kept_by: BTreeMap::new(),
        sign_in,
    };
    let mut after = None;
    loop {
        let some = store.scan(after.as_ref(), STEP_MAX).await?;
        let Some(last) = some.last() else { break };
        after = Some(last.key.clone());
        let mut keys: Vec<DocumentKey> = some.iter().map(|it| it.key.document.clone()).collect();
        keys.dedup();
        for (key, document) in keys.iter().zip(store.documents(&keys).await?) {
            // A document on two connections may stand at the end of one step and at the beginning of the next.
            if let Some(document) = document
                && !looked.search.found.contains_key(key)
            {
                looked.search.look(key, &document);
            }
        }
    }
    let found: Vec<DocumentKey> = looked.search.found.keys().cloned().collect();
    for key in found {
        looked.decide(store, key).await?;
    }
    Ok(looked)
}

impl Looked {
    async fn decide(&mut self, store: &dyn Store, key: DocumentKey) -> Result<(), Failure> {
        let bindings = store.find(&Find::Document(key.clone())).await?;
        let bindings = store.bindings(&bindings).await?;
        let bindings: Vec<Binding> = bindings.into_iter().flatten().collect();
        if !bindings.is_empty() && bindings.iter().all(|it| it.erased.is_some()) {
            self.erased_before += 1;
            return Ok(());
        }
        let roles = self.search.found.get(&key);
        let here = Here {
            number: bindings
                .first()
                .map_or_else(String::new, |it| it.number.clone()),
            roles: roles.map_or_else(Vec::new, |it| it.roles.iter().copied().collect()),
            key,
        };
        for binding in bindings.iter().filter(|it| it.posted.is_some()) {
            *self
                .kept_by
                .entry(binding.key.connection.clone())
                .or_default() += 1;
        }
        match self.search.choose(&here.key, &bindings) {
            Ok(()) => self.documents.push(here),
            Err(denied) => self.refused.push((here, denied)),
        }
        Ok(())
    }
}

/// Those of the program's own people who may be the person: what they did stays in the audit.
async fn signing_in(office: &Office, person: &Person) -> Result<Vec<String>, Failure> {
    let Some(email) = &person.email else {
        return Ok(Vec::new());
    };
    let people = office
        .identity
        .people()
        .await
        .map_err(|fault| Failure::of(&fault))?;
    let same = people
        .into_iter()
        .map(|it| it.email.as_str().to_owned())
        .filter(|it| it.to_lowercase() == email.trim().to_lowercase());
    Ok(same.collect())
}
