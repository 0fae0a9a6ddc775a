//! How a person names a document: by number, or as host/kind/id.

use tieout_core::document::{DocumentId, DocumentKey, DocumentKind, HostId};
use tieout_core::engine::{Binding, BindingKey};
use tieout_core::store::{Find, Store};

use crate::exit::Failure;

/// The bindings of a document; none where it is not known.
pub(super) async fn find(store: &dyn Store, named: &str) -> Result<Vec<Binding>, Failure> {
    let mut keys: Vec<BindingKey> = store.find(&Find::Number(named.to_owned())).await?;
    if let Some(key) = key(named) {
        keys.extend(store.find(&Find::Document(key)).await?);
    }
    keys.sort();
    keys.dedup();
    Ok(store.bindings(&keys).await?.into_iter().flatten().collect())
}

/// Nothing is known under this name.
pub(super) fn unknown(named: &str) -> Failure {
    Failure::new(format!("no document `{named}` is known"))
        .advise("Name it by its number, or as host/kind/id, such as case-manager/invoice/14501.")
}

fn key(named: &str) -> Option<DocumentKey> {
    let mut parts = named.splitn(3, '/');
    let host = HostId::new(parts.next()?).ok()?;
    let kind = kind(parts.next()?)?;
    let id = DocumentId::new(parts.next()?).ok()?;
    Some(DocumentKey { host, kind, id })
}

fn kind(text: &str) -> Option<DocumentKind> {
    use DocumentKind::{Bill, CreditNote, Invoice, PurchaseOrder};
    [Invoice, CreditNote, Bill, PurchaseOrder]
        .into_iter()
        .find(|kind| kind.as_str() == text)
}
