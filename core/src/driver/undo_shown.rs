//! What an undo asks the provider to show, and what is done of what was shown by then.

use std::collections::BTreeMap;

use crate::check::{Finding, Rule};
use crate::document::{ConnectionId, DocumentKind, ProviderDocumentId};
use crate::engine::{Binding, BindingKey, Inverse};

/// What is read of each connection and kind.
pub(super) type ToRead =
    BTreeMap<(ConnectionId, DocumentKind), Vec<(BindingKey, ProviderDocumentId)>>;

pub(super) fn to_read<'a>(known: impl Iterator<Item = &'a Binding>) -> ToRead {
    let mut wanted = ToRead::new();
    for binding in known {
        if let Some(id) = asks_for(binding) {
            let of = (binding.key.connection.clone(), binding.key.document.kind);
            let asked = wanted.entry(of).or_default();
            asked.push((binding.key.clone(), id.clone()));
        }
    }
    wanted
}

/// The provider's document that must be looked at, if any: one in the air is not what it will be, and one that is
/// gone does not come back.
pub(super) fn asks_for(binding: &Binding) -> Option<&ProviderDocumentId> {
    let posted = binding.posted.as_ref()?;
    let stands = posted.status.is_live() && binding.departure().is_none();
    stands.then_some(&posted.id)
}

/// What is done of what is possible by now: a credit note only just as it was shown.
pub(super) fn as_shown(shown: &Inverse, now: Inverse) -> Inverse {
    match (shown, now) {
        (Inverse::CreditNote(shown), Inverse::CreditNote(now)) if *shown == now => {
            Inverse::CreditNote(now)
        }
        (_, Inverse::CreditNote(_)) => Inverse::Refused(Finding::new(
            Rule::UndoRefused,
            "a credit note would be written by now, which is not the one that was shown, if one was",
            "Run the command again: it shows the note.",
        )),
        (
            _,
            now @ (Inverse::Delete
            | Inverse::Void { .. }
            | Inverse::KeepOut
            | Inverse::Underway
            | Inverse::Nothing(_)
            | Inverse::Refused(_)),
        ) => now,
    }
}

pub(super) fn not_shown(binding: &Binding) -> Finding {
    let id = binding
        .posted
        .as_ref()
        .map_or("", |posted| posted.id.as_str());
    Finding::new(
        Rule::UndoRefused,
        format!("the provider does not show it any more ({id})"),
        "Look for it at the provider; if it is gone, `tieout detach` ends the binding.",
    )
}
