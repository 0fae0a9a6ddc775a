//! What would go out beside a document, as far as it would leave.

use super::told::BesideKind;
use crate::document::Document;
use crate::driver::site::{ConnectionSite, World};
use crate::engine::{
    Binding, CompanionContent, CompanionState, companions_to_send, companions_wanted,
};
use crate::settings::CreateStatus;

/// Something beside a document, in words, and of which sort it is.
pub(super) type Goes = (String, BesideKind);

impl World {
    /// What would leave beside a document that the provider holds, or what would be taken back before it goes.
    pub(super) fn beside_held(
        &self,
        site: &ConnectionSite,
        binding: &Binding,
        document: &Document,
    ) -> Vec<Goes> {
        let (policy, at) = (self.policy(&binding.key), self.clock.now());
        let looked = companions_wanted(binding, Some(document), &site.settings, policy, at).binding;
        let items = looked.companions.items.values();
        let going = items.filter_map(|item| match &item.state {
            CompanionState::Wanted { .. } | CompanionState::Missing { .. } => looked
                .lets_go(item)
                .then(|| (item.what.to_string(), kind_of(&item.what))),
            CompanionState::TakingBack { .. } => {
                Some((format!("take back {}", item.what), BesideKind::TakeBack))
            }
            // Whether they arrived is found out first.
            CompanionState::Sent(_) | CompanionState::Unsure(_) | CompanionState::Missed { .. } => {
                Some((item.what.to_string(), kind_of(&item.what)))
            }
            CompanionState::Done { .. }
            | CompanionState::Refused { .. }
            | CompanionState::Kept { .. }
            | CompanionState::TakenBack { .. }
            | CompanionState::Removed { .. } => None,
        });
        going.collect()
    }
}

/// What would leave beside a document after it was sent. Payments wait for an approved one.
pub(super) fn beside_sent(
    site: &ConnectionSite,
    binding: &Binding,
    document: &Document,
    status: CreateStatus,
) -> Vec<Goes> {
    let all = companions_to_send(binding, document, &site.settings);
    let is_approved = match status {
        CreateStatus::Authorised => true,
        CreateStatus::Draft | CreateStatus::Submitted => binding.is_bound(),
    };
    let goes = all.into_iter().filter_map(|what| {
        let kind = match what.split(' ').next() {
            Some("payment") => BesideKind::Payment,
            Some("file") => BesideKind::File,
            Some(_) | None => BesideKind::Note,
        };
        (is_approved || kind != BesideKind::Payment).then_some((what, kind))
    });
    goes.collect()
}

fn kind_of(what: &CompanionContent) -> BesideKind {
    match what {
        CompanionContent::Payment(_) => BesideKind::Payment,
        CompanionContent::File { .. } => BesideKind::File,
        CompanionContent::Note { .. } => BesideKind::Note,
    }
}
