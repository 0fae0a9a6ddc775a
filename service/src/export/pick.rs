//! Which documents are to be written: those that are final, or were written and changed since.

use chrono::NaiveDate;
use tieout_core::document::{Document, DocumentKey, DocumentKind, HostId};
use tieout_core::engine::{Binding, BindingKey, ContentHash, Wanted};
use tieout_core::store::{Store, StoreError};

use super::memory::{Memory, Written};
use super::sheet::Sheet;

/// Bindings looked at together.
const PAGE: usize = 500;

/// Goes through everything once.
pub(crate) struct Picker<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) memory: &'a Memory,
    pub(crate) host: &'a HostId,
    /// Only these kinds; all of them where it is empty.
    pub(crate) kinds: &'a [DocumentKind],
    after: Option<BindingKey>,
    last: Option<DocumentKey>,
}

/// A document that is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Picked {
    pub(crate) key: DocumentKey,
    /// The fingerprint of what is written of it.
    pub(crate) content: ContentHash,
    pub(crate) date: NaiveDate,
    pub(crate) number: String,
    pub(crate) revision: u64,
    pub(crate) sheet: Sheet,
    /// What was written of it before, if anything.
    pub(crate) before: Option<Written>,
    /// Where it stands.
    pub(crate) binding: Binding,
    pub(crate) document: Document,
}

impl<'a> Picker<'a> {
    pub(crate) fn new(
        store: &'a dyn Store,
        memory: &'a Memory,
        host: &'a HostId,
        kinds: &'a [DocumentKind],
    ) -> Self {
        Self {
            store,
            memory,
            host,
            kinds,
            after: None,
            last: None,
        }
    }

    /// The next ones; `None` at the end. There may be none among those that were looked at.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Picked>>, StoreError> {
        let page = self.store.scan(self.after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(None);
        };
        self.after = Some(last.key.clone());
        let mut found: Vec<Binding> = Vec::new();
        for binding in page {
            let key = &binding.key.document;
            let is_wanted =
                key.host == *self.host && (self.kinds.is_empty() || self.kinds.contains(&key.kind));
            // One that moved between connections has several, one after the other.
            // A summary is none of the host's own: its members are.
            let is_own = binding.roster.is_none() && !binding.has_left();
            if is_wanted && is_own && self.last.as_ref() != Some(key) {
                self.last = Some(key.clone());
                found.push(binding);
            }
        }
        let keys: Vec<DocumentKey> = found.iter().map(|it| it.key.document.clone()).collect();
        let documents = self.store.documents(&keys).await?;
        let mut picked = Vec::new();
        for (binding, document) in found.iter().zip(documents) {
            if let Some(document) = document {
                picked.extend(self.pick(binding, document).await?);
            }
        }
        Ok(Some(picked))
    }

    async fn pick(
        &self,
        binding: &Binding,
        document: Document,
    ) -> Result<Option<Picked>, StoreError> {
        let key = &binding.key.document;
        let status = match binding.wanted {
            Wanted::Live => "final",
            Wanted::Gone => "voided",
            Wanted::Draft | Wanted::Unknown => return Ok(None),
        };
        let sheet = Sheet::of(&document, status);
        // What is not in the file is no change of it; neither is a revision alone.
        let mut told = sheet.clone();
        told.head[2].clear();
        let content = ContentHash::of(&(&told.head, &told.lines));
        let known = self.memory.written(self.store, key).await?;
        let is_news = match &known {
            // What is left of an erased document is no change of it; that it is gone since is one.
            Some(_) if is_as_it_was_erased(binding) => false,
            Some(written) => written.content != content,
            // Nobody needs to hear that what was never written is gone.
            None => binding.wanted == Wanted::Live,
        };
        Ok(is_news.then(|| Picked {
            key: key.clone(),
            content,
            date: document.issue_date(),
            number: document.number().to_owned(),
            revision: binding.revision,
            sheet,
            before: known,
            binding: binding.clone(),
            document,
        }))
    }
}

/// Whether nothing happened to a document since a person's data was erased from it.
fn is_as_it_was_erased(binding: &Binding) -> bool {
    let erased = binding.erased.as_ref();
    erased.is_some_and(|erased| erased.wanted == binding.wanted)
}
