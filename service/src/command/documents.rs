//! How a person names a document: by number, or as host/kind/id.

use tieout_core::document::{DocumentId, DocumentKey, DocumentKind, HostId};
use tieout_core::engine::{Binding, BindingKey, SkipReason, State};
use tieout_core::store::{Find, Store};

use crate::exit::Failure;
use crate::output;

/// The bindings of a document; none where it is not known.
pub(crate) async fn find(store: &dyn Store, named: &str) -> Result<Vec<Binding>, Failure> {
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
    Failure::new(format!("no document `{}` is known", output::short(named)))
        .advise("Name it by its number, or as host/kind/id, such as case-manager/invoice/14501.")
}

/// The one binding of a document where it is now; an ambiguous name lists what it may mean.
pub(super) async fn one(store: &dyn Store, named: &str) -> Result<Binding, Failure> {
    let mut bindings = here(find(store, named).await?);
    match bindings.len() {
        0 => Err(unknown(named)),
        1 => Ok(bindings.remove(0)),
        many => {
            let names: Vec<String> = bindings
                .iter()
                .map(|it| format!("{} ({})", it.key, it.state.name()))
                .collect();
            Err(Failure::new(format!(
                "`{}` names {many} documents: {}",
                output::short(named),
                names.join(", ")
            ))
            .advise("Name it as host/kind/id, such as case-manager/invoice/14501."))
        }
    }
}

/// Those of some bindings that have not gone to another connection, if there are any.
pub(crate) fn here(bindings: Vec<Binding>) -> Vec<Binding> {
    let gone = |binding: &Binding| {
        matches!(
            binding.state,
            State::Skipped {
                reason: SkipReason::RoutedTo(_)
            }
        )
    };
    if bindings.iter().all(gone) {
        return bindings;
    }
    bindings.into_iter().filter(|it| !gone(it)).collect()
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
