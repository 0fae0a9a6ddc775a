//! What providers hold now of the documents that would change, read many at a time.

use std::collections::{BTreeMap, HashMap};

use super::told::Pass;
use crate::document::{DocumentKind, ProviderDocumentId};
use crate::driver::DriverError;
use crate::driver::site::ConnectionSite;
use crate::engine::{Binding, Op};
use crate::provider::Snapshot;

/// Documents of a provider by their identifiers.
pub(in crate::driver) type HeldNow = HashMap<ProviderDocumentId, Snapshot>;

/// The provider's documents of those that would be updated or voided. What it does not show is absent.
pub(in crate::driver) async fn held_now(
    site: &ConnectionSite,
    changing: impl Iterator<Item = (&Binding, Op)>,
    pass: &mut Pass,
) -> Result<HeldNow, DriverError> {
    let mut wanted: BTreeMap<DocumentKind, Vec<ProviderDocumentId>> = BTreeMap::new();
    for (binding, op) in changing {
        let posted = match op {
            Op::Create => None,
            Op::Update | Op::Void => binding.posted.as_ref(),
        };
        if let Some(posted) = posted {
            let of_kind = wanted.entry(binding.key.document.kind).or_default();
            of_kind.push(posted.id.clone());
        }
    }
    let most = site.provider.capability().look_up_max.max(1);
    let mut held = HeldNow::new();
    for (kind, ids) in wanted {
        for some in ids.chunks(most) {
            let read = site.provider.read(kind, some).await?;
            pass.summary.read += read.len();
            held.extend(read.into_iter().map(|one| (one.id.clone(), one)));
        }
    }
    Ok(held)
}
